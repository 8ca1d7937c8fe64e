"""One call of each route that changes something, and what it is made on."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from tests.api.calls import Answer, Api, ok
from tests.api.inputs import MISSING_ID, bot_body, evm_address, wallet
from tests.api.routes import WRITES, Operation

ACCOUNT: Final = "desk-7"
NEW: Final = "client_new"

# Logins write no version, and what they answer are tokens, which are kept nowhere: so they look at
# no Idempotency-Key. Tests of their own hold what they record.
CHANGES: Final = tuple(each for each in WRITES if not each.path.startswith("/auth/"))


class Case(NamedTuple):
    """A call that succeeds and writes, and one of the same operation that is refused.

    Attributes:
        subject: Whose id the event carries; of what is created, the answer's.
        body: What is sent, ids replaced by those of what is there; None for nothing.
        action: What the caller's event says; None when nothing may be written.
        refused: Another body that gets 4xx, after a look at the database where there is one.
        account: Whose version moves.
        also: What the caller does besides, to what belongs to the subject.
        is_seen: Whether the bridge notes the bot's new state beside it.
        is_running: Whether the bot is started first.
    """

    subject: str
    body: Mapping[str, object] | None
    action: str | None
    refused: Mapping[str, object] | None
    account: str | None = ACCOUNT
    also: tuple[str, ...] = ()
    is_seen: bool = False
    is_running: bool = False


CASES: Final[dict[str, Case]] = {
    "createClient": Case(
        "client_id",
        {
            "name": "New",
            "wallets": [wallet(), wallet()],
            "connectors": [{"name": "okx"}],
        },
        "client.created",
        {"name": "New", "account_identifier": ACCOUNT},
        NEW,
    ),
    "createQuickClient": Case(
        "client_id",
        {"name": "New", "wallet_address": evm_address()},
        "client.created",
        {"name": "New", "wallet_address": "0x12"},
        NEW,
    ),
    "addApiKey": Case(
        "client_id",
        {"client_id": MISSING_ID, "exchange": "kraken"},
        "connector.stored",
        {"client_id": MISSING_ID, "exchange": "kraken"},
    ),
    "changeClient": Case(
        "client_id", {"name": "Renamed"}, "client.changed", {"wallet_address": "0x12"}
    ),
    "putClient": Case(
        "client_id",
        {"name": "Renamed"},
        "client.changed",
        {"account_identifier": "other"},
    ),
    "putWallet": Case("client_id", wallet(), "wallet.added", wallet("0x12")),
    "changeWallet": Case("client_id", wallet(), "wallet.changed", wallet("0x12")),
    "deleteWallet": Case("client_id", None, "wallet.deleted", None),
    "putConnector": Case(
        "client_id", {"name": "kraken"}, "connector.stored", {"name": "not a name"}
    ),
    "deleteConnector": Case("client_id", None, "connector.deleted", None),
    "deleteClient": Case("client_id", None, "client.deleted", None, also=("bot.deleted",)),
    "createBot": Case(
        "bot_id", bot_body(account=ACCOUNT), "bot.created", bot_body(account="nobody")
    ),
    "changeBot": Case("bot_id", {"name": "Renamed"}, "bot.changed", {"revision": 7}),
    "deleteBot": Case("bot_id", None, "bot.deleted", None),
    "startBot": Case("bot_id", None, "bot.start_requested", None, is_seen=True),
    "stopBot": Case(
        "bot_id", None, "bot.stop_requested", {"force": 1}, is_seen=True, is_running=True
    ),
    "stopAllBots": Case(
        "bot_id", None, "bot.stop_requested", {"account": 1}, is_seen=True, is_running=True
    ),
    "checkBotHealth": Case("bot_id", None, None, None),
    "stopOrphan": Case("instance", None, "orphan.stop_requested", {"force": 1}, None),
    "adoptOrphan": Case(
        "bot_id",
        {"bot_id": MISSING_ID},
        "orphan.adopted",
        {"bot_id": MISSING_ID},
        is_seen=True,
    ),
}


class Scene(NamedTuple):
    """What is there before a call.

    Attributes:
        follower: The server that takes starts; nobody acts on them.
        ids: By the names that they have in paths.
    """

    follower: Api
    ids: Mapping[str, str]

    async def prepare(self, case: Case) -> None:
        """Start the bot if the case wants it."""
        if case.is_running:
            answer = ok(await self.follower.post(f"/bots/{self.ids['bot_id']}/start"))
            assert answer["status"] == "starting"

    async def send(
        self, operation: Operation, body: object, subject: str | None = None, **headers: str
    ) -> Answer:
        """Call the operation, on what is there unless told otherwise."""
        path = operation.at(
            subject or self.ids.get(operation.parameter or "", ""),
            self.ids.get(operation.part or "", ""),
        )
        if body is None:
            return await self.follower.call(operation.method, path, headers=headers)
        return await self.follower.call(operation.method, path, body, headers=headers)

    def body_of(self, case: Case) -> object:
        """Return what the case sends."""
        if case.body is None:
            return None
        return {name: self.ids.get(name, value) for name, value in case.body.items()}
