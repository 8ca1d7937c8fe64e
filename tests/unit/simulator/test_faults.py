"""Which fault hits which call, how often, and until when."""

import pytest
from tests.unit.simulator.hand import Hand

from bridge.simulator.agenda import Agenda
from bridge.simulator.faults import FAULTS, Fault, FaultName, Faults


def test_fault_ends_when_its_time_is_over() -> None:
    agenda = Agenda()
    faults = Faults(agenda)
    fault = Fault("slow", until=10)
    faults.order(fault)

    agenda.run_until(9.9)
    assert faults.is_on("slow")
    agenda.run_until(10)

    assert not faults.is_on("slow")
    assert fault.ended.is_set()


def test_new_order_replaces_the_one_before() -> None:
    agenda = Agenda()
    faults = Faults(agenda)
    first, second = Fault("slow", until=10), Fault("slow", until=20)
    faults.order(first)
    faults.order(second)

    agenda.run_until(15)

    assert first.ended.is_set()
    assert faults.find("slow") is second


def test_order_of_no_time_ends_the_one_before() -> None:
    faults = Faults(Agenda())
    faults.order(Fault("hang", until=10))

    faults.order(Fault("hang", until=0))

    assert not faults.is_on("hang")


def test_reactions_come_at_begin_and_end() -> None:
    agenda = Agenda()
    faults = Faults(agenda)
    seen: list[str] = []
    faults.react(
        "broker_dead", begin=lambda _: seen.append("begin"), end=lambda _: seen.append("end")
    )

    faults.order(Fault("broker_dead", until=0))
    assert seen == []
    faults.order(Fault("broker_dead", until=5))
    faults.end_all()
    agenda.run_until(10)

    assert seen == ["begin", "end"]


def test_path_says_which_calls_are_hit() -> None:
    faults = Faults(Agenda())
    faults.order(Fault("reset", until=10, path="/docker/"))

    assert faults.take("/bot-orchestration/status") is None
    assert faults.take("/docker/running") is not None


def test_times_says_how_many_calls_are_hit() -> None:
    faults = Faults(Agenda())
    faults.order(Fault("reset", until=10, times=2))

    hits = [faults.take("/") is not None for _ in range(3)]

    assert hits == [True, True, False]


@pytest.mark.parametrize("name", ["late_deploy", "late_answer"])
def test_late_faults_hit_deploys_only(name: FaultName) -> None:
    faults = Faults(Agenda())
    faults.order(Fault(name, until=10))

    assert faults.take("/bot-orchestration/status") is None
    assert faults.take("/bot-orchestration/deploy-v2-controllers") is not None


def test_world_faults_hit_no_calls_by_themselves() -> None:
    faults = Faults(Agenda())
    faults.order(Fault("broker_dead", until=10))

    assert faults.take("/") is None


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_can_be_ordered_and_ends(name: FaultName) -> None:
    hand = Hand()
    bot = hand.deploy_running()

    hand.order(name, seconds=5)
    hand.wait(60)

    assert hand.world.faults.in_force() == []
    assert hand.word(bot) == ("not_found" if name == "killed" else "running")
