import json
import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.bots.config_bounds import MAX_CONFIG_BYTES, check_bounds, child_path
from bridge.errors import FieldError, RuleError

CANARY = "canary-7f3e91"
SIZE = "must be 0 or between 1e-18 and 1e18 in size"
DEPTH = "must not be nested more than 8 levels deep"
SECRET = "must not be here: credentials belong to a connector, keys of a wallet nowhere"


def refused(config: dict[str, object]) -> tuple[FieldError, ...]:
    with pytest.raises(RuleError) as caught:
        check_bounds(config)
    json.dumps(caught.value.detail).encode()
    caught.value.detail.encode()
    return caught.value.errors


def nested(levels: int) -> dict[str, object]:
    config: dict[str, object] = {}
    for _ in range(levels - 1):
        config = {"a": config}
    return config


def test_ordinary_config_passes() -> None:
    check_bounds({})
    check_bounds(
        {
            "bid_spread": 0.003,
            "n": [1, -2, 0, 0.0, True, False, None, 10**18, -1e18, 1e-18],
            "script": "a\nb\tc 日本",
            "déjà vu": {"x": ""},
        }
    )


def test_eight_levels_are_taken_and_nine_refused() -> None:
    check_bounds(nested(8))

    assert refused(nested(9)) == (FieldError("config" + ".a" * 8, DEPTH),)


def test_lists_count_as_levels() -> None:
    deep: object = []
    for _ in range(100_000):
        deep = [deep]

    check_bounds({"a": [[[[[[[]]]]]]]})
    assert refused({"a": deep}) == (FieldError("config.a" + "[0]" * 7, DEPTH),)


def test_size_is_that_of_the_json_in_bytes() -> None:
    frame = len(b'{"a":""}')
    check_bounds({"a": "x" * (MAX_CONFIG_BYTES - frame)})

    for text in ("x" * (MAX_CONFIG_BYTES - frame + 1), "é" * (MAX_CONFIG_BYTES // 2)):
        assert refused({"a": text}) == (
            FieldError("config", "must be at most 16384 bytes of JSON"),
        )


@pytest.mark.parametrize(
    "number",
    [10**30, -(10**30), 10**18 + 1, 1.1e18, math.inf, -math.inf, math.nan, 1e-19, -5e-324, 10**400],
    ids=lambda number: ascii(number)[:12],
)
def test_absurd_numbers_are_refused_at_any_depth(number: float) -> None:
    assert refused({"a": [{"b": number}]}) == (FieldError("config.a[0].b", SIZE),)


@pytest.mark.parametrize("text", [f"{CANARY}\x00", f"\ud800{CANARY}", "\udfff"], ids=ascii)
def test_strings_that_cannot_be_stored_are_refused(text: str) -> None:
    message = "must not contain NUL or lone surrogates"
    assert refused({"a": {"b": text}, "c": [text]}) == (
        FieldError("config.a.b", message),
        FieldError("config.c[0]", message),
    )


@pytest.mark.parametrize(
    ("key", "path"),
    [("a\x00", r'config["a\u0000"]'), ("\ud800", r'config["\ud800"]'), ("\n", r'config["\n"]')],
    ids=ascii,
)
def test_keys_with_control_characters_are_refused_in_printable_words(key: str, path: str) -> None:
    message = "is not a good name: it must not contain control characters"
    assert refused({key: 1}) == (FieldError(path, message),)


def test_long_key_is_refused_and_not_repeated() -> None:
    check_bounds({"x" * 100: 1})

    message = "is not a good name: it has more than 100 characters"
    assert refused({"x" * 101: 1}) == (FieldError(f'config["{"x" * 40}"]', message),)


@pytest.mark.parametrize(
    "key",
    [
        "private_key",
        "privateKey",
        "PRIVATE-KEY",
        "wallet private key",
        "privkey",
        "secret",
        "client_secret",
        "secretKey",
        "mnemonic",
        "seed",
        "seed_phrase",
        "walletSeed",
        "api_key",
        "apiKey",
        "bitmart_api_key",
        "api_secret",
        "passphrase",
        "okx_passphrase",
        "password",
        "dbPassword",
        "passwd",
        "seedWords",
    ],
)
def test_keys_that_name_secrets_are_refused_without_their_value(key: str) -> None:
    for value in (CANARY, {"value": CANARY}, [CANARY], None):
        (error,) = refused({"a": [{key: value}]})
        assert error.message == SECRET
        assert CANARY not in error.field
        assert json.dumps(key).strip('"') in error.field


@pytest.mark.parametrize(
    "key", ["key", "private", "api", "token", "proceeds", "pass_rate", "keep_position", "exceed"]
)
def test_harmless_keys_are_taken(key: str) -> None:
    check_bounds({key: "x"})


def test_errors_come_together_but_not_without_end() -> None:
    errors = refused({"secret": 1, "n": [math.nan] * 1000, "password": 2})

    assert errors[0].field == "config.secret"
    assert errors[1].field == "config.n[0]"
    assert len(errors) == 20


def test_paths_are_in_the_writing_of_the_caller() -> None:
    assert child_path("config", "a-b_C9") == "config.a-b_C9"
    assert child_path("config", "") == 'config[""]'
    assert child_path("config", "a.b") == 'config["a.b"]'
    assert child_path("config.x", "日") == r'config.x["\u65e5"]'
    assert child_path("config", "a\n") == r'config["a\n"]'


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.dictionaries(st.text(), values, max_size=4))
def test_what_passes_comes_back_from_json_as_it_went_in(config: dict[str, object]) -> None:
    try:
        check_bounds(config)
    except RuleError as error:
        error.detail.encode()
        return

    encoded = msgspec.json.encode(config)
    assert len(encoded) <= MAX_CONFIG_BYTES
    assert b"\\u0000" not in encoded.replace(b"\\\\", b"")
    assert msgspec.json.decode(encoded) == config
