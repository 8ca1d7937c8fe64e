"""One life of a bot's process: it boots, speaks, trades, is stopped, ends."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from bridge.simulator import timings
from bridge.simulator.agenda import Agenda, Effect
from bridge.simulator.exchange import Exchange
from bridge.simulator.figures import performance
from bridge.simulator.instances import Instance
from bridge.simulator.ledger import Life
from bridge.simulator.logs import line
from bridge.simulator.mailbox import Mailbox, Reports
from bridge.simulator.timings import Pace

Stage = Literal["booting", "waiting", "trading", "stopping", "stopped"]
# A bot whose exchange is not there looks again, and says so, this often.
_WAIT_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a process touches. ``epoch`` is the timestamp of moment 0."""

    agenda: Agenda
    mailbox: Mailbox
    exchange: Exchange
    epoch: float


class Process:
    """A running bot. Its owner, the container, is told by ``on_exit`` when it ends by itself."""

    def __init__(
        self,
        around: Surroundings,
        instance: Instance,
        life: Life,
        pace: Pace,
        on_exit: Callable[[], None],
    ) -> None:
        self._around = around
        self._instance = instance
        self._life = life
        self._pace = pace
        self._on_exit = on_exit
        self._is_alive = True
        self._is_frozen = False
        self._held: list[Effect] = []
        self._stage: Stage = "booting"
        self._has_open_orders = False
        self._counts_from: float | None = None
        self._counted = instance.traded_seconds

    def start(self, *, is_doomed: bool, is_restart: bool) -> None:
        """Begin to boot; a doomed one exits whatever its config is."""
        pace = self._pace
        reports = pace.restart_reports if is_restart else pace.reports
        connects = pace.connects + reports - pace.reports

        def read_config() -> None:
            if is_doomed or (pace.is_real and not self._instance.can_run()):
                self._later(pace.dies - pace.reads_config, self._on_exit)
                return
            self._later(connects - pace.reads_config, self._connect)
            self._later(reports - pace.reads_config, self._begin)

        self._later(pace.reads_config, read_config)

    def hear_stop(self, *, flips: bool) -> None:
        """Stop trading and cancel the orders. One that has not connected yet never hears of it.

        Args:
            flips: Whether it reports empty figures some seconds later, as after stop-bot.
        """
        if self._is_frozen:
            self._held.append(lambda: self.hear_stop(flips=flips))
            return
        if self._stage == "waiting":
            self._stage = "stopped"
        if self._stage != "trading":
            return
        self._stage = "stopping"
        self._count()
        self._say("INFO", "\nWinding down...")
        self._around.mailbox.report(self._instance.name, None)
        self._later(timings.CANCEL_SECONDS, self._orders_are_cancelled)
        if flips and self._pace.is_real:
            is_grid = self._instance.is_grid()
            seconds = timings.FLIP_SECONDS_OF_GRID if is_grid else timings.FLIP_SECONDS
            self._later(seconds, self._flip)

    def hear_start(self) -> None:
        """Do nothing: a real bot cannot; only the recorder's bots trade again."""
        if not self._pace.is_real and self._stage in {"stopping", "stopped"}:
            self._stage = "waiting"
            self._later(timings.RESTART_BY_COMMAND_SECONDS, self._begin)

    def reread_config(self) -> None:
        """Look at its copies of the configs again, as it does every ten seconds."""
        self._later(timings.CONFIG_POLL_SECONDS, self._obey_kill_switch)

    def freeze(self) -> None:
        """Hold it where it is; its orders stay open."""
        self._is_frozen = True
        self._around.mailbox.freeze(self._instance.name)

    def thaw(self) -> None:
        """Let it go on, with all that came meanwhile."""
        if not self._is_frozen:
            return
        self._is_frozen = False
        self._around.mailbox.thaw(self._instance.name)
        held, self._held = self._held, []
        for effect in held:
            effect()

    def kill(self) -> None:
        """End it now. Open orders stay on the exchange."""
        self._count()
        self._is_alive = False
        self._instance.traded_seconds = self._counted
        self._around.mailbox.disconnect(self._instance.name)
        now = self._around.agenda.now
        self._life.ended_at = now
        self._life.stop_trading(now, orders_cancelled=not self._has_open_orders)

    def traded_seconds(self, moment: float) -> float:
        """Return for how long it has traded by a moment, earlier lives included."""
        if self._counts_from is None:
            return self._counted
        return self._counted + max(0.0, moment - self._counts_from)

    def answers(self) -> bool:
        """Return whether it would answer a question over MQTT."""
        is_connected = self._stage != "booting"
        return is_connected and not self._is_frozen and not self._around.mailbox.is_cut

    def _connect(self) -> None:
        self._stage = "waiting"
        name = self._instance.name
        self._around.mailbox.connect(name, complaint=self._instance.complaint())
        self._say("INFO", "MQTT Bridge connected with success.")

    def _begin(self) -> None:
        if self._stage != "waiting" or not self._instance.wanted:
            return
        if self._pace.is_real and not self._instance.can_trade(self._around.exchange):
            connectors = [c.get("connector_name") for c in self._instance.controllers().values()]
            self._say("WARNING", f"{connectors[0]} is not ready. Please wait...")
            self._later(_WAIT_SECONDS, self._begin)
            return
        self._stage = "trading"
        now = self._around.agenda.now
        self._life.begin_trading(now)
        if self._instance.complaint() is None and not self._instance.is_paused():
            self._has_open_orders = True
            self._counts_from = now
        self._around.mailbox.report(self._instance.name, self._reports)

    def _orders_are_cancelled(self) -> None:
        self._stage = "stopped"
        self._has_open_orders = False
        self._life.stop_trading(self._around.agenda.now, orders_cancelled=True)

    def _flip(self) -> None:
        empty: Reports = {
            name: {"performance": {}, "custom_info": {}} for name in self._instance.controllers()
        }
        self._say("INFO", "Hummingbot stopped.")
        self._around.mailbox.deliver(self._instance.name, empty)

    def _obey_kill_switch(self) -> None:
        if self._stage != "trading" or self._instance.complaint() is not None:
            return
        is_paused = self._instance.is_paused()
        self._has_open_orders = not is_paused
        self._count()
        if not is_paused:
            self._counts_from = self._around.agenda.now

    def _count(self) -> None:
        self._counted = self.traded_seconds(self._around.agenda.now)
        self._counts_from = None

    def _reports(self, moment: float) -> Reports:
        seconds = self.traded_seconds(moment)
        return {
            name: {"performance": performance(config, seconds), "custom_info": {}}
            for name, config in self._instance.controllers().items()
        }

    def _say(self, level: str, message: str) -> None:
        timestamp = self._around.epoch + self._around.agenda.now
        self._around.mailbox.log(self._instance.name, line(level, message, timestamp))

    def _later(self, seconds: float, effect: Effect) -> None:
        """Do something later, in this life only; what falls due while it is frozen waits."""

        def when_due() -> None:
            if self._is_frozen:
                self._held.append(when_due)
            elif self._is_alive:
                effect()

        self._around.agenda.after(seconds, when_due)
