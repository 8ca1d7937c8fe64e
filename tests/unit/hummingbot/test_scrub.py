import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.hummingbot.scrub import scrub


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("plain words", "plain words"),
        ("  two\n\n lines\t", "two lines"),
        ("a\x00b\x1bc\x85d\u2028e\u202ef", "a b c d e f"),
        ("at https://user:pass@host:1/x", "at https://host:1/x"),
        ("at redis://:p@ss@host/0.", "at redis://host/0."),
        ("at https://host/x?key=1&b=2#c now", "at https://host/x now"),
        ("at https://host?key=1", "at https://host"),
        ("'https://host/a?b'", "'https://host/a'"),
        ("GET /x?api_key=abc&n=1 failed", "GET /x?api_key=****&n=1 failed"),
        ("Signature=0a1b, memo=c", "Signature=****, memo=****"),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic ****"),
        ("Bearer abcdef.ghi", "Bearer ****"),
        ("basic errors of it", "basic errors of it"),
        ("a For further information visit https://errors.example.com/v/missing b", "a b"),
        ("日本\udc80語", "日本?語"),
        ("", ""),
    ],
    ids=ascii,
)
def test_text_becomes_one_line_without_secrets(text: str, clean: str) -> None:
    assert scrub(text) == clean


@pytest.mark.parametrize(
    ("text", "secret", "clean"),
    [
        ("key abcdef is bad", "abcdef", "key **** is bad"),
        ("abcdefabcdef", "abcdef", "********"),
        ("a%2Fb%2Bc+d e", "a/b+c d", "**** e"),
        ("path a/b%2Bc%20d", "a/b+c d", "path ****"),
        (json.dumps({"k": 'qu"o\n\u00e9'}), 'qu"o\n\u00e9', '{"k": "****"}'),
        ("{'k': 'new\\nline'}", "new\nline", "{'k': '****'}"),
        ("memo 1 of 1, 21 and a1", "1", "memo **** of ****, 21 and a1"),
        ("keys are short", "key", "keys are short"),
        ("nothing", "", "nothing"),
        ("a b", " ", "a b"),
        ("surrogate \udc80abc", "\udc80abc", "surrogate ****"),
    ],
    ids=ascii,
)
def test_what_was_sent_is_cut_out_however_it_comes_back(text: str, secret: str, clean: str) -> None:
    assert scrub(text, [secret]) == clean


def test_secret_inside_another_goes_whole() -> None:
    assert scrub("abcdefgh", ["abcd", "abcdefgh"]) == "****"


def test_long_text_ends_in_an_ellipsis() -> None:
    assert scrub("ab " * 200) == ("ab " * 100)[:299] + "…"
    assert scrub("a" * 300) == "a" * 300
    assert scrub("ab " * 5, max_chars=5) == "ab a…"


def test_very_long_text_is_cut_between_words() -> None:
    """Half a password is one that nobody recognizes."""
    text = "x" * 100 + " https://user:" + "p" * 100_000 + "@host/"

    assert scrub(text, max_chars=10_000) == "x" * 100
    assert scrub("y" * 100_000) == ""


SECRETS = st.text(min_size=3).map(lambda text: f"\N{OHM SIGN}{text}")


@given(st.text(st.characters(codec="ascii")), SECRETS, st.text(st.characters(codec="ascii")))
def test_any_text_is_short_storable_and_free_of_what_was_sent(
    before: str, secret: str, after: str
) -> None:
    clean = scrub(before + secret + after, [secret])

    assert "\N{OHM SIGN}" not in clean
    assert len(clean) <= 300
    assert not re.search(r"[\x00-\x1f\ud800-\udfff]", clean)
