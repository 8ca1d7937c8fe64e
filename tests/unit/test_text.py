import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import FieldError, RuleError
from bridge.text import (
    AccountText,
    AddressText,
    ChainText,
    ConnectorText,
    Email,
    Name,
    PairText,
    StrategyText,
    check_text,
    check_texts,
    is_storable,
    text_problem,
)

CONTROLS = "must not contain control characters"


class Part(msgspec.Struct):
    label: str


class Body(msgspec.Struct, rename={"number": "no"}):
    name: Name = "a"
    number: str = ""
    parts: list[Part] = []
    pair: tuple[str, str] = ("a", "b")
    fields: dict[str, object] = {}
    count: int = 0
    note: str | msgspec.UnsetType | None = msgspec.UNSET


def refused(text: str) -> str:
    with pytest.raises(RuleError) as caught:
        check_text("name", text)
    (error,) = caught.value.errors
    assert error.field == "name"
    return error.message


@pytest.mark.parametrize(
    "text",
    [
        "a\x00b",
        "a\x01b",
        "a\nb",
        "a\x7fb",
        "a\x85b",
        "a\u2028b",
        "a\u202eb",
        "a\u2066b",
        "a\ud800b",
        "\udfff",
    ],
    ids=ascii,
)
def test_text_with_control_characters_is_refused(text: str) -> None:
    assert refused(text) == CONTROLS
    assert text_problem(text) == CONTROLS


@pytest.mark.parametrize("text", ["", "   ", "\t\n", "\u00a0", "\u200b", "\u200d\u200c"], ids=ascii)
def test_text_that_cannot_be_seen_is_refused(text: str) -> None:
    assert refused(text) == "must not be empty"


@pytest.mark.parametrize(
    "text", ["Sharp Labs", "日本", "!!!", "a/b", "é", "👩‍👩‍👧", "שלום", "x" * 200], ids=ascii
)
def test_text_for_people_is_taken_in_any_script(text: str) -> None:
    assert check_text("name", f" {text}\n") == text
    assert text_problem(text) is None


@given(st.text(st.characters(codec=None, exclude_categories=[])))
def test_storable_is_what_utf8_can_hold_without_nul(text: str) -> None:
    try:
        encodes = b"\0" not in text.encode()
    except UnicodeEncodeError:
        encodes = False

    assert is_storable(text) == encodes


@given(st.text(st.characters(codec=None, exclude_categories=[])))
def test_checked_text_is_storable_trimmed_and_not_empty(text: str) -> None:
    try:
        checked = check_text("name", text)
    except RuleError:
        return

    assert is_storable(checked)
    assert checked
    assert checked == checked.strip() == text.strip()


def test_every_string_of_a_body_is_checked_at_once() -> None:
    body = Body(
        name="a\x00",
        number="\x01",
        parts=[Part("fine"), Part("\n")],
        pair=("a", "\ud800"),
        fields={"fine": "1", "b\x00": "2"},
        note="\x7f",
    )

    with pytest.raises(RuleError) as caught:
        check_texts(body)

    assert caught.value.errors == (
        FieldError("name", CONTROLS),
        FieldError("no", CONTROLS),
        FieldError("parts[1].label", CONTROLS),
        FieldError("pair[1]", CONTROLS),
        FieldError("fields", "must not have a key that contains control characters"),
        FieldError("note", CONTROLS),
    )


def test_clean_body_passes_and_values_of_a_mapping_are_not_judged() -> None:
    check_texts(Body(name="Sharp", fields={"script": "line\nline"}, note=None, count=3))


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b'{"name":""}', "Expected `str` of length >= 1 - at `$.name`"),
        (b'{"name":"' + b"x" * 201 + b'"}', "Expected `str` of length <= 200 - at `$.name`"),
    ],
    ids=["empty", "long"],
)
def test_length_is_refused_when_decoding_and_names_the_field(raw: bytes, message: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(raw, type=Body)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    "raw",
    [
        rb'{"name":"\ud800"}',
        rb'{"name":"\udc00x"}',
        rb'{"\ud800":1}',
        b'{"name":"a\x00b"}',
        b'{"name":"\xed\xa0\x80"}',
    ],
    ids=["high", "low", "key", "raw NUL", "surrogate in UTF-8"],
)
def test_lone_surrogates_and_raw_nul_never_come_out_of_the_decoder(raw: bytes) -> None:
    """What this module's docstring says of msgspec; UTF-8 faults come as UnicodeDecodeError."""
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        msgspec.json.decode(raw, type=Body)


@pytest.mark.parametrize(
    ("type_", "least", "most"),
    [
        (Name, 1, 200),
        (Email, 0, 254),
        (AccountText, 0, 64),
        (ChainText, 1, 16),
        (AddressText, 0, 100),
        (ConnectorText, 1, 64),
        (PairText, 1, 80),
        (StrategyText, 1, 64),
    ],
)
def test_each_kind_of_text_has_its_limits(type_: object, least: int, most: int) -> None:
    schema = msgspec.json.schema(type_)

    assert (schema.get("minLength", 0), schema["maxLength"]) == (least, most)


def test_limits_and_examples_show_in_the_json_schema() -> None:
    assert msgspec.json.schema(Name) == {
        "type": "string",
        "minLength": 1,
        "maxLength": 200,
        "description": "A name for people.",
        "examples": ["Sharp Labs"],
    }
