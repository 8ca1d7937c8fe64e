"""The upstream's answer about many bots with full logs, as the simulator makes it; no I/O."""

from datetime import UTC, datetime
from typing import Final

import msgspec

from bridge.simulator.connectors import config_map
from bridge.simulator.deploy import Order
from bridge.simulator.faults import Fault
from bridge.simulator.world import World

_ACCOUNT: Final = "bench"
_CONNECTOR: Final = "bitmart"
_TRADING_SECONDS: Final = 120.0
_CONFIG: Final = {
    "controller_name": "pmm_simple",
    "controller_type": "market_making",
    "connector_name": _CONNECTOR,
    "trading_pair": "SHARP-USDT",
    "total_amount_quote": 100,
    "buy_spreads": [0.01],
    "sell_spreads": [0.01],
    "buy_amounts_pct": [1],
    "sell_amounts_pct": [1],
}


def status_answer(bots: int) -> bytes:
    """Return the answer while so many bots trade."""
    world = World(datetime(2026, 1, 1, tzinfo=UTC))
    world.accounts.add(_ACCOUNT)
    world.accounts.set_keys(_ACCOUNT, _CONNECTOR, dict.fromkeys(config_map(_CONNECTOR), "key"))
    for number in range(bots):
        name = f"spread_{number}"
        world.configs.put(name, {"id": name, **_CONFIG})
        world.deployer.deploy(
            Order(
                instance_name=f"hummingbot-client_bench-{number:012x}",
                account=_ACCOUNT,
                configs=[name],
                image="hummingbot/hummingbot:latest",
                max_global_drawdown_quote=None,
                max_controller_drawdown_quote=None,
                is_headless=True,
            )
        )
    world.agenda.run_until(_TRADING_SECONDS)
    world.faults.order(Fault("full_logs", until=2 * _TRADING_SECONDS))
    data = world.orchestrator.status_of_all()
    return msgspec.json.encode({"status": "success", "data": data})
