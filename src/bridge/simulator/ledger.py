"""What really happened to every bot, whatever the upstream said about it."""

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Life:
    """One life of a bot's process: from the start of its container to its end.

    Attributes:
        instance: Name of the container.
        instance_name: The name it was deployed under, without the stamp.
        account: Whose keys it was given.
        configs: Names of the controller configs that it was deployed with.
        started_at, ended_at: Simulated seconds; ended_at None: the process lives.
        trading_from, trading_until: When it could trade; from None: never; until None: still can.
        orders_cancelled: Whether its open orders were gone when it stopped trading; None: it
            never traded, or still trades.
    """

    instance: str
    instance_name: str
    account: str
    configs: list[str]
    started_at: float
    ended_at: float | None = None
    trading_from: float | None = None
    trading_until: float | None = None
    orders_cancelled: bool | None = None

    def begin_trading(self, moment: float) -> None:
        """Note that it may place orders; a second time within a life joins the first."""
        if self.trading_from is None:
            self.trading_from = moment
        self.trading_until = self.orders_cancelled = None

    def stop_trading(self, moment: float, *, orders_cancelled: bool) -> None:
        """Note that it places no more orders; only the first time counts."""
        if self.trading_from is not None and self.trading_until is None:
            self.trading_until = moment
            self.orders_cancelled = orders_cancelled

    def entry(self) -> dict[str, object]:
        """Return the row that ``GET /_control/ledger`` shows."""
        return {
            "instance": self.instance,
            "instance_name": self.instance_name,
            "account": self.account,
            "configs": self.configs,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "traded": self.trading_from is not None,
            "trading_from": self.trading_from,
            "trading_until": self.trading_until,
            "orders_cancelled": self.orders_cancelled,
        }


class Ledger:
    """Every life of every bot, oldest first."""

    def __init__(self) -> None:
        self._lives: list[Life] = []

    def open(self, life: Life) -> Life:
        """Begin a row."""
        self._lives.append(life)
        return life

    def entries(self) -> list[dict[str, object]]:
        """Return all rows."""
        return [life.entry() for life in self._lives]
