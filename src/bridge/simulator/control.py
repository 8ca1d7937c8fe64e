"""The tests' own door: ledger, faults, counts. No login, and not part of the upstream."""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from aiohttp import web

from bridge.simulator.answers import answer
from bridge.simulator.faults import (
    FAULTS,
    LISTENER_FAULTS,
    Fault,
)
from bridge.simulator.simulation import simulation_of

Outage = Callable[[Fault], Awaitable[None]]
# Closes the listener until a fault is over; the server puts it there.
OUTAGE: Final = web.AppKey[Outage]("outage")


class FaultOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /_control/faults``; 0 seconds end the fault of this name."""

    fault: str
    seconds: float = 0.0
    path: str = ""
    times: int | None = None
    bot: str = ""


class ForeignContainer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /_control/containers``: a container of the host that is no bot of anybody."""

    name: str
    image: str = "postgres:17"


async def ledger(request: web.Request) -> web.Response:
    """Return every life of every bot."""
    return answer(simulation_of(request).catch_up().ledger.entries())


async def calls(request: web.Request) -> web.Response:
    """Return how often each call was made, whatever became of it."""
    counts = simulation_of(request).calls
    rows = [{"method": m, "path": p, "count": counts[m, p]} for m, p in sorted(counts)]
    return answer(rows)


async def clock(request: web.Request) -> web.Response:
    """Return how late it is: in seconds as the ledger counts them, and as a date."""
    world = simulation_of(request).catch_up()
    return answer({"now": world.agenda.now, "date": world.stamp()})


async def credentials(request: web.Request) -> web.Response:
    """Return a mark of every secret that is held; equal secrets have equal marks."""
    return answer(simulation_of(request).catch_up().accounts.fingerprints())


async def list_faults(request: web.Request) -> web.Response:
    """Return the faults in force."""
    return answer(_in_force(request))


async def order_fault(request: web.Request) -> web.StreamResponse:
    """Order a fault."""
    try:
        order = msgspec.json.decode(await request.read(), type=FaultOrder)
    except (msgspec.ValidationError, msgspec.DecodeError) as exc:
        return answer({"detail": str(exc)}, 422)
    if order.fault not in FAULTS:
        return answer({"detail": f"No such fault. Known: {', '.join(FAULTS)}"}, 422)
    world = simulation_of(request).catch_up()
    fault = Fault(
        name=order.fault,
        until=world.agenda.now + order.seconds,
        path=order.path,
        times=order.times,
        bot=order.bot,
    )
    world.faults.order(fault)
    response = answer(_in_force(request), 201)
    if fault.name not in LISTENER_FAULTS or order.seconds <= 0:
        return response
    response.force_close()
    await response.prepare(request)
    await response.write_eof()
    await request.app[OUTAGE](fault)
    return response


async def plant_container(request: web.Request) -> web.Response:
    """Put somebody else's container on the host."""
    try:
        foreign = msgspec.json.decode(await request.read(), type=ForeignContainer)
    except (msgspec.ValidationError, msgspec.DecodeError) as exc:
        return answer({"detail": str(exc)}, 422)
    simulation_of(request).catch_up().engine.plant(foreign.name, foreign.image)
    return answer({"name": foreign.name}, 201)


async def reset(request: web.Request) -> web.Response:
    """End all faults and begin with an empty world."""
    simulation = simulation_of(request)
    simulation.catch_up().faults.end_all()
    simulation.reset()
    return answer({"status": "reset"})


def _in_force(request: web.Request) -> list[dict[str, object]]:
    world = simulation_of(request).catch_up()
    return [
        {
            "fault": fault.name,
            "remaining_seconds": fault.until - world.agenda.now,
            "path": fault.path,
            "times": fault.times,
            "bot": fault.bot,
        }
        for fault in world.faults.in_force()
    ]


ROUTES: Final = (
    web.route("GET", "/_control/ledger", ledger),
    web.route("GET", "/_control/calls", calls),
    web.route("GET", "/_control/clock", clock),
    web.route("GET", "/_control/credentials", credentials),
    web.route("GET", "/_control/faults", list_faults),
    web.route("POST", "/_control/faults", order_fault),
    web.route("POST", "/_control/containers", plant_container),
    web.route("POST", "/_control/reset", reset),
)
