"""Examples of request bodies, shown in the OpenAPI document."""

from litestar.openapi.spec import Example

CREATE = [
    Example(
        summary="Bids and asks 0.3 % around the mid price",
        value={
            "name": "SHARP/USDT spread",
            "account": "client_sharp_foundation",
            "connector": "bitmart",
            "pair": "SHARP/USDT",
            "strategy": "spread",
            "config": {"bid_spread": 0.003, "ask_spread": 0.003, "order_amount": 1600},
        },
    )
]
CHANGE = [
    Example(
        summary="A wider spread, unless somebody changed the bot since it was read",
        value={
            "config": {"bid_spread": 0.005, "ask_spread": 0.005, "order_amount": 1600},
            "revision": 1,
        },
    )
]
