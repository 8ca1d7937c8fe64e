"""Stored bots into the shape that is answered. Pure."""

import msgspec

from bridge.bots.strategies import bot_type, is_runnable
from bridge.bots.structs import Action, BotRow, BotView, Config, RuntimeView, State, Status
from bridge.connectors.exchanges import is_solana_connector

_CONFIG = msgspec.json.Decoder(Config)

# Old frontends offer Start for whatever is not "running".
_STATUS: dict[State, Status] = {
    "stopped": "stopped",
    "starting": "running",
    "running": "running",
    "stopping": "running",
    "error": "error",
    "lost": "error",
    "conflict": "error",
    "unknown": "stopped",
}


def states_of(status: Status) -> list[State]:
    """Return the states that show as ``status``."""
    return [state for state, shown in _STATUS.items() if shown == status]


def bot_view(row: BotRow) -> BotView:
    """Return the bot as it is answered; nothing has been deployed yet, so no instance shows."""
    return BotView(
        id=row.id,
        client_id=row.client_id,
        account=row.account,
        instance_name=row.instance_name,
        name=row.name,
        connector=row.connector,
        pair=row.pair,
        strategy=row.strategy,
        bot_type=bot_type(row.strategy),
        chain="solana" if is_solana_connector(row.connector) else "evm",
        config=_CONFIG.decode(row.config),
        revision=row.revision,
        status=_STATUS[row.state],
        health_status="stopped",
        health_message=None,
        desired_state=row.desired_state,
        error=row.error,
        runtime=_runtime(row),
        allowed_actions=_actions(row),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _runtime(row: BotRow) -> RuntimeView:
    return RuntimeView(
        state=row.state,
        reason=row.reason,
        since=row.since,
        instance=None,
        stale=False,
        performance=None,
        revision=None,
    )


def _actions(row: BotRow) -> tuple[Action, ...]:
    return ("start", "edit", "delete") if is_runnable(row.strategy) else ("edit", "delete")
