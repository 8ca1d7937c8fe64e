"""Every call that changes something raises the account's version by one and writes one event."""

from typing import Final
from uuid import UUID

import pytest
from tests.api.calls import Api, ok, problem
from tests.api.cases import ACCOUNT, CASES, CHANGES, NEW, Scene
from tests.api.inputs import MISSING_ID, Make, MakeServer
from tests.api.routes import Operation
from tests.api.stored import Stored

_NOUNS: Final = {"client_id": "client", "bot_id": "bot", "instance": "orphan"}
_OPERATIONS = pytest.mark.parametrize("operation", CHANGES, ids=lambda each: each.id)


def test_every_writing_route_has_a_case() -> None:
    assert {operation.id for operation in CHANGES} == CASES.keys()


@_OPERATIONS
async def test_write_raises_the_version_by_one_and_writes_one_event(
    stored: Stored, scene: Scene, operation: Operation
) -> None:
    """All events and the version carry the transaction id of one transaction."""
    case = CASES[operation.id]
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
    done = [each for each in new if each["actor"] == "open"]
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
    stored: Stored, scene: Scene, operation: Operation
) -> None:
    case = CASES[operation.id]
    await scene.prepare(case)

    answer = await scene.send(operation, scene.body_of(case))

    if case.action is not None:
        recorded = [each["request_id"] for each in await stored.events(case.account)]
        assert recorded.count(answer.headers["X-Request-ID"]) == 1 + len(case.also)


@_OPERATIONS
async def test_refused_write_changes_neither(
    stored: Stored, scene: Scene, operation: Operation
) -> None:
    case = CASES[operation.id]
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
    stored: Stored, scene: Scene, operation: Operation, table: str
) -> None:
    """Row, event and version stand or fall together."""
    case = CASES[operation.id]
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

    (event,) = await stored.events(NEW)
    assert event["actor"] == "admin-key"


async def test_event_tells_what_a_change_of_a_client_was(
    api: Api, stored: Stored, make_client: Make
) -> None:
    client = await make_client(account_identifier=ACCOUNT)

    ok(await api.patch(f"/clients/{client['id']}", {"email": "a@b.io"}))

    event = (await stored.events(ACCOUNT))[-1]
    assert UUID(event["subject"]) == UUID(client["id"])
    assert '"email": "a@b.io"' in event["detail"]


@pytest.mark.parametrize("sent", ["", "a b", "x" * 65, "a\tb", '"', "é", "<script>"])
async def test_request_id_of_another_form_is_replaced(api: Api, sent: str) -> None:
    answer = await api.get("/", X_Request_ID=sent)

    assert answer.headers["X-Request-ID"] not in ("", sent)
    assert answer.headers.getall("X-Request-ID") == [answer.headers["X-Request-ID"]]
