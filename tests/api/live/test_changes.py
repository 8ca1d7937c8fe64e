"""Who sees a change, and when: the server that wrote it at once, others when they hear of it."""

import asyncio

import asyncpg
import pytest
from tests.api.calls import Api, ok, problem
from tests.api.inputs import Make, MakeServer, bot_body
from tests.api.live.conftest import changed
from tests.api.live.polling import hot, is_hot, names, poll, until_names
from tests.api.stored import Stored
from tests.api.wire import relaying

_NOWHERE = "postgresql://bridge@127.0.0.1:1/nothing"


async def test_next_read_sees_an_own_write_whatever_lay_ready(
    api: Api, path: str, bot: dict[str, str]
) -> None:
    for number in range(30):
        await hot(api, path)
        await hot(api, "/bots")
        await changed(api, bot, f"Name {number}")

        assert names(await poll(api, path))[-1] == f"Name {number}"
        assert names(await poll(api, "/bots"))[-1] == f"Name {number}"


async def test_next_read_sees_what_was_made_and_deleted(api: Api, path: str, account: str) -> None:
    for _ in range(10):
        before = names(await hot(api, path))
        made = ok(await api.post("/bots/create", bot_body(account=account, name="Made")), 201)
        assert names(await hot(api, path)) == [*before, "Made"]

        ok(await api.delete(f"/bots/{made['id']}"))
        assert names(await poll(api, path)) == before


async def test_next_read_sees_an_own_write_while_many_poll(
    api: Api, path: str, bot: dict[str, str]
) -> None:
    is_done = False

    async def poll_on() -> None:
        while not is_done:
            ok(await poll(api, path))

    pollers = [asyncio.create_task(poll_on()) for _ in range(20)]
    for number in range(40):
        await changed(api, bot, f"Name {number}")
        assert names(await poll(api, path))[-1] == f"Name {number}"
    is_done = True
    await asyncio.gather(*pollers)


@pytest.mark.parametrize("who", ["writer", "reader", "both"])
async def test_other_server_finds_a_change_without_notifications(
    make_server: MakeServer, path: str, bot: dict[str, str], who: str
) -> None:
    off = {"BRIDGE_NOTIFICATIONS": "off"}
    writer = await make_server(**off if who != "reader" else {})
    reader = await make_server(**off if who != "writer" else {})

    for asked in (path, "/bots"):
        before = names(await hot(reader, asked))[:-1]
        for number in range(2):
            await changed(writer, bot, f"{asked} {number}")
            await until_names(reader, asked, *before, f"{asked} {number}")
            assert is_hot(await hot(reader, asked))


async def test_feed_that_is_cut_off_comes_back_and_misses_nothing(
    api: Api, neighbour: Api, path: str, bot: dict[str, str], stored: Stored
) -> None:
    before = names(await hot(neighbour, path))[:-1]
    for number in range(5):
        assert await _cut_feeds(stored) >= 1
        await changed(api, bot, f"Name {number}")
        await until_names(neighbour, path, *before, f"Name {number}")
        assert is_hot(await hot(neighbour, path))


async def _cut_feeds(stored: Stored) -> int:
    return int(
        await stored.connection.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'trading-bridge feed'"
        )
    )


async def test_change_of_long_ago_is_found_after_a_new_connection(
    api: Api, path: str, bot: dict[str, str], stored: Stored
) -> None:
    """The sweep looks back half a minute only."""
    before = names(await hot(api, path))[:-1]
    await stored.connection.execute(
        "UPDATE bots SET name = 'Unheard of' WHERE id = $1::text::uuid", bot["id"]
    )
    await stored.connection.execute(
        "UPDATE versions SET version = version + 1, changed_at = now() - interval '1 h'"
    )

    await _cut_feeds(stored)

    await until_names(api, path, *before, "Unheard of")


async def test_restored_backup_is_shown_though_its_versions_are_lower(
    api: Api, path: str, bot: dict[str, str], stored: Stored
) -> None:
    """As far as another history can be told: its rows, with lower versions and other tags."""
    before = names(await hot(api, path))[:-1]
    await stored.connection.execute(
        "UPDATE bots SET name = 'Restored' WHERE id = $1::text::uuid", bot["id"]
    )
    await stored.connection.execute(
        "UPDATE versions SET version = 1, tag = '0restore', changed_at = now()"
    )

    await until_names(api, path, *before, "Restored")
    await changed(api, bot, "And on")
    assert names(await poll(api, path))[-1] == "And on"


async def test_server_whose_feed_leads_nowhere_reads_each_time(
    api: Api, make_server: MakeServer, path: str, bot: dict[str, str]
) -> None:
    bypassing = await make_server(DATABASE_DIRECT_URL=_NOWHERE)

    for number in range(5):
        await changed(api, bot, f"Name {number}")
        answer = await poll(bypassing, path)
        assert names(answer)[-1] == f"Name {number}"
        assert not is_hot(answer)
        assert "Bridge-Snapshot-Age" not in answer.headers
        etag = answer.headers["ETag"]
        assert (await poll(bypassing, path, If_None_Match=etag)).status == 304
        assert etag == (await poll(api, path)).headers["ETag"]


async def test_lists_stay_readable_while_the_database_is_away(
    make_server: MakeServer, api_database_url: str, path: str, bot: dict[str, str]
) -> None:
    async with relaying(api_database_url) as relay:
        api = await make_server(DATABASE_URL=relay.url, BRIDGE_ACQUIRE_SECONDS="1")
        before = await hot(api, path)
    # Nothing listens there any more, and the connections are cut.

    async with asyncio.timeout(20):
        while "Bridge-Snapshot-Age" not in (answer := await poll(api, path)).headers:
            assert answer.body == before.body
            await asyncio.sleep(0.05)

    assert answer.body == before.body
    assert int(answer.headers["Bridge-Snapshot-Age"]) >= 0
    etag = before.headers["ETag"]
    held = await poll(api, path, If_None_Match=etag)
    assert held.status == 304
    assert "Bridge-Snapshot-Age" in held.headers
    problem(await poll(api, "/bots?account=nobody"), 503, "database-unavailable")
    problem(await api.put(f"/bots/{bot['id']}", {"name": "X"}), 503, "database-unavailable")


async def test_change_of_a_client_shows_where_its_bots_are_listed(
    api: Api, make_client: Make, neighbour: Api
) -> None:
    """A client that goes takes its bots along, on every server."""
    client = await make_client()
    account = client["account_identifier"]
    ok(await api.post("/bots/create", bot_body(account=account)), 201)
    for server in (api, neighbour):
        assert len((await hot(server, f"/bots?account={account}")).json["bots"]) == 1
        assert len((await hot(server, "/bots")).json["bots"]) == 1

    ok(await api.delete(f"/clients/{client['id']}"))

    for asked in (f"/bots?account={account}", "/bots"):
        assert names(await poll(api, asked)) == []
        await until_names(neighbour, asked)


async def test_connections_of_the_feed_say_what_they_are(
    api: Api, path: str, stored: Stored
) -> None:
    await hot(api, path)

    rows: list[asyncpg.Record] = await stored.connection.fetch(
        "SELECT application_name FROM pg_stat_activity WHERE datname = current_database()"
    )

    assert "trading-bridge feed" in {row[0] for row in rows}
