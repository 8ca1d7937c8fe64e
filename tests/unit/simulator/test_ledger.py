"""The ledger tells what really happened, whatever the status says."""

from tests.unit.simulator.hand import ACCOUNT, BOT, CONFIG, Hand

from bridge.simulator.ledger import Life


def test_row_of_a_living_bot_is_open() -> None:
    hand = Hand()
    name = hand.deploy_running()

    assert hand.life() == {
        "instance": name,
        "instance_name": BOT,
        "account": ACCOUNT,
        "configs": [CONFIG],
        "started_at": 10.25,
        "ended_at": None,
        "traded": True,
        "trading_from": 17.25,
        "trading_until": None,
        "orders_cancelled": None,
    }


def test_killed_bot_is_on_the_ledger_while_the_status_still_says_running() -> None:
    hand = Hand()
    name = hand.deploy_running()

    hand.order("killed", seconds=0)
    hand.wait(1)

    assert hand.word(name) == "running"
    assert hand.life()["ended_at"] == hand.world.agenda.now - 1
    assert hand.life()["orders_cancelled"] is False


def test_one_bot_can_be_killed_among_many() -> None:
    hand = Hand()
    first = hand.deploy_running()
    second = hand.deploy_running()

    hand.order("killed", seconds=0, bot=first)

    assert hand.containers() == {first: "exited", second: "running"}


def test_every_life_has_a_row() -> None:
    hand = Hand()
    name = hand.deploy_running()
    hand.world.engine.stop(name)
    hand.world.engine.start(name)
    hand.wait(30)

    first, second = hand.lives()
    assert first["instance"] == second["instance"] == name
    assert first["ended_at"] == second["started_at"]
    assert second["trading_until"] is None


def test_bot_that_never_traded_has_no_orders_to_cancel() -> None:
    life = Life("bot-1", "bot", "acme", [], 0.0)

    life.stop_trading(5, orders_cancelled=False)

    assert life.entry()["orders_cancelled"] is None
    assert life.entry()["traded"] is False


def test_only_the_first_end_of_trading_counts() -> None:
    life = Life("bot-1", "bot", "acme", [], 0.0)
    life.begin_trading(1)
    life.stop_trading(2, orders_cancelled=True)
    life.stop_trading(3, orders_cancelled=False)

    assert (life.trading_until, life.orders_cancelled) == (2, True)


def test_trading_that_begins_again_is_one_stretch() -> None:
    life = Life("bot-1", "bot", "acme", [], 0.0)
    life.begin_trading(1)
    life.stop_trading(2, orders_cancelled=True)

    life.begin_trading(3)

    assert (life.trading_from, life.trading_until, life.orders_cancelled) == (1, None, None)
