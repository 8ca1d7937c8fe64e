"""Examples of request bodies, shown in the OpenAPI document."""

from litestar.openapi.spec import Example

STOP = [
    Example(
        summary="Remove the container at once; open orders may stay at the exchange",
        value={"force": True},
    )
]
STOP_ALL = [
    Example(summary="The bots of one account", value={"account": "client_sharp_foundation"})
]
ADOPT = [
    Example(
        summary="Give the instance to a bot of the same account, connector and pair",
        value={"bot_id": "5f0c7a3e-2b7d-4c55-9d5e-0b1f5a8e9c21"},
    )
]
