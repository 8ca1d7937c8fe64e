"""Bots as they are stored, sent and shown."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bridge.lifecycle.states import DesiredState, KnownState, Reason, State
from bridge.text import AccountText, ConnectorText, Name, PairText, StrategyText

Status = Literal["running", "stopped", "error"]
HealthStatus = Literal["healthy", "stale", "stopped", "error", "unknown"]
Action = Literal["start", "stop", "edit", "delete"]
# Any, not object: msgspec takes object for a type of ours.
Config = dict[str, Any]


class BotCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new bot definition.

    Attributes:
        connector: The exchange, in any letter case.
        pair: ``BASE/QUOTE``, in any letter case.
        config: What the strategy takes; see the strategy's own limits.
    """

    name: Name
    account: AccountText
    connector: ConnectorText
    pair: PairText
    strategy: StrategyText
    config: Config = {}


class BotChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes of a bot; what is left out stays.

    Attributes:
        config: Replaces the stored one as a whole.
        revision: When given, the change is refused unless this is still the stored revision.
    """

    name: Name | UnsetType = UNSET
    config: Config | UnsetType = UNSET
    revision: Annotated[int, Meta(ge=1, le=2_147_483_647)] | UnsetType | None = UNSET


class BotRow(msgspec.Struct, frozen=True):
    """A bot as stored, with how old the last look is; ``config`` and ``performance`` are JSON."""

    id: UUID
    client_id: UUID
    account: str
    instance_name: str
    name: str
    connector: str
    pair: str
    strategy: str
    config: str
    revision: int
    desired_state: DesiredState
    state: State
    reason: Reason
    since: datetime
    known_state: KnownState
    is_stale: bool
    error: str | None
    instance: str | None
    running_revision: int | None
    performance: str | None
    deleted_at: datetime | None
    created_at: datetime
    updated_at: datetime
    last_look_at: datetime | None
    pace_seconds: float | None
    beat_at: datetime | None
    look_error: str | None
    read_at: datetime


class AccountBotRow(BotRow, frozen=True):
    """A bot in the list of its account, with the account's version.

    Attributes:
        is_bot: False in the one row of an empty list: the bot's own columns are null then.
        version: None when nothing was ever written about the account.
        tag: Tells this version from one of the same number in another history.
        asked_for: The account of the list, also when the list is empty.
    """

    is_bot: bool
    version: int | None
    tag: str | None
    asked_for: str


class RuntimeView(msgspec.Struct, frozen=True, kw_only=True):
    """What the bot really does, as far as it is known.

    Attributes:
        since: When this state began.
        instance: Name of what runs upstream.
        stale: Whether the last look is old.
        stale_reason: Why nothing newer is known.
        performance: Figures that the upstream reported.
        revision: Which revision of the definition runs.
    """

    state: State
    reason: str
    since: datetime
    instance: str | None
    stale: bool
    stale_reason: str | None
    performance: Config | None
    revision: int | None


class BotView(msgspec.Struct, frozen=True, kw_only=True):
    """A bot in an answer.

    Attributes:
        status: The old vocabulary, derived from ``runtime.state``.
        health_message: Set only when a person must act.
        allowed_actions: What may be asked of the bot in this state.
    """

    id: UUID
    client_id: UUID
    account: str
    instance_name: str
    name: str
    connector: str
    pair: str
    strategy: str
    bot_type: str
    chain: Literal["evm", "solana"]
    config: Config
    revision: int
    status: Status | Literal["deleting"]
    health_status: HealthStatus
    health_message: str | None
    desired_state: DesiredState
    error: str | None
    runtime: RuntimeView
    allowed_actions: tuple[Action, ...]
    created_at: datetime
    updated_at: datetime


class BotList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of bots, oldest first."""

    bots: list[BotView]
    next_cursor: str | None


class BotDeleted(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a deletion."""

    status: Literal["deleted", "deleting"]
    bot_id: UUID


class BotAction(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a start or a stop."""

    status: Literal[
        "started", "starting", "already_running", "stopped", "stopping", "already_stopped"
    ]
    bot_id: UUID
    bot: BotView
