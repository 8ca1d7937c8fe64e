"""What can be ordered to go wrong, and for how long. What a fault does stands where it is done."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from bridge.simulator.agenda import Agenda

# The server cannot be reached: connections are refused. After api_restart it has forgotten what it
# had heard from its bots, and its archive jobs; the bots themselves run on.
ListenerFault = Literal["down", "api_restart"]

# A call goes wrong on its way. No effect: hang, reset, html, bad_gateway, plain_500, ten_mb.
# Effect, but no (whole) answer: lost_answer, half_body. `slow` answers 5 s late. Deploys only:
# late_deploy holds the call and lands it when the fault ends; late_answer lands it at once and
# answers when the fault ends.
CallFault = Literal[
    "slow",
    "hang",
    "reset",
    "lost_answer",
    "half_body",
    "html",
    "bad_gateway",
    "plain_500",
    "ten_mb",
    "late_deploy",
    "late_answer",
]

# Something around the upstream is broken. `killed` ends the bots' processes at once; `frozen` holds
# them until the fault ends; `full_logs` fills every log to its 100 + 100 lines.
WorldFault = Literal[
    "broker_dead",
    "database_dead",
    "docker_dead",
    "docker_hung",
    "exchange_dead",
    "exchange_slow",
    "dies_at_boot",
    "slow_boot",
    "frozen",
    "killed",
    "full_logs",
]

FaultName = ListenerFault | CallFault | WorldFault

LISTENER_FAULTS: Final[tuple[ListenerFault, ...]] = get_args(ListenerFault)
CALL_FAULTS: Final[tuple[CallFault, ...]] = get_args(CallFault)
WORLD_FAULTS: Final[tuple[WorldFault, ...]] = get_args(WorldFault)
FAULTS: Final[tuple[FaultName, ...]] = (*LISTENER_FAULTS, *CALL_FAULTS, *WORLD_FAULTS)
# They happen at once, however long they are ordered for.
_MOMENTARY: Final = ("killed",)


@dataclass(slots=True, eq=False)
class Fault:
    """One ordered fault.

    Attributes:
        until: Simulated moment at which it ends by itself.
        path: Only calls whose path starts so.
        times: How many calls it may still hit; None: all.
        bot: Only the bot of this name (``frozen``, ``killed``).
        ended: Set when it is over, by itself or by order.
    """

    name: FaultName
    until: float
    path: str = ""
    times: int | None = None
    bot: str = ""
    ended: asyncio.Event = field(default_factory=asyncio.Event)


Reaction = Callable[[Fault], None]


class Faults:
    """The faults in force, at most one of each name; a new order replaces the one before."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        self._active: dict[FaultName, Fault] = {}
        self._begin: dict[FaultName, Reaction] = {}
        self._end: dict[FaultName, Reaction] = {}

    def react(self, name: FaultName, *, begin: Reaction | None, end: Reaction | None) -> None:
        """Say what else happens when a fault begins and when it ends."""
        if begin is not None:
            self._begin[name] = begin
        if end is not None:
            self._end[name] = end

    def order(self, fault: Fault) -> None:
        """Put a fault in force; one that lasts no time only ends the one before, or happens."""
        self.end(fault.name)
        lasts = fault.until > self._agenda.now
        begin = self._begin.get(fault.name)
        if begin is not None and (lasts or fault.name in _MOMENTARY):
            begin(fault)
        if lasts:
            self._active[fault.name] = fault
            self._agenda.at(fault.until, lambda: self._over(fault))
        else:
            fault.ended.set()

    def end(self, name: FaultName) -> None:
        """End the fault of this name now, if there is one."""
        fault = self._active.pop(name, None)
        if fault is None:
            return
        end = self._end.get(name)
        if end is not None:
            end(fault)
        fault.ended.set()

    def find(self, name: FaultName, path: str = "") -> Fault | None:
        """Return the fault of this name that is in force for a call of this path."""
        fault = self._active.get(name)
        return fault if fault is not None and path.startswith(fault.path) else None

    def is_on(self, name: FaultName) -> bool:
        """Return whether a fault of this name is in force."""
        return name in self._active

    def take(self, path: str) -> Fault | None:
        """Return the fault that hits this call, and count the hit."""
        for name in CALL_FAULTS:
            is_of_deploys = name in {"late_deploy", "late_answer"}
            if is_of_deploys and not path.startswith("/bot-orchestration/deploy-v2"):
                continue
            fault = self.find(name, path)
            if fault is None or fault.times == 0:
                continue
            if fault.times is not None:
                fault.times -= 1
            return fault
        return None

    def in_force(self) -> list[Fault]:
        """Return every fault in force."""
        return list(self._active.values())

    def end_all(self) -> None:
        """End every fault now."""
        for name in list(self._active):
            self.end(name)

    def _over(self, fault: Fault) -> None:
        if self._active.get(fault.name) is fault:
            self.end(fault.name)
