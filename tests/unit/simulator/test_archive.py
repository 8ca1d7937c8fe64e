"""stop-and-archive and what is left of a bot afterwards."""

import pytest
from tests.unit.simulator.hand import Hand, make_config

from bridge.simulator.replies import RefusalError


def test_bot_is_stopped_then_unlisted_then_gone_then_a_ghost() -> None:
    hand = Hand()
    name = hand.deploy_running()

    assert hand.world.jobs.begin(name)["status"] == "success"
    assert hand.word(name) == "running"

    hand.wait(0.1)
    assert hand.word(name) == "stopping"
    assert hand.world.orchestrator.status_of_all() == {}
    assert hand.run(name)["run_status"] == "STOPPED"

    hand.wait(0.9)
    assert hand.word(name) == "not_found"
    assert hand.containers() == {name: "running"}

    hand.wait(14.2)
    assert hand.containers() == {}
    assert hand.run(name)["deployment_status"] == "ARCHIVED"
    assert hand.world.archived == [name]

    hand.wait(1)
    assert hand.word(name) == "stopped"

    hand.wait(27)
    assert hand.word(name) == "stopped"

    hand.wait(3)
    assert hand.word(name) == "not_found"
    assert hand.life()["orders_cancelled"] is True


def test_configs_of_an_archived_bot_are_gone() -> None:
    hand = Hand()
    name = hand.deploy_running()
    hand.world.jobs.begin(name)

    hand.wait(16)

    with pytest.raises(RefusalError) as refusal:
        hand.world.configs_of(name)
    assert refusal.value.status == 404


def test_second_call_starts_a_second_job() -> None:
    hand = Hand()
    name = hand.deploy_running()

    hand.world.jobs.begin(name)
    assert hand.world.jobs.begin(name)["status"] == "success"
    hand.wait(60)

    assert hand.containers() == {}
    assert hand.word(name) == "not_found"


def test_call_while_it_is_unlisted_is_refused() -> None:
    hand = Hand()
    name = hand.deploy_running()
    hand.world.jobs.begin(name)
    hand.wait(5)

    assert hand.world.jobs.begin(name)["status"] == "error"


def test_job_for_a_ghost_tries_for_half_a_minute_and_gives_up() -> None:
    hand = Hand()
    name = hand.deploy_running()
    hand.world.jobs.begin(name)
    hand.wait(17)

    assert hand.world.jobs.begin(name)["status"] == "success"
    hand.wait(1)
    assert hand.word(name) == "not_found"

    hand.wait(60)
    assert hand.word(name) == "not_found"
    assert hand.world.archived == [name]


def test_exited_bot_cannot_be_archived() -> None:
    hand = Hand()
    name = hand.deploy_running()
    hand.world.engine.stop(name)
    hand.wait(32)

    answer = hand.world.jobs.begin(name)

    assert answer["status"] == "error"
    assert hand.containers() == {name: "exited"}


def test_without_broker_the_run_is_stopped_and_the_bot_goes_on() -> None:
    hand = Hand()
    name = hand.deploy_running()
    hand.order("broker_dead")

    assert hand.world.jobs.begin(name)["status"] == "success"
    hand.wait(60)

    assert hand.run(name)["run_status"] == "STOPPED"
    assert hand.containers() == {name: "running"}
    assert hand.life()["trading_until"] is None
    assert hand.word(name) == "stopped"
    hand.world.faults.end("broker_dead")
    hand.wait(3)
    assert hand.word(name) == "running"


def test_without_docker_the_job_fails_and_the_container_stays() -> None:
    hand = Hand()
    name = hand.deploy_running()
    hand.world.jobs.begin(name)
    hand.wait(5)
    hand.order("docker_dead")

    hand.wait(20)

    assert hand.containers() == {name: "running"}
    assert hand.run(name)["deployment_status"] == "DEPLOYED"
    assert hand.life()["orders_cancelled"] is True
    hand.world.faults.end("docker_dead")
    hand.wait(2)
    assert hand.word(name) == "stopped"


def test_job_waits_for_a_hung_docker() -> None:
    hand = Hand()
    name = hand.deploy_running()
    hand.world.jobs.begin(name)
    hand.order("docker_hung", seconds=40)

    hand.wait(39)
    assert hand.containers() == {name: "running"}
    hand.wait(2)

    assert hand.containers() == {}


def test_restart_of_the_api_ends_the_job() -> None:
    hand = Hand()
    name = hand.deploy_running()
    hand.world.jobs.begin(name)
    hand.wait(5)

    hand.order("api_restart", seconds=3)
    hand.wait(60)

    assert hand.containers() == {name: "running"}
    assert hand.word(name) == "stopped"
    assert hand.life()["orders_cancelled"] is True


def test_archive_of_a_booting_bot_leaves_its_orders() -> None:
    """The stop is not heard, see test_stop; the container is stopped 15 s later all the same."""
    hand = Hand()
    name = hand.deploy()
    hand.wait(2)

    hand.world.jobs.begin(name)
    hand.wait(20)

    assert hand.containers() == {}
    assert hand.life()["orders_cancelled"] is False


def test_waiting_bot_is_archived_without_having_traded() -> None:
    hand = Hand()
    name = hand.deploy(config=make_config(trading_pair="UNLISTED-USDT"))
    hand.wait(30)

    hand.world.jobs.begin(name)
    hand.wait(20)

    assert hand.containers() == {}
    assert hand.life()["traded"] is False
    assert hand.life()["orders_cancelled"] is None
