"""Runs, events and orphans as they are stored and shown."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from bridge.bots.structs import BotView, HealthStatus
from bridge.lifecycle.states import Condition, Outcome, Phase, Reason, State

Json = dict[str, Any]


class RunRow(msgspec.Struct, frozen=True):
    """A run as stored; ``performance`` is JSON text."""

    id: UUID
    generation: int
    phase: Phase | Literal["ended"]
    attempt: int
    revision: int
    instance: str | None
    requested_at: datetime
    deployed_at: datetime | None
    first_active_at: datetime | None
    first_figures_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome | None
    orders_cancelled: Literal["yes", "unknown"] | None
    error: str | None
    performance: str | None


class OrphanRow(msgspec.Struct, frozen=True):
    """An instance that belongs to no bot.

    Attributes:
        account: Whose credentials it was given, as far as the upstream says; likewise the others.
    """

    name: str
    instance_name: str
    account: str | None
    connector: str | None
    pair: str | None
    config_name: str | None
    first_seen_at: datetime
    condition: Condition | None
    condition_since: datetime | None
    is_active: bool
    is_dud: bool
    gone_at: datetime | None
    checked_at: datetime | None
    stop_asked_at: datetime | None
    force_asked_at: datetime | None
    stop_sent_at: datetime | None
    told_at: datetime | None
    archive_sent_at: datetime | None
    stop_attempts: int
    retry_at: datetime | None


class SummaryRow(msgspec.Struct, frozen=True):
    """What the health of so many bots is derived from."""

    state: State
    reason: Reason
    is_stale: bool
    bots: int
    last_look_at: datetime | None
    pace_seconds: float | None
    read_at: datetime


class StopBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to stop.

    Attributes:
        force: Remove the container without waiting for the bot; its open orders may stay.
    """

    force: bool = False


class StopAllBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which bots to stop.

    Attributes:
        account: Only this account's; left out or null: all.
    """

    account: Annotated[str, Meta(max_length=64)] | None = None


class AdoptBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which bot an orphan is to belong to."""

    bot_id: UUID


class StopResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one bot of a stop of all; ``failed``: it could not be asked, ask again."""

    bot_id: UUID
    status: Literal["stopped", "stopping", "already_stopped", "failed"]


class StoppedAll(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a stop of all bots: what each one does now."""

    bots: list[StopResult]


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """One deployment of a bot, from the decision until its instance was proven gone.

    Attributes:
        attempt: How many deploys were prepared for it.
        revision: Of the definition that was deployed last; 0 for an orphan that was adopted.
        orders_cancelled: Whether its open orders were cancelled: ``yes`` when it was seen to obey
            the stop; null when it never was heard.
        performance: The last figures.
    """

    id: UUID
    generation: int
    phase: Phase | Literal["ended"]
    attempt: int
    revision: int
    instance: str | None
    requested_at: datetime
    deployed_at: datetime | None
    first_active_at: datetime | None
    first_figures_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome | None
    orders_cancelled: Literal["yes", "unknown"] | None
    error: str | None
    performance: Json | None


class RunList(msgspec.Struct, frozen=True, kw_only=True):
    """A bot's runs, newest first."""

    runs: list[RunView]


class EventView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened.

    Attributes:
        actor: Who did it; ``bridge`` for what was seen.
    """

    id: UUID
    account: str | None
    actor: str
    action: str
    subject: str
    detail: Json
    request_id: str
    created_at: datetime


class EventWish(msgspec.Struct, frozen=True, kw_only=True):
    """Which events somebody asks for; None stands for all.

    Attributes:
        since: The oldest moment, as text.
        until: The first moment that is too new, as text.
    """

    account: str | None = None
    actor: str | None = None
    action: str | None = None
    since: str | None = None
    until: str | None = None


class EventList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of events, newest first."""

    events: list[EventView]
    next_cursor: str | None


class OrphanView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that runs upstream and belongs to no bot.

    Attributes:
        condition: What was last seen of it; null: only its container was.
        is_stopping: Somebody asked for it to be stopped.
    """

    instance: str
    instance_name: str
    account: str | None
    connector: str | None
    pair: str | None
    condition: Condition | None
    first_seen_at: datetime
    is_stopping: bool


class OrphanList(msgspec.Struct, frozen=True, kw_only=True):
    """All orphans, oldest first."""

    orphans: list[OrphanView]


class OrphanStopped(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a stop of an orphan."""

    status: Literal["stopping"]
    instance: str


class OrphanAdopted(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to an adoption."""

    status: Literal["adopted"]
    instance: str
    bot: BotView


class HealthSummary(msgspec.Struct, frozen=True, kw_only=True):
    """How many bots are how."""

    healthy: int
    stale: int
    stopped: int
    error: int
    unknown: int
    total_bots: int


class BotHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How one bot is, as it was last seen."""

    bot_id: UUID
    health_status: HealthStatus
    health_message: str | None
    reason: str
    since: datetime
