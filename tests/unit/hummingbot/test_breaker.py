import pytest

from bridge.hummingbot.breaker import Breaker, BreakerView


class Clock:
    """Seconds, as the test says."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    """A breaker that bears two failures and opens at the third, for 5 s."""
    return Breaker(clock, failures_to_open=3, pause_seconds=5.0)


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.failed(breaker.ask(may_probe=True), "upstream-timeout")


def test_closed_circuit_lets_everything_pass(breaker: Breaker) -> None:
    assert breaker.ask(may_probe=True) == breaker.ask(may_probe=False) == "pass"
    assert breaker.view == BreakerView("closed", 0, "")


def test_failures_in_a_row_open_it(breaker: Breaker) -> None:
    fail(breaker, 2)
    assert breaker.view == BreakerView("closed", 2, "upstream-timeout")

    fail(breaker, 1)

    assert breaker.view == BreakerView("open", 3, "upstream-timeout")
    assert breaker.ask(may_probe=True) == breaker.ask(may_probe=False) == "refuse"


def test_success_in_between_starts_the_count_again(breaker: Breaker) -> None:
    fail(breaker, 2)
    breaker.succeeded()
    fail(breaker, 2)

    assert breaker.view.state == "closed"


def test_after_the_pause_one_call_without_effect_may_try(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 4.9
    assert breaker.ask(may_probe=True) == "refuse"
    clock.now += 0.1
    assert breaker.view.state == "half-open"

    assert breaker.ask(may_probe=False) == "refuse"
    assert breaker.ask(may_probe=True) == "probe"
    assert breaker.ask(may_probe=True) == "refuse"


def test_probe_that_succeeds_closes_it(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 5
    assert breaker.ask(may_probe=True) == "probe"

    breaker.succeeded()

    assert breaker.view == BreakerView("closed", 0, "")
    assert breaker.ask(may_probe=False) == "pass"


def test_probe_that_fails_opens_it_again(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 5
    fail(breaker, 1)

    assert breaker.view.state == "open"
    clock.now += 5
    assert breaker.ask(may_probe=True) == "probe"


def test_cancelled_probe_leaves_its_place_to_the_next(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 5

    breaker.abandoned(breaker.ask(may_probe=True))

    assert breaker.view == BreakerView("half-open", 3, "upstream-timeout")
    assert breaker.ask(may_probe=True) == "probe"


def test_cancelled_call_is_neither_failure_nor_success(breaker: Breaker) -> None:
    fail(breaker, 2)

    breaker.abandoned(breaker.ask(may_probe=True))

    assert breaker.view == BreakerView("closed", 2, "upstream-timeout")


def test_calls_that_fail_late_prolong_the_pause(breaker: Breaker, clock: Clock) -> None:
    late = breaker.ask(may_probe=True)
    fail(breaker, 3)
    clock.now += 4
    breaker.failed(late, "upstream-timeout")
    clock.now += 4

    assert breaker.view.state == "open"
