"""What the merge is given and what it says. Values only; all times are aware, in UTC.

A limit is passed when more than it has elapsed: at exactly the limit nothing has changed yet.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from bridge.lifecycle.states import (
    Condition,
    DesiredState,
    KnownState,
    Outcome,
    Phase,
    Reason,
    State,
)


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How old a look may be.

    Attributes:
        fresh: Older than this: stale.
        bound: Older than this: it says nothing any more.
    """

    fresh: timedelta = timedelta(seconds=5)
    bound: timedelta = timedelta(seconds=60)


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """Every time limit of the merge.

    Attributes:
        grace: For booting, and for a report that went missing.
        in_doubt: How long a deploy may take before its outcome counts as unknown.
        idle: How long a silent bot is still shown as running.
        ghost: How long the upstream may list an instance that is gone.
        start_expiry: From asking for a start to sending the deploy.
        stop_patience: How long a bot may take to react to a stop.
    """

    grace: timedelta = timedelta(seconds=120)
    in_doubt: timedelta = timedelta(seconds=10)
    idle: timedelta = timedelta(seconds=60)
    ghost: timedelta = timedelta(seconds=45)
    start_expiry: timedelta = timedelta(seconds=120)
    stop_patience: timedelta = timedelta(seconds=90)
    bounds: Bounds = Bounds()


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The stored state of a bot, as ``bots`` holds it.

    Attributes:
        since: When ``state`` began; another reason for the same state does not count.
        known: ``state``, or the last one before it when that is "unknown".
        stale: The state is the last known one; ageing is not part of it (``ages.apply_age``).
        error: What the bot or the upstream reported last, for a state of error.
    """

    state: State
    reason: Reason
    since: datetime
    known: KnownState
    stale: bool = False
    error: str | None = None


class OpenRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that has not ended.

    Attributes:
        requested_at: When the start was asked for (``bots.desired_at`` of that moment).
        deploying_since: When the deploy was about to be sent.
        stop_sent_at: When the first stop of this run was sent.
        first_active_at: When a look first found the bot sending something.
        first_figures_at: When a look first found figures of a controller.
        instance: Exact upstream name; None until the deploy was answered or its instance adopted.
        effect_ended_at: When the last call with an effect on this run was answered or given up;
            None while one is under way, and before the first one.
    """

    generation: int
    phase: Phase
    requested_at: datetime
    deploying_since: datetime | None = None
    deployed_at: datetime | None = None
    stop_sent_at: datetime | None = None
    first_active_at: datetime | None = None
    first_figures_at: datetime | None = None
    instance: str | None = None
    effect_ended_at: datetime | None = None


class LastRun(msgspec.Struct, frozen=True, kw_only=True):
    """The latest run that ended.

    Attributes:
        instance: What it had deployed; None when it never came to that.
        error: What the upstream said when it failed, free of secrets.
    """

    generation: int
    outcome: Outcome
    instance: str | None = None
    error: str | None = None


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """Something of this bot's name that was seen upstream.

    Attributes:
        first_seen_at: When the first look or list that held it was answered.
        condition: What the last look that could judge it said; None before the first one.
        condition_since: When the first look (or list) of this condition was sent.
        is_active: Whether it had sent anything in the upstream's last 30 s.
        gone_at: When the container list that proved it gone was asked for.
        is_dud: Its config had been taken away before it booted: it cannot trade.
        has_run: A run of ours, open or ended, deployed or adopted it.
    """

    name: str
    first_seen_at: datetime
    condition: Condition | None = None
    condition_since: datetime | None = None
    is_active: bool = False
    gone_at: datetime | None = None
    is_dud: bool = False
    has_run: bool = False


class BotRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What we hold about one bot.

    Attributes:
        instance_name: What its instances are called, without the stamp.
        desired_at: When ``desired`` was last asked for, with ``generation``.
        last: The latest run that ended, also while another one is open.
        instances: Every instance on record, gone ones too.
    """

    instance_name: str
    desired: DesiredState
    desired_at: datetime
    generation: int
    shown: Shown
    run: OpenRun | None = None
    last: LastRun | None = None
    instances: tuple[Instance, ...] = ()


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One bot of the upstream's status.

    Attributes:
        status: The upstream's word.
        has_figures: The report of at least one controller is more than ``{}``. Whether there is
            a report at all is in ``status``: without one it is "stopped".
        error_line: The newest line of its error log.
    """

    status: str
    recently_active: bool
    has_figures: bool = False
    error_line: str | None = None


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One decoded status answer: its entries by exact instance name."""

    sent_at: datetime
    answered_at: datetime
    entries: Mapping[str, Entry]


class Containers(msgspec.Struct, frozen=True, kw_only=True):
    """Both container lists, each answered as a list.

    The active ones must be asked for first: a container that exits in between is then in both
    or in the second, never in neither.

    Attributes:
        asked_at: When the first of the two was asked for.
    """

    asked_at: datetime
    active: frozenset[str]
    exited: frozenset[str]


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of the upstream; see ``instances.split`` for the part of each bot.

    Attributes:
        look: The newest decoded look; None when this process holds none. One that could not be
            decoded is no look. They must be given in the order in which they were sent.
        looked_at: When the newest decoded look of the cluster was sent; None: never.
        containers: None when they were not asked for, or not answered as lists.
    """

    look: Look | None = None
    looked_at: datetime | None = None
    containers: Containers | None = None


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """What the merge says; whoever calls it stores what differs from the record.

    Attributes:
        merge_at: When the same facts will say something else; always in the future.
        ends_run: How the open run has ended; the rest of the observation holds for after that.
        reopens_run: The instance of an ended run that runs after all: open that run, merge again.
        wants_container_list: A question is open that only the container list can settle.
        instances: As on record, brought up to date by what was seen.
        first_active_at: For the open run; likewise ``first_figures_at``.
    """

    shown: Shown
    merge_at: datetime | None
    ends_run: Outcome | None
    reopens_run: str | None
    wants_container_list: bool
    instances: tuple[Instance, ...]
    first_active_at: datetime | None
    first_figures_at: datetime | None
