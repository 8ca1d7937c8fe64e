"""Which questions only the container list can settle; it blocks the upstream, so they are few."""

from datetime import timedelta

from bridge.lifecycle.case import is_stop_asked
from bridge.lifecycle.facts import BotRecord, Containers, Instance, Look, OpenRun
from bridge.lifecycle.instances import is_live


def wants_container_list(
    record: BotRecord, look: Look | None, containers: Containers | None, ghost: timedelta
) -> bool:
    """Return whether the newest look left a question that no list asked for since has settled.

    The record's instances must have been brought up to date, and a run that has ended removed.
    """
    if look is None or (containers is not None and containers.asked_at > look.sent_at):
        return False
    run = record.run
    return any(
        _is_open_of_own(record, run, instance, look)
        if run and run.instance == instance.name
        else _is_open_of_other(instance, look, containers, ghost)
        for instance in record.instances
    )


def _is_open_of_own(record: BotRecord, run: OpenRun, own: Instance, look: Look) -> bool:
    if is_stop_asked(record, run):  # is it gone yet?
        return run.stop_sent_at is not None or own.condition in ("absent", "exited")
    # One look without it may be a restart of the upstream, or a deploy of a second ago.
    return own.condition == "absent" and is_seen_again(own, look)


def _is_open_of_other(
    other: Instance, look: Look, containers: Containers | None, ghost: timedelta
) -> bool:
    if other.gone_at is not None:  # listed for longer than a ghost is: does it run?
        return other.name in look.entries and look.sent_at > other.gone_at + ghost
    if not is_live(other):
        return False
    is_confirmed = containers is not None and containers.asked_at > other.first_seen_at
    return other.condition == "absent" or not is_confirmed


def is_seen_again(instance: Instance, look: Look) -> bool:
    """Return whether an earlier look had found this condition already."""
    return instance.condition_since is not None and look.sent_at > instance.condition_since
