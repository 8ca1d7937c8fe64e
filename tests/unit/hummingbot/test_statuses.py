"""What one answer about all bots tells of each of them."""

import json
import tracemalloc
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contract.recordings import exchanges, recorded, reply_of

from bridge.hummingbot.errors import UpstreamProtocolError
from bridge.hummingbot.protocol.messages import Reply
from bridge.hummingbot.protocol.statuses import UNREADABLE_BOT, BotLook, decode_statuses
from bridge.hummingbot.wire import Metrics

ONE_BOT = [each.name for each in recorded("status") if each.path != "/bot-orchestration/status"]


def look_at(entry: object, name: str = "bot") -> BotLook:
    return decode_all({name: entry})[name]


def decode_all(data: object, **rest: object) -> dict[str, BotLook]:
    body = json.dumps({"status": "success", "data": data, **rest}).encode()
    return decode_statuses(Reply(200, {}, body))


class OneBot(msgspec.Struct):
    """What the upstream answers about one bot: the same as its entry among all."""

    data: dict[str, object]


def recorded_entry(name: str) -> dict[str, object]:
    return msgspec.convert(exchanges()[name].response, OneBot).data


def recorded_bot(name: str) -> BotLook:
    return look_at(recorded_entry(name))


def entry(**fields: object) -> dict[str, object]:
    return {"status": "running", "performance": {}, "recently_active": True, **fields}


def controller(**metrics: object) -> dict[str, object]:
    return {"c": {"status": "running", "performance": metrics, "custom_info": {}}}


def test_recorded_answer_about_all_bots_lists_each() -> None:
    bots = decode_statuses(reply_of("status_all"))

    assert list(bots) == ["ext-20261122-081044", "mm-alpha-20261122-081044"]
    assert bots["mm-alpha-20261122-081044"] == BotLook(
        "running",
        is_recently_active=True,
        figures={
            "spread_sharp": Metrics(
                realized_pnl_quote=Decimal("1.25"),
                unrealized_pnl_quote=Decimal("0.0"),
                realized_pnl_pct=Decimal("0.0"),
                unrealized_pnl_pct=Decimal("0.0"),
                global_pnl_quote=Decimal("1.4049"),
                global_pnl_pct=Decimal("0.0"),
                volume_traded=Decimal("7.2655"),
            )
        },
        last_error=None,
    )


@pytest.mark.parametrize(
    ("name", "word", "is_active", "has_figures"),
    [
        ("status_unknown_bot", "not_found", False, False),
        ("status_container_died_soon", "not_found", False, False),
        ("status_right_after_stop", "stopped", True, False),
        ("status_running", "running", True, True),
        ("status_idle", "idle", False, True),
        ("real_status:real-mm", "running", True, True),
        ("real_status_after_fills:real-v1", "running", True, True),
        ("real_status_killed", "running", True, True),
        ("real_status_after_stop", "running", True, False),  # what tells it from a running one
        ("real_status_after_docker_restart", "running", True, True),
    ],
)
def test_recorded_bot(name: str, word: str, is_active: bool, has_figures: bool) -> None:  # noqa: FBT001
    look = recorded_bot(name)

    assert (look.word, look.is_recently_active, look.has_figures) == (word, is_active, has_figures)


def test_every_recorded_bot_is_read_above() -> None:
    assert len(ONE_BOT) == 10


def test_stopped_real_bot_still_has_its_controller() -> None:
    assert recorded_bot("real_status_after_stop").figures == {"volume_sharp_v1": None}


def test_last_error_is_the_newest_line_with_its_time() -> None:
    error = recorded_bot("real_status_after_stop").last_error

    assert error is not None
    assert error.text.startswith("Unexpected error while retrieving rates from Gate.IO.")
    assert error.logged_at == datetime(2026, 11, 22, 8, 28, 31, 918368, UTC)


def test_stopping_is_a_word_of_its_own() -> None:
    """(read) What the upstream says of a bot while it archives it."""
    look = look_at(entry(status="stopping", message="...", recently_active=False))

    assert look == BotLook("stopping", is_recently_active=False, figures={}, last_error=None)


@pytest.mark.parametrize(
    "strange",
    [
        {"status": "error", "error": "KeyError"},  # (read) the upstream's own words for a bug
        entry(status="restarting"),
        entry(status=None),
        entry(performance=[]),
        entry(performance={"c": None}),
        entry(performance={"c": {"status": "error", "performance": "?"}}),
        entry(performance={"c": {"status": "running"}}),
        entry(performance=controller(pnl_in_another_word=1.0)),
        entry(performance=controller(volume_traded="a lot")),
        entry(performance=controller(volume_traded="NaN")),
        entry(performance=controller(volume_traded="Infinity")),
        entry(performance=controller(volume_traded="1e61")),
        entry(performance={"c\x00": {"performance": {}}}),
        entry(recently_active="yes"),
        None,
        [],
        "running",
        {},
    ],
    ids=repr,
)
def test_bot_of_unknown_shape_is_unreadable_and_spoils_no_other(strange: object) -> None:
    bots = decode_all({"strange": strange, "plain": entry()})

    assert bots["strange"] == UNREADABLE_BOT
    assert bots["plain"].word == "running"


@pytest.mark.parametrize(
    "logs",
    [None, {}, "…", [None], [{"msg": 1, "timestamp": 1}], [{"timestamp": 1.0}], []],
    ids=repr,
)
def test_log_of_unknown_shape_is_no_error_and_hides_nothing(logs: object) -> None:
    look = look_at(entry(error_logs=logs, performance=controller(volume_traded=1)))

    assert (look.word, look.has_figures, look.last_error) == ("running", True, None)


@pytest.mark.parametrize("timestamp", [1e300, -1e300, 1e12, -1e12])
def test_error_at_no_time_has_none(timestamp: float) -> None:
    look = look_at(entry(error_logs=[{"msg": "a", "timestamp": timestamp}]))

    assert look.last_error is not None
    assert look.last_error.logged_at is None


def test_last_error_is_one_short_line_fit_to_be_stored() -> None:
    line = {"msg": "at https://u:p@host/x?key=k\n\x00" + "yy " * 2000, "timestamp": 1.0}

    error = look_at(entry(error_logs=[line])).last_error

    assert error is not None
    assert error.text.startswith("at https://host/x yy yy")
    assert len(error.text) == 300


def test_figures_keep_their_digits_and_null_is_none() -> None:
    raw = b'{"status":"success","data":{"b":{"status":"running","recently_active":true,'
    raw += b'"performance":{"c":{"performance":{"volume_traded":0.073599999999999,'
    raw += b'"global_pnl_pct":null,"realized_pnl_quote":"0.10"}}}}}}'

    figures = decode_statuses(Reply(200, {}, raw))["b"].figures["c"]

    assert figures == Metrics(
        volume_traded=Decimal("0.073599999999999"), realized_pnl_quote=Decimal("0.10")
    )


def test_name_that_cannot_be_stored_is_left_out() -> None:
    assert list(decode_all({"a\x00b": entry(), "fine": entry()})) == ["fine"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"status":"success"}',
        b'{"status":"success","data":null}',
        b'{"status":"success","data":[]}',
        b'{"status":"success","n":51}',
        b'{"status":"error","data":{}}',
        b'{"data":{}}',
        b"<html>It works!</html>",
        b'{"status":"success","data":{"a":{"status":"running"',
        b'{"status":"success","data":{"a":' + b"[" * 100_000,
        b'{"status":"success","data":{"a":NaN}}',
        b'{"status":"success","data":{"\xff":{}}}',
    ],
    ids=lambda body: repr(body[:60]),
)
def test_answer_of_unknown_shape_is_never_no_bots(body: bytes) -> None:
    with pytest.raises(UpstreamProtocolError):
        decode_statuses(Reply(200, {}, body))


# The upstream's framework breaks on the others, and sends a 500.
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | NUMBERS | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = st.sampled_from(["status", "performance", "error_logs", "recently_active"])


@given(st.dictionaries(KEYS, JSON | st.just("running")), st.sampled_from(ONE_BOT))
def test_any_change_of_a_recorded_bot_is_read_or_unreadable(
    changes: dict[str, object], name: str
) -> None:
    bots = decode_all({"bot": {**recorded_entry(name), **changes}, "other": entry()})

    assert set(bots) == {"bot", "other"}
    assert bots["other"].word == "running"


@given(st.data())
def test_cut_or_spoilt_answer_is_never_fewer_bots(data: st.DataObject) -> None:
    whole = reply_of("status_all").body
    at = data.draw(st.integers(0, len(whole) - 1))
    insert = data.draw(st.binary(max_size=3))
    cut = data.draw(st.booleans())
    body = whole[:at] + insert + (b"" if cut else whole[at + 1 :])

    try:
        bots = decode_statuses(Reply(200, {}, body))
    except UpstreamProtocolError:
        return
    assert len(bots) == 2


def full_logs(bots: int) -> bytes:
    """Return an answer like the one that was measured: 45 kB for each bot [size_50_bots...]."""
    line = {
        "level_name": "INFO",
        "msg": "Error fetching order book snapshot (simulated). Retrying after 5 seconds...",
        "timestamp": 1795335080.7420173,
        "level_no": 20,
        "logger_name": "hummingbot.connector.exchange_base.ExchangeBase",
    }
    logs = {"general_logs": [line] * 100, "error_logs": [line] * 100}
    one = {**recorded_entry("status_running"), **logs}
    data = {f"hummingbot-{number:04}-20261122-083317": one for number in range(bots)}
    return msgspec.json.encode({"status": "success", "data": data})


def test_full_logs_of_fifty_bots_cost_little_memory() -> None:
    body = full_logs(50)
    assert len(body) > 2_000_000
    reply = Reply(200, {}, body)

    tracemalloc.start()
    bots = decode_statuses(reply)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(bots) == 50
    assert peak < len(body) / 2
    assert kept < len(body) / 10
