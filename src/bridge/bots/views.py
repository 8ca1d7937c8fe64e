"""Stored bots into the shape that is answered. Pure."""

from functools import lru_cache
from typing import Final, Literal, NamedTuple, cast

import msgspec
from msgspec.structs import replace

from bridge.bots.strategies import bot_type, is_runnable
from bridge.bots.structs import BotRow, BotView, Config, RuntimeView
from bridge.connectors.exchanges import is_solana_connector
from bridge.lifecycle.ages import apply_age
from bridge.lifecycle.answers import allowed_actions, health_message, health_status, status
from bridge.lifecycle.facts import Shown
from bridge.lifecycle.records import bounds_of
from bridge.lifecycle.shows import stale_reason
from bridge.lifecycle.sight import Look
from bridge.lifecycle.states import Reason

_CONFIG: Final = msgspec.json.Decoder(Config)
# The same few of each are asked for by every row of every list.
_bounds_of: Final = lru_cache(maxsize=64)(bounds_of)


class _Traits(NamedTuple):
    bot_type: str
    chain: Literal["evm", "solana"]
    is_runnable: bool


def bot_view(row: BotRow, speed: float = 1.0) -> BotView:
    """Return the bot as it is answered, its state aged to the moment when it was read.

    Args:
        row: As stored.
        speed: By how much the lifecycle's times are shortened.
    """
    shown = shown_of(row, speed)
    traits = _traits_of(row.strategy, row.connector)
    is_deleting = row.deleted_at is not None
    return BotView(
        id=row.id,
        client_id=row.client_id,
        account=row.account,
        instance_name=row.instance_name,
        name=row.name,
        connector=row.connector,
        pair=row.pair,
        strategy=row.strategy,
        bot_type=traits.bot_type,
        chain=traits.chain,
        config=_CONFIG.decode(row.config),
        revision=row.revision,
        status="deleting" if is_deleting else status(shown),
        health_status=health_status(shown),
        health_message=health_message(shown),
        desired_state=row.desired_state,
        error=shown.error,
        runtime=_runtime(row, shown),
        allowed_actions=allowed_actions(
            shown,
            has_run=row.instance is not None,
            is_runnable=traits.is_runnable,
            is_deleting=is_deleting,
        ),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def aged(view: BotView, look: Look, speed: float) -> BotView:
    """Return an answered bot as it is to be shown later, with no newer look than before.

    Args:
        view: As it was answered.
        look: The newest look, and the moment to show the bot at.
        speed: By how much the lifecycle's times are shortened.
    """
    runtime = view.runtime
    before = Shown(
        state=runtime.state,
        reason=cast("Reason", runtime.reason),
        since=runtime.since,
        known="running",  # only `status` depends on it, and that does not age
        stale=runtime.stale,
        error=view.error,
    )
    bounds = _bounds_of(look.pace_seconds, speed)
    shown = apply_age(before, look.last_look_at, look.read_at, bounds)
    return replace(
        view,
        health_status=health_status(shown),
        health_message=health_message(shown),
        error=shown.error,
        runtime=replace(
            runtime,
            state=shown.state,
            reason=shown.reason,
            since=shown.since,
            stale=shown.stale,
            stale_reason=stale_reason(look, shown),
        ),
        allowed_actions=allowed_actions(
            shown,
            has_run=runtime.instance is not None,
            is_runnable=_traits_of(view.strategy, view.connector).is_runnable,
            is_deleting=view.status == "deleting",
        ),
    )


def shown_of(row: BotRow, speed: float) -> Shown:
    """Return the stored state, aged."""
    shown = Shown(
        state=row.state,
        reason=row.reason,
        since=row.since,
        known=row.known_state,
        stale=row.is_stale,
        error=row.error,
    )
    return apply_age(shown, row.last_look_at, row.read_at, _bounds_of(row.pace_seconds, speed))


@lru_cache(maxsize=1024)
def _traits_of(strategy: str, connector: str) -> _Traits:
    return _Traits(
        bot_type=bot_type(strategy),
        chain="solana" if is_solana_connector(connector) else "evm",
        is_runnable=is_runnable(strategy),
    )


def _runtime(row: BotRow, shown: Shown) -> RuntimeView:
    return RuntimeView(
        state=shown.state,
        reason=shown.reason,
        since=shown.since,
        instance=row.instance,
        stale=shown.stale,
        stale_reason=stale_reason(row, shown),
        performance=None if row.performance is None else _CONFIG.decode(row.performance),
        revision=row.running_revision,
    )
