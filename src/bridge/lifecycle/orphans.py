"""What runs upstream and belongs to no bot: told by the status, never by the container list alone.

The host has other containers, which are nobody's business here. A name that a bot of ours once had
is on record, and so it is recognised when its container comes up late.
"""

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Final

from bridge.db.failures import Connection
from bridge.db.pool import Database
from bridge.errors import ConflictError, NotFoundError
from bridge.lifecycle.facts import BotRecord, Instance, Look, Shown, Sight
from bridge.lifecycle.instances import bring_up, owner_of, split
from bridge.lifecycle.leader import Lease, fenced
from bridge.lifecycle.records import Record
from bridge.lifecycle.repository import InstanceRepository
from bridge.lifecycle.states import State
from bridge.lifecycle.structs import OrphanRow

MOST_ORPHANS: Final = 1_000
_STOPPED: Final[State] = "stopped"


class OrphanNotFoundError(NotFoundError):
    """No instance of this name runs without a bot."""

    code = "orphan-not-found"


class AdoptionError(ConflictError):
    """This instance cannot belong to that bot."""

    code = "adoption-refused"


class Orphans:
    """Keeps the rows of orphans as the looks show them.

    Args:
        ghost: How long the upstream may list an instance that is gone.
    """

    def __init__(self, ghost: timedelta) -> None:
        self._ghost = ghost

    async def settle(
        self, database: Database, lease: Lease, records: Sequence[Record], sight: Sight
    ) -> bool:
        """Store what changed; return whether the container list would settle something."""
        if sight.look is None:
            return False
        rows = await InstanceRepository(database).list_orphans(MOST_ORPHANS)
        stopped = {row.name for row in rows if row.stop_sent_at is not None}
        owned = {record.row.instance_name for record in records}
        known: defaultdict[str, list[Instance]] = defaultdict(list)
        for row in rows:
            known[row.instance_name].append(_instance(row))
        listed = {owner for name in sight.look.entries if (owner := owner_of(name))}
        owners = (known.keys() | listed) - owned
        parts = split(sight, owners)
        changed: list[tuple[Instance, str]] = []
        is_open = False
        for owner in sorted(owners):
            part = _without_unlisted(parts[owner], known[owner])
            before = {each.name: each for each in known[owner]}
            record = _pseudo_record(owner, known[owner], sight.look.answered_at)
            for instance in bring_up(record, part.look, part.containers):
                if instance != before.get(instance.name):
                    changed.append((instance, owner))
                is_open |= _is_open(instance, sight.look, self._ghost, stopped)
        if changed:
            await _write(database, lease, changed)
        return is_open and sight.containers is None


def _is_open(instance: Instance, look: Look, ghost: timedelta, stopped: AbstractSet[str]) -> bool:
    """Return whether only the container list can tell what this instance does."""
    if instance.gone_at is not None:  # listed for longer than a ghost is: does it run?
        return instance.name in look.entries and look.sent_at > instance.gone_at + ghost
    is_leaving = instance.condition == "exited" and instance.name in stopped
    return is_leaving or instance.condition == "absent"


def _without_unlisted(part: Sight, known: Sequence[Instance]) -> Sight:
    """Return the sight without containers that no status ever listed."""
    if part.containers is None or part.look is None:
        return part
    names = part.look.entries.keys() | {each.name for each in known}
    active = frozenset(name for name in part.containers.active if name in names)
    containers = part.containers.__class__(
        asked_at=part.containers.asked_at, active=active, exited=part.containers.exited
    )
    return part.__class__(look=part.look, looked_at=part.looked_at, containers=containers)


def _pseudo_record(owner: str, instances: Sequence[Instance], now: datetime) -> BotRecord:
    return BotRecord(
        instance_name=owner,
        desired="stopped",
        desired_at=now,
        generation=0,
        shown=Shown(state=_STOPPED, reason="never_deployed", since=now, known="stopped"),
        instances=tuple(instances),
    )


def _instance(row: OrphanRow) -> Instance:
    return Instance(
        name=row.name,
        first_seen_at=row.first_seen_at,
        condition=row.condition,
        condition_since=row.condition_since,
        is_active=row.is_active,
        gone_at=row.gone_at,
        is_dud=row.is_dud,
    )


async def _write(database: Database, lease: Lease, changed: Sequence[tuple[Instance, str]]) -> None:
    async def work(connection: Connection) -> None:
        instances = InstanceRepository(connection)
        for instance, owner in changed:
            await instances.upsert(instance, owner, None, None)

    await fenced(database, lease, work)
