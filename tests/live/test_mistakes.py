"""Mistakes of ours in what runs beside the requests: said in the log, and nobody goes without."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.live.world import MakeWorld, World, until

from bridge.live.cache import Cache
from bridge.live.readers import Reader


class Mistake:
    """A method that raises until it is mended.

    Attributes:
        turns: How often it was called since.
    """

    def __init__(self, owner: type[object], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.turns = 0
        self._is_mended = False
        right: Callable[..., Any] = getattr(owner, name)

        def wrong(*args: object, **named: object) -> Any:  # noqa: ANN401 - whatever it returns
            if not self._is_mended:
                raise ZeroDivisionError
            self.turns += 1
            return right(*args, **named)

        monkeypatch.setattr(owner, name, wrong)

    def mend(self) -> None:
        """Let it do as before."""
        self._is_mended = True


@pytest.fixture
async def world(make_world: MakeWorld) -> World:
    """A server whose streams have a heartbeat each moment."""
    world = await make_world(BRIDGE_BEAT_SECONDS="0.1")
    await world.until_trusted()
    return world


@pytest.fixture
def log() -> Iterator[list[Any]]:
    """What is logged meanwhile."""
    with capture_logs() as log:
        yield log


def _broken(log: list[Any]) -> set[str]:
    return {line["work"] for line in log if line.get("exc_info")}


async def test_feed_hears_of_changes_after_a_mistake(
    world: World, log: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And until it does, what is held is not taken for true."""
    account = await world.make_client()
    bot = await world.make_bot(account)
    await world.poll(account)
    stream = await world.stream(account)

    mistake = Mistake(Cache, "compare", monkeypatch)
    await world.until_is(lambda: not world.live.cache.is_trusted)
    await world.rename_elsewhere(bot, "meanwhile", hints=False)
    assert (await world.poll(account)).json["bots"][0]["name"] == "meanwhile"

    mistake.mend()
    await world.until_trusted()
    await stream.until_named("meanwhile")
    await world.rename_elsewhere(bot, "afterwards", hints=False)
    await stream.until_named("afterwards")
    await until(
        lambda: world.poll(account), lambda answer: answer.json["bots"][0]["name"] == "afterwards"
    )
    assert _broken(log) == {"feed"}


async def test_streams_have_heartbeats_after_a_mistake(
    world: World, log: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = await world.stream("client_nobody")
    await stream.event()

    mistake = Mistake(Reader, "beat", monkeypatch)
    await world.until_is(lambda: bool(_broken(log)))
    mistake.mend()
    await world.until_is(lambda: mistake.turns > 1)

    while (await stream.block()).raw != b": ":
        pass
    assert _broken(log) == {"heartbeats"}


async def test_states_grow_old_after_a_mistake(
    world: World, log: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.poll("client_nobody")

    mistake = Mistake(Cache, "tick", monkeypatch)
    await world.until_is(lambda: bool(_broken(log)))
    mistake.mend()
    await world.until_is(lambda: mistake.turns > 1)

    assert (await world.poll("client_nobody")).status == 200
    assert _broken(log) == {"ages"}
