"""The existing frontend: what it sends with every call, and what it expects of every answer."""

import json
from collections.abc import Mapping
from typing import Any, Final

from tests.api.calls import JSON, Answer, Api
from tests.api.inputs import ORIGIN
from tests.api.signing import Signer

HEADERS: Final[Mapping[str, str]] = {
    "Content-Type": JSON,
    "Authorization": "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjF9.stale",
    "X-Wallet-Address": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "Origin": ORIGIN,
    "Referer": f"{ORIGIN}/clients",
    "Accept": "*/*",
}


class Frontend:
    """Sends and reads as the frontend's own fetch wrapper does."""

    def __init__(self, api: Api, headers: Mapping[str, str]) -> None:
        self._api = api
        self._headers = headers

    def with_token(self, token: str) -> "Frontend":
        """Return it as it goes on with the token of a login."""
        return Frontend(self._api, {**self._headers, "Authorization": f"Bearer {token}"})

    async def log_in(self, signer: Signer, address: str | None = None) -> tuple["Frontend", Any]:
        """Log in with a wallet, whose address it may spell its own way; return its user too."""
        wallet = address or signer.address
        asked = await self.call("GET", f"/auth/message/{wallet}")
        proof = {
            "wallet_address": wallet,
            "message": asked["message"],
            "signature": signer.sign(asked["message"]),
        }
        said = await self.call("POST", "/auth/verify", proof)
        return self.with_token(said["access_token"]), said["user"]

    async def send(self, method: str, path: str, body: str | None = None) -> Answer:
        """Send a call; its answer is JSON, and the browser lets the page read it."""
        answer = await self._api.call(
            method, path, body=None if body is None else body.encode(), headers=self._headers
        )
        # It throws on an empty answer, and without these the browser shows it nothing.
        assert json.loads(answer.body) is not None
        if "Origin" in self._headers:
            assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
            assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        return answer

    async def call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """Return the answer of a call that succeeds."""
        answer = await self.send(method, path, None if body is None else json.dumps(body))
        assert answer.status < 300, answer.body
        return answer.json

    async def error(self, method: str, path: str, body: str | None = None) -> str:
        """Return what it shows of an error."""
        answer = await self.send(method, path, body)
        assert answer.status >= 400
        detail = answer.json["detail"]
        assert isinstance(detail, str)
        return detail
