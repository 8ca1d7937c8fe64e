"""From stored credentials to the fields that the upstream asks for, in its words and types. Pure.

Every field of the config-map is filled, always: the upstream fills a gap with what was set last for
that connector, also by another account [cred_cross_account_leak]. So nothing is guessed either.
"""

from collections.abc import Mapping
from typing import Final

from bridge.connectors.config_maps import InputName
from bridge.connectors.exchanges import Credentials, connector_fields
from bridge.connectors.field_values import field_kind, field_value, json_object
from bridge.hummingbot.protocol.credentials import FieldValue
from bridge.hummingbot.refusals import CredentialFieldsError, CredentialsIncompleteError
from bridge.hummingbot.wire import ConfigField
from bridge.vault.secret import Secret

# What the upstream itself would take (hummingbot/connector/**/<connector>_utils.py, the config
# maps' defaults). By connector: use_auth_for_public_endpoints is true for others.
_DEFAULTS: Final[Mapping[str, Mapping[str, FieldValue]]] = {
    "coinbase_advanced_trade": {"use_auth_for_public_endpoints": False},
    "hyperliquid": {"hyperliquid_mode": "arb_wallet", "use_vault": False},
    "hyperliquid_perpetual": {"hyperliquid_perpetual_mode": "arb_wallet", "use_vault": False},
    "kraken": {"kraken_api_tier": "Starter"},
    "okx": {"okx_registration_sub_domain": "www"},
    "xrpl": {
        "wss_node_urls": [
            "wss://xrplcluster.com/",
            "wss://s1.ripple.com/",
            "wss://s2.ripple.com/",
        ],
        "custom_markets": json_object(
            {
                "SOLO-XRP": {
                    "base": "SOLO",
                    "quote": "XRP",
                    "base_issuer": "rsoLo2S1kiGeCcn6hCUXVrCpGMWLrRrLZz",
                    "quote_issuer": "",
                }
            }
        ),
        "max_request_per_minute": 12,
    },
}
# How connectors without a row in our table call what we have a word for.
_SUFFIXES: Final[Mapping[InputName, tuple[str, ...]]] = {
    "api_key": ("_api_key",),
    "api_secret": ("_secret_key", "_api_secret"),
    "memo": ("_memo", "_passphrase", "_group_id", "_user_id"),
}


def upstream_connector(name: str) -> str:
    """Return the upstream's name of an exchange; one that is not known is passed on as it is."""
    row = connector_fields(name)
    return name if row is None else row.connector


def upstream_fields(
    name: str, credentials: Credentials, config_map: Mapping[str, ConfigField]
) -> dict[str, FieldValue]:
    """Return every field of a connector's credentials, in the order of its config-map.

    Args:
        name: The exchange as it is stored.
        credentials: As they were unsealed.
        config_map: What the upstream itself said about the connector.

    Raises:
        CredentialsIncompleteError: A field is not given, and no default of it is known; names each
            in our word and the upstream's.
        CredentialFieldsError: A value is not of its field's type, `Credentials.fields` has one that
            the connector does not, or the config-map lacks one that the exchange needs.
    """
    _refuse_gaps(name, config_map)
    strange = sorted(credentials.fields.keys() - config_map.keys())
    inputs = _inputs(name, credentials, config_map)
    defaults = _DEFAULTS.get(upstream_connector(name), {})
    found: dict[str, FieldValue] = {}
    missing: list[str] = []
    for field_name, field in config_map.items():
        secret = _given(field_name, inputs.get(field_name), credentials)
        if secret is not None:
            found[field_name] = field_value(field_name, field, secret)
        elif field_name in defaults and not field.required:
            found[field_name] = defaults[field_name]
        else:
            missing.append(_our_word(field_name, inputs.get(field_name)))
    if missing:
        raise CredentialsIncompleteError(tuple(missing))
    if strange:
        raise CredentialFieldsError(reason=f"unknown {', '.join(strange)}")
    return found


def _refuse_gaps(name: str, config_map: Mapping[str, ConfigField]) -> None:
    row = connector_fields(name)
    needed = () if row is None else (field.name for field in row.fields if field.is_required)
    gaps = [each for each in needed if each not in config_map]
    if gaps:  # an odd answer, or another version: what is not sent would be another account's
        raise CredentialFieldsError(reason=f"it does not ask for {', '.join(gaps)}")


def _inputs(
    name: str, credentials: Credentials, config_map: Mapping[str, ConfigField]
) -> dict[str, InputName]:
    """Return which of our inputs fills a field: by the table, else by the end of its name."""
    row = connector_fields(name)
    if row is not None:
        return {field.name: field.filled_by for field in row.fields if field.filled_by is not None}
    named = {each for each, secret in credentials.fields.items() if not secret.is_blank()}
    texts = [
        each
        for each, field in config_map.items()
        if each not in named and field_kind(field) in ("secret", "text")
    ]
    inputs: dict[str, InputName] = {}
    for filled_by, suffixes in _SUFFIXES.items():
        # The underscore in front: some are called api_key and no more.
        candidates = [each for each in texts if f"_{each}".endswith(suffixes)]
        if len(candidates) == 1:
            inputs[candidates[0]] = filled_by
    return inputs


def _given(field_name: str, filled_by: InputName | None, credentials: Credentials) -> Secret | None:
    by_input: Mapping[InputName | None, Secret | None] = {
        "api_key": credentials.api_key,
        "api_secret": credentials.api_secret,
        "memo": credentials.memo,
    }
    candidates = (by_input.get(filled_by), credentials.fields.get(field_name))
    return next((each for each in candidates if each is not None and not each.is_blank()), None)


def _our_word(field_name: str, filled_by: InputName | None) -> str:
    return f"fields.{field_name}" if filled_by is None else f"{filled_by} ({field_name})"
