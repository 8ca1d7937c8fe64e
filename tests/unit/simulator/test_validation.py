"""What validate says beyond the recorded cases."""

import pytest
from tests.unit.simulator.hand import make_config

from bridge.simulator.controllers import source, template, validate
from bridge.simulator.replies import RefusalError


def said(controller_type: str, controller: str, config: dict[str, object]) -> str:
    with pytest.raises(RefusalError) as refusal:
        validate(controller_type, controller, config)
    assert refusal.value.status == 400
    return str(refusal.value.detail)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"connector_name": 1}, "string_type"),
        ({"order_amount": None}, "decimal_type"),
        ({"order_amount": True}, "decimal_type"),
        ({"order_refresh_time": "soon"}, "int_parsing"),
        ({"order_refresh_time": []}, "int_type"),
        ({"buy_spreads": ["wide"]}, "float_parsing"),
        ({"inventory_skew_enabled": "perhaps"}, "bool_type"),
    ],
)
def test_wrong_kinds_are_named(changes: dict[str, object], kind: str) -> None:
    text = said("generic", "pmm_v1", make_config(**changes))

    assert text.startswith("1 validation error for PMMV1Config\n")
    assert f"[type={kind}, " in text


@pytest.mark.parametrize(
    "changes",
    [
        {"order_refresh_time": "60"},
        {"order_refresh_time": 60.0},
        {"order_amount": "1600"},
        {"buy_spreads": "0.003,0.006"},
    ],
)
def test_lenient_kinds_are_taken(changes: dict[str, object]) -> None:
    assert validate("generic", "pmm_v1", make_config(**changes)) == {
        "message": "Configuration is valid"
    }


def test_time_limit_may_be_left_empty_but_not_zero() -> None:
    base: dict[str, object] = {"id": "x", "controller_name": "pmm_simple"}

    validate("market_making", "pmm_simple", {**base, "time_limit": ""})
    validate("market_making", "pmm_simple", {**base, "time_limit": None})

    assert "greater_than" in said("market_making", "pmm_simple", {**base, "time_limit": 0})


def test_optional_numbers_of_a_grid_may_be_none() -> None:
    config: dict[str, object] = {"id": "g", "activation_bounds": None, "max_orders_per_batch": None}

    assert validate("generic", "grid_strike", config)


def test_controller_that_was_not_looked_at_wants_an_id() -> None:
    assert validate("generic", "pmm_mister", {"id": "m", "anything": 1})
    assert "Field required" in said("generic", "pmm_mister", {})


def test_template_of_a_controller_that_was_not_looked_at_is_empty() -> None:
    assert template("generic", "pmm_mister") == {}


def test_source_is_of_known_controllers_only() -> None:
    assert source("generic", "pmm_v1")["name"] == "pmm_v1"
    with pytest.raises(RefusalError) as refusal:
        source("generic", "pmm_simple")
    assert refusal.value.status == 404
