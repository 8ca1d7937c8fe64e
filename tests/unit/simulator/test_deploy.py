"""What a deploy leaves behind, and what the controller config fences."""

import pytest
from tests.unit.simulator.hand import BOT, CONFIG, Hand, make_config

from bridge.simulator.replies import CrashError, RefusalError


def test_same_name_again_makes_a_second_bot() -> None:
    hand = Hand()
    first = hand.deploy()
    hand.wait(2)
    second = hand.deploy()
    hand.wait(60)

    assert first != second
    assert hand.word(first) == hand.word(second) == "running"
    assert [life["traded"] for life in hand.lives()] == [True, True]


def test_same_second_is_refused_by_docker() -> None:
    hand = Hand()
    first = hand.deploy()

    answer = hand.try_to_deploy()

    assert answer["success"] is False
    assert str(answer["message"]).startswith("409 Client Error")
    assert first in str(answer["message"])
    assert len(hand.runs()) == 1
    hand.wait(60)
    assert hand.word(first) == "running"


def test_refused_twin_has_already_rebuilt_the_folder() -> None:
    """Read in the source: the folder is filled before Docker is asked."""
    hand = Hand()
    first = hand.deploy()
    hand.world.configs.delete(CONFIG)

    assert hand.try_to_deploy()["success"] is False
    hand.wait(10)

    assert hand.containers() == {first: "exited"}
    assert hand.life()["traded"] is False


def test_config_deleted_after_the_deploy_is_not_missed() -> None:
    hand = Hand()
    name = hand.deploy()
    hand.world.configs.delete(CONFIG)

    hand.wait(60)

    assert hand.word(name) == "running"
    assert [config["_config_name"] for config in hand.world.configs_of(name)] == [CONFIG]


def test_config_deleted_before_the_deploy_makes_a_dud() -> None:
    hand = Hand()

    name = str(hand.try_to_deploy()["unique_instance_name"])
    assert hand.world.configs_of(name) == []
    hand.wait(5.5)
    assert hand.word(name) == "stopped"
    hand.wait(2)

    assert hand.word(name) == "not_found"
    assert hand.containers() == {name: "exited"}
    assert hand.life()["traded"] is False
    hand.world.engine.remove(name)
    assert hand.containers() == {}


def test_missing_profile_leaves_the_script_config() -> None:
    hand = Hand()

    with pytest.raises(RefusalError) as refusal:
        hand.try_to_deploy(credentials_profile="nobody")

    assert refusal.value.status == 500
    assert list(hand.world.scripts) == [f"{BOT}-20261122-080010"]
    assert hand.containers() == {}


def test_dead_docker_leaves_the_script_config_and_the_folder() -> None:
    hand = Hand()
    hand.order("docker_dead")

    with pytest.raises(RefusalError) as refusal:
        hand.deploy()

    assert refusal.value.status == 500
    assert len(hand.world.scripts) == 1
    assert hand.world.configs_of(f"{BOT}-20261122-080010") != []


@pytest.mark.parametrize(
    "changes",
    [
        {"instance_name": "bad name"},
        {"instance_name": ""},
        {"credentials_profile": "a/b"},
        {"controllers_config": ["dotted.name"]},
    ],
)
def test_bad_names_crash_the_upstream(changes: dict[str, object]) -> None:
    hand = Hand()

    with pytest.raises(CrashError):
        hand.try_to_deploy(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"instance_name": 1},
        {"controllers_config": "c1"},
        {"controllers_config": [1]},
        {"max_global_drawdown_quote": "much"},
        {"image": None},
    ],
)
def test_wrong_types_are_refused(changes: dict[str, object]) -> None:
    hand = Hand()

    with pytest.raises(RefusalError) as refusal:
        hand.try_to_deploy(**changes)

    assert refusal.value.status == 422


def test_unknown_image_is_not_pulled() -> None:
    hand = Hand()

    answer = hand.try_to_deploy(image="acme/nope:9")

    assert answer["success"] is False
    assert "pull access denied for acme/nope" in str(answer["message"])


def test_without_database_only_the_run_is_missing() -> None:
    hand = Hand()
    hand.order("database_dead")
    hand.deploy_running()

    hand.world.faults.end("database_dead")

    assert hand.runs() == []


def test_run_names_what_was_deployed() -> None:
    hand = Hand()
    name = hand.deploy(max_global_drawdown_quote=50)

    run = hand.run(name)

    assert (run["account_name"], run["deployment_status"], run["run_status"]) == (
        "acme",
        "DEPLOYED",
        "CREATED",
    )
    assert '"max_global_drawdown_quote": 50.0' in str(run["deployment_config"])


def test_live_update_changes_the_copy_only() -> None:
    hand = Hand()
    name = hand.deploy_running()

    hand.world.update_config(name, CONFIG, {"order_amount": "rubbish"})

    assert hand.world.configs_of(name)[0]["order_amount"] == "rubbish"
    assert hand.world.configs.get(CONFIG)["order_amount"] == make_config()["order_amount"]


def test_profile_and_keys_deleted_under_a_bot_are_not_missed() -> None:
    hand = Hand()
    name = hand.deploy_running()

    hand.world.accounts.delete("acme")
    hand.world.engine.stop(name)
    hand.world.engine.start(name)
    hand.wait(20)

    assert hand.word(name) == "running"
