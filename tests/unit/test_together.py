"""Look-ups together: who waits is asked for at once, and each gets their own answer."""

import asyncio
from collections.abc import Mapping

import pytest

from bridge.db.together import MOST_AT_ONCE, Together
from bridge.errors import DatabaseUnavailableError


class _Source:
    """Knows every even number, and answers when it may."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.may_answer = asyncio.Event()
        self.is_down = False

    async def ask(self, numbers: list[int]) -> Mapping[int, str]:
        self.asked.append(numbers)
        await self.may_answer.wait()
        if self.is_down:
            raise DatabaseUnavailableError
        return {number: str(number) for number in numbers if number % 2 == 0}


async def _find(together: Together[int, str], *numbers: int) -> list[asyncio.Task[str | None]]:
    tasks = [asyncio.create_task(together.find(number)) for number in numbers]
    await asyncio.sleep(0)
    return tasks


async def test_those_that_wait_are_asked_for_at_once_and_each_number_once() -> None:
    source = _Source()
    together = Together(source.ask)

    first = await _find(together, 0)
    await asyncio.sleep(0)
    rest = await _find(together, 1, 2, 2, 3)
    source.may_answer.set()

    assert await asyncio.gather(*first, *rest) == ["0", None, "2", "2", None]
    assert source.asked == [[0], [1, 2, 3]]


async def test_what_was_asked_for_before_is_asked_for_again() -> None:
    """What is there now may be gone, and what is not may come."""
    source = _Source()
    together = Together(source.ask)
    source.may_answer.set()

    for _ in "12":
        assert await together.find(2) == "2"

    assert source.asked == [[2], [2]]


async def test_one_statement_asks_for_so_many_at_most() -> None:
    source = _Source()
    together = Together(source.ask)
    source.may_answer.set()

    await asyncio.gather(*(together.find(number) for number in range(MOST_AT_ONCE + 2)))

    assert [len(each) for each in source.asked] == [1, MOST_AT_ONCE, 1]


async def test_nobody_waits_while_fewer_statements_run_than_may() -> None:
    source = _Source()
    together = Together(source.ask, most=3, at_once=2, rest_seconds=0)

    tasks = await _find(together, *range(8))
    assert source.asked == [[0], [1]]
    source.may_answer.set()

    assert await asyncio.gather(*tasks) == ["0", None, "2", None, "4", None, "6", None]
    assert source.asked == [[0], [1], [2, 3, 4], [5, 6, 7]]


@pytest.mark.parametrize("rest_seconds", [0, 0.001])
async def test_one_that_gives_up_while_it_is_asked_for_leaves_its_place(
    rest_seconds: float,
) -> None:
    source = _Source()
    together = Together(source.ask, rest_seconds=rest_seconds)

    hasty, patient = await _find(together, 2, 4)
    hasty.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hasty
    source.may_answer.set()

    assert await patient == "4"
    assert await together.find(6) == "6"
    assert source.asked == [[2], [4], [6]]


async def test_failure_is_that_of_all_who_waited_and_of_nobody_later() -> None:
    source = _Source()
    together = Together(source.ask)
    source.is_down = True

    tasks = await _find(together, 1, 2)
    source.may_answer.set()

    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(outcome, DatabaseUnavailableError)
    source.is_down = False
    assert await together.find(2) == "2"


async def test_one_that_gives_up_leaves_the_others_their_answer() -> None:
    source = _Source()
    together = Together(source.ask)

    first, hasty, patient = await _find(together, 0, 2, 2)
    hasty.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hasty
    source.may_answer.set()

    assert await asyncio.gather(first, patient) == ["0", "2"]
    assert source.asked == [[0], [2]]
