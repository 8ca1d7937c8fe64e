"""Records as they are loaded, for the tests of what is done next; moments are after ``T0``."""

from uuid import UUID

from msgspec.structs import replace
from tests.unit.lifecycle.facts import BOT, ONE, at

from bridge.lifecycle.records import InstancePart, LastPart, Record, RecordRow, RunPart
from bridge.lifecycle.structs import OrphanRow

_RUN_ID = UUID(int=2)
_ROW = RecordRow(
    id=UUID(int=1),
    client_id=UUID(int=3),
    account="acct",
    instance_name=BOT,
    connector="bitmart",
    pair="SHARP/USDT",
    strategy="spread",
    config="{}",
    revision=1,
    desired_state="running",
    desired_at=at(0),
    generation=1,
    state="running",
    reason="reporting",
    since=at(0),
    known_state="running",
    is_stale=False,
    error=None,
    merge_at=None,
    instance=None,
    running_revision=None,
    performance=None,
    deleted_at=None,
    last_look_at=at(1000),
    pace_seconds=1.0,
    hold=None,
    open_run=None,
    last_run=None,
    instances="[]",
    read_at=at(1000),
)
_PART = InstancePart(
    name=ONE,
    run_id=None,
    config_name=None,
    first_seen_at=at(11),
    condition="trading",
    condition_since=at(20),
    is_active=True,
    is_dud=False,
    gone_at=None,
    checked_at=at(12),
    stop_asked_at=None,
    force_asked_at=None,
    stop_sent_at=None,
    told_at=None,
    archive_sent_at=None,
    stop_attempts=0,
    retry_at=None,
)
_ORPHAN = OrphanRow(
    name=ONE,
    instance_name=BOT,
    account="acct",
    connector="bitmart",
    pair="SHARP-USDT",
    config_name="c",
    first_seen_at=at(11),
    condition="trading",
    condition_since=at(20),
    is_active=True,
    is_dud=False,
    gone_at=None,
    checked_at=at(12),
    stop_asked_at=at(13),
    force_asked_at=None,
    stop_sent_at=None,
    told_at=None,
    archive_sent_at=None,
    stop_attempts=0,
    retry_at=None,
)


def part(name: str = ONE, **given: object) -> InstancePart:
    """Make an instance that trades, was checked, and is to be left alone."""
    return replace(_PART, **({"name": name} | given))


def orphan(**given: object) -> OrphanRow:
    """Make an orphan that trades, and is to be stopped."""
    return replace(_ORPHAN, **given)


def run_part(**given: object) -> RunPart:
    """Make a run that was asked for at 0, deployed at 10 and heard at 14."""
    usual: dict[str, object] = {
        "id": _RUN_ID,
        "generation": 1,
        "phase": "deployed",
        "attempt": 1,
        "lease_token": 1,
        "config_name": "bridge-1",
        "revision": 1,
        "seen_revision": None,
        "config": {},
        "instance": ONE,
        "requested_at": at(0),
        "deploying_at": at(9),
        "deployed_at": at(10),
        "first_active_at": at(14),
        "first_figures_at": at(17),
        "effect_ended_at": at(10),
        "next_attempt_at": None,
        "error": None,
    }
    return RunPart(**(usual | given))  # pyright: ignore[reportArgumentType] - given by name


def record(
    run: RunPart | None = None,
    *instances: InstancePart,
    last: LastPart | None = None,
    **row: object,
) -> Record:
    """Make a bot of generation 1 that is to run, at 1000."""
    return Record(replace(_ROW, **row), run, last, instances)
