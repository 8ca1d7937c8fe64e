import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.bots.pairs import parse_pair
from bridge.errors import FieldError, RuleError


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("SHARP/USDT", "SHARP/USDT"),
        (" sharp/Usdt\n", "SHARP/USDT"),
        ("sharp / usdt", "SHARP/USDT"),
        ("1inch/usdc.e", "1INCH/USDC.E"),
        ("1000PEPE/USDT", "1000PEPE/USDT"),
        ("$WIF/USDC", "$WIF/USDC"),
        ("XYZ:GOLD/USD", "XYZ:GOLD/USD"),
        ("A+B/USDT_BSC", "A+B/USDT_BSC"),
        ("x" * 32 + "/y", "X" * 32 + "/Y"),
    ],
)
def test_pair_is_trimmed_and_folded(text: str, pair: str) -> None:
    assert parse_pair(text) == pair


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "must be written BASE/QUOTE with a slash"),
        ("SHARP-USDT", "must be written BASE/QUOTE with a slash"),
        ("SHARPUSDT", "must be written BASE/QUOTE with a slash"),
        ("SHARP_USDT", "must be written BASE/QUOTE with a slash"),
        ("SHARP\uff0fUSDT", "must be written BASE/QUOTE with a slash"),
        ("A/B/C", "exactly one slash"),
        ("A//B", "exactly one slash"),
        ("/USDT", "has a wrong base"),
        ("SHARP/", "has a wrong quote"),
        ("/", "has a wrong base"),
        ("SHARP-X/USDT", "has a wrong base"),
        ("SHARP/USD-T", "has a wrong quote"),
        (".X/USDT", "has a wrong base"),
        ("SH ARP/USDT", "has a wrong base"),
        ("SHARP\x00/USDT", "has a wrong base"),
        ("SHARP/USDT\x00", "has a wrong quote"),
        ("SHARP/USDT\ud800", "has a wrong quote"),
        ("x" * 33 + "/USDT", "has a wrong base"),
        ("日本/USDT", "has a wrong base"),
        ("\u0131nch/USDT", "has a wrong base"),
        ("SHARP/U\u017fDT", "has a wrong quote"),
        ("SHARP/\u0405USD", "has a wrong quote"),
        ("BTC/btc", "must have two different sides"),
        ("btc/BTC", "must have two different sides"),
    ],
    ids=ascii,
)
def test_what_is_no_pair_is_refused_with_a_sentence(text: str, words: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_pair(text)

    (error,) = caught.value.errors
    assert error.field == "pair"
    assert words in error.message


def test_field_is_the_one_given() -> None:
    with pytest.raises(RuleError) as caught:
        parse_pair("x", "bots[0].pair")

    assert caught.value.errors == (
        FieldError(
            "bots[0].pair",
            "must be written BASE/QUOTE with a slash, such as BTC/USDT (not BTC-USDT)",
        ),
    )


@given(st.text(max_size=70))
def test_parsed_pair_has_two_ascii_sides_without_a_dash_and_parses_again(text: str) -> None:
    try:
        pair = parse_pair(text)
    except RuleError:
        return

    assert pair.isascii()
    assert "-" not in pair
    assert pair == pair.upper() == parse_pair(pair)
    assert pair.count("/") == 1
