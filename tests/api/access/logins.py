"""The steps of a login, as a frontend takes them."""

from collections.abc import Mapping
from typing import Any

from tests.api.access.people import Person
from tests.api.calls import Answer, Api, ok
from tests.api.signing import Signer


async def register(admin: Person, signer: Signer, account: str = "desk-7") -> Any:  # noqa: ANN401
    """Make a client with this wallet."""
    wanted = {
        "name": "Desk 7",
        "account_identifier": account,
        "wallets": [{"chain": signer.chain, "address": signer.address}],
    }
    return ok(await admin.call("POST", "/clients/create", wanted), 201)


async def ask(api: Api, wallet: str, **headers: str) -> str:
    """Return the message for a wallet to sign."""
    return ok(await api.get(f"/auth/message/{wallet}", **headers))["message"]


async def prove(
    api: Api, wallet: str, message: str, signature: str, headers: Mapping[str, str] | None = None
) -> Answer:
    """Send a signed message."""
    body = {"wallet_address": wallet, "message": message, "signature": signature}
    return await api.call("POST", "/auth/verify", body, headers=headers)


async def log_in(api: Api, signer: Signer) -> Person:
    """Return who the wallet is."""
    message = await ask(api, signer.address)
    answer = await prove(api, signer.address, message, signer.sign(message))
    return Person(api, ok(answer)["access_token"])
