"""What must have happened before a recorded request gets the recorded answer."""

from functools import partial

from tests.contract.simulator_replay import Arrange, Stage

from bridge.simulator.timings import REAL_BOT

ALPHA = "mm-alpha-20261122-081044"
ALPHA_2 = "mm-alpha-20261122-081051"
MULTI = "multi-20261122-081052"
XTRA = "xtra-20261122-081044"
DEMO = "hummingbot-demo-20261122-081514"
PAR = "par00-20261122-083833"
LOAD = "load00-20261122-083317"
UNLUCKY = "nobroker-20261122-083636"
VOLUME = "real-vol-20261122-082525"
OTHER_IMAGE = "otherimg-20261122-081044"
IN_USE = "tmpacct-20261122-081555"
REAL_V1 = "real-v1-20261122-082525"
REAL_MM = "real-mm-20261122-082518"


def account(stage: Stage, name: str = "acct_alpha") -> None:
    stage.account(name)


def keys(stage: Stage) -> None:
    stage.account(keys=True)


def unreachable(stage: Stage) -> None:
    """An exchange that was there before: the memory is full, and no keys are kept."""
    keys(stage)
    stage.world.accounts.delete_keys("acct_alpha", "bitmart")
    stage.fault("exchange_dead")


def slow_exchange(stage: Stage) -> None:
    account(stage)
    stage.fault("exchange_slow")


def memory_of_another(stage: Stage) -> None:
    keys(stage)
    stage.account("acct_beta")


def first_config(stage: Stage) -> None:
    stage.config(buy_spreads=[0.003])


def config(stage: Stage) -> None:
    stage.config()


def several_configs(stage: Stage) -> None:
    stage.world.configs.put("ümlaut", {})
    stage.config("other_name")


def partial_config(stage: Stage) -> None:
    stage.world.configs.put("partial_demo", {"b": 3})


def misnamed_config(stage: Stage) -> None:
    stage.config("other_name", id="not_the_same", buy_spreads=[0.003])


def bot(stage: Stage, name: str = ALPHA, seconds: float = 60, account: str = "acct_alpha") -> None:
    stage.bot(name, account=account)
    stage.wait(seconds)


def stopped(stage: Stage) -> None:
    bot(stage)
    stage.world.stop_bot(ALPHA)


def started_again(stage: Stage) -> None:
    stopped(stage)
    stage.world.orchestrator.start_bot(ALPHA)
    stage.wait(2)


def updated(stage: Stage) -> None:
    bot(stage)
    change: dict[str, object] = {"buy_spreads": [0.005], "executor_refresh_time": 30}
    stage.world.update_config(ALPHA, "spread_sharp", change)


def config_gone(stage: Stage) -> None:
    bot(stage, IN_USE, account="acct_tmp")
    stage.world.configs.delete("spread_sharp")


def multi(stage: Stage) -> None:
    stage.bot(MULTI, "spread_sharp", "spread_sharp_v1", "grid_sharp")
    stage.wait(60)


def archiving(stage: Stage) -> None:
    multi(stage)
    stage.world.jobs.begin(MULTI)


def archived(stage: Stage) -> None:
    archiving(stage)
    stage.wait(18)


def archived_as_twelfth(stage: Stage) -> None:
    for number in range(11):
        stage.world.runs.created(f"filler-{number}", "acct_alpha", "image", {}, "")
    archived(stage)


def deleted(stage: Stage) -> None:
    archived_as_twelfth(stage)
    stage.world.runs.delete("12")


def exited_before_archive(stage: Stage) -> None:
    stage.bot(OTHER_IMAGE, image="acme/other:1")
    stage.bot(ALPHA)
    stage.wait(60)
    stage.world.engine.stop(OTHER_IMAGE)
    stage.wait(40)


def moment(stage: Stage, stamp: str) -> None:
    stage.account()
    for name in ("spread_sharp", "spread_sharp_v1", "grid_sharp"):
        stage.config(name)
    stage.at(stamp)


def two_bots(stage: Stage) -> None:
    bot(stage, "ext-20261122-081044", seconds=0)
    bot(stage)


def two_alphas(stage: Stage) -> None:
    bot(stage, seconds=0)
    bot(stage, ALPHA_2)


def exited(stage: Stage) -> None:
    bot(stage, XTRA)
    stage.world.engine.stop(XTRA)


def back(stage: Stage) -> None:
    exited(stage)
    stage.world.engine.start(XTRA)


def removed(stage: Stage) -> None:
    bot(stage, DEMO, seconds=1)
    stage.world.engine.remove(DEMO)
    stage.world.take_folder(DEMO)


def broker_dead(stage: Stage) -> None:
    bot(stage, LOAD)
    stage.fault("broker_dead")


def long_broker_dead(stage: Stage) -> None:
    broker_dead(stage)
    stage.wait(60)


def born_without_broker(stage: Stage) -> None:
    stage.account()
    stage.fault("broker_dead")
    bot(stage, UNLUCKY, seconds=10)


def archived_without_broker(stage: Stage) -> None:
    born_without_broker(stage)
    stage.world.jobs.begin(UNLUCKY)
    stage.wait(5)


def deploy_without_broker(stage: Stage) -> None:
    stage.fault("broker_dead")
    moment(stage, UNLUCKY[-15:])


def docker_dead(stage: Stage) -> None:
    bot(stage, LOAD)
    stage.fault("docker_dead")


def deploy_without_docker(stage: Stage) -> None:
    stage.fault("docker_dead")
    moment(stage, "20261122-083659")


def database_dead(stage: Stage) -> None:
    stage.account()
    stage.fault("database_dead")


def deploy_without_database(stage: Stage) -> None:
    database_dead(stage)
    moment(stage, "20261122-083738")


def database_back(stage: Stage) -> None:
    bot(stage, UNLUCKY)
    stage.world.stop_bot(UNLUCKY)
    stage.fault("database_dead")
    stage.bot("nodb-20261122-083738")
    stage.world.faults.end("database_dead")


def script_left(stage: Stage) -> None:
    stage.account()
    stage.config()
    stage.fault("docker_dead")
    stage.at("20261122-083659")
    stage.try_to_deploy("nodocker", "acct_alpha")


def failed_deploy(stage: Stage) -> None:
    for name in ("-lead-20261122-081043", "_x-20261122-081044"):
        bot(stage, name, seconds=0)
    stage.try_to_deploy("noacct", "nobody")


def frozen(stage: Stage, name: str, seconds: float = 31) -> None:
    bot(stage, name)
    stage.fault("frozen")
    stage.wait(seconds)


def stopped_while_frozen(stage: Stage) -> None:
    frozen(stage, PAR)
    stage.world.stop_bot(PAR)


def died_soon(stage: Stage) -> None:
    stage.fault("dies_at_boot")
    bot(stage, "real-mm-20261122-082144")


def died_at_start(stage: Stage) -> None:
    bot(stage, "real-mm-20261122-082009", seconds=0.3)
    stage.world.engine.stop("real-mm-20261122-082009")


def real(stage: Stage, name: str, config: str, seconds: float) -> None:
    stage.account(keys=True)
    stage.bot(name, config)
    stage.wait(seconds)


def real_killed(stage: Stage) -> None:
    real(stage, REAL_V1, "spread_sharp_v1", 60)
    stage.world.update_config(REAL_V1, "spread_sharp_v1", {"manual_kill_switch": True})
    stage.wait(20)


def real_stopped(stage: Stage) -> None:
    real(stage, VOLUME, "volume_sharp_v1", 60)
    stage.world.stop_bot(VOLUME)
    stage.wait(40)


def real_started_in_vain(stage: Stage) -> None:
    real_stopped(stage)
    stage.world.stop_bot(VOLUME)
    stage.world.orchestrator.start_bot(VOLUME)
    stage.wait(14)


def real_restarted(stage: Stage) -> None:
    real_stopped(stage)
    stage.world.engine.stop(VOLUME)
    stage.world.engine.start(VOLUME)
    stage.wait(12)


def real_exited(stage: Stage) -> None:
    real_stopped(stage)
    stage.world.engine.stop(VOLUME)


_AT_10_44 = partial(moment, stamp="20261122-081044")
_AT_10_51 = partial(moment, stamp="20261122-081051")
_REAL_V1 = partial(real, name=REAL_V1, config="spread_sharp_v1", seconds=60)
_REAL_VOLUME = partial(real, name=VOLUME, config="volume_sharp_v1", seconds=60)

# Recordings that are not named here need nothing: an empty server answers them.
SCENES: dict[str, Arrange] = {
    **dict.fromkeys(
        (
            "account_add_duplicate",
            "account_creds_empty",
            "cred_add_bad_fields",
            "cred_add_extra_field",
            "cred_add_non_string",
            "cred_add_unknown_connector_bitmart_spot",
            "cred_add_list_body",
            "cred_add_bad_json",
            "cred_delete_unknown_connector",
            "cred_add_ok",
        ),
        account,
    ),
    "account_delete_2": partial(account, name="UPPER-lower_1"),
    "account_delete_in_use": partial(bot, name=IN_USE, account="acct_tmp"),
    "cred_add_bitmart_unreachable": unreachable,
    "cred_add_kucoin_unreachable": unreachable,
    "cred_add_gate_io_unreachable": unreachable,
    "cred_add_empty_body_obj": unreachable,
    "cred_add_slow_exchange": slow_exchange,
    **dict.fromkeys(
        (
            "cred_list_ok",
            "cred_add_again_same",
            "cred_add_wrong_key",
            "cred_list_after_wrong_key",
            "cred_delete_existing_or_not",
        ),
        keys,
    ),
    "cred_missing_field_reachable": memory_of_another,
    "cred_empty_body_reachable": memory_of_another,
    "cred_list_beta": memory_of_another,
    "trading_rules_unreachable": unreachable,
    "config_get": first_config,
    "config_update_full_replace": first_config,
    "config_partial_body_replaces_2": partial_config,
    "config_partial_get": partial_config,
    "config_delete": partial_config,
    "config_get_id_mismatch": misnamed_config,
    "configs_list": several_configs,
    "config_delete_in_use": bot,
    "global_config_unchanged": updated,
    "archive_known": multi,
    "archive_twice_while_running": archiving,
    "archive_again_after": archived,
    "archive_stopped_container": exited_before_archive,
    "real_archive": _REAL_V1,
    **dict.fromkeys(
        (
            "deploy_name:_x",
            "deploy_bad_image",
            "deploy_nonmatching_image",
            "deploy_config_with_ext",
            "deploy_unknown_field",
            "deploy_ok",
            "deploy_name:xxxxxxxxxx",
            "deploy_missing_account",
        ),
        _AT_10_44,
    ),
    "deploy_name:-lead": partial(moment, stamp="20261122-081043"),
    **dict.fromkeys(
        (
            "deploy_same_second_1st",
            "deploy_missing_controller_config",
            "deploy_empty_controllers",
            "deploy_same_name_again",
        ),
        _AT_10_51,
    ),
    "deploy_same_second_2nd": partial(bot, name="twin2-20261122-081051", seconds=0.1),
    "deploy_drawdown_two_controllers": partial(moment, stamp="20261122-081052"),
    "deploy_hb_prefix": partial(moment, stamp="20261122-081514"),
    "deploy_container_that_dies_at_start": partial(moment, stamp="20261122-082009"),
    "deploy_headless_false": partial(moment, stamp="20261122-083909"),
    "containers_active": two_alphas,
    "docker_active_filter": two_alphas,
    "docker_exited": bot,
    "docker_exited_after": exited,
    "docker_stop": partial(bot, name=XTRA),
    "docker_stop_again": exited,
    "docker_start": exited,
    "docker_start_again": back,
    "docker_remove_not_prefixed": back,
    "docker_remove_running": partial(bot, name=DEMO, seconds=1),
    "docker_remove_again": removed,
    "docker_clean": exited,
    "real_docker_stop": real_stopped,
    "real_docker_start": real_exited,
    "real_docker_stop_running": _REAL_VOLUME,
    "broker_down:stop": broker_dead,
    "broker_down:start": broker_dead,
    "broker_down:history": broker_dead,
    "broker_down:status_one": long_broker_dead,
    "broker_down:status_new": born_without_broker,
    "broker_down:archive": born_without_broker,
    "broker_down:run_after_archive": archived_without_broker,
    "broker_down:status_after_archive": archived_without_broker,
    "broker_down:deploy": deploy_without_broker,
    **dict.fromkeys(
        (
            "docker_down:running",
            "docker_down:active",
            "docker_down:exited",
            "docker_down:images",
            "docker_down:start_container",
            "docker_down:stop_container",
            "docker_down:stop_bot",
        ),
        docker_dead,
    ),
    "docker_down:deploy": deploy_without_docker,
    "docker_down:script_left": script_left,
    "db_down:runs": database_dead,
    "db_down:accounts": database_dead,
    "db_down:deploy": deploy_without_database,
    "db_back:runs": database_back,
    **dict.fromkeys(
        (
            "bot_configs",
            "bot_config_update",
            "bot_config_update_unknown_controller",
            "bot_config_update_garbage",
            "bot_config_kill_switch",
            "start_while_running",
            "stop_known",
            "status_running",
            "runs_after_deploy",
            'runs_filter:{"bot_name": "mm-alpha"}',
            'runs_filter:{"limit": 0}',
            "mqtt_status",
        ),
        bot,
    ),
    "bot_configs_after_update": updated,
    "bot_configs_after_archive": archived,
    "bot_configs_after_config_delete": config_gone,
    "real_live_update": _REAL_V1,
    "real_kill_switch_on": _REAL_V1,
    "stop_again": stopped,
    "run_after_stop": stopped,
    "status_right_after_stop": stopped,
    "run_after_restart": started_again,
    "run_after_archive": archived,
    "run_after_docker_remove": removed,
    "run_of_frozen_bot": stopped_while_frozen,
    "stop_frozen_bot": partial(frozen, name=PAR),
    "history_frozen_bot": partial(frozen, name=PAR),
    "status_idle": partial(frozen, name=ALPHA_2),
    "runs_after_missing_account": failed_deploy,
    "script_configs_after_failed_deploy": failed_deploy,
    "run_by_id": partial(bot, name="-lead-20261122-081043"),
    'runs_filter:{"run_status": "CREATED", "limit": 2}': two_alphas,
    'runs_filter:{"bogus": "1", "limit": 1}': two_alphas,
    "runs_stats": two_alphas,
    "run_delete": archived_as_twelfth,
    "run_delete_again": deleted,
    "status_all": two_bots,
    "status_right_after_deploy": partial(bot, seconds=0.1),
    "status_right_after_archive": archiving,
    "status_container_died_soon": died_soon,
    "status_container_died_at_start": died_at_start,
    "real_status:real-mm": partial(real, name=REAL_MM, config="spread_sharp", seconds=8),
    "real_status_after_fills:real-v1": _REAL_V1,
    "real_status_killed": real_killed,
    "real_status_after_stop": real_stopped,
    "real_status_after_docker_restart": real_restarted,
    "real_status_after_start": real_started_in_vain,
    "real_stop": _REAL_VOLUME,
    "real_stop_again": real_stopped,
    "real_start:script_conf": real_stopped,
    "real_start:nothing": real_stopped,
    "real_history": partial(real, name=REAL_MM, config="spread_sharp", seconds=90),
}

REAL = {name for name in SCENES if name.startswith("real_")}


def set_stage(name: str) -> Stage:
    """Return a simulator on which this recorded request can be made."""
    stage = Stage(REAL_BOT) if name in REAL else Stage()
    arrange = SCENES.get(name)
    if arrange is not None:
        arrange(stage)
    return stage
