"""GET /bots/stream over real HTTP: what a reader is sent."""

import asyncio
from functools import partial

import msgspec
import pytest
from tests.api.calls import Answer, problem
from tests.api.inputs import ORIGIN
from tests.live.streams import opened
from tests.live.world import Json, MakeWorld, World, until

_KEY = "k" * 32
# More than the loop can send one by one while they are made.
_MANY = 60


def _tag(etag: str) -> str:
    """Return what stands between the quotes of a weak entity tag."""
    assert etag.startswith('W/"')
    return etag[3:-1]


def _shows(bot_id: str, name: str, said: Json) -> bool:
    return (bot_id, name) in [(each["id"], each["name"]) for each in said["bots"]]


def _is_called(name: str, answer: Answer) -> bool:
    return answer.json["bots"][0]["name"] == name


def _has_bots(said: Json) -> bool:
    return bool(said["bots"])


async def test_first_event_is_the_state_as_a_poll_has_it(world: World) -> None:
    account = await world.make_client()
    await world.make_bot(account)

    stream = await world.stream(account)
    greeting = await stream.block()
    event = await stream.event()
    poll = await world.poll(account)

    assert stream.status == 200
    assert greeting.raw == b"retry: 2000"
    assert event.raw.count(b"\n") == 2, "an event, an id and one line of data"
    assert (event.name, event.id, event.data) == ("bots", _tag(poll.headers["ETag"]), poll.body)


async def test_answer_is_one_that_event_sources_take(world: World) -> None:
    """Of their type, never compressed, kept by nobody, and not held back by nginx."""
    stream = await world.stream(accept="text/event-stream", accept_encoding="gzip, br, zstd")

    assert stream.headers["content-type"] == "text/event-stream"
    assert "content-encoding" not in stream.headers
    assert "content-length" not in stream.headers
    assert stream.headers["cache-control"] == "no-store"
    assert stream.headers["vary"] == "Authorization, Origin"
    assert stream.headers["x-accel-buffering"] == "no"
    assert stream.headers["x-request-id"]


async def test_each_change_is_an_event(world: World) -> None:
    account = await world.make_client()
    bot = await world.make_bot(account)
    stream = await world.stream(account)
    first = await stream.event()

    ids = [first.id]
    for name in ("one", "two", "three"):
        await world.rename(bot, name)
        event = await stream.event()
        poll = await world.poll(account)
        assert (event.id, event.data) == (_tag(poll.headers["ETag"]), poll.body)
        assert event.json["bots"][0]["name"] == name
        ids.append(event.id)

    assert len(set(ids)) == 4


@pytest.mark.parametrize("hints", [True, False], ids=["notified", "found by the sweep"])
async def test_change_by_another_process_is_an_event(world: World, hints: bool) -> None:  # noqa: FBT001
    account = await world.make_client()
    bot = await world.make_bot(account)
    stream = await world.stream(account)
    await stream.event()

    await world.rename_elsewhere(bot, "elsewhere", hints=hints)

    assert (await stream.event()).json["bots"][0]["name"] == "elsewhere"


async def test_changes_of_others_are_not_sent(world: World) -> None:
    mine, theirs = await world.make_client(), await world.make_client()
    my_bot, their_bot = await world.make_bot(mine), await world.make_bot(theirs)
    stream = await world.stream(mine)
    await stream.event()

    await world.rename(their_bot, "theirs")
    await world.rename(my_bot, "mine")

    assert (await stream.event()).json["bots"][0]["name"] == "mine"


async def test_stream_of_all_bots_follows_every_account(world: World) -> None:
    bots = [await world.make_bot(await world.make_client()) for _ in range(3)]
    stream = await world.stream()
    await stream.event()

    for bot in bots:
        await world.rename(bot, f"new {bot['id']}")
        await stream.until_shown(partial(_shows, bot["id"], f"new {bot['id']}"))
    poll = await world.poll()

    assert [each["name"] for each in poll.json["bots"]] == [f"new {bot['id']}" for bot in bots]


async def test_reader_that_has_the_state_is_sent_the_next_one_only(world: World) -> None:
    account = await world.make_client()
    bot = await world.make_bot(account)
    etag = (await world.poll(account)).headers["ETag"]

    stream = await world.stream(account, Last_Event_ID=_tag(etag))
    await stream.block()
    await world.rename(bot, "next")

    assert (await stream.event()).json["bots"][0]["name"] == "next"


@pytest.mark.parametrize(
    "last",
    [
        *("", "0", "1.00000000-bots-00000000-fresh", "x" * 4_000, '"', "W/", "é", "a\tb"),
        *("-1", "99999999999999999999", "*", "%00", "null"),
    ],
)
async def test_reader_with_any_other_last_event_id_is_sent_the_state(
    world: World, last: str
) -> None:
    account = await world.make_client()

    stream = await world.stream(account, Last_Event_ID=last)

    assert (await stream.event()).json == {"bots": [], "next_cursor": None}


async def test_account_that_nobody_has_is_a_stream_without_bots(world: World) -> None:
    stream = await world.stream("client_nobody")
    assert (await stream.event()).json == {"bots": [], "next_cursor": None}

    account = await world.make_client(account_identifier="client_nobody")
    await world.make_bot(account)

    assert (await stream.until_shown(_has_bots)).json["bots"][0]["account"] == account


@pytest.mark.parametrize(
    "query",
    [
        *("?account=", "?account=a&account=b", "?account=a&limit=5", "?status=running", "?limit=5"),
        *(
            "?account=a%20b",
            "?account=é",
            "?Account=a",
            "?account=" + "x" * 65,
            "?x",
            "?&account=a",
        ),
        "?account=%61",
    ],
)
async def test_other_query_is_refused_and_names_the_field(world: World, query: str) -> None:
    answer = await world.api.get(f"/bots/stream{query.replace('é', '%C3%A9')}")

    problem(answer, 422, "invalid-input", "account")
    assert len(world.live.streams) == 0


async def test_only_get_opens_a_stream(world: World) -> None:
    """HEAD says what GET would, and its connection is free again."""
    head = await opened(world.api.origin, "/bots/stream", {}, "HEAD")
    head.writer.write(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert head.status == 200
    assert head.headers["content-type"] == "text/event-stream"
    assert b"HTTP/1.1 200 OK" in await head.raw(16)
    await head.close()

    problem(await world.api.post("/bots/stream"), 405, "method-not-allowed")
    for method in ("PUT", "DELETE"):
        problem(await world.api.call(method, "/bots/stream"), 404, "not-found")
    await world.until_is(lambda: len(world.live.streams) == 0)


async def test_key_is_asked_for(make_world: MakeWorld) -> None:
    world = await make_world(BRIDGE_AUTH="required", BRIDGE_ADMIN_KEY=_KEY)
    await world.until_trusted()

    for headers in ({}, {"Authorization": f"Bearer {_KEY}x"}, {"Authorization": _KEY}):
        problem(await world.api.get("/bots/stream", **headers), 401, "not-authenticated")
    assert len(world.live.streams) == 0
    stream = await world.stream(Authorization=f"Bearer {_KEY}")

    assert (await stream.event()).json == {"bots": [], "next_cursor": None}


async def test_page_of_a_named_origin_may_read(world: World) -> None:
    stream = await world.stream(Origin=ORIGIN)
    foreign = await world.stream(Origin="https://elsewhere.io")

    assert stream.headers["access-control-allow-origin"] == ORIGIN
    assert stream.headers["access-control-allow-credentials"] == "true"
    assert "access-control-allow-origin" not in foreign.headers


async def test_preflight_lets_last_event_id_pass(world: World) -> None:
    asked = {"Access-Control-Request-Method": "GET", "Origin": ORIGIN}
    answer = await world.api.call("OPTIONS", "/bots/stream", headers=asked)

    assert answer.status == 204
    assert "Last-Event-ID" in answer.headers["Access-Control-Allow-Headers"]


async def test_heartbeat_is_a_comment(make_world: MakeWorld) -> None:
    world = await make_world(BRIDGE_BEAT_SECONDS="0.1")
    stream = await world.stream()
    await stream.event()

    for _ in range(3):
        assert (await stream.block()).raw == b": "


async def test_state_comes_between_heartbeats(make_world: MakeWorld) -> None:
    """However a change falls upon a heartbeat that is being sent."""
    world = await make_world(BRIDGE_BEAT_SECONDS="0.1")
    account = await world.make_client()
    bot = await world.make_bot(account)
    streams = [await world.stream(account) for _ in range(15)]

    for turn in range(20):
        await world.rename(bot, f"turn {turn}")
    for stream in streams:
        await stream.until_named("turn 19")


async def test_change_while_the_stream_opens_is_not_missed(world: World) -> None:
    """Wherever in the opening it falls; and once it was polled, nothing else brings it up."""
    account = await world.make_client()
    bot = await world.make_bot(account)

    for turn in range(25):
        opening = [asyncio.create_task(world.stream(account)) for _ in range(8)]
        await world.rename_elsewhere(bot, f"turn {turn}")
        await until(lambda: world.poll(account), partial(_is_called, f"turn {turn}"))
        for stream in await asyncio.gather(*opening):
            await stream.until_named(f"turn {turn}")
            await stream.close()


async def test_many_quick_changes_are_fewer_events_and_the_last_one_comes(world: World) -> None:
    account = await world.make_client()
    bot = await world.make_bot(account)
    stream = await world.stream(account)
    await stream.event()

    async with world.stored.connection.transaction():
        for turn in range(_MANY):
            await world.rename_elsewhere(bot, f"turn {turn}")
    assert (await stream.event()).json["bots"][0]["name"] == f"turn {_MANY - 1}"

    await asyncio.gather(*(world.rename(bot, f"again {turn}") for turn in range(_MANY)))
    last = (await world.poll(account)).json["bots"][0]["name"]
    seen = 1
    while (await stream.event()).json["bots"][0]["name"] != last:
        seen += 1

    assert seen < _MANY


async def test_every_reader_of_many_gets_the_last_state(world: World) -> None:
    account = await world.make_client()
    bot = await world.make_bot(account)
    streams = [await world.stream(account) for _ in range(100)]
    for stream in streams:
        await stream.event()

    for turn in range(10):
        await world.rename(bot, f"turn {turn}")

    bodies = {(await stream.until_named("turn 9")).data for stream in streams}
    assert bodies == {(await world.poll(account)).body}


async def test_reader_that_goes_leaves_nothing_behind(world: World) -> None:
    account = await world.make_client()
    streams = [await world.stream(account) for _ in range(20)]
    entry = world.live.cache.entries.find(account)
    assert entry is not None
    assert (len(world.live.streams), len(entry.followers)) == (20, 20)

    for place, stream in enumerate(streams):
        await stream.leave() if place % 2 else await stream.close()

    await world.until_is(lambda: len(world.live.streams) == 0)
    assert len(entry.followers) == 0


async def test_readers_that_go_at_any_moment_leave_nothing_behind(world: World) -> None:
    """While the answer begins, while a state is sent, and before anything is read."""
    account = await world.make_client()
    bot = await world.make_bot(account)
    request = f"GET /bots/stream?account={account} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    host, port = world.api.origin.removeprefix("http://").split(":")

    for turn in range(30):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(request)
        for _ in range(turn % 5):
            await asyncio.sleep(0)
        if turn % 3 == 0:
            await world.rename(bot, f"turn {turn}")
        writer.transport.abort()

    entry = world.live.cache.entries.find(account)
    await world.until_is(
        lambda: len(world.live.streams) == 0 and (entry is None or not entry.followers)
    )


async def test_data_is_one_line_whatever_the_bots_are_called(world: World) -> None:
    account = await world.make_client()
    name = "data: id: \\n\\r é 漢 🤖"
    await world.make_bot(account, name=name)

    event = await (await world.stream(account)).event()

    assert msgspec.json.decode(event.data)["bots"][0]["name"] == name
    assert b"\r" not in event.raw
