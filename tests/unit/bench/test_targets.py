"""The table of targets."""

import pytest
from bench.targets import Row, at_least, at_most, markdown


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (at_least("x", 0.92, 0.92), Row("x", ">= 0.92", "0.92", is_met=True)),
        (at_least("x", 0.92, 0.9199), Row("x", ">= 0.92", "0.9199", is_met=False)),
        (at_least("x", None, 3.0), Row("x", "", "3", is_met=None)),
        (at_most("x", 25, 25.1, "ms"), Row("x", "<= 25 ms", "25.1 ms", is_met=False)),
        (at_most("x", 40, 40), Row("x", "<= 40", "40", is_met=True)),
    ],
)
def test_rows_say_whether_the_target_is_met(row: Row, expected: Row) -> None:
    assert row == expected


def test_markdown_makes_a_miss_stand_out() -> None:
    text = markdown([at_most("calls", 40, 652)])

    assert "| calls | <= 40 | 652 | **no** |" in text
