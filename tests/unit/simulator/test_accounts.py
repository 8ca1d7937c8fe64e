"""Keys: tried on the exchange, kept or not, and filled from a memory that knows no accounts."""

import pytest
from tests.unit.simulator.hand import ACCOUNT, KEYS, Hand

from bridge.simulator.exchange import fingerprint
from bridge.simulator.replies import RefusalError


def refused(hand: Hand, account: str, fields: dict[str, object], connector: str = "bitmart") -> str:
    with pytest.raises(RefusalError) as refusal:
        hand.world.accounts.set_keys(account, connector, fields)
    assert refusal.value.status == 400
    return str(refusal.value.detail)


def test_missing_fields_come_from_another_account() -> None:
    hand = Hand()
    hand.world.accounts.add("other")

    hand.world.accounts.set_keys("other", "bitmart", {})

    marks = hand.world.accounts.fingerprints()
    assert marks["other"] == marks[ACCOUNT]
    assert marks["other"]["bitmart"]["bitmart_api_key"] == fingerprint("key")


def test_refused_key_stays_in_the_memory_but_not_on_file() -> None:
    hand = Hand()
    hand.world.accounts.add("other")

    assert "HTTP status is 401" in refused(hand, "other", {**KEYS, "bitmart_api_key": "bad"})

    assert hand.world.accounts.connectors("other") == []
    assert "HTTP status is 401" in refused(hand, "other", {})


def test_failed_update_keeps_the_earlier_keys() -> None:
    hand = Hand()
    before = hand.world.accounts.fingerprints()

    refused(hand, ACCOUNT, {**KEYS, "bitmart_secret_key": "bad"})

    assert hand.world.accounts.fingerprints() == before


def test_empty_value_is_refused_by_the_exchange() -> None:
    assert "401" in refused(Hand(), ACCOUNT, {**KEYS, "bitmart_memo": ""})


def test_without_memory_a_missing_field_is_refused() -> None:
    detail = refused(Hand(), ACCOUNT, {"kucoin_api_key": "key"}, "kucoin")

    assert "'kucoin_secret_key', 'kucoin_passphrase'" in detail


def test_worker_is_busy_while_keys_are_tried() -> None:
    hand = Hand()
    worker, now = hand.world.worker, hand.world.agenda.now

    hand.world.accounts.set_keys(ACCOUNT, "bitmart", KEYS)
    assert worker.busy_until == pytest.approx(now + 3.5)

    hand.wait(10)
    hand.order("exchange_dead")
    refused(hand, ACCOUNT, KEYS)
    assert worker.busy_until == pytest.approx(hand.world.agenda.now + 2.4)

    hand.wait(10)
    hand.world.faults.end_all()
    hand.order("exchange_slow")
    hand.world.accounts.set_keys(ACCOUNT, "bitmart", KEYS)
    assert worker.busy_until == pytest.approx(hand.world.agenda.now + 33.2)


def test_marks_do_not_show_secrets() -> None:
    assert "secret" not in str(Hand().world.accounts.fingerprints()).replace("secret_key", "")


def test_deleting_keys_succeeds_always() -> None:
    hand = Hand()

    hand.world.accounts.delete_keys(ACCOUNT, "bitmart")
    hand.world.accounts.delete_keys(ACCOUNT, "bitmart")
    hand.world.accounts.delete_keys("nobody", "nowhere")

    assert hand.world.accounts.connectors(ACCOUNT) == []
