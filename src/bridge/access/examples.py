"""Examples of bodies for the OpenAPI document."""

from typing import Final

from litestar.openapi.spec import Example

PROOF: Final = [
    Example(
        value={
            "wallet_address": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "message": "…",
            "signature": "0x…",
        }
    )
]
