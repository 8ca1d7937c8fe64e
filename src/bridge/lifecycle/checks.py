"""Whose an unexpected instance is: asked of its own copy of the config, once."""

import structlog

from bridge.db.failures import Connection
from bridge.hummingbot.errors import UpstreamError
from bridge.hummingbot.protocol.runs import RunFilter
from bridge.hummingbot.refusals import InstanceUnknownError
from bridge.lifecycle.hands import Hands
from bridge.lifecycle.repository import InstanceCheck, InstanceRepository

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Checks:
    """Asks the upstream about instances that no run of ours made."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands

    async def check(self, instance: str, bot_id: object) -> None:
        """Note what an instance was deployed with.

        Without any config it is a dud: a deploy that came after its config had been taken away. It
        ends while it boots and never trades.
        """
        client = self._hands.client
        try:
            configs = await client.read_instance_configs(instance)
            account = None if bot_id else await self._account(instance)
        except InstanceUnknownError:
            await self._postpone(instance)
            return
        except UpstreamError as error:
            _LOG.warning("instance not checked", instance=instance, code=error.code)
            await self._postpone(instance)
            return
        first = configs[0] if configs else None
        check = InstanceCheck(
            name=instance,
            is_dud=first is None,
            config_name=first and first.config_name,
            account=account,
            connector=first and first.connector_name,
            pair=first and first.trading_pair,
        )
        await self._hands.write(lambda connection: InstanceRepository(connection).note_check(check))

    async def _account(self, instance: str) -> str | None:
        runs = await self._hands.client.list_runs(RunFilter(instance=instance))
        return runs[0].account_name if runs else None

    async def _postpone(self, instance: str) -> None:
        pause = self._hands.pace.pause("retry")

        async def work(connection: Connection) -> None:
            await InstanceRepository(connection).postpone(instance, pause)

        await self._hands.write(work)
