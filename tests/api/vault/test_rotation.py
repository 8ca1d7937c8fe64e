"""A change of keys under load: each secret can be read at every moment, and none is left."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from typing import Final
from uuid import UUID

import pytest
from tests.api.calls import Api, ok
from tests.api.inputs import MakeServer, evm_address
from tests.api.stored import Stored

from bridge.connectors.keys import Rotated, Rotation
from bridge.connectors.repository import ConnectorRepository
from bridge.db.dsn import parse_database_url
from bridge.db.pool import Database, Limits
from bridge.errors import SealError
from bridge.vault.keyring import KeyRing
from bridge.vault.sealing import Place, Vault

# BRIDGE_TEST_SECRETS=10000 for the long form.
_SECRETS: Final = int(os.environ.get("BRIDGE_TEST_SECRETS", "400"))
_OLD: Final = KeyRing.generate_entry("old")
_NEW: Final = KeyRing.generate_entry("new")
_OLD_VAULT: Final = Vault(KeyRing.parse(_OLD))
_BOTH: Final = Vault(KeyRing.parse(f"{_NEW},{_OLD}"))
_NEW_VAULT: Final = Vault(KeyRing.parse(_NEW))


@pytest.fixture
async def database(api_database_url: str, stored: Stored) -> AsyncIterator[Database]:
    """The pool of a server."""
    del stored
    database = Database(parse_database_url(api_database_url), Limits(connections=4))
    await database.open()
    yield database
    await database.close()


def _place(client_id: UUID, connector_id: UUID) -> Place:
    return Place("connectors", client_id, connector_id, "sealed_credentials")


async def _fill(stored: Stored, count: int) -> list[UUID]:
    """Store connectors whose secrets are their own ids, under the old key; return the ids."""
    rows = await stored.connection.fetch(
        """
        INSERT INTO clients (id, name, account_identifier)
        SELECT md5('client ' || n)::uuid, 'C', 'desk-' || n FROM generate_series(1, $1::int) AS n
        RETURNING id, md5('connector ' || account_identifier)::uuid AS connector_id
        """,
        count,
    )
    await stored.connection.executemany(
        "INSERT INTO connectors (id, client_id, name, exchange, sealed_credentials, preview)"
        " VALUES ($1, $2, 'okx', 'okx', $3, '')",
        [
            (
                row["connector_id"],
                row["id"],
                _OLD_VAULT.seal(row["connector_id"].bytes, _place(row["id"], row["connector_id"])),
            )
            for row in rows
        ],
    )
    return [row["connector_id"] for row in rows]


async def _open_all(stored: Stored, vault: Vault) -> int:
    """Open every secret, and return how many there are."""
    rows = await stored.connection.fetch("SELECT id, client_id, sealed_credentials FROM connectors")
    for row in rows:
        opened = vault.open(row["sealed_credentials"], _place(row["client_id"], row["id"]))
        assert opened == row["id"].bytes
    return len(rows)


async def _read_until(done: asyncio.Event, database: Database, ids: Sequence[UUID]) -> int:
    """Read as the leader does, again and again; return how often it went well."""
    reads = 0
    while not done.is_set():
        for connector_id in ids:
            row = await ConnectorRepository(database).load(connector_id)
            assert row is not None
            place = _place(row.client_id, row.id)
            assert _BOTH.open(row.sealed_credentials, place) == connector_id.bytes
            reads += 1
    return reads


async def test_no_read_fails_while_the_keys_change(database: Database, stored: Stored) -> None:
    ids = await _fill(stored, _SECRETS)
    done = asyncio.Event()
    readers = [
        asyncio.ensure_future(_read_until(done, database, ids[number::3])) for number in range(3)
    ]

    rotated = await Rotation(database, _BOTH, batch=20).run()
    done.set()
    reads = await asyncio.gather(*readers)

    assert rotated == Rotated(_SECRETS, (), 0)
    assert all(reads)
    assert await _open_all(stored, _NEW_VAULT) == _SECRETS


async def test_rotation_that_breaks_off_goes_on_where_it_was(
    database: Database, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the process is killed in its third batch."""
    await _fill(stored, 50)
    batches = 0
    rewrap = Vault.rewrap

    def breaking(vault: Vault, sealed: bytes, place: Place) -> bytes:
        nonlocal batches
        batches += 1
        if batches == 25:
            raise KeyboardInterrupt
        return rewrap(vault, sealed, place)

    monkeypatch.setattr(Vault, "rewrap", breaking)
    with pytest.raises(KeyboardInterrupt):
        await Rotation(database, _BOTH, batch=10).run()
    monkeypatch.undo()
    assert await _open_all(stored, _BOTH) == 50

    rotated = await Rotation(database, _BOTH, batch=10).run()

    assert rotated == Rotated(30, (), 0)
    assert await _open_all(stored, _NEW_VAULT) == 50


async def test_two_rotations_at_once_do_not_disturb_each_other(
    database: Database, stored: Stored
) -> None:
    await _fill(stored, 60)

    results = await asyncio.gather(*(Rotation(database, _BOTH, batch=7).run() for _ in range(2)))

    assert sum(each.renewed for each in results) == 60
    assert all(not each.refused for each in results)
    assert await _open_all(stored, _NEW_VAULT) == 60


async def test_secret_that_somebody_holds_is_rotated_in_a_later_pass(
    database: Database, stored: Stored
) -> None:
    await _fill(stored, 5)
    transaction = stored.connection.transaction()
    await transaction.start()
    await stored.connection.execute(
        "SELECT 1 FROM connectors WHERE name = 'okx' LIMIT 1 FOR UPDATE"
    )

    rotating = asyncio.ensure_future(Rotation(database, _BOTH).run())
    async with asyncio.timeout(10):
        while (  # noqa: ASYNC110 - PostgreSQL has no event
            await stored.connection.fetchval(
                "SELECT count(*) FROM connectors"
                " WHERE substring(sealed_credentials FROM 3 FOR 3) = 'new'"
            )
            < 4
        ):
            await asyncio.sleep(0.005)
    await transaction.rollback()

    assert await rotating == Rotated(5, (), 0)


async def test_secret_that_cannot_be_opened_is_left_as_it_is_and_named(
    database: Database, stored: Stored
) -> None:
    """Moved to another row or client, damaged, or under a key that nobody has."""
    ids = await _fill(stored, 6)
    connection = stored.connection
    rows = await connection.fetch("SELECT id, client_id, sealed_credentials FROM connectors")
    sealed = {row["id"]: row["sealed_credentials"] for row in rows}
    lost = Vault(KeyRing.parse(KeyRing.generate_entry("lost")))
    wrong = {
        ids[0]: sealed[ids[1]],
        ids[2]: sealed[ids[2]][:-20] + bytes(20),
        ids[3]: lost.seal(b"x", _place(rows[0]["client_id"], ids[3])),
        ids[4]: b"",
    }
    await connection.executemany(
        "UPDATE connectors SET sealed_credentials = $2 WHERE id = $1", wrong.items()
    )

    rotated = await Rotation(database, _BOTH).run()

    assert set(rotated.refused) == wrong.keys() - {ids[2]}
    assert (rotated.renewed, rotated.left) == (3, 0)
    left = await connection.fetch("SELECT id, sealed_credentials FROM connectors")
    after = {row["id"]: row["sealed_credentials"] for row in left}
    for connector_id in rotated.refused:
        assert after[connector_id] == wrong[connector_id]
    with pytest.raises(SealError):  # damaged in what a rotation does not open
        _BOTH.open(after[ids[2]], _place(rows[2]["client_id"], ids[2]))


async def test_ciphertext_moved_in_the_database_is_never_opened(stored: Stored) -> None:
    """Every pair of rows, each way."""
    await _fill(stored, 12)
    rows = await stored.connection.fetch("SELECT id, client_id, sealed_credentials FROM connectors")

    refused = 0
    for source in rows:
        for target in rows:
            if source is not target:
                with pytest.raises(SealError):
                    _BOTH.open(
                        source["sealed_credentials"], _place(target["client_id"], target["id"])
                    )
                refused += 1

    assert refused == 12 * 11


@pytest.mark.parametrize(
    ("keys", "said"),
    [(_NEW, "key_missing"), (f"{_NEW},{_OLD}", "ok")],
    ids=["without the old key", "with it"],
)
async def test_health_says_when_a_key_is_missing_and_all_else_goes_on(
    make_server: MakeServer, stored: Stored, keys: str, said: str
) -> None:
    await _fill(stored, 1)

    api = await make_server(BRIDGE_VAULT_KEYS=keys, BRIDGE_HOUSEKEEPING_SECONDS="0.05")

    async with asyncio.timeout(10):
        while ok(await api.get("/health"))["vault"] != said:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert ok(await api.get("/health"))["status"] == "healthy"
    body = {"name": "New", "wallet_address": evm_address()}
    client = ok(await api.post("/api/admin/quick-client", body), 201)
    ok(await api.put(f"/clients/{client['id']}/connector", {"name": "okx", "api_key": "k"}))


async def test_health_of_a_server_without_keys_says_so(api: Api, make_server: MakeServer) -> None:
    without = await make_server(BRIDGE_VAULT_KEYS="")

    assert ok(await without.get("/health"))["vault"] == "not_configured"
    assert ok(await api.get("/health"))["vault"] == "ok"
