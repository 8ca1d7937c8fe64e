"""The words of the lifecycle: what a state's reason, a run's phase and an entry's condition can be.

They are part of the answers too.
"""

from typing import Final, Literal

State = Literal[
    "stopped", "starting", "running", "stopping", "error", "lost", "unknown", "conflict"
]
DesiredState = Literal["running", "stopped"]
# A state that says something; "unknown" shows the last one of these to old frontends.
KnownState = Literal["stopped", "starting", "running", "stopping", "error", "lost", "conflict"]
Phase = Literal["requested", "deploying", "deployed", "stopping"]
Outcome = Literal["stopped", "cancelled", "failed", "expired", "gone"]

# What the upstream says of one instance. "waiting": `stopped` or only `{}`, and never any figures.
# "emptied", "quiet": only `{}`, or `stopped`, after figures had been seen. "exited": not listed,
# and the container list has it among the exited ones.
Condition = Literal[
    "trading", "idle", "emptied", "quiet", "waiting", "absent", "exited", "unreadable"
]

Reason = Literal[
    # stopped
    "never_deployed",
    "stopped",
    "start_cancelled",
    # starting
    "start_requested",
    "deploying",
    "booting",
    # running
    "reporting",
    "no_heartbeat",
    "no_report",
    # stopping: what the stop waits for
    "stop_requested",
    "deploy_unsettled",
    "waiting_for_container",
    "container_exited",
    "broker_silent",
    "hummingbot_unreachable",
    # error
    "boot_failed",
    "deploy_failed",
    "start_expired",
    "strategy_stopped",
    "not_trading",
    # lost; also container_exited
    "instance_gone",
    # conflict
    "two_instances",
    "unexpected_instance",
    # unknown; also no_heartbeat, no_report, broker_silent, hummingbot_unreachable
    "deploy_in_doubt",
    "unlisted",
    "unreadable",
]

# These rest on our record or on the container list; no look is needed to go on saying them.
_PROVEN: Final[frozenset[Reason]] = frozenset({"boot_failed", "deploy_failed", "start_expired"})


def is_proven(state: State, reason: Reason) -> bool:
    """Return whether this stays true however old the last look is."""
    return state in {"stopped", "lost"} or (state == "error" and reason in _PROVEN)
