"""Whoever writes and then reads on the same server reads what it wrote, with and without a key."""

from typing import Final

import pytest
from tests.api.calls import ok
from tests.live.world import MakeWorld

_TURNS: Final = 20


@pytest.mark.parametrize("has_key", [False, True])
async def test_next_read_on_the_same_server_shows_the_write(
    make_world: MakeWorld,
    has_key: bool,  # noqa: FBT001 - a parameter of pytest
) -> None:
    """Nothing is told of changes here, so that only the write itself can have done it."""
    world = await make_world(BRIDGE_NOTIFICATIONS="off")
    account = await world.make_client()
    bot = await world.make_bot(account)
    await world.until_trusted()

    for turn in range(_TURNS):
        ok(await world.poll(account))
        assert world.live.cache.is_trusted
        sent = {"Idempotency-Key": str(turn)} if has_key else {}
        path = f"/bots/{bot['id']}"
        ok(await world.api.call("PUT", path, {"name": f"turn {turn}"}, headers=sent))

        shown = ok(await world.poll(account))["bots"]

        assert [each["name"] for each in shown] == [f"turn {turn}"]


async def test_request_sent_again_leaves_what_came_after_it(make_world: MakeWorld) -> None:
    """The first answer is repeated; what is read is what is there."""
    key = {"Idempotency-Key": "the-same"}
    world = await make_world(BRIDGE_NOTIFICATIONS="off")
    account = await world.make_client()
    path = f"/bots/{(await world.make_bot(account))['id']}"
    first = await world.api.call("PUT", path, {"name": "first"}, headers=key)
    ok(await world.api.put(path, {"name": "second"}))

    again = await world.api.call("PUT", path, {"name": "first"}, headers=key)

    assert again.body == first.body
    assert [each["name"] for each in ok(await world.poll(account))["bots"]] == ["second"]
