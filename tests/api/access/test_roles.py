"""Every route, called by every role: for its own account, a foreign one, and one that is not."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

import pytest
from tests.api.access.people import ADMIN_KEY, REQUIRED, MakePerson, Person
from tests.api.calls import Answer, Api, ok, problem
from tests.api.inputs import (
    FOLLOWING,
    MISSING_ID,
    MakeServer,
    bitmart,
    bot_body,
    evm_address,
    wallet,
)
from tests.api.routes import OPERATIONS, Operation
from tests.api.stored import Stored

from bridge.access.principal import Role
from bridge.access.roles import RULES, Rule

Whose = Literal["own", "foreign", "missing"]

_MISSING: Final = {
    "client_id": MISSING_ID,
    "wallet_id": MISSING_ID,
    "connector_id": MISSING_ID,
    "bot_id": MISSING_ID,
    "instance": "hummingbot-nobody-0123456789ab-20260101-000000",
    "address": "0x" + "00" * 20,
    "account": "nobody",
}
# Lists that can be asked for one account.
_BY_ACCOUNT: Final = frozenset({"listBots", "listEvents", "getHealthSummary"})
# What a call needs besides its path; texts in braces are replaced by those of the account.
_BODIES: Final[dict[str, Mapping[str, object]]] = {
    "createClient": {"name": "New"},
    "changeClient": {"name": "Renamed"},
    "putClient": {"name": "Renamed"},
    "createQuickClient": {"name": "New", "wallet_address": "{new_address}"},
    "addApiKey": {"client_id": "{client_id}", "exchange": "kraken"},
    "putWallet": wallet("{address}"),
    "changeWallet": wallet("{new_address}"),
    "putConnector": {"name": "kraken"},
    "createBot": bot_body(account="{account}"),
    "changeBot": {"name": "Renamed"},
    "stopAllBots": {"account": "{account}"},
    "adoptOrphan": {"bot_id": "{bot_id}"},
}
_ROLES: Final[tuple[tuple[Role, bool], ...]] = (
    ("admin", False),
    ("operator", False),
    ("viewer", False),
    ("client", True),
    ("client", False),
)
_WALKED = [
    each
    for each in OPERATIONS
    if RULES[f"{each.method} {each.path}"].reach is not None and not each.path.startswith("/auth/")
]


class _Scene(NamedTuple):
    """Two clients with all that a client may have.

    Attributes:
        ids: By whose, and by the names that they have in paths.
    """

    api: Api
    ids: Mapping[Whose, Mapping[str, str]]

    async def send(self, person: Person, operation: Operation, whose: Whose) -> Answer:
        """Call the operation on what is somebody's."""
        ids = self.ids[whose]
        path = operation.at(
            ids.get(operation.parameter or "", ""), ids.get(operation.part or "", "")
        )
        if operation.id in _BY_ACCOUNT:
            path += f"?account={ids['account']}"
        body = _BODIES.get(operation.id)
        filled = body and {
            name: value.format(**ids, new_address=evm_address())
            if isinstance(value, str)
            else value
            for name, value in body.items()
        }
        return await person.call(operation.method, path, filled)


@pytest.fixture
async def watched_server(make_server: MakeServer, stored: Stored) -> Api:
    """A server that asks for keys and takes starts, which another process would carry out."""
    await stored.add_leader()
    return await make_server(**REQUIRED, **FOLLOWING)


async def _scene(api: Api, stored: Stored, *, self_service: bool) -> _Scene:
    # All but who leads, or the server would begin to.
    await stored.connection.execute(
        "DELETE FROM clients; DELETE FROM events; DELETE FROM versions; DELETE FROM instances"
    )
    admin = Person(api, ADMIN_KEY)
    ids: dict[Whose, Mapping[str, str]] = {"missing": _MISSING}
    whose: Whose
    for whose in ("own", "foreign"):
        address = evm_address()
        wanted = {
            "name": f"Canary {whose}",
            "account_identifier": f"canary-{whose}",
            "email": f"canary-{whose}@example.org",
            "wallets": [wallet(address)],
            "connectors": [bitmart()],
        }
        client = ok(await admin.call("POST", "/clients/create", wanted), 201)
        if self_service:
            change = {"self_service": True}
            ok(await admin.call("PATCH", f"/clients/{client['id']}", change))
        bot = ok(await admin.call("POST", "/bots/create", bot_body(account=f"canary-{whose}")), 201)
        ids[whose] = {
            "client_id": client["id"],
            "wallet_id": client["wallets"][0]["id"],
            "connector_id": client["connectors"][0]["id"],
            "bot_id": bot["id"],
            "instance": await stored.add_orphan(f"canary-{whose}"),
            "address": address,
            "account": f"canary-{whose}",
        }
    return _Scene(api, ids)


@pytest.mark.parametrize("operation", _WALKED, ids=lambda each: each.id)
async def test_route_reaches_as_far_as_the_table_says(
    watched_server: Api, stored: Stored, make_person: MakePerson, operation: Operation
) -> None:
    rule = RULES[f"{operation.method} {operation.path}"]
    for role, self_service in _ROLES:
        scene = await _scene(watched_server, stored, self_service=self_service)
        account = scene.ids["own"]["account"] if role == "client" else None
        person = await make_person(watched_server, role, account)
        if _reach(rule, role, self_service=self_service) == "no":
            await _expect_no(scene, person, operation, stored)
        elif role == "client":
            await _expect_own(scene, person, operation, stored)
        else:
            await _expect_all(scene, person, operation)


def _reach(rule: Rule, role: Role, *, self_service: bool) -> str:
    assert rule.reach is not None
    reach = rule.reach[role]
    return "no" if reach == "self-service" and not self_service else reach


async def _expect_no(scene: _Scene, person: Person, operation: Operation, stored: Stored) -> None:
    """Refused alike whatever is asked for, and nothing happens."""
    before = await _kept(stored)
    answers = [
        await scene.send(person, operation, whose) for whose in ("own", "foreign", "missing")
    ]
    for answer in answers:
        problem(answer, 403, "role-not-allowed")
    assert len({answer.body for answer in answers}) == 1
    assert await _kept(stored) == before


async def _expect_all(scene: _Scene, person: Person, operation: Operation) -> None:
    if operation.parameter is not None or operation.id == "stopAllBots":
        assert (await scene.send(person, operation, "missing")).status == 404
    for whose in ("own", "foreign"):
        answer = await scene.send(person, operation, whose)
        assert answer.status in (200, 201), (person, answer.body)


async def _expect_own(scene: _Scene, person: Person, operation: Operation, stored: Stored) -> None:
    """The client's own is answered; what is foreign looks like what is not there."""
    before = await _kept(stored)
    foreign = await scene.send(person, operation, "foreign")
    missing = await scene.send(person, operation, "missing")
    assert (foreign.status, foreign.body) == (missing.status, missing.body)
    assert _names(foreign) == _names(missing)
    if operation.parameter is not None:
        assert foreign.status == 404
    assert await _kept(stored) == before

    own = await scene.send(person, operation, "own")

    assert own.status in (200, 201), own.body
    for answer in (own, foreign, missing):
        for canary in (*scene.ids["foreign"].values(), "Canary foreign"):
            assert canary.encode() not in answer.body


def _names(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "Date"}


async def _kept(stored: Stored) -> Mapping[str, list[str]]:
    """Return all that is stored but for what says that somebody has called."""
    everything = await stored.everything()
    return {
        table: rows
        for table, rows in everything.items()
        if table not in ("api_keys", "rate_limits")
    }


async def test_lists_without_an_account_are_the_clients_own(
    watched_server: Api, stored: Stored, make_person: MakePerson
) -> None:
    scene = await _scene(watched_server, stored, self_service=False)
    person = await make_person(watched_server, "client", "canary-own")
    own = scene.ids["own"]

    bots = ok(await person.get("/bots"))["bots"]
    clients = ok(await person.get("/clients"))["clients"]
    events = ok(await person.get("/events"))["events"]
    summary = ok(await person.get("/bots/health/summary"))

    assert [bot["id"] for bot in bots] == [own["bot_id"]]
    assert [client["id"] for client in clients] == [own["client_id"]]
    assert {event["account"] for event in events} == {"canary-own"}
    assert summary["total_bots"] == 1
    everybody = Person(watched_server, ADMIN_KEY)
    assert len(ok(await everybody.get("/bots"))["bots"]) == 2
    assert ok(await everybody.get("/bots/health/summary"))["total_bots"] == 2


async def test_self_service_counts_from_the_moment_that_it_is_switched(
    watched_server: Api, stored: Stored, make_person: MakePerson
) -> None:
    scene = await _scene(watched_server, stored, self_service=True)
    person = await make_person(watched_server, "client", "canary-own")
    start = f"/bots/{scene.ids['own']['bot_id']}/start"
    ok(await person.call("POST", start))

    client = f"/clients/{scene.ids['own']['client_id']}"
    ok(await Person(watched_server, ADMIN_KEY).call("PATCH", client, {"self_service": False}))

    # Known for less than a second more; the test's limit ends what never comes.
    while (answer := await person.call("POST", start)).status == 200:
        pass
    problem(answer, 403, "role-not-allowed")


async def test_filters_of_events_show_a_client_nothing_foreign(
    watched_server: Api, stored: Stored, make_person: MakePerson
) -> None:
    await _scene(watched_server, stored, self_service=False)
    person = await make_person(watched_server, "client", "canary-own")
    everybody = Person(watched_server, ADMIN_KEY)

    for query in ("actor=admin-key", "action=bot.created", "from=2026-01-01T00:00:00Z"):
        seen = ok(await person.get(f"/events?{query}"))["events"]
        assert {event["account"] for event in seen} == {"canary-own"}
        assert len(seen) < len(ok(await everybody.get(f"/events?{query}"))["events"])
        foreign = await person.get(f"/events?account=canary-foreign&{query}")
        assert ok(foreign) == {"events": [], "next_cursor": None}


async def test_client_is_not_told_of_whoever_had_its_account_before(
    guarded: Api, admin: Person, make_person: MakePerson
) -> None:
    """A name is free again when its client is gone; what was noted of that one is kept."""
    wanted = {"account_identifier": "desk-7", "connectors": [bitmart()], "wallets": [wallet()]}
    former = ok(await admin.call("POST", "/clients/create", {"name": "Former", **wanted}), 201)
    ok(await admin.call("PATCH", f"/clients/{former['id']}", {"email": "former@example.org"}))
    ok(await admin.call("POST", "/bots/create", bot_body(account="desk-7")), 201)
    ok(await admin.call("DELETE", f"/clients/{former['id']}"))
    ok(await admin.call("POST", "/clients/create", {"name": "Next", **wanted}), 201)
    person = await make_person(guarded, "client", "desk-7")

    own = ok(await person.get("/events"))["events"]
    filtered = ok(await person.get("/events?action=client.created&account=desk-7"))["events"]
    everything = ok(await admin.get("/events?account=desk-7"))["events"]

    assert [event["action"] for event in own] == ["key.created", "client.created"]
    assert [event["detail"]["name"] for event in filtered] == ["Next"]
    assert "former@example.org" not in str(own)
    assert everything[-1]["detail"]["name"] == "Former"


async def test_request_key_reaches_no_further_than_its_sender(
    watched_server: Api, stored: Stored, make_person: MakePerson
) -> None:
    """Also when somebody has sent the same request under the same key, and got an answer."""
    scene = await _scene(watched_server, stored, self_service=True)
    person = await make_person(watched_server, "client", "canary-own")
    start = f"/bots/{scene.ids['foreign']['bot_id']}/start"
    key = {"Idempotency-Key": "the-same"}
    admin = Person(watched_server, ADMIN_KEY).headers | key
    ok(await watched_server.call("POST", start, headers=admin))

    foreign = await watched_server.call("POST", start, headers=person.headers | key)
    own = f"/bots/{scene.ids['own']['bot_id']}/start"
    first = await watched_server.call("POST", own, headers=person.headers | key)
    again = await watched_server.call("POST", own, headers=person.headers | key)

    problem(foreign, 404, "bot-not-found")
    assert ok(first)["bot_id"] == scene.ids["own"]["bot_id"]
    assert again.body == first.body
    assert again.headers["Idempotent-Replayed"] == "true"
