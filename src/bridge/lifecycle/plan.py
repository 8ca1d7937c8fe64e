"""What is to be done next about a bot or an instance: our record in, one step out. Pure.

Stops come first, and a deploy comes only when nothing of the bot is live. A step that is not due
yet, or that waits for the next look, is no step.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from bridge.lifecycle.case import is_stop_asked
from bridge.lifecycle.records import InstancePart, Record, RunPart, facts_of
from bridge.lifecycle.structs import OrphanRow

StopKind = Literal["stop_bot", "archive", "remove", "kill"]
Kind = Literal["deploy", "settle_deploy", "update", "merge", "check", StopKind]


class Step(msgspec.Struct, frozen=True):
    """One thing to do.

    Attributes:
        instance: For the steps about one.
    """

    kind: Kind
    instance: str | None = None


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How long the steps of a stop wait for each other.

    Attributes:
        grace: A bot that never was heard is left alone for so long: it would not hear a stop.
        retell: A bot that does not obey is told again after so long.
        silent: For so long the upstream calls a bot active that sends nothing any more.
        rearchive: From an archive to the conclusion that it was forgotten.
        patience: From the first stop to the removal by hand of a bot that has obeyed.
    """

    grace: timedelta
    retell: timedelta
    silent: timedelta
    rearchive: timedelta
    patience: timedelta


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """When something is decided, and on how old a look.

    Attributes:
        looked_at: When the newest look was sent; None: there never was one.
    """

    now: datetime
    looked_at: datetime | None


# What the steps of a stop are decided on.
Stoppable = InstancePart | OrphanRow


def next_step(record: Record, limits: Limits) -> Step | None:
    """Return what the leader has to do about a bot now; None: nothing, or nothing yet."""
    now, run = record.row.read_at, record.run
    for instance in record.live:
        step = _instance_step(record, instance, limits)
        if step is not None:
            return step
    if run is None or (run.next_attempt_at is not None and run.next_attempt_at > now):
        return None
    if run.phase == "deploying":  # whoever sent it is not waiting for its answer any more
        return Step("settle_deploy")
    if run.phase == "requested":
        return _requested(record)
    newest = max(run.revision, run.seen_revision or 0)
    is_behind = run.phase == "deployed" and newest < record.row.revision
    return Step("update") if is_behind and not _is_stop_wanted(record, run) else None


def orphan_step(
    orphan: OrphanRow, moment: Moment, limits: Limits
) -> StopKind | Literal["check"] | None:
    """Return what the leader has to do about an instance that no bot has; None: nothing yet.

    A stop does not wait for the check: what cannot be asked whose it is, can be stopped.
    """
    if orphan.stop_asked_at is not None:
        return stop_step(orphan, moment, limits, heard_at=orphan.first_seen_at)
    is_unchecked = orphan.checked_at is None and _is_due(orphan, moment.now)
    return "check" if is_unchecked else None


def stop_step(
    instance: Stoppable, moment: Moment, limits: Limits, heard_at: datetime | None
) -> StopKind | None:
    """Return the next step of a stop.

    First the bot is told, and obeys: its orders are cancelled. Only then is it archived, which ends
    its container whatever it says. One that does not obey is told again and again, and only a
    person's ``force`` ends it.

    Args:
        instance: What is to be stopped.
        moment: By the clock of its times.
        limits: How long to wait.
        heard_at: When it was first heard; None: never.
    """
    now = moment.now
    if not _is_due(instance, now):
        return None
    if instance.force_asked_at is not None or instance.condition == "exited":
        return "kill" if instance.force_asked_at else "remove"
    if instance.archive_sent_at is not None and instance.stop_sent_at is not None:
        return _after_archive(instance.archive_sent_at, instance.stop_sent_at, now, limits)
    if instance.condition == "absent" or _is_booting(instance, now, limits, heard_at):
        return None
    return _told(instance, moment, limits)


def _told(instance: Stoppable, moment: Moment, limits: Limits) -> StopKind | None:
    if instance.stop_sent_at is None or instance.told_at is None:
        return "stop_bot"
    if _has_obeyed(instance, instance.stop_sent_at, moment, limits):
        return "archive"
    return "stop_bot" if moment.now - instance.told_at > limits.retell else None


def _after_archive(
    archived_at: datetime, sent_at: datetime, now: datetime, limits: Limits
) -> StopKind | None:
    if now - archived_at <= limits.rearchive:
        return None  # the container list will tell
    return "kill" if now - sent_at > limits.patience else "archive"


def _is_booting(
    instance: Stoppable, now: datetime, limits: Limits, heard_at: datetime | None
) -> bool:
    is_new = heard_at is None and now - instance.first_seen_at <= limits.grace
    return is_new and not instance.is_active


def blocking(record: Record) -> Sequence[InstancePart]:
    """Return the instances that a deploy has to wait for."""
    return [each for each in record.live if not each.is_dud and each.condition != "exited"]


def _instance_step(record: Record, instance: InstancePart, limits: Limits) -> Step | None:
    now, run = record.row.read_at, record.run
    is_own = run is not None and run.instance == instance.name
    if instance.is_dud:
        return Step("kill", instance.name) if _is_due(instance, now) else None
    is_unwanted = instance.stop_asked_at is not None or record.row.deleted_at is not None
    if is_unwanted or (is_own and run and _is_stop_wanted(record, run)):
        heard_at = run.first_active_at if is_own and run else None
        moment = Moment(now=now, looked_at=record.row.last_look_at)
        kind = stop_step(instance, moment, limits, heard_at)
        return Step(kind, instance.name) if kind else None
    if not is_own and instance.checked_at is None and _is_due(instance, now):
        return Step("check", instance.name)
    return None


def _is_due(instance: Stoppable, now: datetime) -> bool:
    return instance.retry_at is None or instance.retry_at <= now


def _requested(record: Record) -> Step | None:
    due = record.row.merge_at
    if due is not None and due <= record.row.read_at:
        return Step("merge")  # it has expired
    return None if blocking(record) else Step("deploy")


def _is_stop_wanted(record: Record, run: RunPart) -> bool:
    facts = facts_of(record)
    return facts.run is not None and run.phase != "requested" and is_stop_asked(facts, facts.run)


def _has_obeyed(instance: Stoppable, sent_at: datetime, moment: Moment, limits: Limits) -> bool:
    """Return whether the bot itself has said something that it says only when it has stopped.

    That it is ``stopped`` is no such thing at first: with the command the upstream forgets what
    it held, and goes on calling the bot active for 30 s. A report of ``{}`` comes from the bot;
    and one that is still active after that time without any figures has sent something since.
    """
    if not instance.is_active or instance.condition_since is None:
        return False
    if instance.condition == "emptied":
        return instance.condition_since > sent_at
    is_heard_since = moment.looked_at is not None and moment.looked_at - sent_at > limits.silent
    return is_heard_since and instance.condition in ("quiet", "waiting")
