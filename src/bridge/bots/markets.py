"""What a stored bot trades, and where, in the upstream's words. Pure."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import UNSET

from bridge.bots.config_bounds import child_path
from bridge.bots.strategies import PassthroughConfig, shape_of
from bridge.connectors.upstream_fields import upstream_connector
from bridge.errors import FieldError

_BOTH: Final = ("connector_name", "trading_pair")
# These say it in other fields of their own, and a field that a controller does not know ends the
# bot while it boots (controllers/generic of hummingbot: their config classes).
_OTHERS: Final[Mapping[object, tuple[str, ...]]] = {
    "arbitrage_controller": (),
    "hedge_asset": (),
    "quantum_grid_allocator": ("connector_name",),
    "stat_arb": (),
    "xemm_multiple_levels": (),
}


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """What a stored bot trades, and how.

    Attributes:
        strategy: As it is stored, in any letter case.
        connector: Our lower-case name of the exchange.
        pair: ``BASE/QUOTE``.
        config: As it is stored.
    """

    strategy: str
    connector: str
    pair: str
    config: dict[str, object]


def upstream_pair(pair: str) -> str:
    """Return ``BASE/QUOTE`` as the upstream writes it: ``BASE-QUOTE``."""
    return pair.replace("/", "-")


def market_fields(definition: Definition, controller: object) -> dict[str, object]:
    """Return the fields of a controller that say where it trades, filled from the bot."""
    fields = {
        "connector_name": upstream_connector(definition.connector),
        "trading_pair": upstream_pair(definition.pair),
    }
    return {name: fields[name] for name in _OTHERS.get(controller, _BOTH)}


def passthrough_faults(definition: Definition) -> tuple[FieldError, ...]:
    """Say where a passed-through config names another market than the bot's; empty: nowhere.

    The bot's connector decides whose credentials are sent, and its pair is what people see. The
    config must have passed `check_config`.
    """
    if shape_of(definition.strategy) is not PassthroughConfig:
        return ()
    passed = msgspec.convert(definition.config, PassthroughConfig)
    inner = inner_config(passed)
    return tuple(
        FieldError(child_path("config.config", name), f"must be {wanted}, as the bot has it")
        for name, wanted in market_fields(definition, passed.name).items()
        if name in inner and inner[name] != wanted
    )


def inner_config(passed: PassthroughConfig) -> dict[str, object]:
    """Return the controller's own config; empty while there is none."""
    return {} if passed.config is UNSET else passed.config
