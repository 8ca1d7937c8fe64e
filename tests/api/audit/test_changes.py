"""Every call that changes something raises the account's version by one and writes one event."""

from collections.abc import Mapping
from typing import Final, NamedTuple
from uuid import UUID

import pytest
from tests.api.calls import Answer, Api, ok, problem
from tests.api.inputs import (
    MISSING_ID,
    Make,
    MakeServer,
    bitmart,
    bot_body,
    evm_address,
    wallet,
)
from tests.api.routes import WRITES, Operation
from tests.api.stored import Stored

_ACCOUNT: Final = "desk-7"
_NEW: Final = "client_new"


class _Case(NamedTuple):
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
    account: str | None = _ACCOUNT
    also: tuple[str, ...] = ()
    is_seen: bool = False
    is_running: bool = False


_CASES: Final[dict[str, _Case]] = {
    "createClient": _Case(
        "client_id",
        {
            "name": "New",
            "wallets": [wallet(), wallet()],
            "connectors": [{"name": "okx"}],
        },
        "client.created",
        {"name": "New", "account_identifier": _ACCOUNT},
        _NEW,
    ),
    "createQuickClient": _Case(
        "client_id",
        {"name": "New", "wallet_address": evm_address()},
        "client.created",
        {"name": "New", "wallet_address": "0x12"},
        _NEW,
    ),
    "addApiKey": _Case(
        "client_id",
        {"client_id": MISSING_ID, "exchange": "kraken"},
        "connector.stored",
        {"client_id": MISSING_ID, "exchange": "kraken"},
    ),
    "changeClient": _Case(
        "client_id", {"name": "Renamed"}, "client.changed", {"wallet_address": "0x12"}
    ),
    "putClient": _Case(
        "client_id",
        {"name": "Renamed"},
        "client.changed",
        {"account_identifier": "other"},
    ),
    "putWallet": _Case("client_id", wallet(), "wallet.added", wallet("0x12")),
    "changeWallet": _Case("client_id", wallet(), "wallet.changed", wallet("0x12")),
    "deleteWallet": _Case("client_id", None, "wallet.deleted", None),
    "putConnector": _Case(
        "client_id", {"name": "kraken"}, "connector.stored", {"name": "not a name"}
    ),
    "deleteConnector": _Case("client_id", None, "connector.deleted", None),
    "deleteClient": _Case("client_id", None, "client.deleted", None, also=("bot.deleted",)),
    "createBot": _Case(
        "bot_id", bot_body(account=_ACCOUNT), "bot.created", bot_body(account="nobody")
    ),
    "changeBot": _Case("bot_id", {"name": "Renamed"}, "bot.changed", {"revision": 7}),
    "deleteBot": _Case("bot_id", None, "bot.deleted", None),
    "startBot": _Case("bot_id", None, "bot.start_requested", None, is_seen=True),
    "stopBot": _Case(
        "bot_id", None, "bot.stop_requested", {"force": 1}, is_seen=True, is_running=True
    ),
    "stopAllBots": _Case(
        "bot_id", None, "bot.stop_requested", {"account": 1}, is_seen=True, is_running=True
    ),
    "checkBotHealth": _Case("bot_id", None, None, None),
    "stopOrphan": _Case("instance", None, "orphan.stop_requested", {"force": 1}, None),
    "adoptOrphan": _Case(
        "bot_id",
        {"bot_id": MISSING_ID},
        "orphan.adopted",
        {"bot_id": MISSING_ID},
        is_seen=True,
    ),
}
_NOUNS: Final = {"client_id": "client", "bot_id": "bot", "instance": "orphan"}
_OPERATIONS = pytest.mark.parametrize("operation", WRITES, ids=lambda each: each.id)


class _Scene(NamedTuple):
    """What is there before a call.

    Attributes:
        follower: The server that takes starts; nobody acts on them.
        ids: By the names that they have in paths.
    """

    follower: Api
    ids: Mapping[str, str]

    async def prepare(self, case: _Case) -> None:
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

    def body_of(self, case: _Case) -> object:
        """Return what the case sends."""
        if case.body is None:
            return None
        return {name: self.ids.get(name, value) for name, value in case.body.items()}


@pytest.fixture
async def scene(follower: Api, make_client: Make, make_bot: Make, stored: Stored) -> _Scene:
    client = await make_client(
        account_identifier=_ACCOUNT, wallets=[wallet(evm_address())], connectors=[bitmart()]
    )
    bot = await make_bot(account=_ACCOUNT)
    instance = await stored.add_orphan(_ACCOUNT)
    ids = {
        "client_id": client["id"],
        "wallet_id": client["wallets"][0]["id"],
        "connector_id": client["connectors"][0]["id"],
        "bot_id": bot["id"],
        "instance": instance,
    }
    return _Scene(follower, ids)


def test_every_writing_route_has_a_case() -> None:
    assert {operation.id for operation in WRITES} == _CASES.keys()


@_OPERATIONS
async def test_write_raises_the_version_by_one_and_writes_one_event(
    stored: Stored, scene: _Scene, operation: Operation
) -> None:
    """All events and the version carry the transaction id of one transaction."""
    case = _CASES[operation.id]
    await scene.prepare(case)
    version = await stored.version(case.account)
    events = await stored.events(case.account)
    everything = await stored.everything()

    answer = await scene.send(
        operation, scene.body_of(case), **{"X-Request-ID": f"req-{operation.id}"}
    )

    said = ok(answer, 201 if operation.responses >= {201} else 200)
    if case.action is None:
        assert await stored.everything() == everything
        return
    changes = 0 if case.account is None else 1 + len(case.also)
    assert await stored.version(case.account) == version + changes
    new = (await stored.events(case.account))[len(events) :]
    done = [each for each in new if each["actor"] == "anonymous"]
    seen = [each["action"] for each in new if each["actor"] == "bridge"]
    (event,) = [each for each in done if each["action"] == case.action]
    assert sorted(each["action"] for each in done if each is not event) == sorted(case.also)
    assert {each["request_id"] for each in done} == {f"req-{operation.id}"}
    assert answer.headers["X-Request-ID"] == f"req-{operation.id}"
    made = said["id"] if operation.id.startswith("create") else scene.ids[case.subject]
    assert event["subject"] == made
    assert seen == (["bot.state_changed"] if case.is_seen else [])
    assert len(new) == len(done) + len(seen)
    assert (await stored.counts())["events"] == len(everything["events"]) + len(new)
    assert await _transactions(stored, operation, [each["id"] for each in new]) == 1


async def _transactions(stored: Stored, operation: Operation, event_ids: list[UUID]) -> int:
    """Return how many transactions wrote these events and what they belong to."""
    return await stored.connection.fetchval(
        """
        SELECT count(DISTINCT written.xmin::text)
        FROM (
            SELECT xmin FROM events WHERE id = any($1)
            UNION ALL
            SELECT xmin FROM versions
            WHERE account IN (SELECT e.account FROM events AS e WHERE e.id = any($1))
            UNION ALL
            SELECT xmin FROM instances WHERE $2 = 'stopOrphan'
        ) AS written
        """,
        event_ids,
        operation.id,
    )


@_OPERATIONS
async def test_same_call_without_a_request_id_is_given_one(
    stored: Stored, scene: _Scene, operation: Operation
) -> None:
    case = _CASES[operation.id]
    await scene.prepare(case)

    answer = await scene.send(operation, scene.body_of(case))

    if case.action is not None:
        recorded = [each["request_id"] for each in await stored.events(case.account)]
        assert recorded.count(answer.headers["X-Request-ID"]) == 1 + len(case.also)


@_OPERATIONS
async def test_refused_write_changes_neither(
    stored: Stored, scene: _Scene, operation: Operation
) -> None:
    case = _CASES[operation.id]
    await scene.prepare(case)
    before = await stored.everything()

    if case.refused is not None:
        answer = await scene.send(operation, case.refused)
        assert 400 <= answer.status < 500, answer.body
        assert await stored.everything() == before
    if operation.parameter is not None:
        answer = await scene.send(operation, scene.body_of(case), MISSING_ID)
        problem(answer, 404, f"{_NOUNS[operation.parameter]}-not-found")
        assert await stored.everything() == before


@_OPERATIONS
@pytest.mark.parametrize("table", ["versions", "events"])
async def test_write_that_cannot_be_recorded_leaves_nothing(
    stored: Stored, scene: _Scene, operation: Operation, table: str
) -> None:
    """Row, event and version stand or fall together."""
    case = _CASES[operation.id]
    await scene.prepare(case)
    before = await stored.everything()
    await stored.connection.execute(
        f"""
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'no record today'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON {table}
        FOR EACH ROW EXECUTE FUNCTION refuse();
        """
    )

    try:
        answer = await scene.send(operation, scene.body_of(case))
    finally:
        await stored.connection.execute("DROP FUNCTION refuse CASCADE")

    is_recorded = case.account is not None if table == "versions" else case.action is not None
    if case.action is None or not is_recorded:
        ok(answer)
        return
    said = problem(answer, 500, "internal-error")
    assert "record" not in said["detail"]
    assert await stored.everything() == before


async def test_actor_of_the_admin_key_is_recorded(make_server: MakeServer, stored: Stored) -> None:
    key = "k" * 32
    api = await make_server(BRIDGE_AUTH="required", BRIDGE_ADMIN_KEY=key)

    ok(await api.post("/clients/create", {"name": "New"}, Authorization=f"Bearer {key}"), 201)

    (event,) = await stored.events(_NEW)
    assert event["actor"] == "admin-key"


async def test_event_tells_what_a_change_of_a_client_was(
    api: Api, stored: Stored, make_client: Make
) -> None:
    client = await make_client(account_identifier=_ACCOUNT)

    ok(await api.patch(f"/clients/{client['id']}", {"email": "a@b.io"}))

    event = (await stored.events(_ACCOUNT))[-1]
    assert UUID(event["subject"]) == UUID(client["id"])
    assert '"email": "a@b.io"' in event["detail"]


@pytest.mark.parametrize("sent", ["", "a b", "x" * 65, "a\tb", '"', "é", "<script>"])
async def test_request_id_of_another_form_is_replaced(api: Api, sent: str) -> None:
    answer = await api.get("/", X_Request_ID=sent)

    assert answer.headers["X-Request-ID"] not in ("", sent)
    assert answer.headers.getall("X-Request-ID") == [answer.headers["X-Request-ID"]]
