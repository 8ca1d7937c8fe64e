"""Tokens: their form, and that a mistyped one is known without asking anybody."""

from hashlib import sha256

import pytest

from bridge.access.tokens import (
    digest_of,
    new_key,
    new_public_id,
    new_session_token,
    new_ticket,
    parse_token,
)


def test_tokens_are_known_by_their_kind() -> None:
    public_id = new_public_id()
    key, session, ticket = new_key(public_id), new_session_token(), new_ticket()

    parsed = [parse_token(text) for text in (key, session, ticket)]

    assert parsed == [
        ("key", public_id, sha256(key.encode()).digest()),
        ("session", "", digest_of(session)),
        ("ticket", "", digest_of(ticket)),
    ]
    assert key.startswith(f"brg_{public_id}_")


def test_no_two_are_the_same() -> None:
    assert len({new_key("a" * 12) for _ in range(1_000)}) == 1_000
    assert len({new_public_id() for _ in range(1_000)}) == 1_000


@pytest.mark.parametrize("place", [0, 3, 4, 10, 16, 17, 30, 59, 60, 65])
def test_one_wrong_character_is_noticed(place: int) -> None:
    key = new_key(new_public_id())
    wrong = "x" if key[place] != "x" else "y"

    assert parse_token(key[:place] + wrong + key[place + 1 :]) is None


@pytest.mark.parametrize("text", ["", "brg_", "brg_a_b", "brg_é", "brs", "x" * 5_000, "\x00"])
def test_other_texts_are_no_tokens(text: str) -> None:
    assert parse_token(text) is None


def test_cut_and_lengthened_tokens_are_none() -> None:
    session = new_session_token()

    for text in (session[:-1], session + "0", session + "\n", " " + session, session.upper()):
        assert parse_token(text) is None
    assert parse_token(new_key("a" * 12).replace("brg_", "brs_")) is None
