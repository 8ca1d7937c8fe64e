"""Everything that the simulator can do wrong, while one bot is to stop and another one to start."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest
from tests.faults.fleet import Fleet, Json, fleet, left_orders_open, not_ended, two_at_once
from tests.faults.watching import BOUND, Watch, watching

from bridge.simulator.faults import FAULTS, FaultName

_SPEED: Final = 40.0
_BOUND_SECONDS: Final = BOUND / _SPEED
# Simulated seconds: what a hung Docker holds up, the end of the fault by order does not free.
_LONGEST: Final = 4 * BOUND
# The upstream does not say how its bots are.
_BLIND: Final[tuple[FaultName, ...]] = (
    "down",
    "api_restart",
    "hang",
    "reset",
    "lost_answer",
    "half_body",
    "html",
    "bad_gateway",
    "plain_500",
)
# It says so, and something else does not work.
_LAME: Final[tuple[FaultName, ...]] = (
    "slow",
    "late_deploy",
    "late_answer",
    "broker_dead",
    "database_dead",
    "docker_dead",
    "docker_hung",
    "exchange_dead",
    "exchange_slow",
)
# What they do shows at once.
_QUICK: Final = frozenset(_LAME) - {"broker_dead", "docker_hung"}
# Its bots are not well, or say too much.
_ILL: Final[tuple[FaultName, ...]] = (
    "ten_mb",
    "dies_at_boot",
    "slow_boot",
    "frozen",
    "killed",
    "full_logs",
)


class _Pair:
    """Two bots, one of which runs; each outage makes them change places."""

    def __init__(self, running: Fleet, up: Json, down: Json) -> None:
        self._running = running
        self.up = up
        self.down = down

    async def live_through(self, fault: FaultName, watch: Watch) -> None:
        """Order a fault; stop one and start the other while it lasts; both must come about."""
        running = self._running
        await running.door.fault(fault, seconds=_LONGEST)
        began = watch.now()
        started = await running.ask("POST", f"/bots/{self.down['id']}/start")
        assert started.status in {200, 503}, started
        if fault in _BLIND:
            await self._until_unknown()
        else:
            await asyncio.sleep(_BOUND_SECONDS / 2 if fault in _QUICK else _BOUND_SECONDS)
        await running.stop(self.up["id"])
        await asyncio.sleep(_BOUND_SECONDS / 2)
        if fault in _BLIND:
            self._check_blind(watch, began)
        await running.door.end(fault)

        await running.until_state(self.up["id"], "stopped")
        await running.until_state(self.down["id"], "running", "error", "lost", "stopped", "unknown")
        if await running.state(self.down["id"]) != "running":
            await running.start(self.down["id"])
            await running.until_state(self.down["id"], "running")
        self.up, self.down = self.down, self.up

    async def _until_unknown(self) -> None:
        bot: Json = {}

        async def is_unknown() -> bool:
            nonlocal bot
            bot = await self._running.bot(self.up["id"])
            return bool(bot["runtime"]["state"] == "unknown")

        await self._running.until(is_unknown, 15, lambda: str(bot))
        assert bot["runtime"]["stale"]
        assert bot["runtime"]["stale_reason"]

    def _check_blind(self, watch: Watch, began: float) -> None:
        """Past the bound nothing is shown without a word of warning but what rests on a proof."""
        late = [g for g in watch.glances if g.asked_at > began + 2 * BOUND and g.status == 200]
        shown = [glance.runtime for glance in late if glance.bot_id == self.up["id"]]
        assert all(r["state"] in {"unknown", "stopping"} and r["stale"] for r in shown), shown
        assert all(r["stale_reason"] for r in shown), shown


async def _live_through(running: Fleet, faults: Sequence[FaultName]) -> None:
    account = await running.make_client()
    up, down = await running.make_bot(account), await running.make_bot(account)
    await running.start(up["id"])
    await running.until_state(up["id"], "running")
    pair = _Pair(running, up, down)
    killed: set[str] = set()
    for fault in faults:
        async with watching(running, _SPEED, [up, down]) as watch:
            await pair.live_through(fault, watch)
        lives = await running.door.ledger()
        if fault == "killed":
            killed = {life["instance"] for life in left_orders_open(lives)}
        assert watch.refused() == [], fault
        assert watch.lies(lives) == [], fault
        assert two_at_once(lives) == [], fault
        open_orders = [x for x in left_orders_open(lives) if x["instance"] not in killed]
        assert open_orders == [], fault
    await running.stop(pair.up["id"])
    await running.until_state(pair.up["id"], "stopped")

    async def is_over() -> bool:
        return not not_ended(await running.door.ledger())

    await running.until(is_over)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("faults", [_BLIND, _LAME, _ILL], ids=["blind", "lame", "ill"])
async def test_nothing_is_shown_that_is_not_so_and_what_was_asked_for_happens_after_it(
    database_url: str, tmp_path: Path, faults: Sequence[FaultName]
) -> None:
    async with fleet(database_url, tmp_path, speed=_SPEED) as running:
        await _live_through(running, faults)


def test_every_fault_has_its_place() -> None:
    assert sorted([*_BLIND, *_LAME, *_ILL]) == sorted(FAULTS)
