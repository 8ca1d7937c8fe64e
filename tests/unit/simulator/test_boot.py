"""From the start of a container to the first figures, or to the end of a bot that cannot run."""

import pytest
from tests.unit.simulator.hand import BOT, CONFIG, Hand, make_config

from bridge.simulator.replies import Config
from bridge.simulator.timings import REAL_BOT


def words(hand: Hand, name: str, seconds: float) -> list[tuple[float, object, object]]:
    """Return status and recently_active, each time that they change."""
    rows: list[tuple[float, object, object]] = []
    for step in range(int(seconds * 10) + 1):
        status = hand.status(name)
        now = (status["status"], status.get("recently_active"))
        if not rows or rows[-1][1:] != now:
            rows.append((step / 10, *now))
        hand.wait(0.1)
    return rows


def test_real_bot_is_listed_then_active_then_running() -> None:
    hand = Hand()
    name = hand.deploy()

    (_, *first), (listed, *second), (active, *third), (running, *last) = words(hand, name, 30)

    assert [first, second, third, last] == [
        ["not_found", None],
        ["stopped", False],
        ["stopped", True],
        ["running", True],
    ]
    assert 0 < listed <= 1
    assert active == pytest.approx(4.5, abs=0.1)
    assert running == pytest.approx(7.0, abs=0.1)
    assert hand.life()["trading_from"] == pytest.approx(7.0 + 10.25, abs=0.1)


def test_nine_bots_at_once_take_half_a_minute() -> None:
    hand = Hand()
    hand.order("slow_boot")
    name = hand.deploy()

    rows = words(hand, name, 40)

    assert rows[-2] == (pytest.approx(26.1, abs=0.1), "stopped", True)
    assert rows[-1] == (pytest.approx(28.2, abs=0.1), "running", True)


@pytest.mark.parametrize(
    "config",
    [
        make_config(trading_pair="SHARP/USDT"),
        make_config(connector_name="bitmart_spot"),
        make_config(connector_name="kucoin"),  # no keys for it
        make_config(order_amount="lots"),
        make_config(unknown_field=1),
        make_config(controller_name="no_such_controller"),
    ],
    ids=["slash", "unknown connector", "no key", "rubbish", "unknown field", "no controller"],
)
def test_bot_that_cannot_run_exits_without_a_word(config: Config) -> None:
    hand = Hand()
    name = hand.deploy(config=config)

    rows = words(hand, name, 60)

    assert [row[1:] for row in rows] == [
        ("not_found", None),
        ("stopped", False),
        ("not_found", None),
    ]
    assert rows[-1][0] == pytest.approx(6.5, abs=0.6)
    assert hand.containers() == {name: "exited"}
    assert hand.life()["traded"] is False
    assert hand.run(name)["run_status"] == "CREATED"


@pytest.mark.parametrize("field", ["candles_connector", "interval"])
def test_bot_runs_with_fields_that_validate_refuses_wrongly(field: str) -> None:
    amounts: Config = {"buy_amounts_pct": None, "sell_amounts_pct": None}
    hand = Hand()

    name = hand.deploy_running(
        config=make_config(controller_name="pmm_dynamic", **amounts, **{field: "3m"})
    )

    assert hand.volume(name) > 0


def test_dying_can_be_ordered() -> None:
    hand = Hand()
    hand.order("dies_at_boot")
    name = hand.deploy()

    hand.wait(10)

    assert hand.containers() == {name: "exited"}
    assert hand.life()["traded"] is False


def test_unlisted_pair_stays_stopped_and_says_that_it_waits() -> None:
    hand = Hand()
    name = hand.deploy(config=make_config(trading_pair="UNLISTED-USDT"))

    hand.wait(75)

    status = hand.status(name)
    assert (status["status"], status["recently_active"]) == ("stopped", True)
    assert "bitmart is not ready. Please wait..." in str(status["general_logs"])
    assert hand.life()["traded"] is False


def test_bot_trades_once_its_exchange_is_back() -> None:
    hand = Hand()
    hand.order("exchange_dead")
    name = hand.deploy()
    hand.wait(60)
    assert hand.word(name) == "stopped"

    hand.world.faults.end("exchange_dead")
    hand.wait(10)

    assert hand.word(name) == "running"


def test_missing_amounts_make_a_bot_that_runs_and_trades_nothing() -> None:
    hand = Hand()
    name = hand.deploy(config=make_config(controller_name="pmm_simple"))

    hand.wait(90)

    status = hand.status(name)
    assert status["status"] == "running"
    assert hand.volume(name) == 0
    assert str(status["error_logs"]).count("object is not iterable") > 70


def test_bot_without_controllers_reports_nothing() -> None:
    hand = Hand()
    name = hand.deploy(controllers_config=[])

    hand.wait(60)

    status = hand.status(name)
    assert (status["status"], status["recently_active"]) == ("stopped", True)
    assert hand.life()["traded"] is False


def test_figures_change_at_every_beat_and_volume_grows() -> None:
    hand = Hand()
    name = hand.deploy_running()
    before = hand.figures(name)

    hand.wait(1)

    after = hand.figures(name)
    assert after != before
    assert float(str(after["volume_traded"])) > float(str(before["volume_traded"]))


def test_image_of_another_name_is_listed_once_it_speaks() -> None:
    hand = Hand(REAL_BOT, "acme/other:1")
    hand.world.engine.plant("somebody-elses", "postgres:17")
    name = hand.deploy(image="acme/other:1")
    hand.wait(3)
    assert hand.world.orchestrator.names() == []

    hand.wait(10)

    statuses = hand.world.orchestrator.status_of_all()
    assert list(statuses) == [name]
    assert "'source': 'mqtt'" in str(statuses)


def test_names_carry_the_local_second() -> None:
    hand = Hand()

    assert hand.deploy() == f"{BOT}-20261122-080010"
    assert hand.life()["configs"] == [CONFIG]
