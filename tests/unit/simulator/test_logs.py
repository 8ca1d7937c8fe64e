"""Logs: bounded, in every status, and most of its size."""

import msgspec
import pytest
from tests.unit.simulator.hand import Hand

from bridge.simulator.logs import LogBook


def size_of_fifty(hand: Hand) -> int:
    for number in range(50):
        hand.deploy(instance_name=f"load{number:02}")
    hand.wait(40)
    data = hand.world.orchestrator.status_of_all()
    assert len(data) == 50
    return len(msgspec.json.encode({"status": "success", "data": data}))


def test_fifty_young_bots_are_some_forty_kilobytes() -> None:
    assert size_of_fifty(Hand()) == pytest.approx(42_789, rel=0.5)  # two log lines more


def test_fifty_bots_with_full_logs_are_two_megabytes() -> None:
    hand = Hand()
    hand.order("full_logs")

    assert size_of_fifty(hand) == pytest.approx(2_250_504, rel=0.1)


def test_no_more_than_a_hundred_lines_of_a_kind_are_kept() -> None:
    hand = Hand()
    name = hand.deploy_running()

    hand.wait(100_000)

    status = hand.status(name)
    assert len(msgspec.convert(status["general_logs"], list[object])) == 100
    assert len(msgspec.convert(status["error_logs"], list[object])) == 100


def test_lines_are_added_as_time_passes_and_only_once() -> None:
    hand = Hand()
    name = hand.deploy_running()
    before = hand.status(name)["general_logs"]
    assert hand.status(name)["general_logs"] == before

    hand.wait(30)

    after = msgspec.convert(hand.status(name)["general_logs"], list[object])
    assert after[: len(msgspec.convert(before, list[object]))] == before
    assert len(after) == len(msgspec.convert(before, list[object])) + 2


def test_restarted_api_has_forgotten_the_lines() -> None:
    hand = Hand()
    name = hand.deploy_running()
    hand.wait(600)

    hand.order("api_restart", seconds=1)
    hand.wait(3)

    assert hand.status(name)["general_logs"] == []


def test_complaint_is_logged_each_second() -> None:
    book = LogBook()

    book.chatter(0, 30, 0, "no")

    assert len(book.errors) == 30
