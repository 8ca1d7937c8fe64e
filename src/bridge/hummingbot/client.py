"""The only module that knows aiohttp: sends one request once, and names every way to fail.

aiohttp 3.14 sends GET, PUT and DELETE a second time when the connection ends without an answer,
also a fresh one, and has no public switch for it (``ClientSession._request`` and
``IDEMPOTENT_METHODS`` in aiohttp/client.py). A middleware is public and stands inside that loop: an
error that leaves it under another class is not retried.
"""

import asyncio
import ssl
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

import aiohttp
import structlog

from bridge.hummingbot.address import basic_authorization, checked_url
from bridge.hummingbot.breaker import Breaker, BreakerView, Permit
from bridge.hummingbot.calls import HummingbotCalls
from bridge.hummingbot.errors import (
    UpstreamCircuitOpenError,
    UpstreamError,
    UpstreamInterruptedError,
    UpstreamProtocolError,
    UpstreamTimeoutError,
    UpstreamUnavailableError,
)
from bridge.hummingbot.protocol.messages import Reply, Request
from bridge.hummingbot.scrub import scrub
from bridge.vault.secret import Secret

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

MAX_REPLY_BYTES: Final = 64 * 2**20  # 700 bots with full logs
# While bytes keep coming, the event loop lets go of the interpreter's lock only for moments that
# are too short for the server's own threads: requests would wait until the whole answer is there.
_PAUSE_BYTES: Final = 128 * 1024
_PAUSE_SECONDS: Final = 0.001
_GATEWAY_FAILURES: Final = ("502", "503", "504")  # what a proxy says of a server that is down

# The first class that fits decides.
_NAMES: Final[tuple[tuple[type[Exception], type[UpstreamError], str | None], ...]] = (
    (
        aiohttp.ClientConnectorDNSError,
        UpstreamUnavailableError,
        "The Hummingbot API's host name cannot be resolved.",
    ),
    (
        aiohttp.ClientSSLError,
        UpstreamUnavailableError,
        "There is no TLS connection to the Hummingbot API.",
    ),
    (
        aiohttp.ServerFingerprintMismatch,
        UpstreamUnavailableError,
        "The Hummingbot API shows another certificate.",
    ),
    (
        aiohttp.ClientConnectorError,
        UpstreamUnavailableError,
        "The Hummingbot API refuses connections.",
    ),
    (
        aiohttp.ConnectionTimeoutError,
        UpstreamUnavailableError,
        "The Hummingbot API does not accept a connection in time.",
    ),
    (TimeoutError, UpstreamTimeoutError, None),
    (
        aiohttp.ClientResponseError,
        UpstreamProtocolError,
        "The Hummingbot API's answer is not HTTP.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long one call may take, from the first byte sent or the wait for a connection.

    Attributes:
        connect_seconds: Until there is a connection; nothing has been sent before.
        effect_seconds: Longer than for a read: the upstream may be standing still, and giving up
            leaves a doubt behind.
    """

    connect_seconds: float = 5.0
    read_seconds: float = 10.0
    effect_seconds: float = 30.0
    blocking_seconds: float = 90.0


class _SentOnceError(Exception):
    """The connection ended without an answer; the cause has the details."""


def make_session(ssl_context: ssl.SSLContext | None = None) -> aiohttp.ClientSession:
    """Return a session fit for the client; must be called in a running loop, the caller closes it.

    Args:
        ssl_context: For a private CA; None for the system's.
    """
    # uvicorn closes a connection that was idle for 5 s: ours is given up before, so that a request
    # does not run into the closing.
    connector = aiohttp.TCPConnector(limit=16, keepalive_timeout=2.0, ssl=ssl_context or True)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


class HummingbotClient(HummingbotCalls):
    """One Hummingbot API server. Make one client per server and process: it holds the turn.

    A call that is cancelled is not undone. While it waits for its turn, nothing has been sent;
    after that nobody knows: treat a cancelled call with an effect like an error in doubt.

    Args:
        session: Made by the caller, who closes it; `make_session` makes one.
        base_url: http or https, a path in front of the upstream's own is kept.
        username: For Basic auth.
        password: For Basic auth.
        timeouts: By kind of call.
        max_reply_bytes: A longer answer is cut off and is an error.
        breaker: To be shown elsewhere, or with another clock; None for the default.
        before_effect: Called right before a call with an effect is handed over, after all waiting;
            what it raises is raised, and nothing is sent.

    Raises:
        ConfigurationError: The base URL is none, or holds user and password; or the user name holds
            a colon.
    """

    def __init__(  # noqa: PLR0913 - each has a name at the call, and a default
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        username: str,
        password: Secret,
        *,
        timeouts: Timeouts | None = None,
        max_reply_bytes: int = MAX_REPLY_BYTES,
        breaker: Breaker | None = None,
        before_effect: Callable[[Request], None] | None = None,
    ) -> None:
        self._session = session
        self._base_url = checked_url(base_url)
        self._headers = {
            "Authorization": basic_authorization(username, password),
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        }
        self._timeouts = timeouts or Timeouts()
        self._max_reply_bytes = max_reply_bytes
        self._breaker = breaker or Breaker(time.monotonic)
        self._before_effect = before_effect
        self._turn = asyncio.Lock()

    @property
    def breaker(self) -> BreakerView:
        """How the circuit stands; for /health and metrics."""
        return self._breaker.view

    async def send(self, request: Request) -> Reply:
        """Send a request once and return the complete answer, whatever its status.

        A call that blocks the upstream waits for the earlier ones first, without a limit of its
        own. Only a plain read may be sent again by aiohttp, when its connection was dead.

        Raises:
            UpstreamUnavailableError: Nothing was sent.
            UpstreamTimeoutError: No answer in time.
            UpstreamInterruptedError: The connection ended before the answer was complete.
            UpstreamProtocolError: What came is no HTTP, or too much.
        """
        async with self._turn if request.is_blocking else nullcontext():
            permit = self._breaker.ask(may_probe=not request.has_effect)
            if permit == "refuse":
                raise UpstreamCircuitOpenError
            started = time.monotonic()
            outcome = "abandoned"
            reason = ""
            try:
                reply = await self._exchange(request)
                outcome = str(reply.status)
            except UpstreamError as exc:
                outcome, reason = exc.code, exc.reason
                raise
            finally:
                self._conclude(permit, outcome)
                self._log(request, outcome, reason, time.monotonic() - started)
        return reply

    def _conclude(self, permit: Permit, outcome: str) -> None:
        if outcome == "abandoned":  # cancelled, or what `before_effect` raised
            self._breaker.abandoned(permit)
        elif outcome.isdigit() and outcome not in _GATEWAY_FAILURES:
            self._breaker.succeeded()
        else:
            self._breaker.failed(permit, outcome)

    def _log(self, request: Request, outcome: str, reason: str, seconds: float) -> None:
        is_plain = outcome.isdigit() and not request.has_effect
        log = _LOG.debug if is_plain else _LOG.info if outcome.isdigit() else _LOG.warning
        took = round(seconds, 3)
        log("hummingbot call", call=request.call, outcome=outcome, reason=reason, seconds=took)

    async def _exchange(self, request: Request) -> Reply:
        if request.has_effect and self._before_effect is not None:
            self._before_effect(request)
        if self._session.closed:
            raise UpstreamUnavailableError("The bridge is being shut down.")
        try:
            async with self._session.request(
                request.method,
                self._url(request),
                data=request.body,
                headers=self._headers_of(request),
                allow_redirects=False,
                raise_for_status=False,
                timeout=self._timeout_of(request),
                middlewares=() if request.kind == "read" else (_send_once,),
            ) as response:
                body = await self._body(response)
        except (aiohttp.ClientError, _SentOnceError, TimeoutError, OSError) as exc:
            raise _named(exc) from exc
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status, headers, body)

    async def _body(self, response: aiohttp.ClientResponse) -> bytearray:
        body = bytearray()  # grows in place: joined chunks would be there twice for a moment
        next_pause = _PAUSE_BYTES
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > self._max_reply_bytes:  # aiohttp closes a connection not read out
                raise UpstreamProtocolError("The Hummingbot API's answer is too long.")
            if len(body) >= next_pause:
                next_pause = len(body) + _PAUSE_BYTES
                await asyncio.sleep(_PAUSE_SECONDS)
        return body

    def _url(self, request: Request) -> str:
        query = f"?{urlencode(request.query)}" if request.query else ""
        return self._base_url + request.path + query

    def _headers_of(self, request: Request) -> dict[str, str]:
        if request.body is None:
            return self._headers
        return {**self._headers, "Content-Type": "application/json"}

    def _timeout_of(self, request: Request) -> aiohttp.ClientTimeout:
        total_seconds = self._timeouts.read_seconds
        if request.is_blocking:
            total_seconds = self._timeouts.blocking_seconds
        elif request.has_effect:
            total_seconds = self._timeouts.effect_seconds
        connect_seconds = self._timeouts.connect_seconds
        return aiohttp.ClientTimeout(total=total_seconds, connect=connect_seconds)


async def _send_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise  # there was no connection; aiohttp does not retry these
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as exc:
        raise _SentOnceError from exc


def _named(error: Exception) -> UpstreamError:
    is_unsent = isinstance(error, aiohttp.ClientConnectorError | aiohttp.ServerFingerprintMismatch)
    for cls, named, sentence in _NAMES:
        if isinstance(error, cls):
            return named(sentence, reason=scrub(str(error)) if is_unsent else "")
    return UpstreamInterruptedError()
