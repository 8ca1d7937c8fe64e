"""Why a connection could not be had, in one sentence that begins with the problem's name.

Sentences are built from the address and from error classes; a driver's own words are read to tell
causes apart but never repeated, since nobody promises what they quote.
"""

import errno
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import asyncpg

from bridge.db.dsn import Dsn

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_BY_SQLSTATE: Final[Mapping[str, str]] = {
    "08P01": "Parameter refused: {where} does not take a setting of the connection; a pooler"
    " takes few: name the server itself in DATABASE_DIRECT_URL.",
    "22023": "Parameter refused: {where} does not take a parameter of the connection string.",
    "25006": "Read-only: {where} takes no writes; with several hosts in the connection string,"
    " add target_session_attrs=read-write.",
    "3D000": "Unknown database: {where} has no database '{database}'.",
    "42501": "Not allowed: user '{user}' lacks a right on database '{database}' at {where}.",
    "42704": "Parameter refused: {where} does not know a parameter of the connection string.",
    "53300": "Too many connections: {where} takes no more of them; use fewer, or raise its"
    " max_connections.",
    "55000": "Database closed: '{database}' at {where} takes no connections.",
    "57014": "Time-out: a statement at {where} took too long and was cancelled.",
    "57P01": "Shutting down: {where} ended the connection.",
    "57P02": "Shutting down: {where} ended the connection after a crash.",
    "57P03": "Starting up: {where} takes no connections yet, or is shutting down.",
    "57P04": "Unknown database: '{database}' at {where} was dropped.",
}
_LOGIN_REFUSED: Final = "Wrong password: {where} refuses the password of user '{user}'."
_LOGIN_INCOMPLETE: Final = (
    "No password: {where} asks for one of user '{user}', and the connection string has none."
)
_UNKNOWN_USER: Final = "Unknown user: {where} has no user '{user}'."
_TLS_DEMANDED: Final = (
    "TLS demanded: {where} lets user '{user}' in only over TLS; add sslmode=require."
)
_NOT_LET_IN: Final = (
    "Not let in: {where} has no rule (pg_hba.conf) that lets user '{user}' into database"
    " '{database}' from here."
)
_TLS_REFUSED: Final = (
    "TLS refused: {where} speaks none, and sslmode={sslmode} asks for it; use"
    " sslmode=disable only inside a private network."
)
_NO_ROOT_CERTIFICATE: Final = (
    "No root certificate: sslmode={sslmode} checks the server's certificate; add"
    " sslrootcert=system, or sslrootcert= with the path of the hoster's certificate."
)
_BAD_CERTIFICATE: Final = (
    "Certificate not trusted: the one of {where} does not fit its name or is signed by"
    " somebody unknown; check the host and sslrootcert."
)
_HUNG_UP: Final = (
    "Connection closed: {where} hung up; it may be restarting, or it is no PostgreSQL server, or"
    " it wants TLS."
)
_TLS_FAILED: Final = (
    "TLS failed: {where} and the bridge found no common ground, or a certificate file of the"
    " connection string is none."
)
_TIMED_OUT: Final = "Time-out: {where} did not answer in time; a firewall may stand between."
_UNKNOWN_HOST: Final = (
    "Unknown host: the name of {where} cannot be resolved from here; a private name is known"
    " only inside the project and environment of the database."
)
_REFUSED: Final = "Connection refused: nothing listens at {where}."
_NO_SOCKET: Final = "No socket: there is no server at {where}."
_SOCKET_FORBIDDEN: Final = "Not allowed: the socket {where} belongs to somebody else."
_FILE_UNREADABLE: Final = "No file: {parameter} of the connection string cannot be read."
_NO_FITTING_SERVER: Final = (
    "No fitting server: none of {where} is {target} as target_session_attrs asks."
)
_NOT_REACHABLE: Final = "Not reachable: {where} ({code})."
_OTHER: Final = "Refused: {where} said no (SQLSTATE {code})."


_BY_CLASS: Final[tuple[tuple[type[OSError], str], ...]] = (
    (socket.gaierror, _UNKNOWN_HOST),
    (TimeoutError, _TIMED_OUT),
    (ConnectionRefusedError, _REFUSED),
    (ssl.SSLCertVerificationError, _BAD_CERTIFICATE),
    (ssl.SSLError, _TLS_FAILED),
    (ConnectionError, _HUNG_UP),
    (FileNotFoundError, _NO_SOCKET),
    (PermissionError, _SOCKET_FORBIDDEN),
)
_TLS_ONLY: Final = frozenset({"require", "verify-ca", "verify-full"})


def describe_connect_failure(exc: BaseException, dsn: Dsn) -> str:
    """Say in one sentence why PostgreSQL cannot be used.

    Args:
        exc: What asyncpg or the event loop raised while connecting, or on a connection that broke.
        dsn: Where to; its password stays out of the sentence.
    """
    match exc:
        case asyncpg.PostgresError():
            template, code = _of_server(exc, dsn), str(exc.sqlstate)
        case OSError():
            template, code = _of_system(exc, dsn), errno.errorcode.get(exc.errno or 0, "")
        case asyncpg.TargetServerAttributeNotMatched():
            template, code = _NO_FITTING_SERVER, ""
        case asyncpg.ClientConfigurationError():
            template, code = _NO_ROOT_CERTIFICATE, ""
        case _:
            template, code = _HUNG_UP, ""
    return template.format(
        where=dsn.where,
        user=dsn.user,
        database=dsn.database,
        sslmode=dsn.parameter("sslmode") or "prefer",
        target=dsn.parameter("target_session_attrs") or "any",
        parameter=_missing_file(dsn) or "",
        code=code or type(exc).__name__,
    )


def _of_server(exc: asyncpg.PostgresError, dsn: Dsn) -> str:
    match exc:
        case asyncpg.InvalidPasswordError():
            return _LOGIN_INCOMPLETE if dsn.password is None else _LOGIN_REFUSED
        case asyncpg.InvalidAuthorizationSpecificationError():
            return _of_login(str(exc), dsn)
        case asyncpg.PostgresConnectionError() if exc.sqlstate != "08P01":
            return _HUNG_UP
        case _:
            return _BY_SQLSTATE.get(str(exc.sqlstate), _OTHER)


def _of_login(words: str, dsn: Dsn) -> str:
    # One SQLSTATE for all of these; the words are those of an English server (libpq/auth.c).
    if "no pg_hba.conf entry" in words:
        return _TLS_DEMANDED if dsn.parameter("sslmode") == "disable" else _NOT_LET_IN
    return _UNKNOWN_USER if "does not exist" in words else _NOT_LET_IN


def _of_system(exc: OSError, dsn: Dsn) -> str:
    words = str(exc)
    if f"[Errno {errno.ECONNREFUSED}]" in words:
        # A name with several addresses gives one bare OSError whose text lists the others
        # (asyncio/base_events.py, create_connection).
        return _REFUSED
    if "rejected SSL upgrade" in words and dsn.parameter("sslmode") in _TLS_ONLY:
        return _TLS_REFUSED  # asyncpg/connect_utils.py, TLSUpgradeProto
    if isinstance(exc, FileNotFoundError | PermissionError) and _missing_file(dsn) is not None:
        return _FILE_UNREADABLE
    return next((text for kind, text in _BY_CLASS if isinstance(exc, kind)), _NOT_REACHABLE)


def _missing_file(dsn: Dsn) -> str | None:
    for name in ("sslrootcert", "sslcert", "sslkey", "sslcrl"):
        path = dsn.parameter(name)
        if path is not None and path != "system" and not Path(path).is_file():
            return name
    return None
