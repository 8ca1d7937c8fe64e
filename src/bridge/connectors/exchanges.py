"""Credentials of an exchange: whether a set is complete, what is sealed, what may be shown.

The upstream does not refuse an incomplete set: it fills the gap with what another account set last.
So the bridge must know what is required. An exchange without a row in `CONFIG_MAPS` can be stored;
nothing is known to be missing of it.
"""

import re
from typing import Final

import msgspec

from bridge.connectors.config_maps import (
    CONFIG_MAPS,
    ConnectorFields,
    InputName,
    UpstreamField,
)
from bridge.vault.secret import Secret

_SHOWN_CHARS: Final = 4
_SHOWN_FROM_CHARS: Final = 12

# Other names that people and older frontends have for them, without separators.
_ALIASES: Final = {
    "coinbase": "coinbase_advanced_trade",
    "coinbaseadvanced": "coinbase_advanced_trade",
    "coinbasepro": "coinbase_advanced_trade",
    "gate": "gate_io",
    "huobi": "htx",
    "okex": "okx",
    "ripple": "xrpl",
}
_SOLANA: Final = frozenset(
    {"drift", "jupiter", "lifinity", "meteora", "openbook", "orca", "phoenix"}
    | {"pumpfun", "pumpswap", "raydium", "serum", "solana"}
)


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What an exchange wants to be given, in our words.

    Attributes:
        memo: The third secret, where an exchange has one: memo, passphrase, group id, user id.
        fields: All others, by the name that the Hummingbot connector has for them.
    """

    api_key: Secret | None = None
    api_secret: Secret | None = None
    memo: Secret | None = None
    fields: dict[str, Secret] = {}


def _stored_secret(_type: type, text: str) -> Secret:
    # As it was stored: rules for input may have become stricter since.
    return Secret(text)


_DECODER: Final = msgspec.json.Decoder(Credentials, dec_hook=_stored_secret)


def credentials_to_plaintext(credentials: Credentials) -> bytes:
    """Return the bytes to be sealed. They hold every secret in the clear: seal them at once."""
    return msgspec.json.encode(
        {
            "api_key": _revealed(credentials.api_key),
            "api_secret": _revealed(credentials.api_secret),
            "memo": _revealed(credentials.memo),
            "fields": {name: secret.reveal() for name, secret in credentials.fields.items()},
        }
    )


def credentials_from_plaintext(plaintext: bytes) -> Credentials:
    """Return what `credentials_to_plaintext` was given."""
    return _DECODER.decode(plaintext)


def preview(api_key: str) -> str:
    """Return what may be shown of an API key: its last 4 characters if it has 12, or just stars."""
    if not api_key:
        return ""
    return f"****{api_key[-_SHOWN_CHARS:]}" if len(api_key) >= _SHOWN_FROM_CHARS else "****"


def connector_fields(name: str) -> ConnectorFields | None:
    """Return the row of an exchange, or None when it is not known.

    Finds it in any letter case, with other separators or none, with ``_spot`` at the end, and by
    names that it had before: ``gate.io``, ``Gate-IO``, ``huobi``, ``bitmart_spot``. Only to find
    the row: which connector a client has is decided by its stored name.
    """
    squeezed = _squeezed(name)
    return _BY_SQUEEZED.get(squeezed) or _BY_SQUEEZED.get(squeezed.removesuffix("spot"))


def missing_sentence(connector: str, credentials: Credentials) -> str | None:
    """Say what is missing, in our words and the upstream's; None when nothing is known to be."""
    missing = _missing(connector, credentials)
    if not missing:
        return None
    named = " and ".join(f"{field.filled_by} ({field.name})" for field in missing)
    return f"Credentials are incomplete: this exchange also needs {named}."


def is_solana_connector(name: str) -> bool:
    """Whether a connector trades on Solana, by its name: ``jupiter``, ``raydium/clmm``."""
    return not _SOLANA.isdisjoint(re.split("[^a-z0-9]+", name.lower()))


def _missing(connector: str, credentials: Credentials) -> tuple[UpstreamField, ...]:
    row = connector_fields(connector)
    fields = () if row is None else row.fields
    return tuple(f for f in fields if f.is_required and not _is_given(f, credentials))


def _is_given(field: UpstreamField, credentials: Credentials) -> bool:
    by_input: dict[InputName | None, Secret | None] = {
        "api_key": credentials.api_key,
        "api_secret": credentials.api_secret,
        "memo": credentials.memo,
    }
    candidates = (by_input.get(field.filled_by), credentials.fields.get(field.name))
    return any(secret is not None and not secret.is_blank() for secret in candidates)


def _squeezed(name: str) -> str:
    # Only ASCII is folded: lower() makes a k of the Kelvin sign.
    return re.sub("[^a-z0-9]", "", name.lower()) if name.isascii() else ""


def _revealed(secret: Secret | None) -> str | None:
    return None if secret is None else secret.reveal()


def _by_squeezed() -> dict[str, ConnectorFields]:
    rows = {row.connector: row for row in CONFIG_MAPS}
    squeezed = {_squeezed(connector): row for connector, row in rows.items()}
    return squeezed | {alias: rows[connector] for alias, connector in _ALIASES.items()}


_BY_SQUEEZED: Final = _by_squeezed()
