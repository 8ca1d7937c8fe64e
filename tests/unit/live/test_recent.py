"""Which versions were heard of lately."""

import pytest

from bridge.live import recent
from bridge.live.recent import Recent


def test_what_is_said_again_is_no_news() -> None:
    heard = Recent()

    assert heard.is_news("a", 1, "x")
    assert not heard.is_news("a", 1, "x")
    assert heard.is_news("b", 1, "x")


@pytest.mark.parametrize("after", [(2, "x"), (1, "y"), (0, "x")])
def test_other_number_or_tag_is_news(after: tuple[int, str]) -> None:
    heard = Recent()
    heard.is_news("a", 1, "x")

    assert heard.is_news("a", *after)
    assert not heard.is_news("a", *after)


def test_late_is_what_comes_after_a_higher_number() -> None:
    heard = Recent()

    assert not heard.is_late("a", 1)

    heard.is_news("a", 5, "x")
    assert heard.is_late("a", 4)
    assert not heard.is_late("a", 5)
    assert not heard.is_late("a", 6)
    assert not heard.is_late("b", 1)


def test_lower_number_that_was_taken_is_what_counts_from_then_on() -> None:
    """A restored backup: the sweep finds it, and its hints are not late for ever."""
    heard = Recent()
    heard.is_news("a", 500, "x")

    assert heard.is_news("a", 3, "y")
    assert not heard.is_late("a", 4)


def test_what_was_heard_long_ago_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "_KEPT_SECONDS", 0.0)
    monkeypatch.setattr(recent, "_PRUNE_SECONDS", 0.0)
    heard = Recent()

    for number in range(100):
        heard.is_news(f"account-{number}", 1, "x")

    assert heard.is_news("account-0", 1, "x")
