"""The client against real sockets: what is sent, how often, and what each failure is called."""

import asyncio
import base64
import socket
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from typing import TypedDict, Unpack

import aiohttp
import pytest
from structlog.testing import capture_logs
from tests.contract.recordings import reply_of
from tests.contract.upstream import Deed, Upstream, after, answer, endless, raw, reset

from bridge.errors import ConfigurationError
from bridge.hummingbot.breaker import Breaker, BreakerView
from bridge.hummingbot.client import HummingbotClient, Timeouts, make_session
from bridge.hummingbot.errors import (
    UpstreamCircuitOpenError,
    UpstreamError,
    UpstreamInterruptedError,
    UpstreamProtocolError,
    UpstreamTimeoutError,
    UpstreamUnavailableError,
)
from bridge.hummingbot.protocol import connectors
from bridge.hummingbot.protocol.deploying import Deployment
from bridge.hummingbot.protocol.messages import Request
from bridge.hummingbot.refusals import InstanceUnknownError
from bridge.vault.secret import Secret

PASSWORD = "canary-of-the-upstream"
NO_BOTS: dict[str, object] = {"status": "success", "data": {}}
BITMART = connectors.decode_config_map(reply_of("config_map:bitmart"))
DEPLOYMENT = Deployment(instance_name="mm", account="a", config_names=("c",))

MakeClient = Callable[..., HummingbotClient]
Call = Callable[[HummingbotClient], Awaitable[object]]

CALLS: dict[str, Call] = {
    "status": lambda client: client.status(),
    "list_active_containers": lambda client: client.list_active_containers(),
    "stop_bot": lambda client: client.stop_bot("a"),
    "delete_config": lambda client: client.delete_config("a"),
    "deploy": lambda client: client.deploy(DEPLOYMENT),
}


class Options(TypedDict, total=False):
    """What the constructor takes by keyword."""

    timeouts: Timeouts
    max_reply_bytes: int
    breaker: Breaker
    before_effect: Callable[[Request], None]


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    """A server that answers what the test orders."""
    async with Upstream.listening() as listening:
        yield listening


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """The session that a client is given in production."""
    async with make_session() as opened:
        yield opened


@pytest.fixture
def make_client(upstream: Upstream, session: aiohttp.ClientSession) -> MakeClient:
    """Make a client of the server; keyword arguments go to its constructor."""

    def make(base_url: str | None = None, **options: Unpack[Options]) -> HummingbotClient:
        return HummingbotClient(
            session, base_url or upstream.url, "admin", Secret(PASSWORD), **options
        )

    return make


# What is sent


async def test_request_says_who_asks_and_wants_no_compression(
    upstream: Upstream, make_client: MakeClient
) -> None:
    upstream.deeds = [answer(201, {"message": "saved"})]

    await make_client(f"{upstream.url}/proxied/").put_config("a", {"amount": Decimal("0.1")})

    (sent,) = upstream.received
    assert sent.target == "/proxied/controllers/configs/a"
    assert sent.body == b'{"amount":0.1}'
    assert sent.headers["content-type"] == "application/json"
    assert sent.headers["accept-encoding"] == "identity"
    scheme, _, credentials = sent.headers["authorization"].partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(credentials) == f"admin:{PASSWORD}".encode()


async def test_password_in_the_base_url_is_refused(make_client: MakeClient) -> None:
    with pytest.raises(ConfigurationError):
        make_client("http://user:password@host")


async def test_cookies_are_not_kept(upstream: Upstream, make_client: MakeClient) -> None:
    upstream.deeds = [answer(200, NO_BOTS, Set_Cookie="session=1")]
    client = make_client()

    await client.status()
    await client.status()

    assert "cookie" not in upstream.received[1].headers


# How often


async def test_effect_is_sent_once_when_the_kept_alive_connection_is_dead(
    upstream: Upstream, make_client: MakeClient, session: aiohttp.ClientSession
) -> None:
    """By itself aiohttp would send it again, which the last lines show."""
    upstream.deeds = [answer(200, NO_BOTS), raw(b""), answer(200, {"message": "deleted"})]
    client = make_client()
    await client.status()

    with pytest.raises(UpstreamInterruptedError) as caught:
        await client.delete_config("a")

    assert caught.value.is_in_doubt
    assert upstream.calls == ["GET /bot-orchestration/status", "DELETE /controllers/configs/a"]
    assert upstream.received[1].on_connection == 1

    upstream.deeds = [raw(b""), answer(200, {})]
    async with session.delete(f"{upstream.url}/again") as response:
        assert response.status == 200
    assert upstream.calls[2:] == ["DELETE /again", "DELETE /again"]


@pytest.mark.parametrize("deed", [raw(b""), reset()], ids=["closed", "reset"])
@pytest.mark.parametrize("call", sorted(CALLS.keys() - {"status"}))
async def test_call_is_sent_once_when_a_fresh_connection_dies(
    upstream: Upstream, make_client: MakeClient, deed: Deed, call: str
) -> None:
    upstream.deeds = [deed]

    with pytest.raises(UpstreamInterruptedError):
        await CALLS[call](make_client())

    assert len(upstream.received) == 1


async def test_plain_read_outlives_a_dead_connection(
    upstream: Upstream, make_client: MakeClient
) -> None:
    upstream.deeds = [answer(200, NO_BOTS), raw(b""), answer(200, NO_BOTS)]
    client = make_client()

    assert await client.status() == await client.status() == {}

    assert [each.on_connection for each in upstream.received] == [0, 1, 0]


async def test_redirect_is_not_followed(upstream: Upstream, make_client: MakeClient) -> None:
    upstream.deeds = [answer(307, {}, Location="/elsewhere")]

    with pytest.raises(UpstreamProtocolError) as caught:
        await make_client().deploy(DEPLOYMENT)

    assert caught.value.is_in_doubt
    assert upstream.calls == ["POST /bot-orchestration/deploy-v2-controllers"]


async def test_calls_that_block_the_upstream_go_one_at_a_time_and_reads_pass_them(
    upstream: Upstream, make_client: MakeClient
) -> None:
    at_once = most_at_once = 0
    reads: list[object] = []
    client = make_client()

    async def blocking(_request: object, writer: asyncio.StreamWriter) -> None:
        nonlocal at_once, most_at_once
        at_once += 1
        most_at_once = max(at_once, most_at_once)
        upstream.deeds.insert(0, answer(200, NO_BOTS))
        reads.append(await client.status())
        await answer(200, [])(upstream.received[0], writer)
        at_once -= 1

    upstream.deeds = [blocking]
    await asyncio.gather(*(client.list_active_containers() for _ in range(4)))

    assert most_at_once == 1
    assert reads == [{}] * 4


# What each failure is called


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:1", "refuses connections"),
        ("http://nowhere.invalid", "cannot be resolved"),
    ],
)
async def test_server_that_is_not_there_is_unavailable_and_leaves_no_doubt(
    make_client: MakeClient, url: str, words: str
) -> None:
    with pytest.raises(UpstreamUnavailableError, match=words) as caught:
        await make_client(url).deploy(DEPLOYMENT)

    assert not caught.value.is_in_doubt
    assert caught.value.reason


async def test_connection_that_is_never_ready_is_unavailable(make_client: MakeClient) -> None:
    """The kernel accepts it, and nobody answers the TLS handshake."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        client = make_client(url, timeouts=Timeouts(connect_seconds=0.05))

        with pytest.raises(UpstreamUnavailableError, match="does not accept a conn") as caught:
            await client.deploy(DEPLOYMENT)

    assert not caught.value.is_in_doubt


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        ("status", "read_seconds"),
        ("stop_bot", "effect_seconds"),
        ("list_active_containers", "blocking_seconds"),
        ("deploy", "blocking_seconds"),
    ],
)
async def test_no_answer_in_time_is_a_timeout_of_its_kind(
    upstream: Upstream, make_client: MakeClient, call: str, kind: str
) -> None:
    upstream.deeds = [after(upstream.released, answer(200, {}))]
    seconds = {"read_seconds": 60.0, "effect_seconds": 60.0, "blocking_seconds": 60.0, kind: 0.05}

    with pytest.raises(UpstreamTimeoutError) as caught:
        await CALLS[call](make_client(timeouts=Timeouts(**seconds)))

    assert caught.value.is_in_doubt


async def test_answer_that_stops_half_way_in_time_is_a_timeout(
    upstream: Upstream, make_client: MakeClient
) -> None:
    async def half(_request: object, writer: asyncio.StreamWriter) -> None:
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"success":')
        await upstream.released.wait()

    upstream.deeds = [half]

    with pytest.raises(UpstreamTimeoutError):
        await make_client(timeouts=Timeouts(blocking_seconds=0.05)).deploy(DEPLOYMENT)


@pytest.mark.parametrize(
    ("content", "cls"),
    [
        (b"", UpstreamInterruptedError),
        (b"HTTP/1.1 200 OK\r\n", UpstreamInterruptedError),
        (b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"success":', UpstreamInterruptedError),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
            UpstreamInterruptedError,
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", UpstreamProtocolError),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", UpstreamProtocolError),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", UpstreamProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n<h1>Please log in</h1>"[:-1], None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", None),
    ],
    ids=range(9),
)
async def test_answer_that_is_no_answer_leaves_a_doubt(
    upstream: Upstream, make_client: MakeClient, content: bytes, cls: type[UpstreamError] | None
) -> None:
    upstream.deeds = [raw(content)]

    with pytest.raises(UpstreamError) as caught:
        await make_client().deploy(DEPLOYMENT)

    assert type(caught.value) is (cls or UpstreamProtocolError)
    assert caught.value.is_in_doubt
    assert len(upstream.received) == 1


@pytest.mark.parametrize("deed", [answer(200, b"x" * 10_000_000), endless(b"x" * 65_536)])
async def test_answer_that_is_too_long_is_cut_off(
    upstream: Upstream, make_client: MakeClient, deed: Deed
) -> None:
    upstream.deeds = [deed]

    with pytest.raises(UpstreamProtocolError, match="too long"):
        await make_client(max_reply_bytes=1_000_000).status()

    await upstream.gone.wait()


async def test_answer_of_exactly_the_limit_is_taken(
    upstream: Upstream, make_client: MakeClient
) -> None:
    upstream.deeds = [answer(200, b'{"status":"success","data":{}}')]

    assert await make_client(max_reply_bytes=30).status() == {}
    with pytest.raises(UpstreamProtocolError, match="too long"):
        await make_client(max_reply_bytes=29).status()


async def test_decoded_errors_come_through(upstream: Upstream, make_client: MakeClient) -> None:
    upstream.deeds = [answer(200, reply_of("stop_unknown").body)]

    with pytest.raises(InstanceUnknownError):
        await make_client().stop_bot("a")


async def test_session_that_is_closed_is_unavailable(
    make_client: MakeClient, session: aiohttp.ClientSession
) -> None:
    await session.close()

    with pytest.raises(UpstreamUnavailableError, match="shut down"):
        await make_client().status()


# Turns, guards, cancelling


async def test_call_that_is_cancelled_while_it_waits_for_its_turn_is_not_sent(
    upstream: Upstream, make_client: MakeClient
) -> None:
    upstream.deeds = [after(upstream.released, answer(200, []))]
    client = make_client()
    first = asyncio.create_task(client.list_active_containers())
    await upstream.arrived.wait()
    second = asyncio.create_task(client.deploy(DEPLOYMENT))
    await asyncio.sleep(0)

    second.cancel()
    upstream.released.set()

    assert await first == ()
    with pytest.raises(asyncio.CancelledError):
        await second
    assert upstream.calls == ["GET /docker/active-containers"]


async def test_call_that_is_cancelled_on_its_way_gives_back_turn_and_connection(
    upstream: Upstream, make_client: MakeClient
) -> None:
    upstream.deeds = [after(upstream.released, answer(200, [])), answer(200, [])]
    client = make_client()
    task = asyncio.create_task(client.list_active_containers())
    await upstream.arrived.wait()

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert client.breaker == BreakerView("closed", 0, "")
    assert await client.list_active_containers() == ()
    assert [each.on_connection for each in upstream.received] == [0, 0]


class LeaseLostError(Exception):
    """What a leader raises that is none any more."""


async def test_guard_is_asked_right_before_an_effect_and_can_stop_it(
    upstream: Upstream, make_client: MakeClient
) -> None:
    asked: list[str] = []

    def guard(request: Request) -> None:
        asked.append(f"{request.call} after {len(upstream.received)}")
        if request.call == "deploy":
            raise LeaseLostError

    upstream.deeds = [
        after(upstream.released, answer(200, [])),
        answer(200, {"message": "saved"}),
    ]
    client = make_client(before_effect=guard)
    blocking = asyncio.create_task(client.list_active_containers())
    await upstream.arrived.wait()
    deploying = asyncio.create_task(client.deploy(DEPLOYMENT))
    await asyncio.sleep(0)
    assert asked == []  # it still waits for its turn
    upstream.released.set()

    with pytest.raises(LeaseLostError):
        await deploying
    assert client.breaker.failures == 0
    await blocking
    upstream.deeds = [answer(200, {"message": "deleted"})]
    await client.delete_config("a")

    assert asked == ["deploy after 1", "delete_config after 1"]
    assert upstream.calls == ["GET /docker/active-containers", "DELETE /controllers/configs/a"]


# The circuit


class Clock:
    """Seconds, as the test says."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_repeated_failures_open_the_circuit_and_a_read_closes_it(
    upstream: Upstream, make_client: MakeClient
) -> None:
    clock = Clock()
    client = make_client(breaker=Breaker(clock, failures_to_open=3, pause_seconds=5))
    upstream.deeds = [raw(b"nonsense\r\n\r\n"), answer(502, b"<h1>Bad Gateway</h1>"), reset()]

    for _ in range(3):
        with pytest.raises(UpstreamError):
            await client.stop_bot("a")
    assert client.breaker == BreakerView("open", 3, "upstream-interrupted")
    upstream.deeds = [answer(200, NO_BOTS)]

    with pytest.raises(UpstreamCircuitOpenError) as caught:
        await client.status()
    assert not caught.value.is_in_doubt
    clock.now = 5.0
    with pytest.raises(UpstreamCircuitOpenError):
        await client.deploy(DEPLOYMENT)
    assert len(upstream.received) == 3

    assert await client.status() == {}

    assert client.breaker == BreakerView("closed", 0, "")
    assert upstream.calls[3:] == ["GET /bot-orchestration/status"]


async def test_answers_that_mean_failure_do_not_open_the_circuit(
    upstream: Upstream, make_client: MakeClient
) -> None:
    """A 500 is often bad input: it says nothing about the server's health."""
    upstream.deeds = [answer(500, b"Internal Server Error")]
    client = make_client(breaker=Breaker(Clock(), failures_to_open=2))

    for _ in range(3):
        with pytest.raises(UpstreamError):
            await client.list_active_containers()

    assert client.breaker.state == "closed"
    assert len(upstream.received) == 3


# Secrets


@pytest.mark.parametrize(
    "deed",
    [
        answer(400, {"detail": f"admin:{PASSWORD} canary-key"}),
        answer(500, {"detail": "canary-key"}),
        answer(200, b"canary-key canary-of-the-upstream"),
        raw(b"canary-key canary-of-the-upstream\r\n\r\n"),
        reset(),
    ],
    ids=range(5),
)
async def test_no_secret_gets_into_an_error_or_a_log_line(
    upstream: Upstream, make_client: MakeClient, deed: Deed
) -> None:
    upstream.deeds = [deed]
    keys = {name: Secret("canary-key") for name in BITMART}

    with capture_logs() as lines, pytest.raises(UpstreamError) as caught:
        await make_client().add_credential("a", "bitmart", keys, BITMART)

    sent = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
    said = "".join(traceback.format_exception(caught.value)[-1:]) + caught.value.reason
    for text in (said, repr(lines), caught.value.detail):
        assert "canary-key" not in text
        assert sent not in text
    assert lines[-1]["call"] == "add_credential"
    assert PASSWORD not in repr(lines)
