"""The leader is killed at every named step of a start and of a stop, others being alive."""

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import pytest
from tests.faults.fleet import Fleet, fleet, left_orders_open, not_ended, two_at_once
from tests.faults.kills import (
    CONVERGED_SECONDS,
    DUD_STEPS,
    FAULT_BEFORE,
    START_STEPS,
    STEPS,
    STOP_STEPS,
    Kills,
)

_PLAIN_STARTS = [step for step in START_STEPS if step not in FAULT_BEFORE]


async def _check(running: Fleet, kills: Kills, steps: Sequence[str]) -> None:
    lives = await running.door.ledger()
    arrivals = running.traps.arrivals.counts()
    assert two_at_once(lives) == []
    assert left_orders_open(lives) == []
    assert not_ended(lives) == []
    assert all(arrivals[step] > 0 for step in steps), arrivals
    assert max(kills.seconds) <= CONVERGED_SECONDS, kills.seconds


@pytest.mark.timeout(180)
async def test_leader_killed_while_it_starts_and_stops_a_bot(
    database_url: str, tmp_path: Path
) -> None:
    """The start is carried out by the others, and so is the stop; never twice."""
    async with fleet(database_url, tmp_path, count=3) as running:
        kills = Kills(running)
        bot = await running.make_bot()

        for start, stop in zip_longest(_PLAIN_STARTS, STOP_STEPS):
            await kills.start_through(bot, start)
            if stop is not None:
                await kills.stop_through(bot, stop)
            else:
                await running.stop(bot["id"])
                await running.until_state(bot["id"], "stopped")

        await _check(running, kills, [*_PLAIN_STARTS, *STOP_STEPS])
        traded = [life for life in await running.lives(bot) if life["traded"]]
        assert len(traded) == len(_PLAIN_STARTS)


@pytest.mark.timeout(180)
async def test_leader_killed_while_it_settles_what_is_in_doubt(
    database_url: str, tmp_path: Path
) -> None:
    """A deploy whose answer was lost, and one that came too late."""
    async with fleet(database_url, tmp_path, count=3) as running:
        kills = Kills(running)
        bot = await running.make_bot()
        await running.start(bot["id"])  # so that the upstream has its profile
        await running.until_state(bot["id"], "running")
        await running.stop(bot["id"])
        await running.until_state(bot["id"], "stopped")

        for settle, dud in zip_longest(FAULT_BEFORE, DUD_STEPS):
            if dud is not None:
                await kills.remove_dud_through(bot, dud)
            await kills.start_through(bot, settle)
            await running.stop(bot["id"])
            await running.until_state(bot["id"], "stopped")

        await _check(running, kills, [*FAULT_BEFORE, *DUD_STEPS])
        lives = await running.lives(bot)
        assert len([life for life in lives if life["traded"]]) == 1 + len(FAULT_BEFORE)


def test_every_step_is_killed_at() -> None:
    assert {*_PLAIN_STARTS, *FAULT_BEFORE, *STOP_STEPS, *DUD_STEPS} == {*STEPS}
