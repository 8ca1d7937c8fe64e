"""Look-ups that come in crowds: those that wait are asked for in one statement, not in one each.

So whoever sends what does not exist, however often and from however many places, costs the
database a few statements a second in all. And nobody is refused for it: what does exist waits no
longer than for the statement before.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from itertools import islice
from typing import Final, Generic, TypeVar

Key = TypeVar("Key")
Found = TypeVar("Found")

MOST_AT_ONCE: Final = 500
# From the end of one statement to the next.
_REST_SECONDS: Final = 0.01


class Together(Generic[Key, Found]):
    """One kind of look-up in this process.

    Args:
        ask: Returns what there is for each of these keys, in as few statements for many as for one.
        most: How many keys are asked for in one statement.
        at_once: How many statements run at the same time; only when so many do, somebody waits.
        rest_seconds: From the end of a statement to the next one in its place.
    """

    def __init__(
        self,
        ask: Callable[[list[Key]], Awaitable[Mapping[Key, Found]]],
        *,
        most: int = MOST_AT_ONCE,
        at_once: int = 1,
        rest_seconds: float = _REST_SECONDS,
    ) -> None:
        self._ask = ask
        self._most = most
        self._free = at_once
        self._rest_seconds = rest_seconds
        self._waiting: dict[Key, asyncio.Future[Found | None]] = {}
        self._asking: set[asyncio.Task[None]] = set()

    async def find(self, key: Key) -> Found | None:
        """Return what there is for a key, asked for no earlier than now; None when nothing is.

        Raises:
            BridgeError: As asking for it has raised.
        """
        if self._free and not self._waiting:
            self._free -= 1
            try:
                return (await self._ask([key])).get(key)
            finally:
                self._rest()
        answer = self._waiting.get(key)
        if answer is None:
            answer = self._waiting[key] = asyncio.get_running_loop().create_future()
        return await asyncio.shield(answer)  # one that gives up leaves the others their answer

    def _rest(self) -> None:
        if self._rest_seconds:
            asyncio.get_running_loop().call_later(self._rest_seconds, self._go_on)
        else:
            self._go_on()

    def _go_on(self) -> None:
        asked = dict(islice(self._waiting.items(), self._most))
        if not asked:
            self._free += 1
            return
        for key in asked:
            del self._waiting[key]
        task = asyncio.create_task(self._answer(asked))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _answer(self, asked: dict[Key, "asyncio.Future[Found | None]"]) -> None:
        try:
            found = await self._ask(list(asked))
        except Exception as error:  # noqa: BLE001 - whoever waits raises it
            for answer in asked.values():
                answer.set_exception(error)
                answer.exception()  # or the loop complains when all have given up
        else:
            for key, answer in asked.items():
                answer.set_result(found.get(key))
        finally:
            for answer in asked.values():
                answer.cancel()  # only when the process ends
            self._rest()
