"""API keys: what is stored of them, and how they end."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from tests.api.access.people import REQUIRED, MakePerson, Person, make_key, until_unknown
from tests.api.calls import Api, ok, problem
from tests.api.inputs import Make, MakeServer
from tests.api.stored import Stored
from tests.api.wire import relaying

from bridge.access.tokens import new_key
from bridge.db.dsn import parse_database_url
from bridge.errors import ConfigurationError
from bridge.keys import create_key, revoke_key


async def test_key_acts_under_its_public_name(
    guarded: Api, make_person: MakePerson, stored: Stored
) -> None:
    person = await make_person(guarded, "operator")

    ok(await person.call("POST", "/clients/create", {"name": "New"}), 201)

    (event,) = await stored.events("client_new")
    assert event["actor"] == f"key:{person.token.split('_')[1]}"
    me = ok(await person.get("/auth/me"))
    assert (me["role"], me["access"], me["name"]) == ("admin", "operator", "some operator")
    assert me["wallet_address"] is None


async def test_nothing_stored_opens_anything(
    guarded: Api, make_person: MakePerson, stored: Stored
) -> None:
    """Neither the key nor its secret part is anywhere, and what is there is no key."""
    person = await make_person(guarded, "admin")
    ok(await person.get("/bots"))
    secret = person.token.split("_")[2]

    everything = str(await stored.everything())

    assert secret not in everything
    (digest,) = re.findall(r"[0-9a-f]{64}", str((await stored.everything())["api_keys"]))
    for wrong in (digest, f"brg_{person.token.split('_')[1]}_{digest}"):
        problem(await Person(guarded, wrong).get("/bots"), 401, "not-authenticated")


async def test_secret_of_another_key_does_not_fit(guarded: Api, api_database_url: str) -> None:
    one = await make_key(api_database_url, "admin")
    # With a right checksum, which anybody can make.
    forged = new_key(one.split("_")[1])

    problem(await Person(guarded, forged).get("/bots"), 401, "not-authenticated")
    ok(await Person(guarded, one).get("/bots"))
    problem(await Person(guarded, forged).get("/bots"), 401, "not-authenticated")


async def test_revoked_key_is_unknown_to_every_server(
    make_server: MakeServer, make_person: MakePerson, api_database_url: str
) -> None:
    servers = [await make_server(**REQUIRED) for _ in "12"]
    person = await make_person(servers[0], "viewer")
    there = [Person(server, person.token) for server in servers]
    for each in there:
        ok(await each.get("/bots"))

    name = await revoke_key(parse_database_url(api_database_url), person.token)

    assert name == "some viewer"
    for each in there:
        await until_unknown(each)


async def test_key_ends_at_its_time(guarded: Api, make_person: MakePerson, stored: Stored) -> None:
    person = await make_person(guarded, "viewer")
    ok(await person.get("/bots"))

    await stored.connection.execute("UPDATE api_keys SET expires_at = now()")

    await until_unknown(person)


async def test_key_of_a_client_ends_with_the_client(
    guarded: Api, admin: Person, make_person: MakePerson
) -> None:
    wanted = {"name": "Desk", "account_identifier": "desk-7"}
    client = ok(await admin.call("POST", "/clients/create", wanted), 201)
    person = await make_person(guarded, "client", "desk-7")
    ok(await person.get("/bots"))

    ok(await admin.call("DELETE", f"/clients/{client['id']}"))

    await until_unknown(person)


async def test_use_is_noted_once_a_minute(
    make_server: MakeServer, make_person: MakePerson, stored: Stored
) -> None:
    api = await make_server(**REQUIRED)
    person = await make_person(api, "viewer")
    query = "SELECT last_used_at FROM api_keys"
    assert await stored.connection.fetchval(query) is None

    ok(await person.get("/bots"))

    first = await stored.connection.fetchval(query)
    assert datetime.now(UTC) - first < timedelta(minutes=1)
    again = Person(await make_server(**REQUIRED), person.token)
    ok(await again.get("/bots"))
    assert await stored.connection.fetchval(query) == first
    await stored.connection.execute(
        "UPDATE api_keys SET last_used_at = now() - interval '61 seconds'"
    )
    ok(await Person(await make_server(**REQUIRED), person.token).get("/bots"))
    assert await stored.connection.fetchval(query) > first


async def test_known_key_costs_no_statement_of_its_own(
    make_server: MakeServer, make_person: MakePerson, api_database_url: str
) -> None:
    async with relaying(api_database_url) as relay:
        feed = {"DATABASE_DIRECT_URL": api_database_url}
        api = await make_server(**REQUIRED, **feed, DATABASE_URL=relay.url)
        person = await make_person(api, "viewer")
        ok(await person.get("/clients"))
        relay.statements.clear()

        for _ in range(10):
            ok(await person.get("/clients"))

        asked = [each for each in relay.statements if "api_keys" in each]
        assert sum("clients/list" in each for each in relay.statements) == 10
        assert all("principals/find_valid" in each for each in asked)


async def test_what_cannot_be_a_key_costs_no_statement(
    make_server: MakeServer, api_database_url: str
) -> None:
    async with relaying(api_database_url) as relay:
        feed = {"DATABASE_DIRECT_URL": api_database_url}
        api = await make_server(**REQUIRED, **feed, DATABASE_URL=relay.url)
        async with asyncio.timeout(10):
            # The revision, and under which keys the stored credentials are.
            while len(relay.statements) < 2:  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.01)
        relay.statements.clear()

        for token in ("", "x", "brg_a_b", "brs_" + "0" * 49, "\xff", "x" * 5_000):
            problem(await Person(api, token).get("/bots"), 401, "not-authenticated")

        assert relay.statements == []


@pytest.mark.parametrize(
    ("role", "account", "words"),
    [
        ("client", None, "--account"),
        ("admin", "desk-7", "--account"),
        ("client", "nobody", "nobody"),
    ],
)
async def test_role_and_account_go_together(
    api_database_url: str, stored: Stored, role: str, account: str | None, words: str
) -> None:
    dsn = parse_database_url(api_database_url)

    with pytest.raises(ConfigurationError, match=words):
        await create_key(dsn, role, "X", account)  # pyright: ignore[reportArgumentType]

    assert await stored.counts() == {}


async def test_creation_and_revocation_are_recorded(
    api_database_url: str, stored: Stored, make_client: Make
) -> None:
    await make_client(account_identifier="desk-7")
    dsn = parse_database_url(api_database_url)

    key = await create_key(dsn, "client", "Desk 7", "desk-7", days=1.5)
    await revoke_key(dsn, key.split("_")[1])

    created, revoked = (await stored.events("desk-7"))[-2:]
    assert (created["action"], revoked["action"]) == ("key.created", "key.revoked")
    assert created["subject"] == revoked["subject"] == key.split("_")[1]
    assert created["actor"] == revoked["actor"] == "command-line"
    assert '"role": "client"' in created["detail"]
    with pytest.raises(ConfigurationError, match="holds"):
        await revoke_key(dsn, key)
