"""What each known exchange wants as credentials, and which of our inputs fills it. Facts only.

Recorded from hummingbot-api commit ee7ce5cf, answers of ``GET /connectors/{name}/config-map``; a
contract test holds the table against the recording.
"""

from typing import Final, Literal

import msgspec

InputName = Literal["api_key", "api_secret", "memo"]
Kind = Literal["secret", "text", "flag", "number", "list", "object"]


class UpstreamField(msgspec.Struct, frozen=True):
    """One field of a connector's config-map.

    Attributes:
        name: As the upstream calls it.
        filled_by: Which of our inputs fills it; None: only ``fields``, under the upstream's name.
        allowed: The only values that the upstream takes; empty: any of its kind.
    """

    name: str
    filled_by: InputName | None = None
    kind: Kind = "secret"
    is_required: bool = False
    allowed: tuple[str, ...] = ()


class ConnectorFields(msgspec.Struct, frozen=True):
    """The config-map of one connector, required fields first."""

    connector: str
    fields: tuple[UpstreamField, ...]


def _map(
    connector: str,
    api_key: str,
    api_secret: str,
    memo: str = "",
    *optional: UpstreamField,
    prefix: str = "",
) -> ConnectorFields:
    """Make a row; the three words follow ``<prefix>_`` upstream, an empty one does not exist."""
    words: tuple[tuple[InputName, str], ...] = (
        ("api_key", api_key),
        ("api_secret", api_secret),
        ("memo", memo),
    )
    required = (
        UpstreamField(f"{prefix or connector}_{word}", filled_by, is_required=True)
        for filled_by, word in words
        if word
    )
    return ConnectorFields(connector, (*required, *optional))


def _flag(name: str) -> UpstreamField:
    return UpstreamField(name, kind="flag")


def _choice(name: str, *allowed: str) -> UpstreamField:
    return UpstreamField(name, kind="text", allowed=allowed)


_WALLET_MODES: Final = ("arb_wallet", "api_wallet")

CONFIG_MAPS: Final = (
    _map("ascend_ex", "api_key", "secret_key", "group_id"),
    _map("binance", "api_key", "api_secret"),
    _map("binance_perpetual", "api_key", "api_secret"),
    # No underscore in the prefix of its fields.
    _map("bing_x", "api_key", "api_secret", prefix="bingx"),
    _map("bitget", "api_key", "secret_key", "passphrase"),
    _map("bitmart", "api_key", "secret_key", "memo"),
    _map("bitmart_perpetual", "api_key", "api_secret", "memo"),
    _map("bybit", "api_key", "api_secret"),
    _map(
        "coinbase_advanced_trade",
        "api_key",
        "api_secret",
        "",
        _flag("use_auth_for_public_endpoints"),
    ),
    _map("gate_io", "api_key", "secret_key"),
    _map("gate_io_perpetual", "api_key", "secret_key", "user_id"),
    _map("htx", "api_key", "secret_key"),
    # The address stands where others have a key: it says who, and may be shown in part.
    _map(
        "hyperliquid",
        "address",
        "secret_key",
        "",
        _choice("hyperliquid_mode", *_WALLET_MODES),
        _flag("use_vault"),
    ),
    _map(
        "hyperliquid_perpetual",
        "address",
        "secret_key",
        "",
        _choice("hyperliquid_perpetual_mode", *_WALLET_MODES),
        _flag("use_vault"),
    ),
    _map("kraken", "api_key", "secret_key", "", UpstreamField("kraken_api_tier", kind="text")),
    _map("kucoin", "api_key", "secret_key", "passphrase"),
    _map("kucoin_perpetual", "api_key", "secret_key", "passphrase"),
    _map("mexc", "api_key", "api_secret"),
    _map(
        "okx",
        "api_key",
        "secret_key",
        "passphrase",
        _choice("okx_registration_sub_domain", "www", "app", "my"),
    ),
    # One secret, the family seed; there is nothing to fill with a key.
    _map(
        "xrpl",
        "",
        "secret_key",
        "",
        UpstreamField("wss_node_urls", kind="list"),
        UpstreamField("custom_markets", kind="object"),
        UpstreamField("max_request_per_minute", kind="number"),
    ),
)
