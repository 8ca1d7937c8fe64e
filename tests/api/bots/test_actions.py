"""Start, stop and delete, as far as they go without an upstream."""

from typing import Final

import pytest
from tests.api.calls import Answer, Api, ok, problem
from tests.api.inputs import MISSING_ID, Make, MakeServer, bitmart
from tests.api.stored import Stored

_ACTIONS = pytest.mark.parametrize("action", ["start", "stop"])
# The frontend sends no body or an empty object, and its content type either way.
_BODIES = pytest.mark.parametrize("body", [None, b"{}", b"", b"null"])
_UNREADY: Final[list[tuple[str, tuple[str, ...], dict[str, object], dict[str, str]]]] = [
    ("strategy-not-runnable", (), {"strategy": "volume"}, bitmart()),
    ("config-incomplete", ("config.order_amount",), {"config": {}}, bitmart()),
    ("connector-missing", (), {}, {"name": "kraken"}),
    ("connector-not-synced", (), {}, bitmart() | {"memo": ""}),
]


async def _send(api: Api, bot_id: str, action: str, body: bytes | None) -> Answer:
    path = f"/bots/{bot_id}/{action}"
    return await api.call("POST", path, body=body, headers={"Content-Type": "application/json"})


@pytest.fixture
async def ready_bot(make_client: Make, make_bot: Make) -> str:
    """Id of a bot against whose start nothing speaks that is stored."""
    client = await make_client(connectors=[bitmart()])
    return (await make_bot(account=client["account_identifier"]))["id"]


@_BODIES
async def test_start_is_unavailable_without_a_hummingbot_api(
    api: Api, ready_bot: str, stored: Stored, body: bytes | None
) -> None:
    before = await stored.everything()

    answer = await _send(api, ready_bot, "start", body)

    said = problem(answer, 503, "hummingbot-unavailable")
    assert "HUMMINGBOT_API_URL" in said["detail"]
    assert int(answer.headers["Retry-After"]) > 0
    assert await stored.everything() == before


@pytest.mark.parametrize("mode", ["observe", "off"])
async def test_start_is_unavailable_where_nobody_acts(
    make_server: MakeServer, ready_bot: str, mode: str
) -> None:
    api = await make_server(
        HUMMINGBOT_API_URL="http://127.0.0.1:1",
        HUMMINGBOT_API_PASSWORD="unused",
        BRIDGE_RECONCILER=mode,
    )

    said = problem(await _send(api, ready_bot, "start", None), 503, "hummingbot-unavailable")

    assert "BRIDGE_RECONCILER" in said["detail"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ("last_look_at = NULL", "not answered"),
        ("last_look_at = now() - interval '61 seconds'", "not answered"),
        ("hold = 'shared'", "Another bridge"),
    ],
)
async def test_start_is_unavailable_when_nobody_knows_what_runs(
    follower: Api, ready_bot: str, stored: Stored, change: str, word: str
) -> None:
    await stored.connection.execute(f"UPDATE heartbeats SET {change}")  # noqa: S608 - from above
    before = await stored.everything()

    answer = await _send(follower, ready_bot, "start", None)

    assert word in problem(answer, 503, "hummingbot-unavailable")["detail"]
    assert await stored.everything() == before


async def test_start_is_stored_for_whoever_leads(
    follower: Api, api: Api, ready_bot: str, stored: Stored
) -> None:
    """The second one finds the first and writes nothing; every server shows the same bot."""
    answer = ok(await _send(follower, ready_bot, "start", b"{}"))

    bot = answer["bot"]
    assert (answer["status"], answer["bot_id"]) == ("starting", ready_bot)
    assert (bot["status"], bot["desired_state"]) == ("running", "running")
    assert (bot["runtime"]["state"], bot["runtime"]["stale"]) == ("starting", False)
    assert bot["allowed_actions"] == ["stop", "edit", "delete"]
    assert ok(await api.get(f"/bots/{bot['id']}")) == bot
    before = await stored.everything()
    again = ok(await _send(follower, ready_bot, "start", None))
    assert again == answer
    assert await stored.everything() == before


@pytest.mark.parametrize(("code", "fields", "bot", "connector"), _UNREADY)
async def test_what_is_stored_speaks_against_a_start_before_the_upstream_does(
    api: Api,
    make_client: Make,
    make_bot: Make,
    stored: Stored,
    code: str,
    fields: tuple[str, ...],
    bot: dict[str, object],
    connector: dict[str, str],
) -> None:
    client = await make_client(connectors=[connector])
    made = await make_bot(account=client["account_identifier"], **bot)
    before = await stored.everything()

    said = problem(await _send(api, made["id"], "start", None), 409, code, *fields)

    assert "Hummingbot API" not in said["detail"]
    assert await stored.everything() == before


@_BODIES
async def test_stop_of_what_never_ran_finds_it_stopped(
    api: Api, make_bot: Make, stored: Stored, body: bytes | None
) -> None:
    """It needs no upstream, no connector and no strategy that can run."""
    bot = await make_bot(strategy="volume")
    before = await stored.everything()

    answer = ok(await _send(api, bot["id"], "stop", body))

    assert answer == {"status": "already_stopped", "bot_id": bot["id"], "bot": bot}
    assert ok(await _send(api, bot["id"], "stop", b'{"force": true}')) == answer
    assert await stored.everything() == before


async def test_start_that_nobody_acted_on_is_taken_back_by_a_stop(
    follower: Api, api: Api, ready_bot: str
) -> None:
    ok(await _send(follower, ready_bot, "start", None))

    answer = ok(await _send(api, ready_bot, "stop", None))

    assert answer["status"] == "stopped"
    assert (answer["bot"]["status"], answer["bot"]["desired_state"]) == ("stopped", "stopped")
    (run,) = ok(await api.get(f"/bots/{ready_bot}/runs"))["runs"]
    assert (run["phase"], run["outcome"], run["instance"]) == ("ended", "cancelled", None)


async def test_bot_that_is_being_deleted_takes_nothing_but_a_deletion(
    api: Api, ready_bot: str, stored: Stored
) -> None:
    """Written past the application: only an instance that runs on keeps a bot."""
    await stored.connection.execute("UPDATE bots SET deleted_at = now()")
    before = await stored.everything()
    path = f"/bots/{ready_bot}"

    shown = ok(await api.get(path))

    assert (shown["status"], shown["allowed_actions"]) == ("deleting", ["delete"])
    problem(await api.post(f"{path}/start"), 409, "being-deleted")
    problem(await api.put(path, {"name": "New"}), 409, "being-deleted")
    assert ok(await api.post(f"{path}/stop"))["status"] == "already_stopped"
    assert ok(await api.delete(path)) == {"status": "deleting", "bot_id": ready_bot}
    assert ok(await api.get("/bots"))["bots"] == []
    assert await stored.everything() == before


@_ACTIONS
@pytest.mark.parametrize("bot_id", [MISSING_ID, "1", "nobody", "%00", "undefined"])
async def test_unknown_and_malformed_ids_are_not_found_first(
    api: Api, action: str, bot_id: str
) -> None:
    answer = await api.post(f"/bots/{bot_id}/{action}")

    problem(answer, 404, answer.json["code"])


async def test_bot_is_deleted(api: Api, make_client: Make, make_bot: Make) -> None:
    account = (await make_client())["account_identifier"]
    bot, other = [await make_bot(account=account) for _ in range(2)]

    deleted = ok(await api.delete(f"/bots/{bot['id']}"))

    assert deleted == {"status": "deleted", "bot_id": bot["id"]}
    assert ok(await api.get(f"/bots?account={account}"))["bots"] == [other]
    for answer in (
        await api.get(f"/bots/{bot['id']}"),
        await api.put(f"/bots/{bot['id']}", {"name": "New"}),
        await api.post(f"/bots/{bot['id']}/start"),
        await api.post(f"/bots/{bot['id']}/stop"),
        await api.delete(f"/bots/{bot['id']}"),
    ):
        problem(answer, 404, "bot-not-found")


@pytest.mark.parametrize("bot_id", [MISSING_ID, "nobody"])
async def test_unknown_bot_cannot_be_deleted(api: Api, stored: Stored, bot_id: str) -> None:
    answer = await api.delete(f"/bots/{bot_id}")

    problem(answer, 404, answer.json["code"])
    assert await stored.counts() == {}
