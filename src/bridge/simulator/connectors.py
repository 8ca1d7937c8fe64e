"""The exchanges that the upstream knows, and the fields that each wants; facts, as recorded."""

from typing import Final

# In the recorded order.
_NAMES: Final = """
hyperliquid_perpetual hyperliquid_perpetual_testnet injective_v2_perpetual aevo_perpetual
aevo_perpetual_testnet pacifica_perpetual pacifica_perpetual_testnet okx_perpetual
derive_perpetual derive_perpetual_testnet backpack_perpetual architect_perpetual
architect_perpetual_sandbox bitget_perpetual kucoin_perpetual decibel_perpetual
decibel_perpetual_testnet lighter_perpetual lighter_perpetual_testnet evedex_perpetual
grvt_perpetual grvt_perpetual_testnet bybit_perpetual bybit_perpetual_testnet
gate_io_perpetual bitmart_perpetual binance_perpetual binance_perpetual_testnet
dydx_v4_perpetual gate_io lighter lighter_testnet coinbase_advanced_trade xrpl htx ndax
ndax_testnet vertex vertex_testnet bitmart hyperliquid hyperliquid_testnet bitstamp cube okx
bybit bybit_testnet kucoin kucoin_hft mexc bitget bing_x kraken btc_markets dexalot
dexalot_testnet backpack bitrue foxbit injective_v2 derive derive_testnet ascend_ex binance
"""
CONNECTORS: Final = tuple(_NAMES.split())

# Words after "<connector>_", all required and secret, unless written "=", which is the whole name.
# Every other connector answers the two of most: its map was not recorded.
_REQUIRED: Final = {
    "ascend_ex": "api_key secret_key group_id",
    "binance": "api_key api_secret",
    "binance_perpetual": "api_key api_secret",
    "bing_x": "=bingx_api_key =bingx_api_secret",
    "bitget": "api_key secret_key passphrase",
    "bitmart": "api_key secret_key memo",
    "bitmart_perpetual": "api_key api_secret memo",
    "bybit": "api_key api_secret",
    "coinbase_advanced_trade": "api_key api_secret",
    "gate_io": "api_key secret_key",
    "gate_io_perpetual": "api_key secret_key user_id",
    "htx": "api_key secret_key",
    "hyperliquid": "address secret_key",
    "hyperliquid_perpetual": "address secret_key",
    "kraken": "api_key secret_key",
    "kucoin": "api_key secret_key passphrase",
    "kucoin_perpetual": "api_key secret_key passphrase",
    "mexc": "api_key api_secret",
    "okx": "api_key secret_key passphrase",
    "xrpl": "secret_key",
}
_ANY_REQUIRED: Final = "api_key secret_key"

_Field = dict[str, object]
_XRPL_MARKETS: Final = "typing.Dict[str, hummingbot.connector.exchange.xrpl.xrpl_utils.XRPLMarket]"


def _optional(kind: str) -> _Field:
    return {"type": kind, "required": False}


def _choice(*allowed: str) -> _Field:
    return {**_optional("Literal"), "allowed_values": list(allowed)}


_WALLET_MODE: Final = _choice("arb_wallet", "api_wallet")
_OPTIONAL: Final[dict[str, dict[str, _Field]]] = {
    "coinbase_advanced_trade": {"use_auth_for_public_endpoints": _optional("bool")},
    "hyperliquid": {"hyperliquid_mode": _WALLET_MODE, "use_vault": _optional("bool")},
    "hyperliquid_perpetual": {
        "hyperliquid_perpetual_mode": _WALLET_MODE,
        "use_vault": _optional("bool"),
    },
    "kraken": {"kraken_api_tier": _optional("str")},
    "okx": {"okx_registration_sub_domain": _choice("www", "app", "my")},
    "xrpl": {
        "wss_node_urls": _optional("list[str]"),
        "custom_markets": _optional(_XRPL_MARKETS),
        "max_request_per_minute": _optional("int"),
    },
}

_HOSTS: Final = {
    "bitmart": "api-cloud.bitmart.com",
    "gate_io": "api.gateio.ws",
}


def required_fields(connector: str) -> list[str]:
    """Return the names of the fields without which the connector cannot trade."""
    words = _REQUIRED.get(connector, _ANY_REQUIRED).split()
    return [word[1:] if word.startswith("=") else f"{connector}_{word}" for word in words]


def config_map(connector: str) -> dict[str, _Field]:
    """Return the fields of a known connector."""
    secret: _Field = {"type": "SecretStr", "required": True}
    required = dict.fromkeys(required_fields(connector), secret)
    return {**required, **_OPTIONAL.get(connector, {})}


def host(connector: str) -> str:
    """Return the host that stands in the error texts; for most of them a plausible one."""
    return _HOSTS.get(connector, f"api.{connector.replace('_', '')}.com")
