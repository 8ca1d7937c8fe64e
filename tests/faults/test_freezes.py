"""What is sent too late: by a leader that was frozen, and by a slow upstream."""

import asyncio
from pathlib import Path
from typing import Final

import pytest
from tests.contract.simulator_door import DEPLOY
from tests.faults.fleet import LEASE_SECONDS, Fleet, Json, fleet, two_at_once
from tests.faults.kills import containers_of, seen_before_it_dies

_GRACE_SECONDS: Final = 20.0  # at speed 1
_SPEED: Final = 40.0
_FREEZE_SECONDS: Final = 2 * max(LEASE_SECONDS, _GRACE_SECONDS / _SPEED)
_VARIABLES: Final = {"BRIDGE_GRACE_SECONDS": str(_GRACE_SECONDS)}


async def _until_one_is_left(running: Fleet, bot: Json) -> None:
    async def is_alone() -> bool:
        return len(await containers_of(running, bot)) == 1

    await running.until(is_alone, what=running.logs)


async def _check(running: Fleet, bot: Json) -> None:
    """One instance trades, and has traded all the time; nothing else is left."""
    await _until_one_is_left(running, bot)
    await running.until_state(bot["id"], "running")
    lives = await running.lives(bot)
    assert two_at_once(lives) == []
    (trading,) = [life for life in lives if life["traded"]]
    assert trading["trading_until"] is None
    assert all(life["ended_at"] is not None for life in lives if life is not trading)


@pytest.mark.timeout(90)
@pytest.mark.parametrize("step", ["start.before_deploy", "send.deploy"])
async def test_deploy_of_a_leader_that_was_frozen_makes_no_second_bot(
    database_url: str, tmp_path: Path, step: str
) -> None:
    """Before the last look at its lease it sends nothing; after that, what it sends is a dud."""
    async with fleet(database_url, tmp_path, speed=_SPEED, variables=_VARIABLES) as running:
        bot = await running.make_bot()
        trap = running.traps.set(step, "freeze")
        await running.start(bot["id"])
        frozen = await running.victim(trap)

        await asyncio.sleep(_FREEZE_SECONDS)
        await running.until_state(bot["id"], "running")
        assert await running.door.count("POST", DEPLOY) == 1
        async with seen_before_it_dies(running.door):
            frozen.wake()
            await asyncio.sleep(_FREEZE_SECONDS)

        await _check(running, bot)
        sent = await running.door.count("POST", DEPLOY)
        assert sent == (1 if step == "start.before_deploy" else 2)
        assert len(await running.lives(bot)) == sent


@pytest.mark.timeout(90)
async def test_deploy_that_lands_after_the_time_out_makes_no_second_bot(
    database_url: str, tmp_path: Path
) -> None:
    async with fleet(database_url, tmp_path, speed=_SPEED, variables=_VARIABLES) as running:
        bot = await running.make_bot()
        await running.door.fault("late_deploy", times=1)
        await running.start(bot["id"])
        await running.until_state(bot["id"], "running")
        assert await running.door.count("POST", DEPLOY) == 2
        assert len(await running.lives(bot)) == 1
        await asyncio.sleep(_FREEZE_SECONDS)

        async def has_landed() -> bool:
            return len(await running.lives(bot)) == 2

        async with seen_before_it_dies(running.door):
            await running.door.end("late_deploy")
            await running.until(has_landed)
        await _check(running, bot)
