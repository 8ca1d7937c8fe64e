"""An instance: what the upstream copied into a bot's folder, and whether a bot can run on that."""

from dataclasses import dataclass, field
from typing import Final

from bridge.simulator.catalogue import CLASSES, CONTROLLERS, MISJUDGED
from bridge.simulator.connectors import CONNECTORS
from bridge.simulator.exchange import Exchange
from bridge.simulator.replies import Config
from bridge.simulator.validation import complaints

_NAMES: Final = frozenset(name for names in CONTROLLERS.values() for name in names)
# With these the amounts must be sent; without them the controller throws each second.
_NEED_AMOUNTS: Final = ("pmm_simple", "pmm_dynamic")
_THROWN: Final = "'NoneType' object is not iterable"


@dataclass(slots=True, eq=False)
class Instance:
    """A bot's folder.

    Attributes:
        name: Of the container too.
        instance_name: The name it was asked for under.
        account: The profile whose keys were copied.
        connectors: Those for which it held keys then.
        wanted: Names of the controller configs that the bot will look for.
        configs: Copies of those that were there; None: the folder was never filled.
        traded_seconds: Trading of its earlier lives: figures go on after a restart.
        lives: How often its process was started.
    """

    name: str
    instance_name: str
    account: str
    connectors: frozenset[str] = frozenset()
    wanted: list[str] = field(default_factory=list[str])
    configs: dict[str, Config] | None = None
    traded_seconds: float = 0.0
    lives: int = 0

    def controllers(self) -> dict[str, Config]:
        """Return its configs by the ``id`` under which the bot reports."""
        return {str(config.get("id", name)): config for name, config in self._found().items()}

    def can_run(self) -> bool:
        """Return whether a real bot gets through its boot; otherwise it exits without a word."""
        found = self._found()
        return all(name in found and self._is_sound(found[name]) for name in self.wanted)

    def can_trade(self, exchange: Exchange) -> bool:
        """Return whether the exchange is there and lists its pairs; until then the bot waits."""
        configs = self._found().values()
        listed = all(exchange.lists(config.get("trading_pair")) for config in configs)
        return bool(configs) and listed and exchange.is_reachable

    def complaint(self) -> str | None:
        """Return what the bot throws each second while it runs and trades nothing; or None."""
        for config in self._found().values():
            amounts = ("buy_amounts_pct", "sell_amounts_pct")
            if config.get("controller_name") in _NEED_AMOUNTS and any(
                name not in config for name in amounts
            ):
                return _THROWN
        return None

    def is_paused(self) -> bool:
        """Return whether the kill switch of every controller is on."""
        configs = self._found().values()
        return bool(configs) and all(config.get("manual_kill_switch") is True for config in configs)

    def is_grid(self) -> bool:
        """Return whether it must sell a position before it is stopped."""
        return any(c.get("controller_name") == "grid_strike" for c in self._found().values())

    def _found(self) -> dict[str, Config]:
        return self.configs or {}

    def _is_sound(self, config: Config) -> bool:
        connector, pair = config.get("connector_name"), str(config.get("trading_pair"))
        controller = str(config.get("controller_name"))
        if connector not in CONNECTORS or connector not in self.connectors or "/" in pair:
            return False
        if controller not in _NAMES or "id" not in config:
            return False
        known = None if controller in MISJUDGED else CLASSES.get(controller)
        return known is None or complaints(known, config) is None
