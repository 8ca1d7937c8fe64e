"""The client over TLS: a certificate is checked, and its CA can be given."""

import asyncio
import ssl
from pathlib import Path

import pytest
from tests.certificates import write_certificate
from tests.contract.upstream import Upstream, answer

from bridge.hummingbot.client import HummingbotClient, make_session
from bridge.hummingbot.errors import UpstreamUnavailableError
from bridge.vault.secret import Secret


async def ask(url: str, trusted: ssl.SSLContext | None = None) -> dict[str, object]:
    async with make_session(trusted) as session:
        return {**await HummingbotClient(session, url, "admin", Secret("x")).status()}


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A file with a key and a certificate for the loopback that no authority knows."""
    return write_certificate(tmp_path / "server.pem")


async def test_certificate_nobody_knows_is_unavailable_until_its_ca_is_given(
    certificate: Path,
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    async with Upstream.listening(tls) as secure:
        secure.deeds = [answer(200, b'{"status":"success","data":{}}')]

        with pytest.raises(UpstreamUnavailableError, match="no TLS connection") as caught:
            await ask(secure.url)

        assert "certificate" in caught.value.reason
        assert secure.received == []
        trusting = ssl.create_default_context(cafile=certificate)
        assert await ask(secure.url, trusting) == {}


async def test_server_without_tls_is_unavailable_over_https() -> None:
    """It answers the handshake as uvicorn does: with an HTTP error."""

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    async with server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(UpstreamUnavailableError, match="no TLS connection"):
            await ask(url)
