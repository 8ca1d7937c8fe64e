"""Background work goes on, whatever it meets."""

import asyncio

import pytest
from structlog.testing import capture_logs

from bridge import background
from bridge.background import in_background
from bridge.logs import describe


async def _until_set(event: asyncio.Event) -> None:
    async with asyncio.timeout(10):
        await event.wait()


async def test_work_that_breaks_is_said_and_begun_anew_and_the_other_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "_PAUSE_SECONDS", 0.001)
    turns, again, beats, late = 0, asyncio.Event(), 0, asyncio.Event()

    async def broken() -> None:
        nonlocal turns
        turns += 1
        if turns < 3:
            raise KeyError(turns)
        again.set()
        await asyncio.Event().wait()

    async def beat() -> None:
        nonlocal beats
        while True:
            beats += 1
            if again.is_set():
                late.set()
            await asyncio.sleep(0)

    with capture_logs() as log:
        async with in_background({"broken": broken, "beat": beat}):
            await _until_set(again)
            await _until_set(late)

    assert [(line["work"], line["exc_info"]) for line in log] == [("broken", True)] * 2
    assert turns == 3
    assert beats > 3


async def test_work_ends_with_its_block() -> None:
    ended, begun = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with in_background({"work": work}):
        await _until_set(begun)

    assert ended.is_set()


async def test_log_names_what_broke_in_a_group_of_tasks() -> None:
    async def broken() -> None:
        raise KeyError

    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.TaskGroup() as group:
            group.create_task(broken())

    assert str(describe(caught.value)["members"]).count("KeyError") == 1
    assert " broken'" in str(describe(caught.value)["members"])
