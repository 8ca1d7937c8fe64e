"""Transactions that leave the answer behind beside their effect, for whoever asks again.

A request without a key is one transaction as always. With one, the key's row is claimed first and
given the answer last, in the same transaction: what is committed has its answer, what is not has
neither. A failure rolls the claim back too, so that the same request may be tried again.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final, TypeVar

import msgspec

from bridge.access.caller import Caller
from bridge.db.failures import Connection
from bridge.db.pool import Database
from bridge.errors import DatabaseBusyError
from bridge.idempotency.keys import KeyInUseError, KeyReusedError, RequestKey
from bridge.idempotency.repository import AnswerRepository, KeptAnswerRow

T = TypeVar("T")

OK: Final = 200
CREATED: Final = 201
_PRUNED_AT_ONCE: Final = 2


class AlreadyAnswered(Exception):  # noqa: N818 - no failure: somebody else got the answer first
    """This request was done before; here is what it was answered then."""

    def __init__(self, status: int, answer: bytes) -> None:
        self.status = status
        self.answer = answer
        super().__init__(status)


class _Turn:
    """The lock of one key, while somebody has it or waits for it."""

    __slots__ = ("lock", "users")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0


class Writes:
    """Runs the transactions of people's requests.

    Args:
        database: Where they run.
        wait: How long a duplicate waits for the request that came first.
    """

    def __init__(self, database: Database, wait: timedelta) -> None:
        self._database = database
        self._wait = wait
        self._turns: dict[tuple[str, str], _Turn] = {}

    async def write(
        self, caller: Caller, work: Callable[[Connection], Awaitable[T]], status: int = OK
    ) -> T:
        """Run ``work`` in one transaction, as `Database.write` does, and return its answer.

        Args:
            caller: Who asks, perhaps with a key.
            work: Returns the answer as it is sent.
            status: What goes with it.

        Raises:
            AlreadyAnswered: A request of the same key was done before; nothing was done now.
            KeyReusedError: The key stands for another request.
            KeyInUseError: A request of the same key is still being done.
        """
        key = caller.key
        if key is None:
            return await self._database.write(work)

        async def keyed(connection: Connection) -> T:
            keys = AnswerRepository(connection)
            await self._claim(keys, caller.actor, key)
            answer = await work(connection)
            await keys.keep(caller.actor, key, status, msgspec.json.encode(answer))
            return answer

        async with self._turn(caller.actor, key):
            return await self._database.write(keyed)

    async def recall(self, caller: Caller) -> None:
        """Return when this request is new; for what is done in several transactions.

        Raises:
            AlreadyAnswered: It was done before.
            KeyReusedError: The key stands for another request.
        """
        if caller.key is not None:
            kept = await AnswerRepository(self._database).find(caller.actor, caller.key)
            if kept is not None:
                raise _repeated(kept, caller.key)

    async def _claim(self, keys: AnswerRepository, actor: str, key: RequestKey) -> None:
        for _ in range(_PRUNED_AT_ONCE):
            if await keys.claim(actor, key, self._wait):
                return
            kept = await keys.find(actor, key)
            if kept is not None:
                raise _repeated(kept, key)
        raise DatabaseBusyError

    @asynccontextmanager
    async def _turn(self, actor: str, key: RequestKey) -> AsyncGenerator[None]:
        """Let the duplicates of one request take one connection of this process, not all of it."""
        name = (actor, key.text)
        turn = self._turns.setdefault(name, _Turn())
        turn.users += 1
        try:
            try:
                async with asyncio.timeout(self._wait.total_seconds()):
                    await turn.lock.acquire()
            except TimeoutError as exc:
                raise KeyInUseError from exc
            try:
                yield
            finally:
                turn.lock.release()
        finally:
            turn.users -= 1
            if turn.users == 0:
                del self._turns[name]


def _repeated(kept: KeptAnswerRow, key: RequestKey) -> AlreadyAnswered | KeyReusedError:
    if kept.fingerprint != key.fingerprint:
        return KeyReusedError()
    return AlreadyAnswered(kept.status, kept.answer)
