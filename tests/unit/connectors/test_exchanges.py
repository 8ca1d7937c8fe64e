import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.connectors.config_maps import CONFIG_MAPS, ConnectorFields
from bridge.connectors.exchanges import (
    Credentials,
    connector_fields,
    credentials_from_plaintext,
    credentials_to_plaintext,
    is_solana_connector,
    missing_sentence,
    preview,
)
from bridge.vault.secret import Secret

CANARY = "canary-7f3e91"
FULL = Credentials(api_key=Secret("k"), api_secret=Secret("s"), memo=Secret("m"))
PAIR = Credentials(api_key=Secret("k"), api_secret=Secret("s"))

secrets = st.none() | st.text(st.characters(codec="utf-8")).map(Secret)


def _missing(connector: str, credentials: Credentials) -> tuple[str, ...]:
    """Return the inputs that the sentence names, in its order."""
    sentence = missing_sentence(connector, credentials) or ""
    return tuple(re.findall(r"(\w+) \(\w+\)", sentence))


@pytest.mark.parametrize("row", CONFIG_MAPS, ids=lambda row: row.connector)
def test_full_set_is_complete_for_every_known_exchange(row: ConnectorFields) -> None:
    assert _missing(row.connector, FULL) == ()
    assert missing_sentence(row.connector, FULL) is None


@pytest.mark.parametrize(
    "connector",
    [
        "bitmart",
        "kucoin",
        "okx",
        "bitget",
        "ascend_ex",
        "bitmart_perpetual",
        "kucoin_perpetual",
        "gate_io_perpetual",
    ],
)
def test_exchange_with_a_third_secret_needs_the_memo(connector: str) -> None:
    assert _missing(connector, PAIR) == ("memo",)


@pytest.mark.parametrize("connector", ["binance", "gate_io", "bybit", "mexc", "htx", "kraken"])
def test_exchange_without_a_third_secret_does_not(connector: str) -> None:
    assert _missing(connector, PAIR) == ()


def test_hyperliquid_takes_its_address_as_the_key() -> None:
    assert _missing("hyperliquid", Credentials(api_secret=Secret("s"))) == ("api_key",)


def test_xrpl_needs_its_secret_alone() -> None:
    assert _missing("xrpl", Credentials(api_secret=Secret("s"))) == ()
    assert _missing("xrpl", Credentials(api_key=Secret("k"))) == ("api_secret",)


def test_nothing_given_misses_all_in_a_fixed_order() -> None:
    assert _missing("bitmart", Credentials()) == ("api_key", "api_secret", "memo")


@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
def test_blank_is_missing(blank: str) -> None:
    blanks = Credentials(
        api_key=Secret(blank),
        api_secret=Secret("s"),
        memo=Secret(blank),
        fields={"kucoin_passphrase": Secret(blank)},
    )

    assert _missing("kucoin", blanks) == ("api_key", "memo")


def test_field_under_its_upstream_name_is_as_good() -> None:
    by_name = Credentials(
        api_key=Secret("k"), api_secret=Secret("s"), fields={"kucoin_passphrase": Secret("p")}
    )

    assert _missing("kucoin", by_name) == ()
    assert _missing("okx", by_name) == ("memo",)


def test_sentence_names_our_word_and_the_upstreams() -> None:
    assert missing_sentence("KuCoin", PAIR) == (
        "Credentials are incomplete: this exchange also needs memo (kucoin_passphrase)."
    )
    assert missing_sentence("bitmart", Credentials(api_key=Secret(CANARY))) == (
        "Credentials are incomplete: this exchange also needs "
        "api_secret (bitmart_secret_key) and memo (bitmart_memo)."
    )


@pytest.mark.parametrize("connector", ["", "jupiter", "not_an_exchange", "bybit_testnet", "日本"])
def test_nothing_is_missing_of_an_unknown_exchange(connector: str) -> None:
    assert connector_fields(connector) is None
    assert _missing(connector, Credentials()) == ()
    assert missing_sentence(connector, Credentials()) is None


@pytest.mark.parametrize(
    ("name", "connector"),
    [
        ("gate_io", "gate_io"),
        ("gateio", "gate_io"),
        ("Gate.io", "gate_io"),
        (" gate-io ", "gate_io"),
        ("gate", "gate_io"),
        ("GATE_IO_PERPETUAL", "gate_io_perpetual"),
        ("huobi", "htx"),
        ("okex", "okx"),
        ("bitmart_spot", "bitmart"),
        ("huobi spot", "htx"),
        ("ascendex", "ascend_ex"),
        ("BingX", "bing_x"),
        ("coinbase", "coinbase_advanced_trade"),
        ("Coinbase Pro", "coinbase_advanced_trade"),
        ("coinbase-advanced", "coinbase_advanced_trade"),
        ("ripple", "xrpl"),
    ],
)
def test_exchange_is_found_by_the_names_that_people_use(name: str, connector: str) -> None:
    row = connector_fields(name)

    assert row is not None
    assert row.connector == connector


def test_letters_of_other_scripts_are_not_folded_into_a_name() -> None:
    assert connector_fields("\u212araken") is None
    assert connector_fields("okx\u00b2") is None


@pytest.mark.parametrize(
    "name",
    ["jupiter", " Jupiter", "raydium/clmm", "METEORA", "orca", "jupiter_solana_mainnet-beta"],
)
def test_solana_connectors(name: str) -> None:
    assert is_solana_connector(name)


@pytest.mark.parametrize("name", ["", "bitmart", "uniswap", "orcadex", "hyperliquid", "gate_io"])
def test_other_connectors(name: str) -> None:
    assert not is_solana_connector(name)


@given(st.builds(Credentials, api_key=secrets, api_secret=secrets, memo=secrets))
def test_plaintext_gives_the_same_credentials_back(credentials: Credentials) -> None:
    assert credentials_from_plaintext(credentials_to_plaintext(credentials)) == credentials


def test_plaintext_keeps_the_other_fields() -> None:
    credentials = Credentials(fields={"hyperliquid_mode": Secret("arb_wallet")})

    assert credentials_from_plaintext(credentials_to_plaintext(credentials)) == credentials


def test_repr_shows_no_credential() -> None:
    canary = Secret(CANARY)

    shown = repr(Credentials(api_key=canary, api_secret=canary, memo=canary, fields={"a": canary}))

    assert CANARY not in shown


@pytest.mark.parametrize(
    ("api_key", "shown"),
    [
        ("", ""),
        ("a", "****"),
        ("abcdefghijk", "****"),
        ("abcdefghijkl", "****ijkl"),
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "****eAed"),
    ],
)
def test_preview_shows_the_end_of_a_long_key_only(api_key: str, shown: str) -> None:
    assert preview(api_key) == shown
