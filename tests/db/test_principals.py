"""Who is known in a process: for how long, at what cost, and who is told when that ends."""

import asyncio
import gc
from collections.abc import AsyncIterator
from typing import NamedTuple

import asyncpg
import pytest
from tests.api.inputs import database_at
from tests.api.wire import Relay, relaying

from bridge.access import principals as module
from bridge.access.identities import Trust
from bridge.access.principal import ADMIN_KEY, OPEN
from bridge.access.principals import Principals
from bridge.db.dsn import Dsn, parse_database_url
from bridge.db.pool import Database, Limits
from bridge.errors import AuthenticationError, DatabaseUnavailableError
from bridge.keys import create_key, revoke_key

_ADMIN = b"the admin's key"


class Desk(NamedTuple):
    """Principals that are asked for again only when a test says so."""

    principals: Principals
    relay: Relay
    dsn: Dsn

    async def key(self) -> bytes:
        """Return the header of a new key."""
        return b"Bearer " + (await create_key(self.dsn, "viewer", "X")).encode()

    async def revoke(self, authorization: bytes) -> None:
        """End the key of a header."""
        await revoke_key(self.dsn, authorization.decode().removeprefix("Bearer "))

    async def statements(self) -> int:
        """Sweep, and return what that cost."""
        before = len(self.relay.statements)
        await self.principals.sweep()
        return len(self.relay.statements) - before


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that the principals go by."""
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
async def desk(
    database_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    del clock
    monkeypatch.setattr(module, "SWEEP_SECONDS", 3_600)
    async with relaying(database_url) as relay:
        limits = Limits(connections=2, acquire_seconds=1, statement_seconds=1)
        database = Database(parse_database_url(relay.url), limits)
        await database.open()
        principals = Principals(Trust(is_open=False, admin_key=_ADMIN))
        async with principals.kept(database):
            yield Desk(principals, relay, parse_database_url(database_url))
        await database.close()


async def test_sweep_of_nobody_costs_no_statement(desk: Desk) -> None:
    assert await desk.statements() == 0
    await desk.principals.identify(b"Bearer " + _ADMIN)
    assert await desk.statements() == 0


async def test_sweep_of_many_costs_one_statement(desk: Desk) -> None:
    headers = [await desk.key() for _ in range(20)]
    for header in headers:
        assert desk.principals.known(header) is None
        await desk.principals.identify(header)

    await desk.principals.sweep()  # the driver asks once for each connection what uuid[] is
    assert await desk.statements() == 1
    assert all(desk.principals.known(header) is not None for header in headers)


async def test_known_principal_is_one_object(desk: Desk) -> None:
    """What a poll costs: nothing is made."""
    header = await desk.key()
    principal = await desk.principals.identify(header)
    gc.collect()

    assert desk.principals.known(header) is principal
    assert await desk.principals.identify(header) is principal
    await desk.principals.sweep()
    assert desk.principals.known(header) is principal


async def test_revoked_key_is_unknown_after_the_next_sweep_and_its_watchers_are_told(
    desk: Desk,
) -> None:
    gone, stays = await desk.key(), await desk.key()
    told: list[str] = []
    for name, header in (("gone", gone), ("stays", stays)):
        principal = await desk.principals.identify(header)
        desk.principals.watch(principal, lambda name=name: told.append(name))
    await desk.revoke(gone)

    await desk.principals.sweep()
    await desk.principals.sweep()

    assert told == ["gone"]
    assert desk.principals.known(gone) is None
    assert desk.principals.known(stays) is not None
    with pytest.raises(AuthenticationError):
        await desk.principals.identify(gone)


async def test_other_spellings_of_a_header_are_one_principal_kept_once(desk: Desk) -> None:
    """Else one who varies theirs pushes everybody else out."""
    header = await desk.key()
    principal = await desk.principals.identify(header)

    token = header.removeprefix(b"Bearer ")
    for blanks in range(1, 200):
        for scheme in (b"bearer", b"BEARER", b"Bearer"):
            spelled = scheme + b" " * blanks + token + b"\t" * (blanks - 1)
            assert await desk.principals.identify(spelled) is principal

    assert list(desk.principals.by_header) == [header]


async def test_who_may_see_something_else_now_is_asked_for_anew(desk: Desk) -> None:
    """What follows a principal goes by what it began with, so it has to end."""
    header = await desk.key()
    told: list[str] = []
    desk.principals.watch(await desk.principals.identify(header), lambda: told.append("ended"))
    connection = await asyncpg.connect(**desk.dsn.connect_arguments())
    await connection.execute("UPDATE api_keys SET role = 'operator'")
    await connection.close()

    await desk.principals.sweep()

    assert told == ["ended"]
    assert desk.principals.known(header) is None
    assert (await desk.principals.identify(header)).role == "operator"


async def test_watch_outlives_what_is_known_of_the_header(desk: Desk, clock: Clock) -> None:
    header = await desk.key()
    told: list[int] = []
    desk.principals.watch(await desk.principals.identify(header), lambda: told.append(1))
    clock.now += module.KNOWN_SECONDS + 1
    await desk.principals.sweep()
    assert desk.principals.known(header) is None

    await desk.revoke(header)
    await desk.principals.sweep()

    assert told == [1]
    assert await desk.statements() == 0


async def test_ended_watch_is_not_told(desk: Desk) -> None:
    header = await desk.key()
    told: list[int] = []
    principal = await desk.principals.identify(header)
    end_first = desk.principals.watch(principal, lambda: told.append(1))
    desk.principals.watch(principal, lambda: told.append(2))
    end_first()
    end_first()

    assert principal.id is not None
    desk.principals.end(principal.id)
    end_first()

    assert told == [2]


async def test_admin_key_and_open_mode_are_never_told(desk: Desk) -> None:
    for principal in (ADMIN_KEY, OPEN):
        desk.principals.watch(principal, pytest.fail)()
    await desk.principals.sweep()


async def test_who_is_known_stays_so_for_a_while_without_a_database(
    desk: Desk, clock: Clock, database_url: str
) -> None:
    known, unknown = await desk.key(), await desk.key()
    told: list[int] = []
    principal = await desk.principals.identify(known)
    desk.principals.watch(principal, lambda: told.append(1))
    await _allow_connections(database_url, is_allowed=False)

    clock.now += module.OUTAGE_SECONDS - 1
    await desk.principals.sweep()

    assert desk.principals.known(known) is principal
    assert desk.principals.known(b"Bearer " + _ADMIN) is None
    assert await desk.principals.identify(b"Bearer " + _ADMIN) is ADMIN_KEY
    with pytest.raises(DatabaseUnavailableError):
        await desk.principals.identify(unknown)
    assert told == []

    clock.now += 2
    await desk.principals.sweep()

    assert desk.principals.known(known) is None
    assert told == [1]
    assert desk.principals.known(b"Bearer " + _ADMIN) is ADMIN_KEY
    await _allow_connections(database_url, is_allowed=True)
    await desk.principals.identify(known)


async def _allow_connections(database_url: str, *, is_allowed: bool) -> None:
    """Cut everybody off the database, and let nobody in; or let them in again."""
    name = parse_database_url(database_url).database
    connection = await asyncpg.connect(database_at(database_url, "postgres"))
    await connection.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS {is_allowed}')
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
    )
    await connection.close()


async def test_no_more_are_known_than_there_is_room_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_KNOWN", 2)
    headers = [await desk.key() for _ in "123"]

    for header in headers:
        await desk.principals.identify(header)

    assert [desk.principals.known(header) is None for header in headers] == [True, False, False]


async def test_nobody_is_kept_where_nobody_asks_again(database_url: str) -> None:
    """Before the start and after the end of the application."""
    database = Database(parse_database_url(database_url), Limits(connections=1))
    principals = Principals(Trust(is_open=False, admin_key=_ADMIN))
    header = b"Bearer " + _ADMIN

    await principals.identify(header)
    assert principals.known(header) is None
    await database.open()
    key = b"Bearer " + (await create_key(parse_database_url(database_url), "viewer", "X")).encode()
    with pytest.raises(DatabaseUnavailableError):
        await principals.identify(key)
    async with principals.kept(database):
        await principals.identify(key)
        await principals.identify(header)
        told: list[int] = []
        principals.watch(await principals.identify(key), lambda: told.append(1))
    await database.close()

    assert told == [1]
    assert principals.known(key) is principals.known(header) is None


async def test_what_goes_wrong_in_a_sweep_leaves_nobody_known(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of ours in the background must not make a revoked key good for ever."""
    dsn = parse_database_url(database_url)
    key = b"Bearer " + (await create_key(dsn, "viewer", "X")).encode()
    database = Database(dsn, Limits(connections=1))
    principals = Principals(Trust(is_open=False))
    told = asyncio.Event()

    async def fail() -> None:
        message = "a mistake"
        raise LookupError(message)

    monkeypatch.setattr(principals, "sweep", fail)
    monkeypatch.setattr(module, "SWEEP_SECONDS", 0.2)
    await database.open()
    async with principals.kept(database):
        principals.watch(await principals.identify(key), told.set)
        await told.wait()

        assert principals.known(key) is None
    await database.close()


@pytest.mark.parametrize("header", [None, b"", b"Bearer", b"Basic x", b"Bearer \xff", b"x" * 9_000])
async def test_in_open_mode_everybody_is_known(header: bytes | None) -> None:
    principals = Principals(Trust(is_open=True))

    assert principals.known(header) is OPEN
    assert await principals.identify(header) is OPEN
    assert await principals.redeem("anything") is OPEN


@pytest.mark.parametrize(
    "raw", [b"k" * 32, ("grüße-" * 6).encode(), b"\xff\xfe-no-utf-8-but-more-than-32-bytes"]
)
async def test_admin_key_may_hold_any_bytes(raw: bytes) -> None:
    principals = Principals(Trust(is_open=False, admin_key=raw))

    assert await principals.identify(b"bearer  " + raw + b" ") is ADMIN_KEY
    for wrong in (raw[:-1], raw + b"x", raw.upper() + b"!"):
        with pytest.raises((AuthenticationError, DatabaseUnavailableError)):
            await principals.identify(b"Bearer " + wrong)
