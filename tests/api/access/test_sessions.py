"""Sessions and tickets: how they end."""

import asyncio
from collections import Counter

import pytest
from tests.api.access.logins import log_in, register
from tests.api.access.people import ADMIN_KEY, REQUIRED, MakePerson, Person, until_unknown
from tests.api.calls import Api, ok, problem
from tests.api.inputs import MakeServer
from tests.api.signing import EvmSigner
from tests.api.stored import Stored

from bridge.access.identities import Trust
from bridge.access.principals import Principals
from bridge.db.dsn import parse_database_url
from bridge.db.pool import Database, Limits
from bridge.errors import AuthenticationError


async def test_logout_ends_the_session_on_every_server(make_server: MakeServer) -> None:
    servers = [await make_server(**REQUIRED) for _ in "12"]
    signer = EvmSigner()
    await register(Person(servers[0], ADMIN_KEY), signer)
    person = await log_in(servers[0], signer)
    elsewhere = Person(servers[1], person.token)
    ok(await elsewhere.get("/bots"))

    ok(await person.call("POST", "/auth/logout"))

    problem(await person.get("/bots"), 401, "not-authenticated")
    await until_unknown(elsewhere)


async def test_logout_leaves_other_sessions_alone(admin: Person, guarded: Api) -> None:
    signer = EvmSigner()
    await register(admin, signer)
    one, other = await log_in(guarded, signer), await log_in(guarded, signer)

    ok(await one.call("POST", "/auth/logout"))

    problem(await one.get("/bots"), 401, "not-authenticated")
    ok(await other.get("/bots"))


async def test_logout_of_a_key_ends_nothing(guarded: Api, make_person: MakePerson) -> None:
    person = await make_person(guarded, "viewer")

    assert ok(await person.call("POST", "/auth/logout")) == {"status": "logged_out"}

    ok(await person.get("/bots"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sessions SET expires_at = now()",
        "DELETE FROM wallets",
        "UPDATE clients SET deleted_at = now()",
        "DELETE FROM clients",
        "UPDATE wallets SET address = '0xaa', address_key = '0xaa'",
    ],
)
async def test_session_ends_with_what_it_rests_on(
    admin: Person, guarded: Api, stored: Stored, statement: str
) -> None:
    signer = EvmSigner()
    await register(admin, signer)
    person = await log_in(guarded, signer)
    ok(await person.get("/bots"))

    await stored.connection.execute(statement)

    await until_unknown(person)


async def test_session_lasts_as_long_as_the_settings_say(
    make_server: MakeServer, stored: Stored
) -> None:
    api = await make_server(**REQUIRED, BRIDGE_SESSION_HOURS="2")
    signer = EvmSigner()
    await register(Person(api, ADMIN_KEY), signer)

    await log_in(api, signer)

    lifetime = await stored.connection.fetchval("SELECT expires_at - created_at FROM sessions")
    assert lifetime.total_seconds() == pytest.approx(7_200, abs=1)


async def _ticket(person: Person) -> str:
    return ok(await person.call("POST", "/auth/ticket"), 201)["ticket"]


async def test_ticket_opens_once_and_for_its_owner(
    admin: Person, guarded: Api, make_person: MakePerson, api_database_url: str
) -> None:
    signer = EvmSigner()
    await register(admin, signer)
    session = await log_in(guarded, signer)
    key = await make_person(guarded, "viewer")
    principals = Principals(Trust(is_open=False, admin_key=ADMIN_KEY.encode()))
    database = Database(parse_database_url(api_database_url), Limits())
    await database.open()
    try:
        async with principals.kept(database):
            for person, role in ((session, "client"), (key, "viewer"), (admin, "admin")):
                ticket = await _ticket(person)
                outcomes = await asyncio.gather(
                    *(principals.redeem(ticket) for _ in range(10)), return_exceptions=True
                )
                kinds = Counter(type(each).__name__ for each in outcomes)
                assert kinds == {"Principal": 1, "AuthenticationError": 9}
                (owner,) = (each for each in outcomes if not isinstance(each, BaseException))
                assert (owner.role, owner.account) == (role, "desk-7" if role == "client" else None)
    finally:
        await database.close()


async def test_ticket_of_a_session_that_has_ended_opens_nothing(
    admin: Person, guarded: Api, stored: Stored, api_database_url: str
) -> None:
    signer = EvmSigner()
    await register(admin, signer)
    person = await log_in(guarded, signer)
    first, second, late = [await _ticket(person) for _ in "123"]
    principals = Principals(Trust(is_open=False))
    database = Database(parse_database_url(api_database_url), Limits())
    await database.open()
    try:
        async with principals.kept(database):
            await principals.redeem(first)
            lifetime = await stored.connection.fetchval(
                "SELECT min(expires_at - created_at) FROM stream_tickets"
            )
            assert lifetime.total_seconds() == pytest.approx(30, abs=1)
            await stored.connection.execute("UPDATE clients SET deleted_at = now()")
            with pytest.raises(AuthenticationError):
                await principals.redeem(second)
            await stored.connection.execute(
                "UPDATE clients SET deleted_at = NULL; UPDATE stream_tickets SET expires_at = now()"
            )
            for wrong in (late, person.token, "", "brt_" + "0" * 49):
                with pytest.raises(AuthenticationError):
                    await principals.redeem(wrong)
    finally:
        await database.close()


async def test_ticket_of_the_admin_key_opens_nothing_without_that_key(
    admin: Person, api_database_url: str
) -> None:
    """It was taken out of the settings, and the server started anew."""
    ticket = await _ticket(admin)
    principals = Principals(Trust(is_open=False))
    database = Database(parse_database_url(api_database_url), Limits())
    await database.open()
    try:
        async with principals.kept(database):
            with pytest.raises(AuthenticationError):
                await principals.redeem(ticket)
    finally:
        await database.close()


async def test_ticket_is_no_key(admin: Person, guarded: Api) -> None:
    problem(await Person(guarded, await _ticket(admin)).get("/bots"), 401, "not-authenticated")


async def test_request_key_keeps_no_token(admin: Person, guarded: Api, stored: Stored) -> None:
    """Two tickets are two, whatever their requests are called; none is stored to be repeated."""
    headers = admin.headers | {"Idempotency-Key": "the-same"}

    answers = [await guarded.call("POST", "/auth/ticket", headers=headers) for _ in "12"]
    ok(await guarded.call("POST", "/auth/logout", headers=headers))

    assert len({ok(answer, 201)["ticket"] for answer in answers}) == 2
    assert "idempotency_keys" not in await stored.counts()
