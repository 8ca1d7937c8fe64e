"""Many writers at once: what must be unique stays so, and nobody gets a 5xx."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence

import asyncpg
import pytest
from tests.api.calls import Answer, Api, ok, problem
from tests.api.inputs import Make, bot_body, evm_address, wallet
from tests.api.stored import Stored

_WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE
    datname = current_database()
    AND application_name = 'trading-bridge'
    AND wait_event_type = 'Lock'
"""


async def _at_once(calls: Sequence[Awaitable[Answer]]) -> list[Answer]:
    return list(await asyncio.gather(*calls))


async def _until_one_waits(stored: Stored) -> None:
    async with asyncio.timeout(10):
        while not await stored.connection.fetchval(_WAITING):  # noqa: ASYNC110 - no event for it
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("body", [{}, {"account_identifier": "client_sharp_"}])
async def test_50_clients_of_one_name_get_50_accounts(
    api: Api, stored: Stored, body: dict[str, str]
) -> None:
    answers = await _at_once(
        [api.post("/clients/create", {"name": "Sharp"} | body) for _ in range(50)]
    )

    accounts = {ok(answer, 201)["account_identifier"] for answer in answers}
    assert len(accounts) == 50
    assert all(re.fullmatch(r"client_sharp(_|_\d+)?", account) for account in accounts)
    counts = await stored.counts()
    assert (counts["clients"], counts["versions"], counts["events"]) == (50, 50, 50)


async def test_50_clients_without_a_name_in_ascii_get_50_accounts(api: Api) -> None:
    answers = await _at_once([api.post("/clients/create", {"name": "日本"}) for _ in range(50)])

    accounts = {ok(answer, 201)["account_identifier"] for answer in answers}
    assert accounts == {f"client_{number}" for number in range(1, 51)}


async def test_of_20_clients_with_one_chosen_account_one_is_made(api: Api, stored: Stored) -> None:
    body = {"name": "Sharp", "account_identifier": "desk-7"}

    answers = await _at_once([api.post("/clients/create", body) for _ in range(20)])

    assert sorted(answer.status for answer in answers) == [201] + [409] * 19
    assert await stored.counts() == {"clients": 1, "events": 1, "versions": 1}


async def test_of_20_clients_with_one_wallet_one_is_made(api: Api, stored: Stored) -> None:
    address = evm_address()

    answers = await _at_once(
        [
            api.post("/clients/create", {"name": f"C{number}", "wallets": [wallet(address)]})
            for number in range(20)
        ]
    )

    assert sorted(answer.status for answer in answers) == [201] + [409] * 19
    for answer in answers:
        if answer.status == 409:
            problem(answer, 409, "wallet-taken")
    assert await stored.counts() == {"clients": 1, "events": 1, "versions": 1, "wallets": 1}


async def test_clients_that_want_two_wallets_in_opposite_order_do_not_fail(
    api: Api, stored: Stored
) -> None:
    """Each holds what the other waits for; PostgreSQL ends one, and it is tried again."""
    for _ in range(2):
        await stored.clear()
        one, two = wallet(), wallet()
        # A row of its own in between gives both the time to take their first wallet.
        between = [wallet() for _ in range(20)]
        answers = await _at_once(
            [
                api.post("/clients/create", {"name": "A", "wallets": [one, *between, two]}),
                api.post("/clients/create", {"name": "B", "wallets": [two, *between[::-1], one]}),
            ]
        )
        assert sorted(answer.status for answer in answers) == [201, 409]
        counts = await stored.counts()
        assert (counts["clients"], counts["events"], counts["wallets"]) == (1, 1, 22)


async def test_wallet_put_twice_at_once_is_stored_once(
    api: Api, make_client: Make, stored: Stored
) -> None:
    client = await make_client()
    body = wallet()

    answers = await _at_once([api.put(f"/clients/{client['id']}/wallet", body) for _ in range(10)])

    assert [answer.status for answer in answers] == [200] * 10
    assert (await stored.counts())["wallets"] == 1
    assert await stored.version(client["account_identifier"]) == 2


async def test_connector_put_ten_times_at_once_is_one_row_at_revision_ten(
    api: Api, make_client: Make, stored: Stored
) -> None:
    client = await make_client()

    answers = await _at_once(
        [
            api.put(f"/clients/{client['id']}/connector", {"name": "kraken", "api_key": f"k{n}"})
            for n in range(10)
        ]
    )

    assert [answer.status for answer in answers] == [200] * 10
    rows = await stored.connection.fetch("SELECT revision FROM connectors")
    assert [row["revision"] for row in rows] == [10]
    assert await stored.version(client["account_identifier"]) == 11


async def test_versions_count_every_write_of_many_at_once(
    api: Api, make_client: Make, stored: Stored
) -> None:
    client = await make_client(account_identifier="desk-7")
    path = f"/clients/{client['id']}"

    answers = await _at_once(
        [api.post("/bots/create", bot_body(account="desk-7")) for _ in range(15)]
        + [api.put(f"{path}/wallet", wallet()) for _ in range(15)]
        + [api.patch(path, {"name": f"Name {number}"}) for number in range(15)]
        + [api.get("/bots?account=desk-7") for _ in range(15)]
    )

    assert {answer.status for answer in answers} == {200, 201}
    assert await stored.version("desk-7") == 46
    assert len(await stored.events("desk-7")) == 46


async def test_deleting_one_client_twenty_times_at_once_succeeds_once(
    api: Api, make_client: Make, stored: Stored
) -> None:
    client = await make_client(wallets=[wallet()])

    answers = await _at_once([api.delete(f"/clients/{client['id']}") for _ in range(20)])

    assert sorted(answer.status for answer in answers) == [200] + [404] * 19
    assert await stored.version(client["account_identifier"]) == 2


@pytest.mark.parametrize(
    ("deletion", "refusal"),
    [
        ("DELETE FROM clients", (404, "client-not-found")),
        ("UPDATE clients SET deleted_at = now()", (409, "being-deleted")),
    ],
    ids=["deleted", "being deleted"],
)
@pytest.mark.parametrize("what", ["wallet", "connector", "bot", "change"])
async def test_write_that_loses_against_a_deletion_is_refused(
    api: Api,
    make_client: Make,
    stored: Stored,
    api_database_url: str,
    what: str,
    deletion: str,
    refusal: tuple[int, str],
) -> None:
    """Somebody else deletes the client, or begins to, after the call has begun to wait for it."""
    client = await make_client(account_identifier="desk-7")
    path = f"/clients/{client['id']}"
    calls: dict[str, Callable[[], Awaitable[Answer]]] = {
        "wallet": lambda: api.put(f"{path}/wallet", wallet()),
        "connector": lambda: api.put(f"{path}/connector", {"name": "kraken"}),
        "bot": lambda: api.post("/bots/create", bot_body(account="desk-7")),
        "change": lambda: api.patch(path, {"name": "Late"}),
    }
    other: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(api_database_url)
    transaction = other.transaction()
    await transaction.start()
    await other.execute(deletion)

    late = asyncio.ensure_future(calls[what]())
    await _until_one_waits(stored)
    await transaction.commit()
    await other.close()
    answer = await late

    if what == "bot":
        problem(answer, 422, "unknown-account", "account")
    else:
        problem(answer, *refusal)
    assert (await stored.counts()).keys() - {"clients"} == {"events", "versions"}
    assert await stored.version("desk-7") == 1


async def test_reads_go_on_while_a_writer_holds_a_client(
    api: Api, make_client: Make, make_bot: Make, api_database_url: str
) -> None:
    client = await make_client()
    await make_bot(account=client["account_identifier"])
    other: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(api_database_url)

    async with other.transaction():
        await other.execute("UPDATE clients SET name = 'held'")
        await other.execute("UPDATE bots SET name = 'held'")
        assert ok(await api.get("/clients"))["clients"] == [client]
        ok(await api.get("/bots"))
        ok(await api.get("/health"))
    await other.close()
