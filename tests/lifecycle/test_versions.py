"""Whatever changes what readers see raises the version, in the same transaction.

The fixtures of all tests here and of the API hold it for all that these do (`tests.forgotten`).
This is the proof that no write of the API is left out, and that the watch sees.
"""

from collections.abc import Awaitable, Callable
from typing import Final

import pytest
from tests.api.calls import Answer, ok
from tests.api.inputs import bot_body, wallet
from tests.api.routes import WRITES
from tests.contract.simulator_door import BOT
from tests.forgotten import forgotten
from tests.lifecycle.world import BITMART, STILL, Json, World, until

from bridge.bots.structs import BotRow
from bridge.db.sql import load
from bridge.pages import Page

_LIST: Final = load("bots/list_by_account")
_OF_THE_LEADER: Final = {"last_look_at", "pace_seconds", "beat_at", "look_error", "read_at"}

_Send = Callable[[], Awaitable[Answer]]
_Prepared = tuple[str, _Send]


async def _create_client(world: World) -> _Prepared:
    body = {"name": "Sharp", "account_identifier": "sharp", "connectors": [BITMART]}
    return "sharp", lambda: world.api.post("/clients/create", body)


async def _change_client(world: World, method: str) -> _Prepared:
    client = await world.make_client()
    path = f"/clients/{client['id']}"
    return client["account_identifier"], lambda: world.api.call(method, path, {"name": "New"})


async def _delete_client(world: World) -> _Prepared:
    bot = await world.make_running()
    return bot["account"], lambda: world.api.delete(f"/clients/{bot['client_id']}")


async def _put_of_client(world: World, what: str, body: object) -> _Prepared:
    client = await world.make_client()
    path = f"/clients/{client['id']}/{what}"
    return client["account_identifier"], lambda: world.api.put(path, body)


async def _change_wallet(world: World, method: str) -> _Prepared:
    client = await world.make_client(wallets=[wallet()])
    path = f"/clients/{client['id']}/wallet/{client['wallets'][0]['id']}"
    if method == "PUT":
        return client["account_identifier"], lambda: world.api.put(path, wallet())
    return client["account_identifier"], lambda: world.api.delete(path)


async def _delete_connector(world: World) -> _Prepared:
    client = await world.make_client()
    path = f"/clients/{client['id']}/connector/{client['connectors'][0]['id']}"
    return client["account_identifier"], lambda: world.api.delete(path)


async def _add_api_key(world: World) -> _Prepared:
    client = await world.make_client()
    keys = {"exchange": "okx", "api_key": "k", "api_secret": "s", "passphrase": "p"}
    body = {"client_id": client["id"], **keys}
    return client["account_identifier"], lambda: world.api.post("/api/admin/api-keys", body)


async def _quick_client(world: World) -> _Prepared:
    body = {"name": "Quick", "wallet_address": wallet()["address"]}
    return "client_quick", lambda: world.api.post("/api/admin/quick-client", body)


async def _create_bot(world: World) -> _Prepared:
    account = (await world.make_client())["account_identifier"]
    return account, lambda: world.api.post("/bots/create", bot_body(account=account))


async def _change_bot(world: World) -> _Prepared:
    bot = await world.make_bot()
    return bot["account"], lambda: world.api.put(f"/bots/{bot['id']}", {"name": "New"})


async def _delete_bot(world: World) -> _Prepared:
    bot = await world.make_running()
    return bot["account"], lambda: world.api.delete(f"/bots/{bot['id']}")


async def _start_bot(world: World) -> _Prepared:
    bot = await world.make_bot()
    await world.until_looked()
    return bot["account"], lambda: world.api.post(f"/bots/{bot['id']}/start")


async def _stop_bot(world: World) -> _Prepared:
    bot = await world.make_running(**STILL)
    return bot["account"], lambda: world.api.post(f"/bots/{bot['id']}/stop")


async def _stop_all(world: World) -> _Prepared:
    bot = await world.make_running(**STILL)
    body = {"account": bot["account"]}
    return bot["account"], lambda: world.api.post("/bots/stop-all", body)


async def _check_health(world: World) -> _Prepared:
    bot = await world.make_running(**STILL)
    return bot["account"], lambda: world.api.post(f"/bots/{bot['id']}/health/check")


async def _orphan(world: World) -> Json:
    await world.make_client(account_identifier="acme")
    await world.door.prepare()
    await world.door.deploy()
    found = await until(
        lambda: world.get("/orphans"),
        lambda found: any(each["condition"] == "trading" for each in found["orphans"]),
    )
    assert found["orphans"][0]["instance_name"] == BOT
    return found["orphans"][0]


async def _adopt_orphan(world: World) -> _Prepared:
    orphan = await _orphan(world)
    bot = await world.make_bot(account="acme")
    path = f"/orphans/{orphan['instance']}/adopt"
    return "acme", lambda: world.api.post(path, {"bot_id": bot["id"]})


async def _stop_orphan(world: World) -> _Prepared:
    orphan = await _orphan(world)
    return "acme", lambda: world.api.post(f"/orphans/{orphan['instance']}/stop")


# By operation: how it is made to change something, and whether the list of bots shows that.
_DRIVEN: Final[dict[str, tuple[Callable[[World], Awaitable[_Prepared]], bool]]] = {
    "createClient": (_create_client, False),
    "putClient": (lambda world: _change_client(world, "PUT"), False),
    "changeClient": (lambda world: _change_client(world, "PATCH"), False),
    "deleteClient": (_delete_client, True),
    "putConnector": (lambda world: _put_of_client(world, "connector", BITMART), False),
    "putWallet": (lambda world: _put_of_client(world, "wallet", wallet()), False),
    "changeWallet": (lambda world: _change_wallet(world, "PUT"), False),
    "deleteWallet": (lambda world: _change_wallet(world, "DELETE"), False),
    "deleteConnector": (_delete_connector, False),
    "addApiKey": (_add_api_key, False),
    "createQuickClient": (_quick_client, False),
    "createBot": (_create_bot, True),
    "changeBot": (_change_bot, True),
    "deleteBot": (_delete_bot, True),
    "startBot": (_start_bot, True),
    "stopBot": (_stop_bot, True),
    "stopAllBots": (_stop_all, True),
    "checkBotHealth": (_check_health, False),
    "adoptOrphan": (_adopt_orphan, True),
    "stopOrphan": (_stop_orphan, False),
}


# They write no more than who is logged in.
_LOGINS: Final = {"verifyLogin", "logOut", "createTicket"}
_SHOWING: Final = [operation for operation in WRITES if operation.id not in _LOGINS]


def test_no_write_of_the_api_is_left_out() -> None:
    assert _DRIVEN.keys() | _LOGINS == {operation.id for operation in WRITES}


async def _listed(world: World, account: str) -> tuple[object, list[tuple[object, ...]]]:
    """Return an account's version, and all that a list of its bots shows of them."""
    connection = world.stored.connection
    page = Page()
    place = (page.after_created_at, page.after_id, page.rows_wanted)
    rows = await connection.fetch(_LIST, [account], None, *place)
    shown = [name for name in BotRow.__struct_fields__ if name not in _OF_THE_LEADER]
    bots = [tuple(row[name] for name in shown) for row in rows if row["is_bot"]]
    return (rows[0]["version"], rows[0]["tag"]), bots


@pytest.mark.parametrize("operation", _SHOWING, ids=lambda each: each.id)
async def test_write_of_the_api_moves_the_version_with_what_it_shows(
    world: World, operation: Json
) -> None:
    """That the version moved in the same transaction is what the fixtures hold."""
    prepare, is_shown = _DRIVEN[operation.id]
    account, send = await prepare(world)
    version, bots = await _listed(world, account)

    ok(await send(), 201 if operation.id.startswith(("create", "add")) else 200)

    after, shown = await _listed(world, account)
    if is_shown:
        assert shown != bots
    if shown != bots:
        assert after != version


async def test_watch_sees_a_change_without_a_version(world: World) -> None:
    bot = await world.make_bot()
    connection = world.stored.connection
    change = "UPDATE bots SET name = $2 WHERE id = $1::text::uuid"
    await connection.execute(change, bot["id"], "past the application")
    assert await forgotten(connection) == []
    await connection.execute("SET application_name = 'trading-bridge'")

    await connection.execute(
        "UPDATE bots SET merge_at = now() WHERE id = $1::text::uuid", bot["id"]
    )
    assert await forgotten(connection) == []
    await connection.execute(change, bot["id"], "forgotten")
    assert len(await forgotten(connection)) == 1
    async with connection.transaction():
        await connection.execute(change, bot["id"], "with a version")
        await connection.execute("UPDATE versions SET version = version + 1, changed_at = now()")
    assert await forgotten(connection) == []
    await connection.execute("DELETE FROM clients")
    assert len(await forgotten(connection)) == 1
