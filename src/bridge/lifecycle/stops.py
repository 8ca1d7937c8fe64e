"""Stopping an instance, step by step; each is written down before it is sent, and can be repeated.

What ends a stop is not here: the observer's proof that the container is gone.
"""

import time
from typing import Literal
from uuid import UUID

import structlog

from bridge.db.failures import Connection
from bridge.hummingbot.errors import UpstreamError
from bridge.hummingbot.refusals import (
    ArchiveFailedError,
    ContainerUnknownError,
    InstanceUnknownError,
)
from bridge.lifecycle.hands import Hands
from bridge.lifecycle.plan import StopKind
from bridge.lifecycle.repository import InstanceRepository, RunRepository

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
_ARCHIVES: int = 2  # each blocks the upstream while it stops the container


class Stopper:
    """Sends the steps of stops."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._archiving: dict[str, float] = {}

    async def step(self, kind: StopKind, instance: str, bot_id: UUID | None) -> None:
        """Send one step.

        Args:
            kind: Which.
            instance: Exact name.
            bot_id: None for an orphan.
        """
        hands = self._hands
        if kind == "archive" and not self._takes_slot(instance):
            await self._postpone(instance, "retry")
            return
        await hands.reached("stop.before_note")

        async def note(connection: Connection) -> None:
            await InstanceRepository(connection).note_stop(
                instance,
                hands.pace.pause("retry"),
                is_told=kind == "stop_bot",
                is_archive=kind == "archive",
            )

        await hands.write(note)
        orders_cancelled: Literal["yes"] | None = None
        try:
            match kind:
                case "stop_bot":
                    await self._stop_bot(instance)
                case "archive":
                    await self._archive(instance)
                    orders_cancelled = "yes"  # it was seen to obey
                case "remove":
                    await self._remove(instance)
                case "kill":
                    await self._kill(instance)
        except (InstanceUnknownError, ContainerUnknownError):
            pass  # the next look and the container list say what that means
        except UpstreamError as error:
            _LOG.warning("stop goes on later", instance=instance, step=kind, code=error.code)
            await self._postpone(instance, "retry")
            return
        finally:
            if kind == "kill":
                self._archiving.pop(instance, None)
        await self._noted(instance, bot_id, orders_cancelled)

    async def _stop_bot(self, instance: str) -> None:
        await self._hands.reached("stop.before_stop_bot")
        await self._hands.client.stop_bot(instance)
        await self._hands.reached("stop.after_stop_bot")

    async def _archive(self, instance: str) -> None:
        await self._hands.reached("stop.before_archive")
        await self._hands.client.stop_and_archive(instance)
        await self._hands.reached("stop.after_archive")

    async def _remove(self, instance: str) -> None:
        try:
            await self._hands.client.remove_container(instance)
        except ArchiveFailedError:  # its folder could not be moved; the container may be gone
            _LOG.warning("folder not archived", instance=instance)

    async def _kill(self, instance: str) -> None:
        await self._hands.reached("stop.before_kill")
        await self._hands.client.stop_container(instance)
        await self._hands.reached("stop.after_stop_container")
        await self._remove(instance)
        await self._hands.reached("stop.after_kill")

    async def _noted(
        self, instance: str, bot_id: UUID | None, orders_cancelled: str | None
    ) -> None:
        async def work(connection: Connection) -> None:
            await RunRepository(connection).set_stopping(instance, orders_cancelled)

        if bot_id is not None:
            await self._hands.write_bot(bot_id, work)

    async def _postpone(self, instance: str, pause: str) -> None:
        async def work(connection: Connection) -> None:
            await InstanceRepository(connection).postpone(instance, self._hands.pace.pause(pause))

        await self._hands.write(work)

    def _takes_slot(self, instance: str) -> bool:
        now = time.monotonic()
        longest = self._hands.pace.seconds("archive_slot")
        self._archiving = {name: at for name, at in self._archiving.items() if now - at < longest}
        if len(self._archiving) >= _ARCHIVES and instance not in self._archiving:
            return False
        self._archiving[instance] = now
        return True
