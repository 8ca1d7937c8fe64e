"""The HTTP face of runs, events, orphans and health."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import BodyKwarg, FromPath, QueryParameter
from msgspec.structs import replace

from bridge.access.caller import Caller
from bridge.bodies import BridgeRequest
from bridge.lifecycle import examples
from bridge.lifecycle.readings import OrphanService, ReadingService
from bridge.lifecycle.requests import RequestService
from bridge.lifecycle.structs import (
    AdoptBody,
    BotHealth,
    EventList,
    EventWish,
    HealthSummary,
    OrphanAdopted,
    OrphanList,
    OrphanStopped,
    RunList,
    StopAllBody,
    StopBody,
    StoppedAll,
)
from bridge.openapi import Cursor, Limit, WithOptionalBody, answers

Account = Annotated[
    str | None, QueryParameter(max_length=64, description="Only what concerns this account.")
]

Actor = Annotated[str | None, QueryParameter(max_length=200, description="Only what this one did.")]
Action = Annotated[
    str | None,
    QueryParameter(max_length=64, description="Only what is called so, such as `bot.created`."),
]
# Texts, so that what is wrong with one is said under the name that was sent.
Since = Annotated[
    str | None,
    QueryParameter(name="from", description="From this moment on, as `2026-05-01T00:00:00Z`."),
]
Until = Annotated[
    str | None, QueryParameter(description="Before this moment, as `2026-06-01T00:00:00Z`.")
]


def _event_wish(
    account: Account = None,
    actor: Actor = None,
    action: Action = None,
    since: Since = None,
    until: Until = None,
) -> EventWish:
    return EventWish(account=account, actor=actor, action=action, since=since, until=until)


class LifecycleController(Controller):
    """What bots did and do."""

    tags = ("lifecycle",)

    @post(
        "/bots/stop-all",
        status_code=200,
        operation_id="stopAllBots",
        operation_class=WithOptionalBody,
        responses=answers(401, 403, 404, 408, 413, 415, 422, 503),
    )
    async def stop_all(
        self,
        requests: NamedDependency[RequestService],
        caller: NamedDependency[Caller],
        data: Annotated[StopAllBody | None, BodyKwarg(examples=examples.STOP_ALL)] = None,
    ) -> StoppedAll:
        """Ask for every bot of an account, or all, to stop; open orders are cancelled."""
        return await requests.stop_all(data.account if data else None, caller)

    @get("/bots/health/summary", operation_id="getHealthSummary", responses=answers(401, 422, 503))
    async def health_summary(
        self,
        readings: NamedDependency[ReadingService],
        request: BridgeRequest,
        account: Account = None,
    ) -> HealthSummary:
        """Return how many bots are how."""
        return await readings.summary(request.caller.scoped(account))

    @post(
        "/bots/{bot_id:uuid}/health/check",
        status_code=200,
        operation_id="checkBotHealth",
        responses=answers(401, 403, 404, 503),
    )
    async def check_health(
        self,
        bot_id: FromPath[UUID],
        readings: NamedDependency[ReadingService],
        request: BridgeRequest,
    ) -> BotHealth:
        """Return how a bot is, as it was last seen; nothing is asked upstream."""
        return await readings.health(bot_id, request.caller.account)

    @get("/bots/{bot_id:uuid}/runs", operation_id="listRuns", responses=answers(401, 404, 503))
    async def list_runs(
        self,
        bot_id: FromPath[UUID],
        readings: NamedDependency[ReadingService],
        request: BridgeRequest,
    ) -> RunList:
        """Return a bot's runs, newest first."""
        return await readings.runs(bot_id, request.caller.account)

    @get(
        "/bots/{bot_id:uuid}/events",
        operation_id="listBotEvents",
        responses=answers(401, 404, 422, 503),
    )
    async def list_bot_events(
        self,
        bot_id: FromPath[UUID],
        readings: NamedDependency[ReadingService],
        request: BridgeRequest,
        limit: Limit = None,
        cursor: Cursor = None,
    ) -> EventList:
        """Return a page of what happened to a bot, newest first."""
        return await readings.events_of(bot_id, request.caller.account, limit, cursor)

    @get(
        "/events",
        operation_id="listEvents",
        dependencies={"wish": Provide(_event_wish, sync_to_thread=False)},
        responses=answers(401, 422, 503),
    )
    async def list_events(
        self,
        readings: NamedDependency[ReadingService],
        request: BridgeRequest,
        wish: NamedDependency[EventWish],
        limit: Limit = None,
        cursor: Cursor = None,
    ) -> EventList:
        """Return a page of what happened, newest first."""
        own = replace(wish, account=request.caller.scoped(wish.account))
        return await readings.events(own, request.caller.client_id, limit, cursor)

    @get("/orphans", operation_id="listOrphans", responses=answers(401, 503))
    async def list_orphans(self, readings: NamedDependency[ReadingService]) -> OrphanList:
        """Return what runs upstream and belongs to no bot."""
        return await readings.orphans()

    @post(
        "/orphans/{instance:str}/stop",
        status_code=200,
        operation_id="stopOrphan",
        operation_class=WithOptionalBody,
        responses=answers(401, 403, 404, 408, 413, 415, 422, 503),
    )
    async def stop_orphan(
        self,
        instance: FromPath[str],
        orphans: NamedDependency[OrphanService],
        caller: NamedDependency[Caller],
        data: Annotated[StopBody | None, BodyKwarg(examples=examples.STOP)] = None,
    ) -> OrphanStopped:
        """Ask for an orphan to stop; its open orders are cancelled."""
        return await orphans.stop(instance, caller, is_forced=bool(data and data.force))

    @post(
        "/orphans/{instance:str}/adopt",
        status_code=200,
        operation_id="adoptOrphan",
        responses=answers(401, 403, 404, 408, 409, 413, 415, 422, 503),
    )
    async def adopt_orphan(
        self,
        instance: FromPath[str],
        data: Annotated[AdoptBody, BodyKwarg(examples=examples.ADOPT)],
        orphans: NamedDependency[OrphanService],
        caller: NamedDependency[Caller],
    ) -> OrphanAdopted:
        """Make an orphan the running instance of a bot without one."""
        return await orphans.adopt(instance, data.bot_id, caller)
