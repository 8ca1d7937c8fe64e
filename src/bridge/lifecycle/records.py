"""All that is stored of one bot's doing, and its part that the merge takes.

Row structs follow the columns of ``sql/bots/load_records.sql``; the JSON in it becomes parts.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from bridge.bots.structs import Config
from bridge.lifecycle.facts import BotRecord, Bounds, Instance, LastRun, OpenRun, Shown
from bridge.lifecycle.states import (
    Condition,
    DesiredState,
    KnownState,
    Outcome,
    Phase,
    Reason,
    State,
)


class RecordRow(msgspec.Struct, frozen=True):
    """One bot with its open run, its last run and its instances."""

    id: UUID
    client_id: UUID
    account: str
    instance_name: str
    connector: str
    pair: str
    strategy: str
    config: str
    revision: int
    desired_state: DesiredState
    desired_at: datetime
    generation: int
    state: State
    reason: Reason
    since: datetime
    known_state: KnownState
    is_stale: bool
    error: str | None
    merge_at: datetime | None
    instance: str | None
    running_revision: int | None
    performance: str | None
    deleted_at: datetime | None
    last_look_at: datetime | None
    pace_seconds: float | None
    hold: str | None
    open_run: str | None
    last_run: str | None
    instances: str
    read_at: datetime


class RunPart(msgspec.Struct, frozen=True):
    """The open run.

    Attributes:
        seen_revision: A newer one that the running instance cannot take over.
        config: The definition's config of ``revision``: what was deployed, or is to be.
    """

    id: UUID
    generation: int
    phase: Phase
    attempt: int
    lease_token: int | None
    config_name: str | None
    revision: int
    seen_revision: int | None
    config: Config
    instance: str | None
    requested_at: datetime
    deploying_at: datetime | None
    deployed_at: datetime | None
    first_active_at: datetime | None
    first_figures_at: datetime | None
    effect_ended_at: datetime | None
    next_attempt_at: datetime | None
    error: str | None


class LastPart(msgspec.Struct, frozen=True):
    """The latest run that ended."""

    generation: int
    outcome: Outcome
    instance: str | None
    error: str | None


class InstancePart(msgspec.Struct, frozen=True):
    """An instance and what is owed to it.

    Attributes:
        config_name: What it was deployed with, once it was asked.
        checked_at: When it was asked that.
        told_at: When the bot itself was last asked to stop.
        stop_asked_at: A person wants it gone, in whatever run it is.
        retry_at: Nothing is sent to it before.
    """

    name: str
    run_id: UUID | None
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


_RUN: Final = msgspec.json.Decoder(RunPart)
_LAST: Final = msgspec.json.Decoder(LastPart)
_INSTANCES: Final = msgspec.json.Decoder(tuple[InstancePart, ...])


class Record(msgspec.Struct, frozen=True):
    """One bot, decoded."""

    row: RecordRow
    run: RunPart | None
    last: LastPart | None
    instances: tuple[InstancePart, ...]

    @property
    def shown(self) -> Shown:
        """The stored state, not aged."""
        row = self.row
        return Shown(
            state=row.state,
            reason=row.reason,
            since=row.since,
            known=row.known_state,
            stale=row.is_stale,
            error=row.error,
        )

    @property
    def live(self) -> tuple[InstancePart, ...]:
        """The instances that are not proven gone."""
        return tuple(each for each in self.instances if each.gone_at is None)


def record_of(row: RecordRow) -> Record:
    """Return the row with its JSON decoded."""
    return Record(
        row,
        None if row.open_run is None else _RUN.decode(row.open_run),
        None if row.last_run is None else _LAST.decode(row.last_run),
        _INSTANCES.decode(row.instances),
    )


def facts_of(record: Record) -> BotRecord:
    """Return what the merge takes of a record."""
    row, last = record.row, record.last
    return BotRecord(
        instance_name=row.instance_name,
        desired=row.desired_state,
        desired_at=row.desired_at,
        generation=row.generation,
        shown=record.shown,
        run=_open_run(record),
        last=last
        and LastRun(
            generation=last.generation,
            outcome=last.outcome,
            instance=last.instance,
            error=last.error,
        ),
        instances=tuple(_instance(each) for each in record.instances),
    )


def bounds_of(pace_seconds: float | None, speed: float) -> Bounds:
    """Return how old a look may be, when one is made each ``pace_seconds``."""
    pace = timedelta(seconds=pace_seconds or 0)
    usual = Bounds()
    return Bounds(
        fresh=max(usual.fresh / speed, 3 * pace), bound=max(usual.bound / speed, 6 * pace)
    )


def _open_run(record: Record) -> OpenRun | None:
    run = record.run
    if run is None:
        return None
    own = next((each for each in record.instances if each.name == run.instance), None)
    return OpenRun(
        generation=run.generation,
        phase=run.phase,
        requested_at=run.requested_at,
        deploying_since=run.deploying_at,
        deployed_at=run.deployed_at,
        stop_sent_at=own and own.stop_sent_at,
        first_active_at=run.first_active_at,
        first_figures_at=run.first_figures_at,
        instance=run.instance,
        effect_ended_at=run.effect_ended_at,
    )


def _instance(part: InstancePart) -> Instance:
    return Instance(
        name=part.name,
        first_seen_at=part.first_seen_at,
        condition=part.condition,
        condition_since=part.condition_since,
        is_active=part.is_active,
        gone_at=part.gone_at,
        is_dud=part.is_dud,
        has_run=part.run_id is not None,
    )
