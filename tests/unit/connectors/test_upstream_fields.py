"""Credentials in the upstream's words: all of its fields or none, each in its own place."""

import json

import pytest
from tests.contract.recordings import exchanges

from bridge.connectors.exchanges import Credentials
from bridge.connectors.upstream_fields import upstream_connector, upstream_fields
from bridge.hummingbot.protocol.connectors import decode_config_map
from bridge.hummingbot.protocol.credentials import add_credential
from bridge.hummingbot.refusals import CredentialFieldsError, CredentialsIncompleteError
from bridge.hummingbot.wire import ConfigField
from bridge.vault.secret import Secret

CANARY = "canary-7f3e91"
KEY, SECRET, MEMO = Secret("k-1"), Secret("s-2"), Secret("m-3")
FULL = Credentials(api_key=KEY, api_secret=SECRET, memo=MEMO)
REQUIRED = ConfigField("SecretStr", required=True)
MAPS = {
    name.removeprefix("config_map:"): decode_config_map(exchange.reply())
    for name, exchange in exchanges().items()
    if name.startswith("config_map:") and exchange.reply().status == 200
}


def with_fields(**fields: str) -> Credentials:
    return Credentials(
        api_key=KEY,
        api_secret=SECRET,
        memo=MEMO,
        fields={name: Secret(text) for name, text in fields.items()},
    )


def names_of(*names: str) -> dict[str, ConfigField]:
    return dict.fromkeys(names, REQUIRED)


def test_there_are_recorded_maps() -> None:
    assert len(MAPS) >= 20


@pytest.mark.parametrize("connector", sorted(MAPS))
def test_three_inputs_are_enough_for_every_recorded_connector(connector: str) -> None:
    config_map = MAPS[connector]

    fields = upstream_fields(connector, FULL, config_map)

    assert list(fields) == list(config_map)
    for name, field in config_map.items():
        assert isinstance(fields[name], Secret) == (field.type == "SecretStr"), name
        assert not field.allowed_values or fields[name] in field.allowed_values
    assert add_credential("desk", connector, fields, config_map).body


@pytest.mark.parametrize("connector", sorted(MAPS))
def test_every_secret_is_in_its_own_field(connector: str) -> None:
    ends = {
        KEY.reveal(): ("_api_key", "_address"),
        SECRET.reveal(): ("_secret_key", "_api_secret"),
        MEMO.reveal(): ("_memo", "_passphrase", "_group_id", "_user_id"),
    }

    for name, value in upstream_fields(connector, FULL, MAPS[connector]).items():
        if isinstance(value, Secret):
            assert name.endswith(ends[value.reveal()])


@pytest.mark.parametrize(
    ("connector", "defaults"),
    [
        ("okx", {"okx_registration_sub_domain": "www"}),
        ("kraken", {"kraken_api_tier": "Starter"}),
        ("hyperliquid", {"hyperliquid_mode": "arb_wallet", "use_vault": False}),
        (
            "hyperliquid_perpetual",
            {"hyperliquid_perpetual_mode": "arb_wallet", "use_vault": False},
        ),
        ("coinbase_advanced_trade", {"use_auth_for_public_endpoints": False}),
        (
            "xrpl",
            {
                "wss_node_urls": [
                    *("wss://xrplcluster.com/", "wss://s1.ripple.com/", "wss://s2.ripple.com/"),
                ],
                "custom_markets": {
                    "SOLO-XRP": {
                        "base": "SOLO",
                        "quote": "XRP",
                        "base_issuer": "rsoLo2S1kiGeCcn6hCUXVrCpGMWLrRrLZz",
                        "quote_issuer": "",
                    }
                },
                "max_request_per_minute": 12,
            },
        ),
    ],
)
def test_optional_fields_get_the_upstreams_defaults(
    connector: str, defaults: dict[str, object]
) -> None:
    config_map = MAPS[connector]
    fields = upstream_fields(connector, FULL, config_map)

    body = add_credential("desk", connector, fields, config_map).body or b""
    sent = json.loads(body)

    optional = {name: sent[name] for name, field in config_map.items() if not field.required}
    assert optional == defaults
    assert [type(optional[name]) for name in defaults] == [type(each) for each in defaults.values()]


@pytest.mark.parametrize(
    ("connector", "name", "text", "value"),
    [
        ("okx", "okx_registration_sub_domain", " MY ", "my"),
        ("kraken", "kraken_api_tier", "Pro", "Pro"),
        ("hyperliquid", "hyperliquid_mode", "api_wallet", "api_wallet"),
        ("hyperliquid", "use_vault", "true", True),
        ("hyperliquid", "use_vault", " Yes ", True),
        ("hyperliquid", "use_vault", "1", True),
        ("hyperliquid", "use_vault", "FALSE", False),
        ("hyperliquid", "use_vault", "no", False),
        ("hyperliquid", "use_vault", "0", False),
        ("xrpl", "max_request_per_minute", " 30 ", 30),
        ("xrpl", "wss_node_urls", "wss://a/, wss://b/,", ["wss://a/", "wss://b/"]),
        ("xrpl", "wss_node_urls", '["wss://a/"]', ["wss://a/"]),
        ("xrpl", "custom_markets", '{"A-B": {"base": "A"}}', {"A-B": {"base": "A"}}),
    ],
)
def test_other_fields_become_what_the_upstream_wants(
    connector: str, name: str, text: str, value: object
) -> None:
    fields = upstream_fields(connector, with_fields(**{name: text}), MAPS[connector])

    assert fields[name] == value
    assert type(fields[name]) is type(value)


@pytest.mark.parametrize(
    ("connector", "name", "text", "wanted"),
    [
        ("okx", "okx_registration_sub_domain", CANARY, "one of www, app, my"),
        ("hyperliquid", "use_vault", CANARY, "true or false"),
        ("xrpl", "max_request_per_minute", CANARY, "a whole number"),
        ("xrpl", "max_request_per_minute", "1.5", "a whole number"),
        ("xrpl", "wss_node_urls", f'["{CANARY}", 1]', "a list of texts"),
        ("xrpl", "custom_markets", f"{CANARY}", "a JSON object"),
        ("xrpl", "custom_markets", f'["{CANARY}"]', "a JSON object"),
    ],
)
def test_value_of_another_kind_is_refused_without_being_quoted(
    connector: str, name: str, text: str, wanted: str
) -> None:
    with pytest.raises(CredentialFieldsError) as caught:
        upstream_fields(connector, with_fields(**{name: text}), MAPS[connector])

    assert caught.value.detail.endswith(f": {name} must be {wanted}")
    assert CANARY not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("connector", "credentials", "missing"),
    [
        ("kucoin", Credentials(api_key=KEY, api_secret=SECRET), ("memo (kucoin_passphrase)",)),
        (
            "bitmart_spot",
            Credentials(api_key=Secret(" "), memo=MEMO),
            ("api_key (bitmart_api_key)", "api_secret (bitmart_secret_key)"),
        ),
        ("hyperliquid", Credentials(api_secret=SECRET), ("api_key (hyperliquid_address)",)),
    ],
)
def test_missing_field_is_named_in_both_words(
    connector: str, credentials: Credentials, missing: tuple[str, ...]
) -> None:
    with pytest.raises(CredentialsIncompleteError) as caught:
        upstream_fields(connector, credentials, MAPS[upstream_connector(connector)])

    assert caught.value.fields == missing
    assert caught.value.detail.endswith(f": {', '.join(missing)}")


def test_field_under_its_upstream_name_is_as_good() -> None:
    credentials = Credentials(
        api_key=KEY, api_secret=SECRET, fields={"kucoin_passphrase": Secret("p")}
    )

    assert upstream_fields("kucoin", credentials, MAPS["kucoin"])["kucoin_passphrase"] == Secret(
        "p"
    )


def test_blank_field_gets_the_default() -> None:
    fields = upstream_fields("kraken", with_fields(kraken_api_tier=" "), MAPS["kraken"])

    assert fields["kraken_api_tier"] == "Starter"


@pytest.mark.parametrize("connector", ["okx", "not_known"])
def test_field_that_the_connector_does_not_have_is_refused(connector: str) -> None:
    config_map = names_of("a_api_key") if connector == "not_known" else MAPS["okx"]

    with pytest.raises(CredentialFieldsError) as caught:
        upstream_fields(connector, with_fields(sub_domain=CANARY), config_map)

    assert caught.value.detail.endswith(": unknown sub_domain")


def test_field_that_a_newer_upstream_asks_for_is_not_made_up() -> None:
    config_map = {
        **MAPS["okx"],
        "okx_region": ConfigField("str", required=False),
        "okx_user_id": REQUIRED,
    }

    with pytest.raises(CredentialsIncompleteError) as caught:
        upstream_fields("okx", FULL, config_map)

    assert caught.value.fields == ("fields.okx_region", "fields.okx_user_id")


def test_default_never_stands_in_for_what_is_required() -> None:
    config_map = {**MAPS["kraken"], "kraken_api_tier": ConfigField("str", required=True)}

    with pytest.raises(CredentialsIncompleteError):
        upstream_fields("kraken", FULL, config_map)


@pytest.mark.parametrize(
    ("config_map", "expected"),
    [
        (
            names_of("okx_perpetual_api_key", "okx_perpetual_secret_key"),
            {"okx_perpetual_api_key": KEY, "okx_perpetual_secret_key": SECRET},
        ),
        (
            names_of("x_api_secret", "x_api_key", "x_passphrase"),
            {"x_api_secret": SECRET, "x_api_key": KEY, "x_passphrase": MEMO},
        ),
        (names_of("x_memo"), {"x_memo": MEMO}),
        (names_of("x_group_id"), {"x_group_id": MEMO}),
        (names_of("x_user_id"), {"x_user_id": MEMO}),
        (names_of("api_key", "api_secret"), {"api_key": KEY, "api_secret": SECRET}),
    ],
)
def test_connector_without_a_row_is_filled_by_the_ends_of_its_names(
    config_map: dict[str, ConfigField], expected: dict[str, Secret]
) -> None:
    assert upstream_fields("exchange_of_tomorrow", FULL, config_map) == expected


@pytest.mark.parametrize(
    ("config_map", "missing"),
    [
        (names_of("x_memo", "x_user_id"), ("fields.x_memo", "fields.x_user_id")),
        (names_of("x_secret_key", "x_api_secret"), ("fields.x_secret_key", "fields.x_api_secret")),
        (names_of("x_private_key"), ("fields.x_private_key",)),
        (names_of("x_api_key_private_key"), ("fields.x_api_key_private_key",)),
        (names_of("notmemo"), ("fields.notmemo",)),
        ({"x_use_api_key": ConfigField("bool", required=False)}, ("fields.x_use_api_key",)),
    ],
)
def test_nothing_is_guessed_into_a_field_that_may_be_another(
    config_map: dict[str, ConfigField], missing: tuple[str, ...]
) -> None:
    with pytest.raises(CredentialsIncompleteError) as caught:
        upstream_fields("exchange_of_tomorrow", FULL, config_map)

    assert caught.value.fields == missing


def test_named_field_settles_which_one_the_other_is() -> None:
    config_map = names_of("x_memo", "x_user_id")

    fields = upstream_fields("exchange_of_tomorrow", with_fields(x_user_id="u"), config_map)

    assert fields == {"x_memo": MEMO, "x_user_id": Secret("u")}


def test_name_goes_before_the_end_of_a_name() -> None:
    fields = upstream_fields("exchange_of_tomorrow", with_fields(x_memo="own"), names_of("x_memo"))

    assert fields == {"x_memo": Secret("own")}


def test_type_that_nobody_knows_is_sent_as_a_secret_text() -> None:
    config_map = {"x_mode": ConfigField("typing.Union[ModeA, ModeB]", required=False)}

    fields = upstream_fields("exchange_of_tomorrow", with_fields(x_mode="a"), config_map)

    assert fields == {"x_mode": Secret("a")}


@pytest.mark.parametrize(
    ("name", "upstream"),
    [
        ("bitmart", "bitmart"),
        ("bitmart_spot", "bitmart"),
        ("gateio", "gate_io"),
        ("huobi", "htx"),
        ("bybit_testnet", "bybit_testnet"),
        ("jupiter/router", "jupiter/router"),
    ],
)
def test_connector_goes_by_the_upstreams_name(name: str, upstream: str) -> None:
    assert upstream_connector(name) == upstream


@pytest.mark.parametrize("connector", sorted(MAPS))
def test_map_that_lacks_what_the_exchange_needs_is_refused(connector: str) -> None:
    for left_out, field in MAPS[connector].items():
        config_map = {name: each for name, each in MAPS[connector].items() if name != left_out}
        if field.required:
            with pytest.raises(CredentialFieldsError, match=left_out):
                upstream_fields(connector, FULL, config_map)


def test_map_without_fields_is_never_answered_with_an_empty_body() -> None:
    fields = upstream_fields("exchange_of_tomorrow", FULL, {})

    with pytest.raises(CredentialFieldsError):
        add_credential("desk", "exchange_of_tomorrow", fields, {})
