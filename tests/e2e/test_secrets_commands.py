"""``bridge secrets`` and what is said of missing keys, as an operator meets them."""

from pathlib import Path
from typing import Final

from tests.e2e.processes import bridge, run

from bridge.vault.keyring import KeyRing

_OLD: Final = KeyRing.generate_entry("old")
_NEW: Final = KeyRing.generate_entry("new")
_CANARY: Final = "canary-api-secret-Kp4Rt9"


async def test_change_of_keys_from_the_first_to_the_last_step(
    database_url: str, tmp_path: Path
) -> None:
    async with bridge(tmp_path, DATABASE_URL=database_url, BRIDGE_VAULT_KEYS=_OLD) as server:
        await server.ask(
            "POST",
            "/clients/create",
            {
                "name": "Sharp",
                "connectors": [{"name": "okx", "api_key": "k", "api_secret": _CANARY}],
            },
        )
    settings = {"DATABASE_URL": database_url, "BRIDGE_VAULT_KEYS": f"{_NEW},{_OLD}"}

    before = await run("secrets", "status", **settings)
    async with bridge(tmp_path, **settings) as server:
        rotated = await run("secrets", "rotate", **settings)
        after = await run("secrets", "status", DATABASE_URL=database_url, BRIDGE_VAULT_KEYS=_NEW)
        again = await run("secrets", "rotate", **settings)
        events = await server.ask("GET", "/events?action=secrets.rotated")

    assert before[0] == 0
    assert "key 'old': 1 credentials, an older key" in before[1]
    assert rotated[0] == 0, rotated[1]
    assert "1 brought under the key 'new'" in rotated[1]
    assert after == (0, "key 'new': 1 credentials, the current key\n")
    assert again[0] == 0
    assert "0 brought" in again[1]
    assert events.body.count(b'"detail":{"key":"new","renewed":1}') == 1
    for said in (before[1], rotated[1], after[1], again[1]):
        assert _CANARY not in said


async def test_key_that_is_missing_is_named_by_every_command_and_the_server_starts(
    database_url: str, tmp_path: Path
) -> None:
    async with bridge(tmp_path, DATABASE_URL=database_url, BRIDGE_VAULT_KEYS=_OLD) as server:
        made = await server.ask(
            "POST", "/clients/create", {"name": "Sharp", "connectors": [{"name": "okx"}]}
        )
    settings = {"DATABASE_URL": database_url, "BRIDGE_VAULT_KEYS": _NEW}

    checked = await run("check", **settings)
    status = await run("secrets", "status", **settings)
    rotated = await run("secrets", "rotate", **settings)
    async with bridge(tmp_path, **settings) as server:
        path = f"/clients/{made.json()['id']}"
        shown = await server.ask("GET", path)
        while "vault key missing" not in server.log:
            await server.ask("GET", "/health/live")
        log = server.log

    assert checked[0] == status[0] == rotated[0] == 1
    assert "wrong  vault keys: " in checked[1]
    assert "'old' (1)" in checked[1]
    assert "key 'old': 1 credentials, MISSING" in status[1]
    assert "cannot be opened: client_sharp okx (key 'old')" in status[1]
    assert "1 cannot be opened" in rotated[1]
    assert shown.status == 200
    assert '"key": "old"' in log.replace('"key":"old"', '"key": "old"')


async def test_rotation_without_keys_says_what_to_set(database_url: str) -> None:
    code, said = await run("secrets", "rotate", DATABASE_URL=database_url)

    assert code == 1
    assert "BRIDGE_VAULT_KEYS" in said


async def test_status_of_an_empty_database_is_right(database_url: str) -> None:
    assert await run("secrets", "status", DATABASE_URL=database_url) == (
        *(0, "no credentials are stored\n"),
    )
