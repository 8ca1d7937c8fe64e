"""How many streams a caller may have open, and that each end of one makes room for the next."""

from typing import Final

import msgspec
import pytest
from tests.api.access.logins import log_in, register
from tests.api.access.people import ADMIN_KEY, REQUIRED, Person, make_key
from tests.api.calls import ok
from tests.api.inputs import ORIGIN
from tests.api.signing import SolanaSigner
from tests.live.streams import Stream
from tests.live.world import MakeWorld, World

_ADMIN: Final = f"Bearer {ADMIN_KEY}"
_LARGE: Final = "x" * 150


@pytest.fixture
async def world(make_world: MakeWorld) -> World:
    """A server on which everybody may have two streams, and that soon loses patience."""
    world = await make_world(
        **REQUIRED,
        BRIDGE_STREAMS_PER_CALLER="2",
        BRIDGE_SLOW_SECONDS="0.5",
        BRIDGE_BEAT_SECONDS="1",
    )
    await world.until_trusted()
    return world


async def _opened(world: World, authorization: str = _ADMIN) -> Stream:
    """Open a stream that must be taken, and read its first event."""
    stream = await world.stream(Authorization=authorization)
    assert stream.status == 200
    await stream.event()
    return stream


async def _refused(world: World, authorization: str = _ADMIN, rest: str = "") -> None:
    """Try to open one more stream than is allowed."""
    stream = await world.stream(rest=rest, Authorization=authorization, Origin=ORIGIN)
    said = msgspec.json.decode(await stream.raw(int(stream.headers["content-length"])))
    assert (stream.status, said["status"], said["code"]) == (429, 429, "too-many-streams")
    assert stream.headers["content-type"] == "application/problem+json"
    assert 1 <= int(stream.headers["retry-after"]) <= 60
    assert stream.headers["access-control-allow-origin"] == ORIGIN
    assert stream.headers["x-request-id"] == said["request_id"]


async def _full(world: World, authorization: str = _ADMIN) -> list[Stream]:
    """Open as many as are allowed."""
    streams = [await _opened(world, authorization) for _ in "12"]
    await _refused(world, authorization)
    return streams


async def test_streams_beyond_the_limit_are_refused(world: World, database_url: str) -> None:
    await _full(world)
    viewer = f"Bearer {await make_key(database_url, 'viewer')}"

    await _full(world, viewer)

    assert len(world.live.streams) == 4
    ok(await world.poll(Authorization=_ADMIN))


async def test_reader_that_leaves_makes_room(world: World) -> None:
    first, _ = await _full(world)

    await first.leave()
    await world.until_is(lambda: len(world.live.streams) == 1)

    await _opened(world)
    await _refused(world)


async def test_reader_that_breaks_off_makes_room(world: World) -> None:
    first, _ = await _full(world)

    await first.close()
    await world.until_is(lambda: len(world.live.streams) == 1)

    await _opened(world)
    await _refused(world)


async def test_reader_that_is_cut_for_being_slow_makes_room(world: World) -> None:
    admin = Person(world.api, ADMIN_KEY)
    await admin.call("POST", "/clients/create", {"name": "A", "account_identifier": "a"})
    body = {"name": _LARGE, "account": "a", "connector": "okx", "pair": "A/B", "strategy": "both"}
    bots = [ok(await admin.call("POST", "/bots/create", body), 201) for _ in range(100)]
    first, second = await _full(world)
    await second.leave()
    await world.until_is(lambda: len(world.live.streams) == 1)
    first.pause()
    turn = 0
    while len(world.live.streams):
        turn += 1
        await admin.call("PUT", f"/bots/{bots[0]['id']}", {"name": f"turn {turn}"})

    await _full(world)


async def test_session_that_ends_makes_room_for_the_wallets_next_one(world: World) -> None:
    """Both have one name, so what the first one held would be missing for ever."""
    signer = SolanaSigner()
    await register(Person(world.api, ADMIN_KEY), signer)
    first = await log_in(world.api, signer)
    streams = await _full(world, first.headers["Authorization"])

    ok(await first.call("POST", "/auth/logout"))
    for stream in streams:
        assert await stream.is_cut()

    second = await log_in(world.api, signer)
    await _full(world, second.headers["Authorization"])


async def test_revoked_keys_streams_are_not_counted_any_more(
    world: World, database_url: str
) -> None:
    viewer = f"Bearer {await make_key(database_url, 'viewer')}"
    streams = await _full(world, viewer)

    await world.stored.connection.execute("UPDATE api_keys SET revoked_at = now()")
    for stream in streams:
        assert await stream.is_cut()
    await world.stored.connection.execute("UPDATE api_keys SET revoked_at = NULL")

    await _full(world, viewer)


async def test_streams_that_end_with_the_server_are_not_counted_any_more(world: World) -> None:
    streams = await _full(world)

    world.live.end()
    for stream in streams:
        assert (await stream.rest()).endswith(b"\n\n")
    await world.until_is(lambda: not len(world.live.streams))

    for _ in "123":
        late = await world.stream(Authorization=_ADMIN)
        assert late.status == 200
        assert (await late.rest()).endswith(b"\n\n")
        await late.leave()
        await world.until_is(lambda: not len(world.live.streams))


async def test_stream_by_ticket_counts_for_who_asked_for_it(world: World) -> None:
    admin = Person(world.api, ADMIN_KEY)
    await _opened(world)
    for status in (200, 429):
        ticket = ok(await admin.call("POST", "/auth/ticket"), 201)["ticket"]
        stream = await world.stream(rest=f"?ticket={ticket}")
        assert stream.status == status
    await _refused(world)


async def test_stream_that_cannot_begin_is_not_counted(make_world: MakeWorld) -> None:
    world = await make_world(
        **REQUIRED,
        BRIDGE_STREAMS_PER_CALLER="1",
        DATABASE_URL="postgresql://nobody@127.0.0.1:1/none",
    )

    streams = [await world.stream(Authorization=_ADMIN) for _ in "123"]

    assert [stream.status for stream in streams] == [503, 503, 503]


async def test_stream_that_asks_for_something_wrong_is_not_counted(world: World) -> None:
    for _ in "123":
        wrong = await world.stream(rest="?status=running", Authorization=_ADMIN)
        assert wrong.status == 422

    await _full(world)


@pytest.mark.parametrize(
    "environ",
    [{**REQUIRED, "BRIDGE_STREAMS_PER_CALLER": "0"}, {"BRIDGE_STREAMS_PER_CALLER": "1"}],
    ids=["zero", "open mode"],
)
async def test_nothing_is_refused_where_nothing_is_limited(
    make_world: MakeWorld, environ: dict[str, str]
) -> None:
    world = await make_world(**environ)

    for _ in "1234":
        await _opened(world)

    assert len(world.live.streams) == 4
