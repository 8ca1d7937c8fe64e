"""A bot's figures, summed over its controllers."""

import json
from decimal import Decimal

import pytest

from bridge.hummingbot.protocol.statuses import BotLook
from bridge.hummingbot.wire import Metrics
from bridge.lifecycle.figures import performance

FULL = Metrics(
    realized_pnl_quote=Decimal("1.10"),
    unrealized_pnl_quote=Decimal("-0.1"),
    realized_pnl_pct=Decimal("0.01"),
    unrealized_pnl_pct=Decimal("-0.002"),
    global_pnl_quote=Decimal(1),
    global_pnl_pct=Decimal("0.008"),
    volume_traded=Decimal(1200),
)


def bot(*reports: Metrics | None) -> BotLook:
    figures = {f"c{number}": report for number, report in enumerate(reports)}
    return BotLook("running", is_recently_active=True, figures=figures, last_error=None)


@pytest.mark.parametrize("looked", [bot(), bot(None), bot(None, None)])
def test_bot_that_reports_nothing_has_no_figures(looked: BotLook) -> None:
    assert performance(looked) is None


def test_figures_of_one_controller_are_its_own() -> None:
    text = performance(bot(None, FULL))

    assert text is not None
    assert json.loads(text, parse_float=Decimal) == {
        "realized_pnl_quote": Decimal("1.10"),
        "unrealized_pnl_quote": Decimal("-0.1"),
        "realized_pnl_pct": Decimal("0.01"),
        "unrealized_pnl_pct": Decimal("-0.002"),
        "global_pnl_quote": 1,
        "global_pnl_pct": Decimal("0.008"),
        "volume_traded": 1200,
    }


def test_amounts_of_several_are_summed_exactly_and_percentages_left_out() -> None:
    tenth, fifth = (Metrics(volume_traded=Decimal(each)) for each in ("0.1", "0.2"))

    assert performance(bot(tenth, fifth)) == '{"volume_traded":0.3}'
    text = performance(bot(FULL, FULL))
    assert text is not None
    assert json.loads(text, parse_float=Decimal) == {
        "realized_pnl_quote": Decimal("2.20"),
        "unrealized_pnl_quote": Decimal("-0.2"),
        "global_pnl_quote": 2,
        "volume_traded": 2400,
    }


def test_what_no_controller_says_is_left_out() -> None:
    assert performance(bot(Metrics(), Metrics())) == "{}"
    assert performance(bot(Metrics(), FULL)) != performance(bot(FULL))


def test_equal_figures_are_equal_texts() -> None:
    assert performance(bot(FULL)) == performance(bot(None, FULL, None))
