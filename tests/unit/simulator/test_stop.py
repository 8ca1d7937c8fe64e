"""stop-bot, start-bot, containers stopped and started, the kill switch."""

import pytest
from tests.unit.simulator.hand import CONFIG, Hand, make_config

from bridge.simulator.replies import Config


def test_stopped_bot_is_running_again_with_empty_figures() -> None:
    hand = Hand()
    name = hand.deploy_running()

    assert hand.world.stop_bot(name) == {"success": True}
    assert hand.word(name) == "stopped"
    hand.wait(8.1)
    assert hand.word(name) == "stopped"

    hand.wait(0.2)

    assert hand.word(name) == "running"
    assert hand.figures(name) == {}
    hand.wait(600)
    assert hand.figures(name) == {}


def test_grid_flips_after_twenty_seconds() -> None:
    hand = Hand()
    grid: Config = {
        "id": CONFIG,
        "controller_name": "grid_strike",
        "connector_name": "bitmart",
        "trading_pair": "SHARP-USDT",
    }
    name = hand.deploy_running(config=grid)

    hand.world.stop_bot(name)
    hand.wait(19.9)
    assert hand.word(name) == "stopped"

    hand.wait(0.3)
    assert hand.word(name) == "running"


def test_second_stop_clears_it_for_good() -> None:
    hand = Hand()
    name = hand.deploy_running()
    hand.world.stop_bot(name)
    hand.wait(30)

    assert hand.world.stop_bot(name) == {"success": True}
    hand.wait(600)

    assert hand.word(name) == "stopped"


def test_orders_are_cancelled_a_second_after_the_stop() -> None:
    hand = Hand()
    name = hand.deploy_running()
    stopped_at = hand.world.agenda.now

    hand.world.stop_bot(name)
    hand.wait(0.9)
    assert hand.life()["orders_cancelled"] is None

    hand.wait(0.2)
    assert hand.life()["orders_cancelled"] is True
    assert hand.life()["trading_until"] == pytest.approx(stopped_at + 1)


def test_start_bot_answers_success_and_starts_nothing() -> None:
    hand = Hand()
    name = hand.deploy_running()
    hand.world.stop_bot(name)
    hand.wait(30)
    hand.world.stop_bot(name)

    assert hand.world.orchestrator.start_bot(name) == {"success": True}
    hand.wait(60)

    assert hand.word(name) == "stopped"
    assert len(hand.lives()) == 1


def test_stop_notes_the_run_once() -> None:
    hand = Hand()
    name = hand.deploy_running()
    hand.world.stop_bot(name)
    first = hand.run(name)
    hand.wait(60)

    hand.world.stop_bot(name)

    assert first["run_status"] == "STOPPED"
    assert '"status": "running"' in str(first["final_status"])
    assert hand.run(name) == first


def test_unknown_bot_is_a_success_that_failed() -> None:
    hand = Hand()

    assert hand.world.stop_bot("ghost") == {"success": False, "message": "Bot ghost not found"}


def test_stop_while_booting_is_never_heard() -> None:
    """Nobody listens yet on MQTT; the bot trades afterwards. Read in the source, not observed."""
    hand = Hand()
    name = hand.deploy()
    hand.wait(2)

    assert hand.world.stop_bot(name) == {"success": True}
    hand.wait(20)

    assert hand.word(name) == "running"
    assert hand.life()["trading_until"] is None


def test_frozen_bot_hears_the_stop_when_it_goes_on() -> None:
    hand = Hand()
    name = hand.deploy_running()
    hand.order("frozen")

    assert hand.world.stop_bot(name) == {"success": True}
    hand.wait(60)
    assert hand.life()["orders_cancelled"] is None

    hand.world.faults.end("frozen")
    assert hand.life()["orders_cancelled"] is None
    hand.wait(1)
    assert hand.life()["orders_cancelled"] is True


def test_stopping_the_container_leaves_the_orders() -> None:
    hand = Hand()
    name = hand.deploy_running()

    hand.world.engine.stop(name)

    life = hand.life()
    assert life["orders_cancelled"] is False
    assert life["ended_at"] == life["trading_until"] == hand.world.agenda.now


def test_stopping_the_container_after_the_stop_leaves_none() -> None:
    hand = Hand()
    name = hand.deploy_running()
    hand.world.stop_bot(name)
    hand.wait(5)

    hand.world.engine.stop(name)

    assert hand.life()["orders_cancelled"] is True


def test_restarted_container_trades_again_and_its_volume_goes_on() -> None:
    hand = Hand()
    name = hand.deploy_running()
    volume = hand.volume(name)
    hand.world.stop_bot(name)
    hand.wait(30)

    hand.world.engine.stop(name)
    hand.world.engine.start(name)
    hand.wait(9.3)
    assert len(hand.lives()) == 2
    assert hand.life()["traded"] is False
    hand.wait(2)

    assert hand.word(name) == "running"
    assert hand.volume(name) >= volume
    assert hand.life()["traded"] is True


def test_stop_and_start_of_containers_repeat_safely() -> None:
    hand = Hand()
    name = hand.deploy_running()

    hand.world.engine.start(name)
    hand.world.engine.stop(name)
    hand.world.engine.stop(name)

    assert hand.containers() == {name: "exited"}
    assert len(hand.lives()) == 1


def test_kill_switch_takes_the_orders_away_within_ten_seconds() -> None:
    hand = Hand()
    name = hand.deploy_running()

    hand.world.update_config(name, CONFIG, {"manual_kill_switch": True})
    hand.wait(11)
    volume = hand.volume(name)
    hand.wait(30)

    assert hand.word(name) == "running"
    assert hand.volume(name) == volume
    hand.world.update_config(name, CONFIG, {"manual_kill_switch": False})
    hand.wait(30)
    assert hand.volume(name) > volume


def test_kill_switch_before_the_container_is_stopped_leaves_no_orders() -> None:
    hand = Hand()
    name = hand.deploy_running()
    hand.world.update_config(name, CONFIG, {"manual_kill_switch": True})
    hand.wait(11)

    hand.world.engine.stop(name)

    assert hand.life()["orders_cancelled"] is True


def test_config_with_the_kill_switch_on_trades_nothing() -> None:
    hand = Hand()

    name = hand.deploy_running(config=make_config(manual_kill_switch=True))

    assert hand.volume(name) == 0
