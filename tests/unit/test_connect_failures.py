"""Each cause has its own sentence, which begins with the cause and never holds the password."""

import errno
import socket
import ssl
from dataclasses import replace

import asyncpg
import pytest

from bridge.db.connect_failures import describe_connect_failure
from bridge.db.dsn import Dsn, Host

CANARY = "s3cr3t-canary"
DSN = Dsn((Host("db.acme.io", 5432),), "alice", CANARY, "trading")
STRICT = replace(DSN, parameters=(("sslmode", "verify-full"),))
PLAIN = replace(DSN, parameters=(("sslmode", "disable"),))


@pytest.mark.parametrize(
    ("failure", "dsn", "beginning"),
    [
        (asyncpg.InvalidPasswordError(CANARY), DSN, "Wrong password: db.acme.io:5432 refuses"),
        (asyncpg.InvalidPasswordError(""), replace(DSN, password=None), "No password: db.acme.io"),
        (
            asyncpg.InvalidAuthorizationSpecificationError('role "alice" does not exist'),
            DSN,
            "Unknown user: db.acme.io:5432 has no user 'alice'",
        ),
        (
            asyncpg.InvalidAuthorizationSpecificationError(
                'no pg_hba.conf entry for host "10.0.0.1", user "alice", no encryption'
            ),
            PLAIN,
            "TLS demanded: db.acme.io:5432 lets user 'alice' in only over TLS; add sslmode=require",
        ),
        (
            asyncpg.InvalidAuthorizationSpecificationError("no pg_hba.conf entry for host"),
            DSN,
            "Not let in: db.acme.io:5432 has no rule",
        ),
        (
            asyncpg.InvalidAuthorizationSpecificationError("pg_hba.conf rejects connection"),
            DSN,
            "Not let in: ",
        ),
        (asyncpg.InvalidCatalogNameError(""), DSN, "Unknown database: db.acme.io:5432 has no"),
        (asyncpg.TooManyConnectionsError(""), DSN, "Too many connections: "),
        (asyncpg.CannotConnectNowError(""), DSN, "Starting up: "),
        (asyncpg.AdminShutdownError(""), DSN, "Shutting down: "),
        (asyncpg.CrashShutdownError(""), DSN, "Shutting down: "),
        (asyncpg.InsufficientPrivilegeError(""), DSN, "Not allowed: user 'alice'"),
        (asyncpg.ReadOnlySQLTransactionError(""), DSN, "Read-only: "),
        (asyncpg.QueryCanceledError(""), DSN, "Time-out: a statement"),
        (asyncpg.ProtocolViolationError("unsupported"), DSN, "Parameter refused: "),
        (asyncpg.ConnectionDoesNotExistError(""), DSN, "Connection closed: "),
        (asyncpg.ConnectionFailureError(""), DSN, "Connection closed: "),
        (asyncpg.DiskFullError(""), DSN, "Refused: db.acme.io:5432 said no (SQLSTATE 53100)."),
        (asyncpg.InterfaceError("pool is closing"), DSN, "Connection closed: "),
        (asyncpg.InternalClientError(""), DSN, "Connection closed: "),
        (asyncpg.TargetServerAttributeNotMatched(""), DSN, "No fitting server: "),
        (
            asyncpg.ClientConfigurationError("root certificate file does not exist"),
            STRICT,
            "No root certificate: sslmode=verify-full checks the server's certificate; add",
        ),
        (socket.gaierror(-2, "unknown"), DSN, "Unknown host: the name of db.acme.io:5432"),
        (TimeoutError(), DSN, "Time-out: db.acme.io:5432 did not answer in time"),
        (ConnectionRefusedError(errno.ECONNREFUSED, ""), DSN, "Connection refused: "),
        (
            OSError("Multiple exceptions: [Errno 111] Connect call failed, [Errno 111] Connect"),
            DSN,
            "Connection refused: nothing listens at db.acme.io:5432.",
        ),
        (ConnectionResetError(errno.ECONNRESET, ""), DSN, "Connection closed: "),
        (ConnectionError("rejected SSL upgrade"), STRICT, "TLS refused: "),
        (ConnectionError("rejected SSL upgrade"), DSN, "Connection closed: "),
        (ssl.SSLCertVerificationError(1, "self-signed"), STRICT, "Certificate not trusted: "),
        (ssl.SSLError(1, "no protocols"), STRICT, "TLS failed: "),
        (FileNotFoundError(2, ""), replace(DSN, hosts=(Host("/run", 5),)), "No socket: there is"),
        (
            PermissionError(13, ""),
            replace(DSN, hosts=(Host("/run", 5),)),
            "Not allowed: the socket",
        ),
        (
            FileNotFoundError(2, ""),
            replace(DSN, parameters=(("sslrootcert", "/nowhere.pem"),)),
            "No file: sslrootcert of the connection string cannot be read.",
        ),
        (OSError(errno.ENETUNREACH, ""), DSN, "Not reachable: db.acme.io:5432 (ENETUNREACH)."),
    ],
)
def test_each_cause_has_its_sentence(failure: BaseException, dsn: Dsn, beginning: str) -> None:
    sentence = describe_connect_failure(failure, dsn)

    assert sentence.startswith(beginning)
    assert sentence.endswith(".")
    assert CANARY not in sentence
    assert "{" not in sentence


def test_braces_in_a_name_are_only_a_name() -> None:
    dsn = replace(DSN, user="{password}", database="{0}")

    assert "'{0}'" in describe_connect_failure(asyncpg.InvalidCatalogNameError(""), dsn)
