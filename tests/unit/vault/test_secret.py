import copy
import json
import pickle
import pprint
import traceback
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.vault.secret import MAX_SECRET_CHARS, Secret, dec_hook

CANARY = "canary-7f3e91"


class Input(msgspec.Struct, frozen=True, kw_only=True):
    api_key: Secret | None = None
    fields: dict[str, Secret] = {}


def decode(raw: bytes) -> Input:
    return msgspec.json.decode(raw, type=Input, dec_hook=dec_hook)


def test_reveal_is_the_only_way_to_the_text() -> None:
    assert Secret(CANARY).reveal() == CANARY


SHOWN: list[Callable[[Secret], str]] = [
    repr,
    str,
    ascii,
    lambda secret: f"{secret}",
    lambda secret: f"{secret!r:>99}",
    lambda secret: f"{secret:>99}",
    lambda secret: "%s %r" % (secret, secret),  # noqa: UP031 - as old log calls do
    lambda secret: repr(Input(api_key=secret, fields={"a": secret})),
    lambda secret: pprint.pformat([secret]),
    lambda secret: json.dumps(secret, default=str),
]


@pytest.mark.parametrize("show", SHOWN)
def test_no_form_of_printing_shows_it(show: Callable[[Secret], str]) -> None:
    shown = show(Secret(CANARY))

    assert CANARY not in shown
    assert "****" in shown


def test_traceback_with_locals_does_not_show_it() -> None:
    secret = Secret(CANARY)
    with pytest.raises(TypeError) as caught:
        len(secret)  # type: ignore[arg-type]

    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    assert "secret = Secret(****)" in "".join(told)
    assert CANARY not in "".join(told)


ENCODERS: list[Callable[[object], object]] = [
    msgspec.json.encode,
    msgspec.msgpack.encode,
    msgspec.to_builtins,
    json.dumps,
    pickle.dumps,
]


@pytest.mark.parametrize("encode", ENCODERS)
@pytest.mark.parametrize("holder", [Secret(CANARY), [Secret(CANARY)], {"a": Secret(CANARY)}])
def test_encoding_and_pickling_raise_without_it(
    encode: Callable[[object], object], holder: object
) -> None:
    with pytest.raises(TypeError) as caught:
        encode(holder)

    assert CANARY not in str(caught.value)


def test_struct_that_holds_one_is_not_encoded() -> None:
    with pytest.raises(TypeError):
        msgspec.json.encode(Input(api_key=Secret(CANARY)))


def test_copies_are_the_same_object() -> None:
    secret = Secret(CANARY)

    assert copy.copy(secret) is secret
    assert copy.deepcopy([secret])[0] is secret


@given(st.text(), st.text())
def test_equality_is_equality_of_texts(one: str, other: str) -> None:
    assert (Secret(one) == Secret(other)) == (one == other)
    assert Secret(one).matches(other) == (one == other)
    assert Secret(one) == Secret(one)


def test_secret_is_not_equal_to_its_text_and_not_hashable() -> None:
    assert Secret(CANARY) != CANARY
    with pytest.raises(TypeError):
        hash(Secret(CANARY))


def test_comparison_takes_any_text_of_the_environment() -> None:
    assert Secret("a\udc80").matches("a\udc80")
    assert not Secret("a\udc80").matches("a")


def test_only_an_empty_text_is_false_and_blanks_are_blank() -> None:
    assert not Secret("")
    assert Secret(" ")
    assert Secret(" \t\n").is_blank()
    assert Secret("").is_blank()
    assert not Secret(" x ").is_blank()


def test_decoded_in_optional_and_in_mapping() -> None:
    pem = "-----BEGIN EC PRIVATE KEY-----\\nabc\\n"  # pragma: allowlist secret

    decoded = decode(f'{{"api_key":"{CANARY}","fields":{{"pem":"{pem}"}}}}'.encode())

    assert decoded.api_key == Secret(CANARY)
    assert decoded.fields == {"pem": Secret(pem.replace("\\n", "\n"))}
    assert decode(b'{"api_key":null}').api_key is None
    assert decode(b'{"api_key":"' + b"x" * MAX_SECRET_CHARS + b'"}').api_key


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b'{"api_key":5}', "must be text - at `$.api_key`"),
        (
            b'{"api_key":"canary-7f3e91\\u0000"}',
            "must not contain NUL or lone surrogates - at `$.api_key`",
        ),
        (
            b'{"fields":{"a":"canary-7f3e91\\u0000"}}',
            "must not contain NUL or lone surrogates - at `$.fields[...]`",
        ),
        (
            b'{"api_key":"' + b"x" * (MAX_SECRET_CHARS + 1) + b'"}',
            "must be at most 8192 characters long - at `$.api_key`",
        ),
    ],
    ids=["number", "NUL", "NUL in a mapping", "long"],
)
def test_bad_secret_is_refused_with_its_field_and_without_its_value(
    raw: bytes, message: str
) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        decode(raw)

    assert str(caught.value) == message
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_hook_leaves_other_types_to_msgspec() -> None:
    with pytest.raises(NotImplementedError):
        dec_hook(complex, "1j")
