"""Look-ups that anybody may cause: those that wait are asked for in one statement, not in one each.

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
    """

    def __init__(self, ask: Callable[[list[Key]], Awaitable[Mapping[Key, Found]]]) -> None:
        self._ask = ask
        self._waiting: dict[Key, asyncio.Future[Found | None]] = {}
        self._is_busy = False
        self._asking: asyncio.Task[None] | None = None

    async def find(self, key: Key) -> Found | None:
        """Return what there is for a key, asked for no earlier than now; None when nothing is.

        Raises:
            BridgeError: As asking for it has raised.
        """
        answer = self._waiting.get(key)
        if answer is None:
            answer = self._waiting[key] = asyncio.get_running_loop().create_future()
            if not self._is_busy:
                self._begin()
        return await asyncio.shield(answer)  # one that gives up leaves the others their answer

    def _begin(self) -> None:
        self._is_busy = bool(self._waiting)
        self._asking = asyncio.create_task(self._answer_some()) if self._is_busy else None

    async def _answer_some(self) -> None:
        asked = dict(islice(self._waiting.items(), MOST_AT_ONCE))
        for key in asked:
            del self._waiting[key]
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
            asyncio.get_running_loop().call_later(_REST_SECONDS, self._begin)
