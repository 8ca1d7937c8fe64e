"""Start, stop and delete; there is no Hummingbot API yet."""

import pytest
from tests.api.calls import Api, ok, problem
from tests.api.inputs import MISSING_ID, Make
from tests.api.stored import Stored

_ACTIONS = pytest.mark.parametrize("action", ["start", "stop"])


@_ACTIONS
@pytest.mark.parametrize("body", [None, b"{}", b"", b"null", b"not json at all"])
async def test_action_is_unavailable_without_a_hummingbot_api(
    api: Api, make_bot: Make, stored: Stored, action: str, body: bytes | None
) -> None:
    """The frontend sends no body or an empty object, and its content type either way."""
    bot = await make_bot()
    before = await stored.everything()

    answer = await api.call(
        "POST",
        f"/bots/{bot['id']}/{action}",
        body=body,
        headers={"Content-Type": "application/json"},
    )

    said = problem(answer, 503, "hummingbot-unavailable")
    assert "Hummingbot" in said["detail"]
    assert int(answer.headers["Retry-After"]) > 0
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
