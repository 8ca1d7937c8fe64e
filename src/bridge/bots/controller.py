"""The HTTP face of bots."""

from typing import Annotated, Final, TypeVar
from uuid import UUID

from litestar import Controller, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import BodyKwarg, FromPath, QueryParameter

from bridge.access.caller import Caller
from bridge.bodies import BridgeRequest
from bridge.bots import examples
from bridge.bots.service import BotService, Looked
from bridge.bots.structs import (
    BotAction,
    BotChange,
    BotCreate,
    BotDeleted,
    BotList,
    BotView,
    Status,
)
from bridge.lifecycle.examples import STOP
from bridge.lifecycle.requests import RequestService
from bridge.lifecycle.structs import StopBody
from bridge.openapi import Cursor, Limit, WithOptionalBody, answers

T = TypeVar("T")

Account = Annotated[
    str | None, QueryParameter(max_length=64, description="Only this account's bots.")
]
OfStatus = Annotated[Status | None, QueryParameter(description="Only bots that show this status.")]


# The body changes only when something changed; how old the look is changes all the time.
LOOK_AGE: Final = "Bridge-Look-Age"


class BotController(Controller):
    """Bots."""

    path = "/bots"
    tags = ("bots",)

    @post("/create", operation_id="createBot", responses=answers(401, 403, 408, 413, 415, 422, 503))
    async def create_bot(
        self,
        data: Annotated[BotCreate, BodyKwarg(examples=examples.CREATE)],
        bots: NamedDependency[BotService],
        caller: NamedDependency[Caller],
    ) -> BotView:
        """Store a bot definition; it is stopped."""
        return await bots.create(data, caller)

    @get(operation_id="listBots", responses=answers(401, 422, 503))
    async def list_bots(  # noqa: PLR0913, PLR0917 - what can be asked for
        self,
        bots: NamedDependency[BotService],
        request: BridgeRequest,
        account: Account = None,
        status: OfStatus = None,
        limit: Limit = None,
        cursor: Cursor = None,
    ) -> Response[BotList]:
        """Return a page of bots, oldest first; an unknown account has none."""
        return _answered(await bots.list(request.caller.scoped(account), status, limit, cursor))

    @get("/{bot_id:uuid}", operation_id="getBot", responses=answers(401, 404, 503))
    async def get_bot(
        self,
        bot_id: FromPath[UUID],
        bots: NamedDependency[BotService],
        request: BridgeRequest,
    ) -> Response[BotView]:
        """Return one bot."""
        return _answered(await bots.get(bot_id, request.caller.account))

    @put(
        "/{bot_id:uuid}",
        operation_id="changeBot",
        responses=answers(401, 403, 404, 408, 409, 413, 415, 422, 503),
    )
    async def change_bot(
        self,
        bot_id: FromPath[UUID],
        data: Annotated[BotChange, BodyKwarg(examples=examples.CHANGE)],
        bots: NamedDependency[BotService],
        caller: NamedDependency[Caller],
    ) -> BotView:
        """Change name or config; the config is replaced as a whole."""
        return await bots.change(bot_id, data, caller)

    @post(
        "/{bot_id:uuid}/start",
        status_code=200,
        operation_id="startBot",
        responses=answers(401, 403, 404, 409, 422, 503),
    )
    async def start_bot(
        self,
        bot_id: FromPath[UUID],
        requests: NamedDependency[RequestService],
        caller: NamedDependency[Caller],
    ) -> BotAction:
        """Ask for the bot to run, and wait a little for it."""
        return await requests.start(bot_id, caller)

    @post(
        "/{bot_id:uuid}/stop",
        status_code=200,
        operation_id="stopBot",
        operation_class=WithOptionalBody,
        responses=answers(401, 403, 404, 408, 413, 415, 422, 503),
    )
    async def stop_bot(
        self,
        bot_id: FromPath[UUID],
        requests: NamedDependency[RequestService],
        caller: NamedDependency[Caller],
        data: Annotated[StopBody | None, BodyKwarg(examples=STOP)] = None,
    ) -> BotAction:
        """Ask for the bot to stop, and wait a little; its open orders are cancelled."""
        return await requests.stop(bot_id, caller, is_forced=bool(data and data.force))

    @delete(
        "/{bot_id:uuid}",
        status_code=200,
        operation_id="deleteBot",
        responses=answers(401, 403, 404, 503),
    )
    async def delete_bot(
        self,
        bot_id: FromPath[UUID],
        requests: NamedDependency[RequestService],
        caller: NamedDependency[Caller],
    ) -> BotDeleted:
        """Remove a bot; one that runs is stopped first, and removed when that is done."""
        return await requests.delete(bot_id, caller)


def _answered(looked: Looked[T]) -> Response[T]:
    age = looked.age_seconds
    headers = {} if age is None else {LOOK_AGE: f"{age:.1f}"}
    return Response(looked.answer, headers=headers)
