"""Connectors: which there are, what credentials they want, what an exchange asks of orders."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from bridge.hummingbot.protocol.messages import Reply, Request, checked_name, path_to
from bridge.hummingbot.protocol.reading import decode, is_crash, said, says
from bridge.hummingbot.refusals import ConnectorUnknownError, ExchangeUnreachableError
from bridge.hummingbot.scrub import scrub
from bridge.hummingbot.wire import ConfigField, TradingRule

_NAMES: Final = msgspec.json.Decoder(tuple[str, ...])
_CONFIG_MAP: Final = msgspec.json.Decoder(dict[str, ConfigField])
_RULES: Final = msgspec.json.Decoder(dict[str, TradingRule])


def list_connectors() -> Request:
    """Ask for the names of all connectors."""
    return Request("list_connectors", "GET", path_to("connectors", ""), "read")


def decode_connectors(reply: Reply) -> tuple[str, ...]:
    """Return the names, 64 of them in the recorded version [connectors_list]."""
    return decode(reply, _NAMES)


def read_config_map(connector: str) -> Request:
    """Ask which fields the credentials of a connector have.

    Raises:
        NameRefusedError: The name is none.
    """
    path = path_to("connectors", checked_name("connector", connector), "config-map")
    return Request("read_config_map", "GET", path, "read")


def decode_config_map(reply: Reply) -> Mapping[str, ConfigField]:
    """Return the fields by name, in the upstream's order [config_map:bitmart].

    Raises:
        ConnectorUnknownError: The upstream breaks on the name [config_map_unknown].
    """
    if is_crash(reply):
        raise ConnectorUnknownError
    return decode(reply, _CONFIG_MAP)


def read_trading_rules(connector: str, pairs: Sequence[str] = ()) -> Request:
    """Ask what an exchange asks of orders. The upstream may have to ask the exchange first.

    Args:
        connector: As the upstream names it.
        pairs: As the upstream writes them, ``BASE-QUOTE``; none for all.

    Raises:
        NameRefusedError: The connector's name is none.
    """
    path = path_to("connectors", checked_name("connector", connector), "trading-rules")
    query = tuple(("trading_pairs", pair) for pair in pairs)
    return Request("read_trading_rules", "GET", path, "read", query)


def decode_trading_rules(reply: Reply) -> Mapping[str, TradingRule]:
    """Return the rules by pair [trading_rules_ok]; a pair that is left out is not traded there.

    Raises:
        ExchangeUnreachableError: Nothing is known about the pair [trading_rules_unreachable]. The
            upstream says the same of a connector that it does not know (read).
    """
    if says(reply, 404, "Connector '"):
        raise ExchangeUnreachableError(reason=scrub(said(reply)))
    return decode(reply, _RULES)
