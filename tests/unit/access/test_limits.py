"""Reads are counted by principal, in this process."""

import pytest

from bridge.access.limits import Limiter, Rates, TooManyStreamsError
from bridge.access.principal import ADMIN_KEY, Principal
from bridge.errors import TooManyRequestsError


def _principal(actor: str) -> Principal:
    return Principal(kind="api_key", role="viewer", actor=actor, name="X")


def _taken(limiter: Limiter, principal: Principal, attempts: int) -> int:
    taken, waits = 0, list[int]()
    for _ in range(attempts):
        try:
            limiter.admit_read(principal)
        except TooManyRequestsError as error:
            waits.append(error.retry_after_seconds or 0)
        else:
            taken += 1
    assert all(1 <= seconds <= 60 for seconds in waits)
    return taken


def test_what_flows_in_within_a_minute_can_be_taken_at_once() -> None:
    limiter = Limiter(Rates(reads=3, writes=0, logins=0, streams=0))

    assert _taken(limiter, _principal("key:a"), 10) == 3


def test_buckets_are_each_ones_own() -> None:
    limiter = Limiter(Rates(reads=3, writes=0, logins=0, streams=0))
    _taken(limiter, _principal("key:a"), 10)

    assert _taken(limiter, _principal("key:b"), 10) == 3
    assert _taken(limiter, ADMIN_KEY, 10) == 3


def test_zero_counts_nothing() -> None:
    limiter = Limiter(Rates(reads=0, writes=0, logins=0, streams=0))

    assert _taken(limiter, _principal("key:a"), 1_000) == 1_000


def test_streams_are_counted_while_they_are_open() -> None:
    limiter = Limiter(Rates(reads=0, writes=0, logins=0, streams=2))
    principal, other = _principal("key:a"), _principal("key:b")
    for _ in "12":
        limiter.begin_stream(principal)
    with pytest.raises(TooManyStreamsError):
        limiter.begin_stream(principal)
    limiter.begin_stream(other)

    limiter.end_stream(principal)

    limiter.begin_stream(principal)
    with pytest.raises(TooManyStreamsError):
        limiter.begin_stream(principal)


def test_full_buckets_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.access.limits._MOST_BUCKETS", 10)
    now = 1_000.0
    monkeypatch.setattr("bridge.access.limits.time.monotonic", lambda: now)
    limiter = Limiter(Rates(reads=60, writes=0, logins=0, streams=0))
    for number in range(10):
        limiter.admit_read(_principal(f"key:{number}"))
    _taken(limiter, _principal("key:0"), 100)
    now += 2

    limiter.admit_read(_principal("key:other"))

    # The first one's bucket is still empty.
    assert _taken(limiter, _principal("key:0"), 100) == 2
