"""What an Idempotency-Key may look like, and which requests are told apart."""

from itertools import combinations

import pytest

from bridge.errors import RuleError
from bridge.idempotency.keys import MAX_KEY_CHARS, fingerprint, parse_key


@pytest.mark.parametrize(
    "sent",
    ["1", "8e03978e-40d5-43dd-bc93-6894a57f9324", '"quoted"', "a:b/c+d=", "~" * MAX_KEY_CHARS],
)
def test_key_is_taken_as_it_is(sent: str) -> None:
    assert parse_key([sent]) == sent
    assert parse_key([f" {sent}\t"]) == sent


def test_request_without_the_header_has_no_key() -> None:
    assert parse_key([]) is None


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ([""], "visible"),
        (["  "], "visible"),
        (["a b"], "visible"),
        (["a\x00b"], "visible"),
        (["a\x7f"], "visible"),
        (["ké"], "visible"),
        (["x" * (MAX_KEY_CHARS + 1)], "255"),
        (["a", "b"], "once"),
        (["a", "a"], "once"),
    ],
)
def test_key_of_another_form_is_refused_by_the_name_of_its_header(
    sent: list[str], said: str
) -> None:
    with pytest.raises(RuleError) as refused:
        parse_key(sent)

    (error,) = refused.value.errors
    assert error.field == "Idempotency-Key"
    assert said in error.message


def test_requests_that_differ_in_anything_are_told_apart() -> None:
    """Also when what one part lacks stands at the beginning of the next one."""
    requests = [
        ("POST", "/bots/create", b"", "admin", b"{}"),
        ("PUT", "/bots/create", b"", "admin", b"{}"),
        ("POST", "/bots/creat", b"e", "admin", b"{}"),
        ("POST", "/bots/create", b"a", "dmin", b"{}"),
        ("POST", "/bots/create", b"", "admi", b"n{}"),
        ("POST", "/bots/create", b"", "admin", b"{} "),
    ]

    for one, other in combinations(requests, 2):
        assert fingerprint(*one) != fingerprint(*other)
    assert fingerprint(*requests[0]) == fingerprint("POST", "/bots/create", b"", "admin", b"{}")
