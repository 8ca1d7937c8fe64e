"""Deploying: the one effect that must not happen twice, fenced by its config.

The upstream copies the controller config while it creates the container, and a bot without its
config ends while it boots. So each attempt has a config of its own name; to make sure that an
attempt whose outcome nobody knows makes nothing any more, its config is deleted, and then whoever
has a copy of it is looked for.
"""

from datetime import timedelta

import msgspec
import structlog

from bridge.bots.controller_configs import controller_config, drawdowns
from bridge.bots.markets import Definition
from bridge.bots.structs import Config
from bridge.db.failures import Connection
from bridge.errors import RuleError
from bridge.hummingbot.errors import UpstreamError, UpstreamRejectedError, UpstreamUnavailableError
from bridge.hummingbot.protocol.deploying import Deployment
from bridge.hummingbot.refusals import InstanceUnknownError
from bridge.lifecycle.facts import Containers
from bridge.lifecycle.hands import Hands
from bridge.lifecycle.instances import owner_of
from bridge.lifecycle.plan import blocking
from bridge.lifecycle.provisioning import Provisioner, StartRefusedError
from bridge.lifecycle.records import Record, RunPart
from bridge.lifecycle.repository import BotRecordRepository, RunRepository

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
_CONFIG: msgspec.json.Decoder[Config] = msgspec.json.Decoder(Config)


class Deployer:
    """Sends one attempt, or settles one that is in doubt.

    A task that is cancelled between two lines leaves the run in its phase; whoever leads next finds
    it there: `requested` is tried anew, `deploying` is in doubt.
    """

    def __init__(self, hands: Hands, provisioner: Provisioner, image: str | None) -> None:
        self._hands = hands
        self._provisioner = provisioner
        self._image = image

    async def deploy(self, record: Record, run: RunPart) -> None:
        """Prepare and send the next attempt of a run that is requested."""
        hands = self._hands
        try:
            await hands.reached("start.before_proof")
            await hands.observer.proof()
            fresh = await self._reload(record)
            if fresh is None or fresh.run is None or fresh.run.phase != "requested":
                return
            if blocking(fresh):
                return  # shown as a conflict now
            await self._clear(fresh.run)
            definition = definition_of(fresh)
            credentials = await self._provisioner.prepare(fresh, definition)
        except (StartRefusedError, RuleError) as refused:
            await self._end(record, run, refused.detail)
            return
        except UpstreamError as error:
            await self._postpone(record, run, error)
            return
        await self._attempt(fresh, fresh.run, definition, credentials)

    async def settle(self, record: Record, run: RunPart) -> None:
        """Find out what became of an attempt, and make sure that nothing more comes of it."""
        hands = self._hands
        try:
            await hands.reached("settle.before_delete")
            if run.config_name is not None:
                await hands.client.delete_config(run.config_name)
            await hands.reached("settle.before_proof")
            containers = await hands.observer.proof()
            instance = await self._find(record, run, containers)
        except UpstreamError as error:
            await self._postpone(record, run, error)
            return
        if instance is None:
            await hands.reached("settle.before_take_back")
            await self._take_back(record, run, run.error, hands.pace.pause("retry"))
        else:
            await hands.reached("settle.before_adopt")
            await self._deployed(record, run, instance)

    async def _attempt(
        self, record: Record, run: RunPart, definition: Definition, credentials: int | None
    ) -> None:
        hands, token = self._hands, self._hands.lease.token
        name = f"bridge-{record.row.id.hex[-12:]}-{run.generation}-{token}-{run.attempt + 1}"
        await hands.reached("start.before_attempt")

        async def plan(connection: Connection) -> int | None:
            revision = record.row.revision
            return await RunRepository(connection).plan_attempt(run.id, token, name, revision)

        attempt = await hands.write_bot(record.row.id, plan)
        if attempt is None:
            return  # the definition has changed since it was read: the next search begins anew
        run = msgspec.structs.replace(run, attempt=attempt, config_name=name)
        try:
            await hands.reached("start.before_config")
            await hands.client.put_config(name, controller_config(definition, name))
            await hands.owner.verify(hands.lease)
        except UpstreamRejectedError as refused:
            await self._end(record, run, refused.detail)
            return
        except UpstreamError as error:
            await self._take_back(record, run, error.detail, hands.pace.pause("retry"))
            return
        await hands.reached("start.before_deploying")

        async def begin(connection: Connection) -> bool:
            return await RunRepository(connection).begin_deploying(
                run.id, token, attempt, hands.times.start_expiry, credentials
            )

        if await hands.write_bot(record.row.id, begin):
            await self._send(record, run, name, definition)

    async def _send(self, record: Record, run: RunPart, name: str, definition: Definition) -> None:
        hands = self._hands
        global_drawdown, controller_drawdown = drawdowns(definition.config)
        deployment = Deployment(
            instance_name=record.row.instance_name,
            account=record.row.account,
            config_names=(name,),
            image=self._image,
            max_global_drawdown_quote=global_drawdown,
            max_controller_drawdown_quote=controller_drawdown,
        )
        try:
            await hands.reached("start.before_deploy")
            instance = await hands.client.deploy(deployment)
            await hands.reached("start.after_deploy")
        except UpstreamUnavailableError as error:  # nothing was sent
            await self._take_back(record, run, error.detail, hands.pace.pause("retry"))
        except UpstreamError as error:
            if error.is_in_doubt:
                _LOG.warning("deploy in doubt", bot=str(record.row.id), code=error.code)
                await self.settle(record, msgspec.structs.replace(run, error=error.detail))
            else:
                await self._end(record, run, error.detail)
        else:
            await self._deployed(record, run, instance)
            await hands.reached("start.after_deployed")
            await self._clear(run)
            await hands.reached("start.after_cleanup")

    async def _find(self, record: Record, run: RunPart, containers: Containers) -> str | None:
        """Return the instance that has a copy of this attempt's config.

        Raises:
            UpstreamError: It cannot be told.
        """
        ended = {each.name for each in record.instances if each.run_id not in (None, run.id)}
        names = sorted(containers.active) + sorted(containers.exited)
        for name in names:
            if owner_of(name) != record.row.instance_name or name in ended:
                continue
            try:
                configs = await self._hands.client.read_instance_configs(name)
            except InstanceUnknownError:
                if name in containers.exited:
                    continue
                raise
            if any(config.config_name == run.config_name for config in configs):
                return name
        return None

    async def _deployed(self, record: Record, run: RunPart, instance: str) -> None:
        async def work(connection: Connection) -> None:
            await RunRepository(connection).set_deployed(run.id, run.attempt, instance)

        await self._hands.write_bot(record.row.id, work)

    async def _take_back(
        self, record: Record, run: RunPart, error: str | None, pause: timedelta
    ) -> None:
        async def work(connection: Connection) -> None:
            await RunRepository(connection).take_back(run.id, run.attempt, error, pause)

        await self._hands.write_bot(record.row.id, work)

    async def _postpone(self, record: Record, run: RunPart, error: UpstreamError) -> None:
        pause = self._hands.pace.pause("retry")

        async def work(connection: Connection) -> None:
            await RunRepository(connection).postpone(run.id, error.detail, pause)

        await self._hands.write_bot(record.row.id, work)

    async def _end(self, record: Record, run: RunPart, error: str) -> None:
        """Close a run that came to nothing, and take its config away."""

        async def work(connection: Connection) -> None:
            await RunRepository(connection).end(run.id, "failed", error)

        await self._hands.write_bot(record.row.id, work)
        await self._clear(run)

    async def _clear(self, run: RunPart) -> None:
        """Remove a config that nothing needs any more; what stays is a file that nobody reads."""
        if run.config_name is None:
            return
        try:
            await self._hands.client.delete_config(run.config_name)
        except UpstreamError as error:
            _LOG.info("config left behind", config=run.config_name, code=error.code)

    async def _reload(self, record: Record) -> Record | None:
        bots = BotRecordRepository(self._hands.database)
        found = await bots.load_records([record.row.id])
        return found[0] if found else None


def definition_of(record: Record, config: Config | None = None) -> Definition:
    """Return what is to run; with another config, what runs."""
    row = record.row
    return Definition(
        strategy=row.strategy,
        connector=row.connector,
        pair=row.pair,
        config=_CONFIG.decode(row.config) if config is None else config,
    )
