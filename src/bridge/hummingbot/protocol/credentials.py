"""Credentials of an exchange in a profile.

The upstream stores them only after it has connected to the exchange with them. What it does not
check is whether they are complete: a missing field is filled with what was set last for that
connector, also by another account [cred_cross_account_leak]. So a request can only be made with
every field of the config-map.
"""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from bridge.hummingbot.errors import UpstreamError
from bridge.hummingbot.protocol.messages import Reply, Request, checked_name, path_to, to_json
from bridge.hummingbot.protocol.reading import decode, decode_done, refusal, said, says
from bridge.hummingbot.refusals import (
    ConnectorUnknownError,
    CredentialFieldsError,
    CredentialsIncompleteError,
    CredentialsRefusedError,
    ExchangeUnreachableError,
    NameRefusedError,
    ProfileUnknownError,
)
from bridge.hummingbot.scrub import scrub
from bridge.hummingbot.wire import ConfigField
from bridge.vault.secret import Secret

FieldValue = Secret | str | bool | int | float | list[str]

_NAMES: Final = msgspec.json.Decoder(tuple[str, ...])
_BARE_NAME: Final = re.compile(r"'[^']*'")
_FIELD_FAULTS: Final = ("Object has no attribute", "Input should be", "validation error")
_OUTAGES: Final = re.compile(
    r"Cannot connect to host|timed? ?out|Timeout|Server disconnected|Connection reset"
    r"|HTTP status is (?:418|429|5\d\d)"
)


def list_credentials(account: str) -> Request:
    """Ask which connectors of a profile have credentials; their values are never told.

    Raises:
        NameRefusedError: The name is none.
    """
    path = path_to("accounts", checked_name("account", account), "credentials")
    return Request("list_credentials", "GET", path, "read")


def decode_credentials(reply: Reply) -> tuple[str, ...]:
    """Return the names of the connectors [cred_list_ok].

    Raises:
        ProfileUnknownError: There is no such profile [account_creds_unknown_account].
    """
    if says(reply, 404, "Directory 'credentials/"):
        raise ProfileUnknownError
    return decode(reply, _NAMES)


def add_credential(
    account: str,
    connector: str,
    fields: Mapping[str, FieldValue],
    config_map: Mapping[str, ConfigField],
) -> Request:
    """Store credentials, or replace them; a failed attempt leaves the earlier ones in place.

    Costs the upstream 2.5 s and more, in which it answers nobody else [blocking_add_credential];
    half a minute when the exchange is slow [cred_add_slow_exchange].

    Args:
        account: The profile; it must exist.
        connector: As the upstream names it.
        fields: By the upstream's names, optional ones too.
        config_map: What the upstream itself said about this connector.

    Raises:
        NameRefusedError: A name is none.
        CredentialsIncompleteError: A field of the config-map is missing or blank.
        CredentialFieldsError: There is a field that the config-map does not have, or the map has
            none: an empty body stores another account's credentials [cred_cross_account_leak].
    """
    if not config_map:
        raise CredentialFieldsError(reason="it asks for none")
    missing = tuple(name for name in config_map if _is_blank(fields.get(name, "")))
    if missing:
        raise CredentialsIncompleteError(missing)
    strange = sorted(fields.keys() - config_map.keys())
    if strange:
        raise CredentialFieldsError(reason="unknown " + ", ".join(strange))
    return Request(
        "add_credential",
        "POST",
        path_to(
            "accounts",
            "add-credential",
            checked_name("account", account),
            checked_name("connector", connector),
        ),
        "blocking-effect",
        body=to_json({name: _revealed(value) for name, value in fields.items()}),
    )


def decode_added_credential(reply: Reply, fields: Mapping[str, FieldValue]) -> None:
    """Return when the exchange took the credentials and they are stored [cred_add_ok].

    Args:
        reply: The answer.
        fields: What was sent; it is cut out of every text.

    Raises:
        ExchangeUnreachableError: Nothing is known about the credentials; worth another try
            [cred_add_bitmart_unreachable].
        CredentialsRefusedError: The exchange, or a text nobody knows, says no
            [cred_add_wrong_key].
        CredentialFieldsError: Names or types of fields [cred_add_extra_field,
            cred_add_non_string].
        ConnectorUnknownError: The text is just the connector's name, in quotes
            [cred_add_unknown_connector_bitmart_spot].
        ProfileUnknownError: There is no such profile [cred_add_unknown_account].
        NameRefusedError: The name is none for the upstream [cred_add_bad_account_name].
    """
    secrets = tuple(value.reveal() for value in fields.values() if isinstance(value, Secret))
    if text := said(reply, 400):
        raise _refused(text, secrets)
    if said(reply):
        raise refusal(reply, secrets)
    decode_done(reply, status=201)


def delete_credential(account: str, connector: str) -> Request:
    """Remove credentials; bots keep their own copy.

    Raises:
        NameRefusedError: A name is none.
    """
    path = path_to(
        "accounts",
        "delete-credential",
        checked_name("account", account),
        checked_name("connector", connector),
    )
    return Request("delete_credential", "POST", path, "effect")


def decode_deleted_credential(reply: Reply) -> None:
    """Return when they are gone; the upstream says so of any name [cred_delete_unknown_account]."""
    decode_done(reply)


def _refused(text: str, secrets: tuple[str, ...]) -> UpstreamError:
    reason = scrub(text, secrets)
    if _OUTAGES.search(text):
        return ExchangeUnreachableError(reason=reason)
    if text.startswith("Directory 'credentials/"):
        return ProfileUnknownError()
    if "Invalid account name" in text:
        return NameRefusedError(reason=reason)
    if _BARE_NAME.fullmatch(text):
        return ConnectorUnknownError(reason=reason)
    if any(fault in text for fault in _FIELD_FAULTS):
        return CredentialFieldsError(reason=reason)
    return CredentialsRefusedError(reason=reason)


def _revealed(value: FieldValue) -> object:
    return value.reveal() if isinstance(value, Secret) else value


def _is_blank(value: FieldValue) -> bool:
    if isinstance(value, Secret):
        return value.is_blank()
    return isinstance(value, str) and not value.strip()
