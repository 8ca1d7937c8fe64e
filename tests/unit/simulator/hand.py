"""A world that moves only by hand."""

from datetime import UTC, datetime

import msgspec

from bridge.simulator.deploy import read_order
from bridge.simulator.faults import Fault, FaultName
from bridge.simulator.replies import Config, is_config
from bridge.simulator.timings import REAL_BOT, Pace
from bridge.simulator.world import World

EPOCH = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ACCOUNT = "acme"
BOT = "hummingbot-acme-1"
CONFIG = "c1"
KEYS: dict[str, object] = {
    "bitmart_api_key": "key",
    "bitmart_secret_key": "secret",
    "bitmart_memo": "memo",
}


def make_config(**changes: object) -> Config:
    return {
        "id": CONFIG,
        "controller_name": "pmm_v1",
        "controller_type": "generic",
        "connector_name": "bitmart",
        "trading_pair": "SHARP-USDT",
        "order_amount": 1600,
        "buy_spreads": [0.003],
        "sell_spreads": [0.003],
        **changes,
    }


class Hand:
    """A world with one account that has keys for bitmart."""

    def __init__(self, pace: Pace = REAL_BOT, *images: str) -> None:
        self.world = World(EPOCH, pace=pace, images=images)
        self.world.accounts.add(ACCOUNT)
        self.world.accounts.set_keys(ACCOUNT, "bitmart", KEYS)
        self.wait(10.25)

    def wait(self, seconds: float) -> None:
        self.world.agenda.run_until(self.world.agenda.now + seconds)

    def order(self, name: FaultName, seconds: float = 1_000_000, bot: str = "") -> Fault:
        fault = Fault(name, self.world.agenda.now + seconds, bot=bot)
        self.world.faults.order(fault)
        return fault

    def deploy(self, *, config: Config | None = None, **changes: object) -> str:
        """Deploy a bot with a config of its own; return the instance."""
        self.world.configs.put(CONFIG, make_config() if config is None else config)
        return str(self.try_to_deploy(**changes)["unique_instance_name"])

    def try_to_deploy(self, **changes: object) -> dict[str, object]:
        body: Config = {
            "instance_name": BOT,
            "credentials_profile": ACCOUNT,
            "controllers_config": [CONFIG],
            **changes,
        }
        return self.world.deployer.deploy(read_order(body))

    def deploy_running(self, *, config: Config | None = None, **changes: object) -> str:
        name = self.deploy(config=config, **changes)
        self.wait(60)
        assert self.word(name) == "running"
        return name

    def status(self, name: str) -> dict[str, object]:
        """Return the status as it is sent, so that logs can be read."""
        data: object = msgspec.json.decode(
            msgspec.json.encode(self.world.orchestrator.status_of(name))
        )
        assert is_config(data)
        return data

    def word(self, name: str) -> object:
        return self.status(name)["status"]

    def figures(self, name: str, controller: str = CONFIG) -> dict[str, object]:
        """Return the inner performance of a controller."""
        performance = self.status(name)["performance"]
        assert is_config(performance)
        report = performance[controller]
        assert is_config(report)
        figures = report["performance"]
        assert is_config(figures)
        return figures

    def volume(self, name: str) -> float:
        return float(str(self.figures(name)["volume_traded"]))

    def lives(self) -> list[dict[str, object]]:
        return self.world.ledger.entries()

    def life(self) -> dict[str, object]:
        """Return the newest row of the ledger."""
        return self.lives()[-1]

    def containers(self) -> dict[str, str]:
        return {box.name: box.status for box in self.world.engine.all()}

    def run(self, name: str) -> dict[str, object]:
        """Return the run record of a bot."""
        rows = [row for row in self.runs() if row["bot_name"] == name]
        assert len(rows) == 1
        return rows[0]

    def runs(self) -> list[dict[str, object]]:
        return msgspec.convert(self.world.runs.page({})["data"], list[dict[str, object]])
