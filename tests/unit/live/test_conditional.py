"""What a request says about the answer it has already."""

import pytest

from bridge.live.conditional import PreferenceError, by_name, has_current, wait_seconds

_OURS = b'W/"4.50cd8af1-bots-9f3aa1c2-fresh"'
_STRONG = _OURS.removeprefix(b"W/")


@pytest.mark.parametrize(
    "value",
    [
        _OURS,
        _STRONG,
        b"*",
        b"  *\t",
        b" " + _OURS + b" ",
        b'"a", ' + _OURS,
        _OURS + b',"a"',
        b'"a",W/"b" ,\t' + _STRONG + b" , ",
        b",, ," + _OURS + b",,",
        b'"",' + _OURS,
        b'"a,b",' + _OURS,
        b'"\x80\xff!#~",' + _OURS,
    ],
)
def test_tag_is_found_by_weak_comparison_wherever_it_stands(value: bytes) -> None:
    assert has_current(value, _OURS)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"   ",
        b",",
        b'""',
        b'"other"',
        b'W/"other", "another"',
        b'"x' + _STRONG[1:],
        _STRONG[:-1] + b'x"',
        b'w/"' + _STRONG[1:],  # the W is a capital one
    ],
)
def test_other_tags_are_not_ours(value: bytes) -> None:
    assert not has_current(value, _OURS)


@pytest.mark.parametrize(
    "value",
    [
        _STRONG.strip(b'"'),
        _STRONG[:-1],
        _STRONG[1:],
        b"W/" + _STRONG.strip(b'"'),
        _OURS + b" " + _OURS,
        _OURS + b";" + _OURS,
        _OURS + b' "a"',
        b"*, " + _OURS,
        _OURS + b", *",
        b'"a b",' + _OURS,
        b'"a\x7f",' + _OURS,
        b'"a\tb",' + _OURS,
        b"W/ " + _STRONG,
        b"banana, " + _OURS,
        b"**",
    ],
)
def test_what_is_no_list_of_tags_names_none(value: bytes) -> None:
    assert not has_current(value, _OURS)


@pytest.mark.parametrize(
    ("value", "is_ours"),
    [
        (b'"a",' * 20_000 + _OURS, True),
        (b"," * 65_000 + _OURS, True),
        (b" " * 65_000 + _OURS, True),
        (b'"a",' * 20_000, False),
        (b'"a" ' * 20_000 + _OURS, False),
        (b'"a"' + b" " * 65_000 + b"x", False),
        (b"," * 65_000 + b"x", False),
        (b"W/" * 30_000, False),
        (b'"' * 65_000, False),
        (b'"' + b"a" * 65_000, False),
    ],
    ids=str,
)
def test_huge_values_are_read_once(value: bytes, is_ours: bool) -> None:  # noqa: FBT001
    """A pattern that tried every split of them would not come back within the time-out."""
    assert has_current(value, _OURS) is is_ours


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        (b"", 0),
        (b"respond-async", 0),
        (b"wait=0", 0),
        (b"wait=1", 1),
        (b"wait=25", 25),
        (b"Wait = 25", 25),
        (b'wait="25"', 25),
        (b"wait=30", 30),
        (b"wait=31", 30),
        (b"wait=999999999", 30),
        (b"respond-async, wait=5", 5),
        (b"wait=5;foo=bar, return=minimal", 5),
        (b"wait=5, wait=7", 5),  # RFC 7240, 2: the first one counts
        (b"waiting=banana", 0),
        (b"wait-long=banana", 0),
        (b"wait.x", 0),
        (b"await=5", 0),
        (b", ,", 0),
    ],
)
def test_wait_is_read_and_limited(prefer: bytes, seconds: int) -> None:
    assert wait_seconds(prefer) == seconds


@pytest.mark.parametrize(
    "prefer",
    [
        b"wait",
        b"wait=",
        b"wait=banana",
        b"wait=-1",
        b"wait=1.5",
        b"wait=1e1",
        b"wait=+5",
        b'wait="5',
        b"wait=5 s",
        b"wait=9999999999",
        b"wait==5",
        b"wait=\xb2",
        b"wait 5",
        b"return=minimal, wait=soon",
    ],
)
def test_wait_that_is_no_number_is_refused_by_name(prefer: bytes) -> None:
    with pytest.raises(PreferenceError) as caught:
        wait_seconds(prefer)

    assert [error.field for error in caught.value.errors] == ["Prefer"]


def test_lines_of_a_list_are_joined_and_of_other_headers_the_last_counts() -> None:
    lines = [
        (b"if-none-match", b'"a"'),
        (b"prefer", b"wait=1"),
        (b"host", b"one"),
        (b"if-none-match", b'"b", "c"'),
        (b"host", b"two"),
    ]

    assert by_name(lines) == {
        b"if-none-match": b'"a", "b", "c"',
        b"prefer": b"wait=1",
        b"host": b"two",
    }
    assert by_name([]) == {}
