"""Starts that are refused: each with its reason, in this order, and without writing anything."""

from typing import Final

import pytest
from tests.api.calls import Answer, problem
from tests.api.inputs import MISSING_ID, MakeServer
from tests.api.stored import Stored
from tests.contract.simulator_door import Door
from tests.lifecycle.world import BITMART, World

_VOLUME: Final[dict[str, object]] = {"strategy": "volume", "config": {}}
_INCOMPLETE: Final = {"config": {"bid_spread": 0.003}}
_NO_CONNECTOR: Final = {"connector": "kraken"}


async def _start(world: World, bot_id: object) -> Answer:
    """Start, and see that nothing is written by it."""
    before = await world.rows()
    answer = await world.api.post(f"/bots/{bot_id}/start")
    assert await world.rows() == before
    return answer


@pytest.fixture
async def blind(make_server: MakeServer, door: Door, stored: Stored) -> World:
    """A server whose upstream never answered, so that every start is refused in the end."""
    await door.fault("down")
    return World(await make_server(), door, stored)


async def test_unknown_bot_is_404_first(blind: World) -> None:
    problem(await _start(blind, MISSING_ID), 404, "bot-not-found")


async def test_reasons_come_in_order(blind: World) -> None:
    """Each bot has the fault and all that come later in the order."""
    account = (await blind.make_client())["account_identifier"]

    async def refusal(**definition: object) -> Answer:
        bot = await blind.make_bot(account=account, **definition)
        return await _start(blind, bot["id"])

    problem(await refusal(**_VOLUME, **_NO_CONNECTOR), 409, "strategy-not-runnable")
    problem(
        await refusal(**_INCOMPLETE, **_NO_CONNECTOR),
        *(409, "config-incomplete", "config.order_amount"),
    )
    problem(await refusal(**_NO_CONNECTOR), 409, "connector-missing")
    said = problem(await refusal(), 503, "hummingbot-unavailable")
    assert "nothing was changed" in said["detail"]


async def test_every_missing_field_is_named(blind: World) -> None:
    bot = await blind.make_bot(strategy="grid", config={"start_price": 1})

    said = problem(await _start(blind, bot["id"]), 409, "config-incomplete")

    fields = [error["field"] for error in said["errors"]]
    assert fields == [
        *("config.side", "config.end_price", "config.limit_price", "config.total_amount_quote")
    ]
    assert all(field.removeprefix("config.") in said["detail"] for field in fields)


async def test_incomplete_credentials_are_refused_by_the_missing_field(blind: World) -> None:
    connector = {name: text for name, text in BITMART.items() if name != "memo"}
    client = await blind.make_client(connectors=[connector])
    bot = await blind.make_bot(account=client["account_identifier"])

    said = problem(await _start(blind, bot["id"]), 409, "connector-not-synced")

    assert "memo" in said["detail"]


@pytest.mark.parametrize("mode", ["observe", "off"])
async def test_server_that_may_not_act_says_so(
    make_server: MakeServer, door: Door, stored: Stored, mode: str
) -> None:
    world = World(await make_server(BRIDGE_RECONCILER=mode), door, stored)
    if mode == "observe":
        await world.until_looked()
    bot = await world.make_bot()

    said = problem(await _start(world, bot["id"]), 503, "hummingbot-unavailable")

    assert f"BRIDGE_RECONCILER is {mode}" in said["detail"]


async def test_observing_server_sends_nothing_that_has_an_effect(
    make_server: MakeServer, door: Door, stored: Stored
) -> None:
    world = World(await make_server(BRIDGE_RECONCILER="observe"), door, stored)
    await world.make_client()

    await world.until_looks(5)

    assert {method for method, _ in await world.calls()} == {"GET"}
    assert (await world.stored.counts()).keys() == {
        *("clients", "connectors", "chores", "events", "versions", "heartbeats", "leases")
    }
