"""What the API derives from a shown state: old words, health, a sentence, what may be asked."""

from typing import Final

from bridge.bots.structs import Action, HealthStatus, Status
from bridge.lifecycle.facts import Shown
from bridge.lifecycle.states import KnownState, Reason, State

# An old frontend offers Start for whatever is not "running".
_STATUS: Final[dict[KnownState, Status]] = {
    "stopped": "stopped",
    "starting": "running",
    "running": "running",
    "stopping": "running",
    "error": "error",
    "lost": "error",
    "conflict": "error",
}

_HEALTH: Final[dict[State, HealthStatus]] = {
    "stopped": "stopped",
    "starting": "healthy",
    "running": "healthy",
    "stopping": "healthy",
    "error": "error",
    "lost": "error",
    "conflict": "error",
    "unknown": "unknown",
}

# What a person must do something about; the bridge deals with all else.
_MESSAGES: Final[dict[tuple[State, Reason], str]] = {
    ("error", "boot_failed"): (
        "The bot ended while starting, most often for a wrong config, pair or credentials: "
        "correct them and start it again."
    ),
    ("error", "deploy_failed"): (
        "Hummingbot refused to deploy the bot: correct what it says and start it again."
    ),
    ("error", "start_expired"): (
        "The start could not be sent in time and was dropped: start the bot again if it is "
        "still wanted."
    ),
    ("error", "strategy_stopped"): (
        "The strategy has ended by itself while its container runs on: stop the bot, or start it "
        "again."
    ),
    ("error", "not_trading"): (
        "The bot runs but its strategy reports nothing, most often because the exchange or the "
        "pair cannot be reached: check its error, then stop it or start it again."
    ),
    ("lost", "instance_gone"): (
        "The bot's container is gone though nobody stopped it here: check the exchange for open "
        "orders before starting it again."
    ),
    ("lost", "container_exited"): (
        "The bot's container has exited though nobody stopped it here: check the exchange for "
        "open orders, then stop the bot."
    ),
    ("conflict", "two_instances"): (
        "Two instances of this bot run at once and may trade twice: stop the bot, which stops "
        "them all."
    ),
    ("conflict", "unexpected_instance"): (
        "An instance of this bot runs that the bridge did not start: adopt it, or stop the bot."
    ),
    ("stopping", "broker_silent"): (
        "The bot does not react to the stop and may still be trading: check the message broker, "
        "or stop it with force and cancel its open orders on the exchange."
    ),
    ("stopping", "hummingbot_unreachable"): (
        "The Hummingbot API does not answer, so the stop has to wait and the bot may still be "
        "trading: check the Hummingbot server."
    ),
    ("unknown", "hummingbot_unreachable"): (
        "The Hummingbot API does not answer, so nobody knows what this bot does: check the "
        "Hummingbot server."
    ),
    ("unknown", "no_heartbeat"): (
        "The bot has gone silent and may still be trading: check its process and the message "
        "broker."
    ),
    ("unknown", "broker_silent"): (
        "The bot's container runs but sends nothing: check its process and the message broker."
    ),
    ("unknown", "unreadable"): (
        "Hummingbot reports a status that the bridge does not know: check its version."
    ),
}


def known_states_of(status: Status) -> list[KnownState]:
    """Return the last known states that show as ``status``."""
    return [state for state, shown in _STATUS.items() if shown == status]


def status(shown: Shown) -> Status:
    """Return the state in the old vocabulary; unknown shows as the last known one."""
    return _STATUS[shown.known]


def health_status(shown: Shown) -> HealthStatus:
    """Return how the bot is, in one word."""
    if (shown.state, shown.reason) == ("stopping", "broker_silent"):
        return "error"
    health = _HEALTH[shown.state]
    return "stale" if shown.stale and health == "healthy" else health


def health_message(shown: Shown) -> str | None:
    """Return what a person must do, in one sentence; None when the bridge deals with it."""
    return _MESSAGES.get((shown.state, shown.reason))


def allowed_actions(
    shown: Shown, *, has_run: bool, is_runnable: bool, is_deleting: bool
) -> tuple[Action, ...]:
    """Return what may be asked of the bot, in the order of start, stop, edit, delete.

    A start out of error or conflict first stops what is there. Out of unknown it is refused.

    Args:
        shown: The state, aged.
        has_run: A run is open.
        is_runnable: The strategy is one that can be started.
        is_deleting: The bot was deleted, and its instance is not gone yet.
    """
    if is_deleting:
        return ("delete",)
    can_start = is_runnable and shown.state not in ("starting", "running", "unknown")
    if shown.state == "stopping":
        can_stop = shown.reason == "broker_silent"  # with force
    else:
        can_stop = has_run or shown.state in ("starting", "unknown", "conflict")
    starts: tuple[Action, ...] = ("start",) if can_start else ()
    stops: tuple[Action, ...] = ("stop",) if can_stop else ()
    return (*starts, *stops, "edit", "delete")
