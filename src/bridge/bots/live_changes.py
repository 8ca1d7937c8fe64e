"""What of a changed controller config a running instance takes over. Pure.

Every 10 s a bot reads its own copy of the config again and takes over the fields that its
controller's class marks ``is_updatable``; all others it passes over in silence
(hummingbot/strategy_v2/controllers/controller_base.py, update_config). A field is listed here
when it is marked and the controller also looks at it while it trades:

* ``pmm_v1`` looks at all that it marks in every round (controllers/generic/pmm_v1.py, commit
  a65bb0a9). It overrides ``total_amount_quote`` without the mark.
* ``grid_strike`` marks nearly everything, but hands it to its grid executor once, when that is
  made (controllers/generic/grid_strike.py, determine_executor_actions): a grid that is up keeps
  its old range and limit price. So no field of it is listed.
* ``pmm_simple`` marks those of its base class; a recorded real bot took spreads and refresh time
  over within 10 s (market_making_controller_base.py). Its barriers are left out: positions that
  are open keep theirs.
* Of other controllers only the kill switch is known, which every bot looks at.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

_EVERY_CONTROLLER: Final = frozenset({"manual_kill_switch"})
_TAKEN_OVER: Final[Mapping[object, frozenset[str]]] = {
    "pmm_v1": _EVERY_CONTROLLER
    | {"order_amount", "buy_spreads", "sell_spreads"}
    | {"order_refresh_time", "order_refresh_tolerance_pct", "filled_order_delay"}
    | {"inventory_skew_enabled", "target_base_pct", "inventory_range_multiplier"}
    | {"price_ceiling", "price_floor"},
    "pmm_simple": _EVERY_CONTROLLER
    | {"total_amount_quote", "buy_spreads", "sell_spreads", "buy_amounts_pct", "sell_amounts_pct"}
    | {"executor_refresh_time", "cooldown_time"},
}


def live_change(
    before: Mapping[str, object], after: Mapping[str, object]
) -> dict[str, object] | None:
    """Return what to send to the running instance so that it trades by another config.

    The upstream merges it into the instance's copy key by key and checks nothing. It never holds
    ``id``: a bot that finds another id starts a second controller beside the first.

    Returns:
        The fields that differ, none when none does; None when one of them would not be taken over
        or has been left out, so that the change applies at the next start.
    """
    names = [*after, *(before.keys() - after.keys())]
    changed = [name for name in names if name != "id" and _differs(before, after, name)]
    known = _TAKEN_OVER.get(before.get("controller_name"), _EVERY_CONTROLLER)
    if not all(name in known and name in after for name in changed):
        return None
    return {name: after[name] for name in changed}


def _differs(before: Mapping[str, object], after: Mapping[str, object], name: str) -> bool:
    if (name in before) != (name in after):
        return True
    # As JSON: to Python, true equals 1.
    return _json(before[name]) != _json(after[name])


def _json(value: object) -> bytes:
    return msgspec.json.encode(value, order="deterministic")
