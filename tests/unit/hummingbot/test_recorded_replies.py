"""Every recorded answer, by name, and what the bridge makes of it."""

import pytest
from tests.contract.recordings import exchanges, recorded
from tests.unit.hummingbot.decoders import decoder_of

from bridge.hummingbot import refusals as r
from bridge.hummingbot.errors import (
    UpstreamAuthenticationError,
    UpstreamError,
    UpstreamInputError,
    UpstreamProtocolError,
)
from bridge.hummingbot.wire import InstanceConfig

DONE = None
SPREAD = (InstanceConfig("spread_sharp", "bitmart", "SHARP-USDT"),)
# One bot's status: read in test_statuses, as an entry of the answer about all.
ONE_BOT = {
    each.name for each in recorded("status") if not each.path.endswith("/bot-orchestration/status")
}

EXPECTED: dict[str, object] = {
    "root": "1.0.1",
    "auth_missing": UpstreamAuthenticationError,
    "auth_wrong": UpstreamAuthenticationError,
    "unknown_path": UpstreamProtocolError,
    "no_slash_redirect_off": UpstreamProtocolError,
    "method_not_allowed": UpstreamProtocolError,
    # accounts
    "accounts_list": ("master_account",),
    "account_add": "created",
    "account_add_duplicate": "exists",
    "account_add_name:a.b": r.NameRefusedError,
    "account_add_name:": r.NameRefusedError,
    "account_add_name:aaaaaaaaaaaaaaaaaaaa": r.InputCrashError,
    "account_add_name:aaaaaaaaaaaaaaaaaaaa#2": "created",
    "account_add_missing_param": UpstreamInputError,
    "account_delete_2": "deleted",
    "account_delete_again": "absent",
    "account_delete_master": r.ProfileProtectedError,
    "account_delete_in_use": "deleted",
    # credentials
    "account_creds_empty": (),
    "account_creds_unknown_account": r.ProfileUnknownError,
    "cred_add_bitmart_unreachable": r.ExchangeUnreachableError,
    "cred_add_bad_fields": r.CredentialFieldsError,
    "cred_add_extra_field": r.CredentialFieldsError,
    "cred_add_empty_body_obj": r.ExchangeUnreachableError,
    "cred_add_non_string": r.CredentialFieldsError,
    "cred_add_unknown_connector_bitmart_spot": r.ConnectorUnknownError,
    "cred_add_unknown_account": r.ProfileUnknownError,
    "cred_add_bad_account_name": r.NameRefusedError,
    "cred_add_list_body": UpstreamInputError,
    "cred_add_ok": DONE,
    "cred_list_ok": ("bitmart",),
    "cred_add_again_same": DONE,
    "cred_add_wrong_key": r.CredentialsRefusedError,
    "cred_missing_field_reachable": DONE,
    "cred_empty_body_reachable": DONE,
    "cred_add_slow_exchange": DONE,
    "cred_delete_existing_or_not": DONE,
    "cred_delete_unknown_connector": DONE,
    "cred_delete_unknown_account": DONE,
    # connectors
    "config_map_unknown": r.ConnectorUnknownError,
    "config_map:binance_paper_trade": r.ConnectorUnknownError,
    "trading_rules_unreachable": r.ExchangeUnreachableError,
    # controller configs
    "controller_configs_empty": (),
    "config_create": DONE,
    "config_update_full_replace": DONE,
    "config_partial_body_replaces_2": DONE,
    "config_partial_get": {"b": 3, "id": "partial_demo"},
    "config_create_v1": DONE,
    "config_create_id_mismatch": DONE,
    "config_name:xxxxxxxxxxxx#2": r.NameRefusedError,
    "configs_list": ("ümlaut", "grid_sharp", "other_name"),
    "config_create_list_body": UpstreamInputError,
    "config_get_missing": None,
    "config_delete": "deleted",
    "config_delete_again": "absent",
    "config_delete_in_use": "deleted",
    "validate:pmm_v1_full": DONE,
    "validate:grid_strike_full": DONE,
    "validate:empty": r.ConfigInvalidError,
    "validate:unknown_field": r.ConfigInvalidError,
    "validate:pair_slash": DONE,
    "validate:spreads_negative": DONE,
    "validate:amount_text": r.ConfigInvalidError,
    "validate:controller_missing": r.ControllerUnknownError,
    "validate:pmm_dynamic_own_fields": r.ConfigInvalidError,
    "controller_bad_type": UpstreamInputError,
    # deploy: a success that is a failure has status 200
    "deploy_name:bad name": r.InputCrashError,
    "deploy_name:a.b": r.InputCrashError,
    "deploy_name:a/b": r.InputCrashError,
    "deploy_name:": r.InputCrashError,
    "deploy_name:-lead": "-lead-20261122-081043",
    "deploy_name:_x": "_x-20261122-081044",
    "deploy_name:xxxxxxxxxx": r.NameRefusedError,
    "deploy_missing_account": r.ProfileUnknownError,
    "deploy_bad_image": r.ImageUnavailableError,
    "deploy_nonmatching_image": "otherimg-20261122-081044",
    "deploy_dotted_config": r.InputCrashError,
    "deploy_config_with_ext": "ext-20261122-081044",
    "deploy_missing_fields": UpstreamInputError,
    "deploy_unknown_field": "xtra-20261122-081044",
    "deploy_ok": "mm-alpha-20261122-081044",
    "deploy_same_name_again": "mm-alpha-20261122-081051",
    "deploy_same_second_1st": "twin2-20261122-081051",
    "deploy_same_second_2nd": r.DeployConflictError,
    "deploy_missing_controller_config": "nocfg-20261122-081051",
    "deploy_empty_controllers": "empty-20261122-081051",
    "deploy_drawdown_two_controllers": "multi-20261122-081052",
    "deploy_hb_prefix": "hummingbot-demo-20261122-081514",
    "deploy_container_that_dies_at_start": "real-mm-20261122-082009",
    # status of all; more in test_statuses
    "status_all_empty": {},
    # stop and archive
    "stop_unknown": r.InstanceUnknownError,
    "stop_known": DONE,
    "stop_again": DONE,
    "real_stop": DONE,
    "real_stop_again": DONE,
    "stop_frozen_bot": DONE,
    "archive_unknown": r.InstanceUnknownError,
    "archive_known": DONE,
    "archive_twice_while_running": DONE,
    "archive_again_after": DONE,
    "archive_stopped_container": r.InstanceUnknownError,
    "real_archive": DONE,
    # an instance's own configs
    "bot_configs": SPREAD,
    "bot_configs_unknown": r.InstanceUnknownError,
    "bot_config_update": DONE,
    "bot_configs_after_update": SPREAD,
    "bot_config_update_unknown_controller": r.ConfigUnknownError,
    "bot_config_update_unknown_bot": r.InstanceUnknownError,
    "bot_config_update_garbage": DONE,
    "bot_config_kill_switch": DONE,
    "bot_configs_after_archive": r.InstanceUnknownError,
    "bot_configs_after_config_delete": SPREAD,
    "real_live_update": DONE,
    # Docker
    "docker_exited": (),
    "docker_stop": DONE,
    "docker_stop_again": DONE,
    "docker_stop_unknown": r.ContainerUnknownError,
    "docker_remove_not_prefixed": r.ContainerForeignError,
    "docker_remove_running": DONE,
    "docker_remove_again": r.ArchiveFailedError,
    "real_docker_stop": DONE,
    # runs
    "runs_empty": (),
    'runs_filter:{"run_status": "RUNNING"}': (),
    'runs_filter:{"limit": -1}': r.RunsUnavailableError,
    'runs_filter:{"limit": "x"}': UpstreamInputError,
    'runs_filter:{"bot_name": "mm-alpha"}': (),
    # faults
    "broker_down:stop": r.BrokerUnavailableError,
    "broker_down:deploy": "nobroker-20261122-083636",
    "broker_down:archive": DONE,
    "docker_down:active": r.DockerUnavailableError,
    "docker_down:exited": r.DockerUnavailableError,
    "docker_down:deploy": r.DockerUnavailableError,
    "docker_down:stop_container": r.DockerUnavailableError,
    "docker_down:stop_bot": DONE,
    "docker_hung:status_all": UpstreamProtocolError,  # its bots were cut off when it was recorded
    "db_down:runs": r.RunsUnavailableError,
    "db_down:accounts": ("master_account", "acct_alpha"),
    "db_down:deploy": "nodb-20261122-083738",
}

# Answers of many fields, read in the tests of their subject.
ELSEWHERE = (
    ONE_BOT
    | {
        *(name for name in exchanges() if name.startswith("config_map:")),
        *("connectors_list", "trading_rules_ok", "trading_rules_all"),
        *("config_get", "config_get_id_mismatch"),
        *("status_all", "containers_active", "docker_active_filter", "docker_exited_after"),
        *("runs_after_deploy", "run_after_stop", "run_after_archive", "run_after_docker_remove"),
        *("run_of_frozen_bot", 'runs_filter:{"run_status": "CREATED", "limit": 2}'),
        "broker_down:run_after_archive",
    }
    - EXPECTED.keys()
)


def test_every_recorded_exchange_is_read_by_a_test() -> None:
    assert sorted(exchanges()) == sorted(EXPECTED.keys() | ELSEWHERE)


@pytest.mark.parametrize("name", EXPECTED)
def test_recorded_answer_means(name: str) -> None:
    exchange = exchanges()[name]
    decode = decoder_of(exchange.method, exchange.path)
    expected = EXPECTED[name]

    if isinstance(expected, type) and issubclass(expected, UpstreamError):
        with pytest.raises(UpstreamError) as caught:
            decode(exchange.reply())
        assert type(caught.value) is expected
    else:
        assert decode(exchange.reply()) == expected


@pytest.mark.parametrize(
    "name",
    [
        "deploy_name:a/b",
        "deploy_same_second_2nd",
        "docker_down:deploy",
        "docker_remove_again",
        "broker_down:stop",
        "docker_down:stop_container",
        "account_add_name:aaaaaaaaaaaaaaaaaaaa",
    ],
)
def test_effect_that_may_have_happened_is_in_doubt(name: str) -> None:
    exchange = exchanges()[name]

    with pytest.raises(UpstreamError) as caught:
        decoder_of(exchange.method, exchange.path)(exchange.reply())

    assert caught.value.is_in_doubt


@pytest.mark.parametrize(
    "name",
    [
        "auth_wrong",
        "deploy_missing_account",
        "deploy_bad_image",
        "deploy_name:xxxxxxxxxx",
        "cred_add_wrong_key",
        "cred_add_bitmart_unreachable",
        "stop_unknown",
        "archive_unknown",
        "docker_stop_unknown",
    ],
)
def test_effect_that_was_refused_is_not_in_doubt(name: str) -> None:
    exchange = exchanges()[name]

    with pytest.raises(UpstreamError) as caught:
        decoder_of(exchange.method, exchange.path)(exchange.reply())

    assert not caught.value.is_in_doubt
