"""Who may follow the bots, how far they see, and how soon they are cut off."""

import asyncio
from typing import Final, NamedTuple

import pytest
from tests.api.access.logins import log_in, register
from tests.api.access.people import ADMIN_KEY, REQUIRED, Person, make_key
from tests.api.calls import ok, problem
from tests.api.inputs import bot_body
from tests.api.signing import EvmSigner
from tests.live.conftest import MakeWorld
from tests.live.streams import Stream, opened
from tests.live.world import World

from bridge.access.principal import Role
from bridge.db.dsn import parse_database_url
from bridge.keys import revoke_key

_OWN: Final = "desk-7"
_FOREIGN: Final = "desk-8"


class _Desk(NamedTuple):
    """Two servers on one database, with a client who has logged in, and another client.

    Attributes:
        session: Of the client of `_OWN`, who is known to both servers.
    """

    here: World
    there: World
    admin: Person
    signer: EvmSigner
    session: Person


def _sent(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token}"}


@pytest.fixture
async def desk(make_world: MakeWorld) -> _Desk:
    here, there = [await make_world(**REQUIRED) for _ in "12"]
    admin, signer = Person(here.api, ADMIN_KEY), EvmSigner()
    await register(admin, signer, _OWN)
    await register(admin, EvmSigner(), _FOREIGN)
    for account in (_OWN, _FOREIGN):
        ok(await admin.call("POST", "/bots/create", bot_body(account=account, name=account)), 201)
    return _Desk(here, there, admin, signer, await log_in(here.api, signer))


def _names(said: dict[str, list[dict[str, str]]]) -> list[str]:
    return [bot["name"] for bot in said["bots"]]


def _followers(world: World) -> int:
    entry = world.live.cache.entries.find(_OWN)
    return 0 if entry is None else len(entry.followers)


async def _ends(streams: list[Stream], world: World) -> None:
    """Wait until they are cut; the test's limit ends it."""
    assert all(await asyncio.gather(*(stream.is_cut() for stream in streams)))
    await world.until_is(lambda: len(world.live.streams) == 0)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM sessions",
        "UPDATE sessions SET expires_at = now()",
        "DELETE FROM wallets",
        "UPDATE clients SET deleted_at = now()",
    ],
)
async def test_session_that_ends_cuts_its_streams_on_every_server(
    desk: _Desk, statement: str
) -> None:
    streams = [await world.stream(**_sent(desk.session)) for world in (desk.here, desk.there)]
    for stream in streams:
        assert _names((await stream.event()).json) == [_OWN]

    await desk.here.stored.connection.execute(statement)

    for world, stream in zip((desk.here, desk.there), streams, strict=True):
        await _ends([stream], world)
        problem(await Person(world.api, desk.session.token).get("/bots"), 401, "not-authenticated")


async def test_logout_cuts_streams_of_this_session_and_of_no_other(desk: _Desk) -> None:
    other = await log_in(desk.here.api, desk.signer)
    mine, stays = [await desk.here.stream(**_sent(person)) for person in (desk.session, other)]
    await stays.event()

    ok(await desk.session.call("POST", "/auth/logout"))

    assert await mine.is_cut()
    await desk.here.until_is(lambda: len(desk.here.live.streams) == 1)
    ok(await desk.admin.call("POST", "/bots/create", bot_body(account=_OWN, name="new")), 201)
    assert _names((await stays.until_shown(lambda said: len(said["bots"]) == 2)).json)


async def test_poll_that_waits_is_refused_when_its_key_is_revoked(
    desk: _Desk, database_url: str
) -> None:
    """And not answered 304, as if nothing had changed."""
    person = Person(desk.there.api, await make_key(database_url, "viewer"))
    etag = (await desk.there.poll(_OWN, **_sent(person))).headers["ETag"]
    asked = {"If_None_Match": etag, "Prefer": "wait=30"}
    waiting = asyncio.create_task(desk.there.poll(_OWN, **_sent(person), **asked))
    await desk.there.until_is(lambda: _followers(desk.there) == 1)

    await revoke_key(parse_database_url(database_url), person.token)

    problem(await waiting, 401, "not-authenticated")
    again = await desk.there.poll(_OWN, **_sent(person), If_None_Match=etag)
    problem(again, 401, "not-authenticated")


async def test_ticket_opens_one_stream_which_ends_with_its_session(desk: _Desk) -> None:
    ticket = ok(await desk.session.call("POST", "/auth/ticket"), 201)["ticket"]

    stream = await desk.there.stream(rest=f"?ticket={ticket}")
    again = await desk.here.api.get(f"/bots/stream?ticket={ticket}")

    assert _names((await stream.event()).json) == [_OWN]
    problem(again, 401, "not-authenticated")
    ok(await desk.session.call("POST", "/auth/logout"))
    await _ends([stream], desk.there)


async def test_client_follows_its_own_bots_whatever_it_asks_for(desk: _Desk) -> None:
    all_bots = await desk.here.stream(**_sent(desk.session))
    own = await desk.here.stream(_OWN, **_sent(desk.session))
    foreign = await desk.here.stream(_FOREIGN, **_sent(desk.session))
    unknown = await desk.here.stream("nobody", **_sent(desk.session))
    for stream in (all_bots, own):
        assert _names((await stream.event()).json) == [_OWN]
    assert (await foreign.event()).raw == (await unknown.event()).raw

    for account in (_FOREIGN, _OWN):
        wanted = bot_body(account=account, name=f"new of {account}")
        ok(await desk.admin.call("POST", "/bots/create", wanted), 201)

    for stream in (all_bots, own):
        said = await stream.event()
        assert _names(said.json) == [_OWN, f"new of {_OWN}"]
    ticket = ok(await desk.session.call("POST", "/auth/ticket"), 201)["ticket"]
    by_ticket = await desk.here.stream(_FOREIGN, rest=f"&ticket={ticket}")
    assert _names((await by_ticket.event()).json) == []


@pytest.mark.parametrize("role", ["admin", "operator", "viewer", "client"])
async def test_every_role_follows_as_far_as_the_table_says(
    desk: _Desk, database_url: str, role: Role
) -> None:
    account = _OWN if role == "client" else None
    person = Person(desk.here.api, await make_key(database_url, role, account))

    stream = await desk.here.stream(**_sent(person))

    expected = [_OWN] if role == "client" else [_OWN, _FOREIGN]
    assert _names((await stream.event()).json) == expected


async def test_stream_without_a_key_is_refused(desk: _Desk) -> None:
    for query in ("", "?ticket=", "?ticket=x", f"?ticket={desk.session.token}"):
        refused = await opened(desk.here.api.origin, f"/bots/stream{query}", {})
        assert refused.status == 401
        await refused.close()
    assert len(desk.here.live.streams) == 0
