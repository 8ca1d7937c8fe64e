import traceback
from base64 import b64encode

import pytest

from bridge.errors import ConfigurationError, SealError
from bridge.vault.keyring import WRAPPED_BYTES, KeyRing

ONE = bytes(range(32))
TWO = bytes(range(32, 64))
DATA_KEY = bytes(range(100, 132))


def entry(key_id: str, key: bytes) -> str:
    return f"{key_id}:{b64encode(key).decode()}"


def test_first_key_is_the_current_one() -> None:
    ring = KeyRing.parse(f"{entry('new', TWO)},{entry('old', ONE)}")

    assert ring.current_id == "new"
    wrapped = ring.wrap(DATA_KEY, b"aad")
    assert len(wrapped) == WRAPPED_BYTES
    assert KeyRing({"new": TWO}).unwrap("new", wrapped, b"aad") == DATA_KEY


def test_older_keys_still_unwrap() -> None:
    wrapped = KeyRing({"old": ONE}).wrap(DATA_KEY, b"aad")

    ring = KeyRing.parse(f"{entry('new', TWO)} , {entry('old', ONE)} ")

    assert ring.unwrap("old", wrapped, b"aad") == DATA_KEY


def test_each_wrap_differs() -> None:
    ring = KeyRing({"k": ONE})

    assert ring.wrap(DATA_KEY, b"aad") != ring.wrap(DATA_KEY, b"aad")


@pytest.mark.parametrize(
    ("ring", "aad"),
    [(KeyRing({"k": TWO}), b"aad"), (KeyRing({"k": ONE}), b"other")],
    ids=["other key", "other aad"],
)
def test_what_was_wrapped_otherwise_is_refused(ring: KeyRing, aad: bytes) -> None:
    wrapped = KeyRing({"k": ONE}).wrap(DATA_KEY, b"aad")

    with pytest.raises(SealError) as caught:
        ring.unwrap("k", wrapped, aad)

    assert caught.value.detail.startswith("A sealed secret cannot be opened")


def test_unknown_key_is_named_as_a_matter_of_the_setting() -> None:
    with pytest.raises(SealError, match=r"key .* is not in BRIDGE_VAULT_KEYS"):
        KeyRing({"k": ONE}).unwrap("gone", bytes(WRAPPED_BYTES), b"aad")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "entry 1 is not <id>:<base64 of 32 bytes>"),
        (b64encode(ONE).decode(), "entry 1 is not <id>:<base64 of 32 bytes>"),
        (f"{entry('a', ONE)},", "entry 2 is not <id>:<base64 of 32 bytes>"),
        (entry("UPPER", ONE), "entry 1 is not <id>:<base64 of 32 bytes>"),
        (entry("x" * 33, ONE), "entry 1 is not <id>:<base64 of 32 bytes>"),
        (entry("a\n", ONE), "entry 1 is not <id>:<base64 of 32 bytes>"),
        (entry("", ONE), "entry 1 is not <id>:<base64 of 32 bytes>"),
        ("a:canary!", "the key of entry 1 is not base64"),
        ("a:canäry", "the key of entry 1 is not base64"),
        (f"{entry('a', ONE)[:9]} {entry('a', ONE)[9:]}", "the key of entry 1 is not base64"),
        (f"{entry('a', ONE)}!", "the key of entry 1 is not base64"),
        (f"{entry('a', ONE)[:-1]}", "the key of entry 1 is not base64"),
        (entry("a", ONE[:31]), "the key of entry 1 has 31 bytes; it needs 32"),
        (entry("a", ONE + b"x"), "the key of entry 1 has 33 bytes; it needs 32"),
        (f"{entry('a', ONE)},{entry('a', TWO)}", "entry 2 has the id of an earlier one"),
    ],
    ids=ascii,
)
def test_bad_setting_is_one_sentence_that_names_it_and_no_key(text: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        KeyRing.parse(text)

    detail = caught.value.detail
    assert detail.startswith(f"BRIDGE_VAULT_KEYS: {sentence}")
    assert detail.endswith(".")
    told = "".join(traceback.format_exception(caught.value))
    assert b64encode(ONE).decode()[:8] not in told
    assert "canary" not in told.replace("test_keyring", "")


def test_generated_entry_is_a_new_key_that_parses() -> None:
    one, other = KeyRing.generate_entry("dev-1"), KeyRing.generate_entry("dev-1")

    assert one != other
    assert one.startswith("dev-1:")
    assert KeyRing.parse(one).current_id == "dev-1"


@pytest.mark.parametrize("key_id", ["", "A", "a:b", "a,b", "x" * 33, "a\n"])
def test_id_that_would_not_parse_is_not_generated(key_id: str) -> None:
    with pytest.raises(ConfigurationError, match="BRIDGE_VAULT_KEYS: an id is"):
        KeyRing.generate_entry(key_id)


def test_repr_shows_no_key() -> None:
    assert repr(KeyRing({"a": ONE, "b": TWO})) == "KeyRing(2 keys)"
