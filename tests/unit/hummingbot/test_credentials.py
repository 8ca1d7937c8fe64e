"""Credentials go out complete or not at all, and never come back in a text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contract.recordings import reply_of

from bridge.hummingbot.errors import UpstreamError, UpstreamRejectedError, UpstreamTimeoutError
from bridge.hummingbot.protocol import connectors, credentials
from bridge.hummingbot.protocol.credentials import FieldValue
from bridge.hummingbot.protocol.messages import Reply
from bridge.hummingbot.refusals import (
    CredentialFieldsError,
    CredentialsIncompleteError,
    CredentialsRefusedError,
    ExchangeUnreachableError,
)
from bridge.vault.secret import Secret

BITMART = connectors.decode_config_map(reply_of("config_map:bitmart"))
OKX = connectors.decode_config_map(reply_of("config_map:okx"))
FULL: dict[str, FieldValue] = {
    "bitmart_api_key": Secret("canary-key"),
    "bitmart_secret_key": Secret("canary-secret"),
    "bitmart_memo": Secret("memo7"),
}


def answered(status: int, text: str, fields: dict[str, FieldValue] = FULL) -> UpstreamError:
    reply = Reply(status, {}, json.dumps({"detail": text}).encode())
    with pytest.raises(UpstreamError) as caught:
        credentials.decode_added_credential(reply, fields)
    return caught.value


@pytest.mark.parametrize("blank", [None, Secret(""), Secret(" \n"), "", "  "], ids=repr)
@pytest.mark.parametrize("name", BITMART)
def test_set_with_a_gap_is_refused_before_it_is_sent(name: str, blank: FieldValue | None) -> None:
    """The recorded server fills the gap with another account's key [cred_cross_account_leak]."""
    fields = {key: value for key, value in FULL.items() if key != name}
    if blank is not None:
        fields[name] = blank

    with pytest.raises(CredentialsIncompleteError) as caught:
        credentials.add_credential("a", "bitmart", fields, BITMART)

    assert caught.value.fields == (name,)
    assert name in caught.value.detail
    assert not caught.value.is_in_doubt


def test_optional_field_is_asked_for_too() -> None:
    """It would be filled from elsewhere like the others."""
    fields: dict[str, FieldValue] = {
        name: Secret("x" * 8) for name, field in OKX.items() if field.required
    }

    with pytest.raises(CredentialsIncompleteError) as caught:
        credentials.add_credential("a", "okx", fields, OKX)

    assert caught.value.fields == ("okx_registration_sub_domain",)
    fields["okx_registration_sub_domain"] = "www"
    assert credentials.add_credential("a", "okx", fields, OKX).body


def test_field_that_the_connector_does_not_have_is_refused() -> None:
    with pytest.raises(CredentialFieldsError) as caught:
        credentials.add_credential("a", "bitmart", {**FULL, "zzz": Secret("canary")}, BITMART)

    assert caught.value.reason == "unknown zzz"


def test_reason_names_the_exchange_s_words_without_query_or_key() -> None:
    error = answered(
        400,
        "Error executing request GET https://u:p@api.example.com/v1/wallet?key=canary-key&sign=aa11."
        ' HTTP status is 401. Error: {"message": "key canary-key of memo7 is bad"}',
    )

    assert type(error) is CredentialsRefusedError
    assert error.reason == (
        "Error executing request GET https://api.example.com/v1/wallet HTTP status is 401."
        ' Error: {"message": "key **** of **** is bad"}'
    )
    assert error.reason in error.detail


@pytest.mark.parametrize(
    "text",
    [
        "Cannot connect to host api.example.com:443 ssl:default [Name or service not known]",
        "Error executing request GET https://api.example.com. HTTP status is 503. Error: busy",
        "Error executing request GET https://api.example.com. HTTP status is 429. Error: slow",
        "Server disconnected",
        "Connection timeout to host https://api.example.com",
    ],
)
def test_outage_of_the_exchange_is_no_verdict_on_the_key(text: str) -> None:
    assert type(answered(400, text)) is ExchangeUnreachableError


def test_words_nobody_knows_are_a_refusal_with_their_text() -> None:
    error = answered(400, "Something new")

    assert type(error) is CredentialsRefusedError
    assert error.reason == "Something new"


def test_error_without_the_upstream_s_own_words_is_no_verdict() -> None:
    with pytest.raises(UpstreamRejectedError) as caught:
        credentials.decode_added_credential(Reply(400, {}, b"<h1>Bad Request</h1>"), FULL)
    assert type(caught.value) is UpstreamRejectedError

    with pytest.raises(UpstreamTimeoutError):
        credentials.decode_added_credential(Reply(504, {}, b"<h1>canary-key</h1>"), FULL)


@pytest.mark.parametrize("status", [400, 401, 404, 422, 429, 500, 503])
def test_no_status_brings_a_secret_back(status: int) -> None:
    error = answered(status, "you sent canary-key and canary-secret for memo7")

    assert "canary" not in f"{error.detail} {error.reason} {error!r}"
    assert "memo7" not in error.detail + error.reason


@given(
    st.text(st.characters(codec="ascii"), max_size=9),
    st.text(min_size=3, max_size=40).map(lambda text: f"\N{OHM SIGN}{text}"),
    st.sampled_from([400, 422, 500]),
)
def test_secret_of_any_kind_is_cut_out(before: str, secret: str, status: int) -> None:
    error = answered(status, f"{before}{secret}.", {"bitmart_api_key": Secret(secret)})

    assert "\N{OHM SIGN}" not in error.reason + error.detail
