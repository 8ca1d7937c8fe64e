"""Every call that changes something raises the account's version by one and writes one event."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple
from uuid import UUID

import pytest
from tests.api.calls import Api, ok, problem
from tests.api.inputs import MISSING_ID, Make, MakeServer, bot_body, evm_address, wallet
from tests.api.routes import WRITES, Operation
from tests.api.stored import Stored

_ACCOUNT: Final = "desk-7"
_NEW: Final = "client_new"


class _Case(NamedTuple):
    """A call that succeeds and writes, and one of the same operation that is refused.

    Attributes:
        subject: Which id the call's path carries.
        body: What is sent; None for nothing.
        action: What the event says; None when nothing may be written.
        refused: Another body that gets 4xx, after a look at the database where there is one.
        account: Whose version moves.
    """

    subject: str
    body: Callable[[], object] | None
    action: str | None
    refused: Mapping[str, object] | None
    account: str = _ACCOUNT


_CASES: Final[dict[str, _Case]] = {
    "createClient": _Case(
        "client",
        lambda: {"name": "New", "wallets": [wallet(), wallet()], "connectors": [{"name": "okx"}]},
        "client.created",
        {"name": "New", "account_identifier": _ACCOUNT},
        _NEW,
    ),
    "changeClient": _Case(
        "client", lambda: {"name": "Renamed"}, "client.changed", {"wallet_address": "0x12"}
    ),
    "putClient": _Case(
        "client", lambda: {"name": "Renamed"}, "client.changed", {"account_identifier": "other"}
    ),
    "putWallet": _Case("client", wallet, "wallet.added", wallet("0x12")),
    "putConnector": _Case(
        "client", lambda: {"name": "kraken"}, "connector.stored", {"name": "not a name"}
    ),
    "deleteClient": _Case("client", None, "client.deleted", None),
    "createBot": _Case(
        "bot", lambda: bot_body(account=_ACCOUNT), "bot.created", bot_body(account="nobody")
    ),
    "changeBot": _Case("bot", lambda: {"name": "Renamed"}, "bot.changed", {"revision": 7}),
    "deleteBot": _Case("bot", None, "bot.deleted", None),
    # Without a Hummingbot API they change nothing.
    "startBot": _Case("bot", None, None, None),
    "stopBot": _Case("bot", None, None, None),
}
_OPERATIONS = pytest.mark.parametrize("operation", WRITES, ids=lambda each: each.id)


@pytest.fixture
async def ids(make_client: Make, make_bot: Make) -> dict[str, str]:
    client = await make_client(account_identifier=_ACCOUNT, wallets=[wallet(evm_address())])
    bot = await make_bot(account=_ACCOUNT)
    return {"client": client["id"], "bot": bot["id"]}


async def _send(api: Api, operation: Operation, subject: str, body: object, **headers: str) -> Any:  # noqa: ANN401 - an answer
    path = operation.at(subject)
    if body is None:
        return await api.call(operation.method, path, headers=headers)
    return await api.call(operation.method, path, body, headers=headers)


def test_every_writing_route_has_a_case() -> None:
    assert {operation.id for operation in WRITES} == _CASES.keys()


@_OPERATIONS
async def test_write_raises_the_version_by_one_and_writes_one_event(
    api: Api, stored: Stored, ids: dict[str, str], operation: Operation
) -> None:
    """The event and the version carry the transaction id of one transaction."""
    case = _CASES[operation.id]
    version = await stored.version(case.account)
    events = await stored.events(case.account)
    everything = await stored.everything()
    body = case.body() if case.body else None

    answer = await _send(
        api, operation, ids[case.subject], body, **{"X-Request-ID": f"req-{operation.id}"}
    )

    if case.action is None:
        problem(answer, 503, "hummingbot-unavailable")
        assert await stored.everything() == everything
        return
    assert answer.status in (200, 201), answer.body
    assert await stored.version(case.account) == version + 1
    (event,) = (await stored.events(case.account))[len(events) :]
    said = ok(answer, answer.status)
    assert event["action"] == case.action
    assert event["actor"] == "anonymous"
    assert event["request_id"] == f"req-{operation.id}" == answer.headers["X-Request-ID"]
    assert event["subject"] == said.get("id", ids[case.subject])
    assert (await stored.counts())["events"] == len(everything["events"]) + 1
    assert await stored.connection.fetchval(
        """
        SELECT v.xmin = e.xmin FROM versions AS v, events AS e
        WHERE v.account = $1 AND e.id = $2
        """,
        case.account,
        event["id"],
    )


@_OPERATIONS
async def test_same_call_without_a_request_id_is_given_one(
    api: Api, stored: Stored, ids: dict[str, str], operation: Operation
) -> None:
    case = _CASES[operation.id]
    body = case.body() if case.body else None

    answer = await _send(api, operation, ids[case.subject], body)

    if case.action is not None:
        assert (await stored.events(case.account))[-1]["request_id"] == answer.headers[
            "X-Request-ID"
        ]


@_OPERATIONS
async def test_refused_write_changes_neither(
    api: Api, stored: Stored, ids: dict[str, str], operation: Operation
) -> None:
    case = _CASES[operation.id]
    before = await stored.everything()

    if case.refused is not None:
        answer = await _send(api, operation, ids[case.subject], case.refused)
        assert 400 <= answer.status < 500, answer.body
        assert await stored.everything() == before
    if "{" in operation.path:
        body = case.body() if case.body else None
        answer = await _send(api, operation, MISSING_ID, body)
        problem(answer, 404, f"{case.subject}-not-found")
        assert await stored.everything() == before


@_OPERATIONS
async def test_write_whose_version_cannot_be_raised_leaves_nothing(
    api: Api, stored: Stored, ids: dict[str, str], operation: Operation
) -> None:
    """Row, event and version stand or fall together."""
    case = _CASES[operation.id]
    before = await stored.everything()
    body = case.body() if case.body else None
    await stored.connection.execute(
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'no version today'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON versions
        FOR EACH ROW EXECUTE FUNCTION refuse();
        """
    )

    try:
        answer = await _send(api, operation, ids[case.subject], body)
    finally:
        await stored.connection.execute("DROP FUNCTION refuse CASCADE")

    if case.action is not None:
        said = problem(answer, 500, "internal-error")
        assert "version" not in said["detail"]
    assert await stored.everything() == before


async def test_actor_of_the_admin_key_is_recorded(make_server: MakeServer, stored: Stored) -> None:
    key = "k" * 32
    api = await make_server(BRIDGE_AUTH="required", BRIDGE_ADMIN_KEY=key)

    ok(await api.post("/clients/create", {"name": "New"}, Authorization=f"Bearer {key}"), 201)

    (event,) = await stored.events(_NEW)
    assert event["actor"] == "admin-key"


async def test_event_tells_what_a_change_of_a_client_was(
    api: Api, stored: Stored, ids: dict[str, str]
) -> None:
    ok(await api.patch(f"/clients/{ids['client']}", {"email": "a@b.io"}))

    event = (await stored.events(_ACCOUNT))[-1]
    assert UUID(event["subject"]) == UUID(ids["client"])
    assert '"email": "a@b.io"' in event["detail"]


@pytest.mark.parametrize("sent", ["", "a b", "x" * 65, "a\tb", '"', "é", "<script>"])
async def test_request_id_of_another_form_is_replaced(api: Api, sent: str) -> None:
    answer = await api.get("/", X_Request_ID=sent)

    assert answer.headers["X-Request-ID"] not in ("", sent)
    assert answer.headers.getall("X-Request-ID") == [answer.headers["X-Request-ID"]]
