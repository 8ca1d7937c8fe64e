"""Examples of request bodies, shown in the OpenAPI document."""

from litestar.openapi.spec import Example

_ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
_WALLET = {"chain": "evm", "address": _ADDRESS}
_CONNECTOR = {
    "name": "bitmart",
    "api_key": "<api key>",
    "api_secret": "<api secret>",
    "memo": "<memo>",
}

CREATE = [
    Example(
        summary="A client with a wallet",
        value={"name": "Sharp Foundation", "email": "ops@example.com", "wallets": [_WALLET]},
    ),
    Example(
        summary="The account chosen, an exchange added",
        value={
            "name": "Sharp Foundation",
            "account_identifier": "client_sharp",
            "wallets": [_WALLET],
            "connectors": [_CONNECTOR],
        },
    ),
]
CHANGE = [Example(summary="Another e-mail address", value={"email": "desk@example.com"})]
WALLET = [Example(summary="An EVM wallet", value=_WALLET)]
CONNECTOR = [Example(summary="BitMart wants a memo", value=_CONNECTOR)]
QUICK = [
    Example(
        summary="As older frontends create one",
        value={"name": "Sharp Foundation", "wallet_address": _ADDRESS, "tier": "Standard"},
    )
]
API_KEY = [
    Example(
        summary="BitMart wants a passphrase",
        value={
            "client_id": "2f6c1de0-8f43-4e0c-9d57-3a6f0b1f7c11",
            "exchange": "bitmart",
            "api_key": "<api key>",
            "api_secret": "<api secret>",
            "passphrase": "<memo>",
        },
    )
]
