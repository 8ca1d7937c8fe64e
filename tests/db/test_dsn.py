"""Connection strings on real servers: what they connect to, and why they could not."""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bridge.db.connect_failures import describe_connect_failure
from bridge.db.dsn import Dsn, Host, parse_database_url
from bridge.embedded.binaries import Binaries
from bridge.embedded.cluster import EmbeddedCluster

CANARY = "s3cr3t/canary:@?#%&+ ü"
RULES = """
local all bridge                trust
local all with_password         scram-sha-256
local closed all                reject
"""
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(scope="module")
async def strict_server(
    tmp_path_factory: pytest.TempPathFactory, binaries: Binaries
) -> AsyncIterator[Dsn]:
    """Address of a server that asks one of its users for a password."""
    folder = tmp_path_factory.mktemp("strict")
    async with EmbeddedCluster(folder, binaries=binaries, durable=False) as cluster:
        dsn = parse_database_url(cluster.dsn("postgres"))
        connection = await asyncpg.connect(**dsn.connect_arguments())
        await connection.execute(
            "CREATE ROLE with_password LOGIN PASSWORD '" + CANARY.replace("'", "''") + "'"
        )
        rules = await asyncio.to_thread(Path, await connection.fetchval("SHOW hba_file"))
        await asyncio.to_thread(rules.write_text, RULES)
        await connection.execute("SELECT pg_reload_conf()")
        await connection.close()
        # The server reads the file some time after it was told to: "bob" meets no rule then.
        while not (await failure_of(replace(dsn, user="bob"))).startswith("Not let in"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        yield dsn


async def failure_of(dsn: Dsn, seconds: float = 30) -> str:
    """Return the sentence for an attempt that must fail."""
    try:
        connection = await asyncpg.connect(**dsn.connect_arguments(), timeout=seconds)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as exc:
        sentence = describe_connect_failure(exc, dsn)
        assert CANARY not in sentence
        return sentence
    await connection.close()
    pytest.fail("connected")


@asynccontextmanager
async def listening(answer: Answer) -> AsyncGenerator[Host]:
    """Listen on loopback with something that is no PostgreSQL."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield Host("127.0.0.1", server.sockets[0].getsockname()[1])


def at(host: Host, **parameters: str) -> Dsn:
    return Dsn((host,), "with_password", CANARY, "d", tuple(parameters.items()))


async def test_the_right_password_is_let_in_however_odd(strict_server: Dsn) -> None:
    dsn = replace(strict_server, user="with_password", password=CANARY)

    connection = await asyncpg.connect(**parse_database_url(dsn.url).connect_arguments())

    assert await connection.fetchval("SELECT current_user") == "with_password"
    await connection.close()


async def test_a_wrong_password_is_named(strict_server: Dsn) -> None:
    wrong = replace(strict_server, user="with_password", password="x")

    assert (await failure_of(wrong)).startswith("Wrong password: ")


async def test_a_missing_password_is_named(
    strict_server: Dsn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSFILE", "/nonexistent")
    missing = replace(strict_server, user="with_password", password=None)

    assert (await failure_of(missing)).startswith("No password: ")


async def test_an_unknown_user_is_not_let_in(strict_server: Dsn) -> None:
    assert (await failure_of(replace(strict_server, user="bob"))).startswith("Not let in: ")


async def test_a_closed_database_is_not_let_in(strict_server: Dsn) -> None:
    closed = replace(strict_server, user="bob", database="closed")

    assert (await failure_of(closed)).startswith("Not let in: ")


async def test_an_unknown_database_is_named(strict_server: Dsn) -> None:
    nowhere = replace(strict_server, database="nowhere")

    assert "has no database 'nowhere'" in await failure_of(nowhere)


async def test_a_user_without_a_free_connection_is_told(strict_server: Dsn) -> None:
    connection = await asyncpg.connect(**strict_server.connect_arguments())
    await connection.execute("ALTER ROLE with_password CONNECTION LIMIT 0")
    full = replace(strict_server, user="with_password", password=CANARY)

    sentence = await failure_of(full)

    await connection.execute("ALTER ROLE with_password CONNECTION LIMIT -1")
    await connection.close()
    assert sentence.startswith("Too many connections: ")


async def test_a_setting_that_the_server_does_not_know_is_named(strict_server: Dsn) -> None:
    odd = replace(strict_server, parameters=(("options", "-c no_such_setting=1"),))

    assert (await failure_of(odd)).startswith("Parameter refused: ")


async def test_a_port_without_a_server_is_named() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]

        sentence = await failure_of(at(Host("127.0.0.1", port)))

    assert sentence == f"Connection refused: nothing listens at 127.0.0.1:{port}."


async def test_a_name_with_two_addresses_is_refused_like_one() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]

        sentence = await failure_of(at(Host("localhost", port)))

    assert sentence.startswith("Connection refused: ")


async def test_a_name_that_nobody_knows_is_named() -> None:
    assert (await failure_of(at(Host("db.invalid", 5432)))).startswith("Unknown host: ")


async def test_a_missing_socket_is_named(tmp_path: Path) -> None:
    assert (await failure_of(at(Host(str(tmp_path), 5432)))).startswith("No socket: ")


async def test_silence_is_a_time_out() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with listening(silent) as host:
        assert (await failure_of(at(host), seconds=0.2)).startswith("Time-out: ")


async def test_a_server_that_hangs_up_is_named() -> None:
    async def deaf(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with listening(deaf) as host:
        assert (await failure_of(at(host))).startswith("Connection closed: ")


async def test_a_web_server_is_no_postgresql() -> None:
    async def web(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with listening(web) as host:
        assert (await failure_of(at(host))).startswith("Connection closed: ")


async def test_a_server_without_tls_is_named_when_it_is_asked_for() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(b"N")
        await reader.read()
        writer.close()

    async with listening(plain) as host:
        sentence = await failure_of(at(host, sslmode="require"))

    assert sentence.startswith("TLS refused: ")


async def test_a_certificate_that_nobody_signed_is_named(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(tmp_path))

    async def tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(b"S")
        try:
            await writer.start_tls(context)
        except (ssl.SSLError, ConnectionError):
            writer.close()

    async with listening(tls) as host:
        by_system = await failure_of(at(host, sslmode="verify-full", sslrootcert="system"))
        by_nobody = await failure_of(at(host, sslmode="verify-full"))

    assert by_system.startswith("Certificate not trusted: ")
    assert by_nobody.startswith("No root certificate: ")


async def test_strings_of_hosters_reach_the_server(database_url: str) -> None:
    extra = (
        "&sslmode=prefer&channel_binding=require&connect_timeout=10&pgbouncer=true"
        "&connection_limit=1&schema=public&supa=x&uselibpqcompat=true&keepalives=1"
        "&application_name=acme&options=-c%20geqo%3Doff&search_path=tb,%20public"
    )
    dsn = parse_database_url(f"{database_url}{'' if '?' in database_url else '?'}{extra}")

    connection = await asyncpg.connect(**dsn.connect_arguments())

    assert await connection.fetchval("SHOW application_name") == "acme"
    assert await connection.fetchval("SHOW geqo") == "off"
    assert await connection.fetchval("SHOW search_path") == "tb, public"
    await connection.close()


@pytest.mark.parametrize(
    "parameter", ["channel_binding=require", "connect_timeout=10", "pgbouncer=true", "gssencmode=x"]
)
async def test_asyncpg_alone_would_send_them_to_the_server(
    parameter: str, strict_server: Dsn
) -> None:
    """The reason for the rules; when this fails, a rule may be dropped."""
    with pytest.raises(asyncpg.UndefinedObjectError):
        await asyncpg.connect(f"{strict_server.url}?{parameter}")


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Write a certificate that only its own key has signed, and that key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    files = (folder / "certificate.pem", folder / "key.pem")
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files
