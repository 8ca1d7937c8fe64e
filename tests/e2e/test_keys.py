"""``bridge keys``, from the first start without any key to a call that is answered."""

from pathlib import Path

from tests.e2e.processes import bridge, run


async def test_first_key_is_made_by_the_command_that_the_log_names(
    tmp_path: Path, database_url: str
) -> None:
    variables = {"DATABASE_URL": database_url}
    async with bridge(tmp_path, BRIDGE_AUTH="required", **variables) as server:
        refused = await server.ask("GET", "/bots")
        assert refused.status == 401
        while "bridge keys create --role admin" not in server.log:
            await server.ask("GET", "/health")

        code, said = await run("keys", "create", "--role", "admin", "--name", "Ana", **variables)

        assert code == 0, said
        key = said.split()[0]
        answered = await server.ask("GET", "/bots", key=key)
        assert answered.status == 200
        code, listed = await run("keys", "list", **variables)
        shown = "_".join(key.split("_")[:2])
        assert code == 0
        assert key not in listed
        for word in (shown, "Ana", "admin", "valid"):
            assert word in listed
        code, said = await run("keys", "revoke", shown, **variables)
        assert (code, said.strip()) == (0, "revoked the key of Ana")
        while (await server.ask("GET", "/bots", key=key)).status == 200:
            pass
        assert key.split("_")[2] not in server.log
    assert "revoked" in (await run("keys", "list", **variables))[1]


async def test_what_is_wrong_with_a_key_is_one_sentence(database_url: str) -> None:
    create = ("keys", "create", "--name", "X", "--role")
    for arguments, words in (
        ((*create, "client"), "--account"),
        ((*create, "client", "--account", "nobody"), "nobody"),
        (("keys", "create", "--name", " ", "--role", "admin"), "name"),
        (("keys", "revoke", "brg_none"), "bridge keys list"),
    ):
        code, said = await run(*arguments, DATABASE_URL=database_url)
        assert code == 1
        assert words in said
        assert len(said.strip().splitlines()) == 1
    code, said = await run("keys", "list", DATABASE_URL="postgresql://a:b@127.0.0.1:1/c")
    assert code == 1
    assert "Database not available" in said


async def test_server_with_a_key_does_not_ask_for_one(tmp_path: Path, database_url: str) -> None:
    variables = {"DATABASE_URL": database_url}
    await run("keys", "create", "--role", "viewer", "--name", "Ana", **variables)

    async with bridge(tmp_path, BRIDGE_AUTH="required", **variables) as server:
        await server.ask("GET", "/bots")
        assert await server.stop() == 0

    assert "bridge keys create" not in server.log
