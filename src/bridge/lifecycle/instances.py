"""Which instances a bot has upstream, and in which condition: sight in, brought-up list out."""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from bridge.lifecycle.facts import BotRecord, Containers, Entry, Instance, Look, OpenRun, Sight
from bridge.lifecycle.states import Condition

# The upstream appends its local time, which is never parsed further.
_STAMPED: Final = re.compile(r"(.+)-[0-9]{8}-[0-9]{6}")


def owner_of(name: str) -> str | None:
    """Return the ``instance_name`` that an upstream name was made from; None for other names."""
    match = _STAMPED.fullmatch(name)
    return match[1] if match else None


def split(sight: Sight, instance_names: Iterable[str]) -> dict[str, Sight]:
    """Return each bot's part of what was seen, in one pass; a bot that was not seen has one too."""
    look, containers = sight.look, sight.containers
    entries = _by_owner(look.entries) if look else {}
    active = _by_owner(containers.active) if containers else {}
    exited = _by_owner(containers.exited) if containers else {}
    return {
        bot: replace(
            sight,
            look=look and replace(look, entries={n: look.entries[n] for n in entries.get(bot, ())}),
            containers=containers
            and replace(
                containers,
                active=frozenset(active.get(bot, ())),
                exited=frozenset(exited.get(bot, ())),
            ),
        )
        for bot in instance_names
    }


def is_live(instance: Instance) -> bool:
    """Return whether it may be trading, as far as we know."""
    return instance.gone_at is None and instance.condition != "exited" and not instance.is_dud


def is_proven_gone(run: OpenRun, containers: Containers | None) -> bool:
    """Return whether the lists, asked for after the run's last effect, lack its instance."""
    return (
        containers is not None
        and run.instance is not None
        and _is_after_effects(run, containers.asked_at)
        and run.instance not in containers.active | containers.exited
    )


def own_entry(run: OpenRun | None, look: Look | None) -> Entry | None:
    """Return what the look says of the run's instance, when it may judge it and lists it."""
    if run is None or run.instance is None or look is None:
        return None
    return look.entries.get(run.instance) if _is_after_effects(run, look.sent_at) else None


def bring_up(record: BotRecord, look: Look | None, containers: Containers | None) -> list[Instance]:
    """Return the bot's instances with what was seen: new ones, conditions, gone, come back.

    Row 1 of the table is here: the entry of an instance that is proven gone changes nothing, but
    its container, when it runs, brings it back. Names of other bots are skipped.
    """
    known = {instance.name: instance for instance in record.instances}
    for instance in _new_instances(record, look, containers):
        known.setdefault(instance.name, instance)
    run = record.run
    return [
        _own(run, instance, look, containers)
        if run and run.instance == instance.name
        else _other(instance, look, containers)
        for instance in known.values()
    ]


def condition_of(entry: Entry | None, *, had_figures: bool) -> Condition:
    """Return the condition that an entry shows; figures count from any earlier look of the run."""
    if entry is None or entry.status == "not_found":
        return "absent"
    if entry.status not in ("running", "idle", "stopped"):
        return "unreadable"
    if entry.status == "stopped":
        return "quiet" if had_figures else "waiting"
    if not entry.has_figures:
        return "emptied" if had_figures else "waiting"
    return "trading" if entry.status == "running" and entry.recently_active else "idle"


def _by_owner(names: Iterable[str]) -> dict[str, list[str]]:
    grouped: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        owner = owner_of(name)
        if owner is not None:
            grouped[owner].append(name)
    return grouped


def _is_after_effects(run: OpenRun, moment: datetime) -> bool:
    return run.effect_ended_at is not None and moment > run.effect_ended_at


def _new_instances(
    record: BotRecord, look: Look | None, containers: Containers | None
) -> Iterable[Instance]:
    run = record.run
    if run and run.instance:
        yield Instance(name=run.instance, first_seen_at=run.deployed_at or run.requested_at)
    seen = [(name, look.answered_at) for name in sorted(look.entries)] if look else []
    if containers:
        seen += [(name, containers.asked_at) for name in sorted(containers.active)]
    for name, first_seen_at in seen:
        if owner_of(name) == record.instance_name:
            yield Instance(name=name, first_seen_at=first_seen_at)
    # A dud may have ended before any look could list it.
    if containers is None:
        return
    for name in sorted(containers.exited):
        if owner_of(name) == record.instance_name:
            at = containers.asked_at
            yield Instance(name=name, first_seen_at=at, condition="exited", condition_since=at)


def _own(
    run: OpenRun, instance: Instance, look: Look | None, containers: Containers | None
) -> Instance:
    """Bring up the open run's instance; that it is gone, only the end of the run says."""
    own = replace(instance, has_run=True, gone_at=None)
    if look and _is_after_effects(run, look.sent_at):
        own = _looked_at(own, look, had_figures=run.first_figures_at is not None)
    if containers and _is_after_effects(run, containers.asked_at):
        own = _listed(own, containers)
    return own


def _other(instance: Instance, look: Look | None, containers: Containers | None) -> Instance:
    other = _gone_or_back(instance, containers) if containers else instance
    if other.gone_at is not None:
        return other
    if look:
        other = _looked_at(other, look, had_figures=False)
    return _listed(other, containers) if containers else other


def _gone_or_back(instance: Instance, containers: Containers) -> Instance:
    name, asked_at = instance.name, containers.asked_at
    if instance.gone_at is None:
        is_gone = asked_at > instance.first_seen_at and name not in (
            containers.active | containers.exited
        )
        return replace(instance, gone_at=asked_at) if is_gone else instance
    is_back = asked_at > instance.gone_at and name in containers.active
    if not is_back:
        return instance
    return replace(instance, gone_at=None, condition="absent", condition_since=asked_at)


def _looked_at(instance: Instance, look: Look, *, had_figures: bool) -> Instance:
    entry = look.entries.get(instance.name)
    is_active = entry is not None and entry.recently_active
    condition = condition_of(entry, had_figures=had_figures)
    if condition == "absent" and instance.condition == "exited":
        condition = "exited"
    if condition == instance.condition:
        return replace(instance, is_active=is_active)
    return replace(instance, condition=condition, condition_since=look.sent_at, is_active=is_active)


def _listed(instance: Instance, containers: Containers) -> Instance:
    """Tell an unlisted bot whose container has exited from one whose container runs."""
    since, asked_at = instance.condition_since, containers.asked_at
    if since is None or asked_at <= since:
        return instance
    if instance.condition == "absent" and instance.name in containers.exited:
        return replace(instance, condition="exited", condition_since=asked_at)
    if instance.condition == "exited" and instance.name in containers.active:
        return replace(instance, condition="absent", condition_since=asked_at)
    return instance
