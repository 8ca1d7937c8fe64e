"""One kill of the leader at one step, and what has to be true some seconds later."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final, get_args

import msgspec
from tests.contract.simulator_door import DEPLOY, Door
from tests.faults.fleet import LEASE_SECONDS, SPEED, Fleet, Json
from tests.faults.nodes import Node

from bridge.lifecycle.steps import StepName

# What has to go wrong with the deploy for its outcome to be in doubt: it made an instance and
# nobody was told, or it made none.
FAULT_BEFORE: Final[dict[str, str]] = {
    "settle.before_delete": "lost_answer",
    "settle.before_proof": "lost_answer",
    "settle.before_adopt": "lost_answer",
    "settle.before_take_back": "reset",
}
# Only something without a config, or a person's force, is ended this way.
DUD_STEPS: Final = ("stop.before_kill", "stop.after_stop_container", "stop.after_kill")
STEPS: Final[tuple[str, ...]] = get_args(StepName)
START_STEPS: Final = tuple(step for step in STEPS if not step.startswith("stop."))
STOP_STEPS: Final = tuple(
    step for step in STEPS if step.startswith("stop.") and step not in DUD_STEPS
)
# Of the upstream itself, at speed 1: a boot, or a stop that is obeyed, archived and seen gone.
_UPSTREAM_SECONDS: Final = 40.0
CONVERGED_SECONDS: Final = LEASE_SECONDS + 5 + _UPSTREAM_SECONDS / SPEED


class Kills:
    """Kills leaders of one fleet, and measures how long the others need.

    The fleet has three nodes, so that two are alive while a killed one starts again.

    Attributes:
        seconds: From each kill until the bot was where it was asked to be.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self.seconds: list[float] = []

    async def start_through(self, bot: Json, step: str) -> None:
        """Start a bot, and kill the leader when it comes to a step of that."""
        fleet = self._fleet
        if step in FAULT_BEFORE:
            await fleet.door.fault(FAULT_BEFORE[step], path=DEPLOY, times=1)
        trap = fleet.traps.set(step, "kill")
        await fleet.start(bot["id"])
        victim = await fleet.victim(trap)
        await self._converge(bot, "running", victim)
        if step in FAULT_BEFORE:
            await fleet.door.end(FAULT_BEFORE[step])

    async def stop_through(self, bot: Json, step: str) -> None:
        """Stop a running bot, and kill the leader when it comes to a step of that."""
        trap = self._fleet.traps.set(step, "kill")
        await self._fleet.stop(bot["id"])
        await self._converge(bot, "stopped", await self._fleet.victim(trap))

    async def remove_dud_through(self, bot: Json, step: str) -> None:
        """Let a deploy of a stopped bot come too late, and kill the leader while it clears up."""
        fleet = self._fleet
        trap = fleet.traps.set(step, "kill")
        await plant_dud(fleet, bot)
        victim = await fleet.victim(trap)
        began = time.monotonic()

        async def is_clear() -> bool:
            return not await containers_of(fleet, bot) and await fleet.state(bot["id"]) == "stopped"

        await fleet.until(is_clear, what=fleet.logs)
        self.seconds.append(time.monotonic() - began)
        await victim.start()

    async def _converge(self, bot: Json, state: str, victim: Node) -> None:
        self.seconds.append(await self._fleet.until_state(bot["id"], state))
        await victim.start()


async def plant_dud(fleet: Fleet, bot: Json) -> None:
    """Do what a deploy does that arrives after its config has been taken away."""
    body = {
        "instance_name": bot["instance_name"],
        "credentials_profile": bot["account"],
        "controllers_config": ["bridge-taken-away"],
    }
    await fleet.until_watched()
    async with seen_before_it_dies(fleet.door):
        answer = await fleet.door.call("POST", DEPLOY, body)
    assert answer.status == 200, answer


@asynccontextmanager
async def seen_before_it_dies(door: Door) -> AsyncGenerator[None]:
    """Let what is deployed in the block boot slowly: a dud ends after six seconds otherwise.

    At the speed of these tests that may be between two looks, and nobody asks for a container that
    has exited before it was ever seen.
    """
    await door.fault("slow_boot")
    try:
        yield
    finally:
        await door.end("slow_boot")


async def containers_of(fleet: Fleet, bot: Json) -> list[str]:
    """Return the containers of a bot, whether they run or not."""
    names: list[str] = []
    for kind in ("active", "exited"):
        answer = await fleet.door.call("GET", f"/docker/{kind}-containers")
        rows = msgspec.convert(answer.json, list[dict[str, object]])
        names += [str(row["name"]) for row in rows]
    return [name for name in names if name.startswith(f"{bot['instance_name']}-")]
