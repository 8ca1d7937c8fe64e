"""The broker dies and comes back; bots are frozen, go on, or are heard no more."""

from tests.unit.simulator.hand import Hand


def test_all_bots_are_idle_after_half_a_minute_and_back_soon_after_the_broker() -> None:
    hand = Hand()
    names = [hand.deploy_running(), hand.deploy_running()]
    hand.order("broker_dead")
    hand.wait(28)
    assert {hand.word(name) for name in names} == {"running"}
    hand.wait(3)
    assert {hand.word(name) for name in names} == {"idle"}

    hand.world.faults.end("broker_dead")
    hand.wait(1.4)
    assert {hand.word(name) for name in names} == {"idle"}
    hand.wait(0.2)

    assert {hand.word(name) for name in names} == {"running"}


def test_api_says_connected_all_the_while() -> None:
    hand = Hand()
    hand.order("broker_dead")
    hand.wait(100)

    assert hand.world.orchestrator.mqtt()["mqtt_connected"] is True


def test_commands_fail_without_a_word() -> None:
    hand = Hand()
    name = hand.deploy_running()
    hand.order("broker_dead")

    assert hand.world.stop_bot(name) == {"success": False}
    assert hand.world.orchestrator.start_bot(name) == {"success": False}
    assert hand.run(name)["run_status"] == "CREATED"


def test_bot_born_without_broker_trades_unseen_and_is_seen_later() -> None:
    hand = Hand()
    hand.order("broker_dead")
    name = hand.deploy()
    hand.wait(60)
    assert hand.word(name) == "stopped"
    assert hand.life()["traded"] is True

    hand.world.faults.end("broker_dead")
    hand.wait(3)

    assert hand.word(name) == "running"


def test_frozen_bot_is_idle_and_back_at_once() -> None:
    hand = Hand()
    name = hand.deploy_running()
    hand.order("frozen")
    hand.wait(31)
    assert hand.word(name) == "idle"

    hand.world.faults.end("frozen")

    assert hand.word(name) == "running"


def test_frozen_bot_does_not_boot_on() -> None:
    hand = Hand()
    name = hand.deploy()
    hand.wait(2)
    hand.order("frozen")
    hand.wait(60)
    assert hand.word(name) == "stopped"
    assert hand.life()["traded"] is False

    hand.world.faults.end("frozen")
    hand.wait(10)

    assert hand.word(name) == "running"


def test_flip_is_lost_with_the_broker() -> None:
    hand = Hand()
    name = hand.deploy_running()
    hand.world.stop_bot(name)
    hand.order("broker_dead", seconds=20)

    hand.wait(60)

    assert hand.word(name) == "stopped"


def test_stop_of_a_bot_that_freezes_before_its_orders_are_gone() -> None:
    hand = Hand()
    name = hand.deploy_running()
    hand.world.stop_bot(name)
    hand.order("frozen", seconds=30)
    hand.wait(20)
    assert hand.life()["orders_cancelled"] is None

    hand.wait(20)

    assert hand.life()["orders_cancelled"] is True


def test_frozen_and_killed_leaves_its_orders() -> None:
    hand = Hand()
    name = hand.deploy_running()
    hand.order("frozen")
    hand.world.stop_bot(name)

    hand.world.engine.stop(name)
    hand.wait(60)

    assert hand.life()["orders_cancelled"] is False


def test_one_bot_can_be_frozen_among_many() -> None:
    hand = Hand()
    first, second = hand.deploy_running(), hand.deploy_running()

    hand.order("frozen", bot=first)
    hand.wait(31)

    assert (hand.word(first), hand.word(second)) == ("idle", "running")


def test_history_is_answered_by_bots_that_can_answer() -> None:
    hand = Hand()
    name = hand.deploy_running()
    trades = hand.world.trades_of(name)
    assert trades is not None
    assert trades[0]["price"] == "0.007771"

    hand.order("frozen")

    assert hand.world.trades_of(name) is None
    assert hand.world.trades_of("ghost") is None
