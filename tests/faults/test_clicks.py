"""Many people, or one who is impatient, ask for the same bot."""

import asyncio
from itertools import count
from pathlib import Path

import pytest
from tests.contract.simulator_door import DEPLOY
from tests.faults.fleet import (
    Answer,
    fleet,
    left_orders_open,
    not_ended,
    two_at_once,
)

_CLICKS = 1_000
_CONNECTIONS = 50
_HAMMERS = 8
_STROKES = 5


@pytest.mark.timeout(90)
async def test_a_thousand_clicks_on_start_are_one_deploy(database_url: str, tmp_path: Path) -> None:
    async with fleet(database_url, tmp_path) as running:
        bot = await running.make_bot()
        await running.until_watched()
        clicks = iter(range(_CLICKS))
        answers: list[Answer | None] = []

        async def click(number: int) -> None:
            node = running.nodes[number % 2]
            for _ in clicks:
                path = f"/bots/{bot['id']}/start"
                answers.append(await running.ask_node(node, "POST", path))

        async with asyncio.TaskGroup() as group:
            for number in range(_CONNECTIONS):
                group.create_task(click(number))
        await running.until_state(bot["id"], "running")

        assert {answer and answer.status for answer in answers} == {200}
        assert len(answers) == _CLICKS
        assert await running.door.count("POST", DEPLOY) == 1
        assert len(await running.door.ledger()) == 1


@pytest.mark.timeout(120)
async def test_start_and_stop_in_turn_end_as_asked_for_last(
    database_url: str, tmp_path: Path
) -> None:
    """Each of many connections starts and stops the bot; the last word is then said alone."""
    async with fleet(database_url, tmp_path) as running:
        bot = await running.make_bot()
        await running.until_watched()
        numbers = count()

        async def hammer(number: int) -> None:
            for _ in range(_STROKES):
                node = running.nodes[number % 2]
                action = "stop" if next(numbers) % 2 else "start"
                answer = await running.ask_node(node, "POST", f"/bots/{bot['id']}/{action}")
                assert answer is not None
                assert answer.status in {200, 409, 503}, answer

        async def strike() -> None:
            async with asyncio.TaskGroup() as group:
                for number in range(_HAMMERS):
                    group.create_task(hammer(number))

        await strike()
        await running.start(bot["id"])
        await running.until_state(bot["id"], "running")
        await asyncio.sleep(0.5)
        assert await running.state(bot["id"]) == "running"
        assert len(not_ended(await running.lives(bot))) == 1

        await strike()
        await running.stop(bot["id"])
        await running.until_state(bot["id"], "stopped")
        lives = await running.lives(bot)
        assert not_ended(lives) == []
        assert two_at_once(lives) == []
        assert left_orders_open(lives) == []
