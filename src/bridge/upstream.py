"""Makes the client of the Hummingbot API out of the settings, and says what is wrong with them."""

import ssl
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

from bridge.access.origins import is_loopback
from bridge.errors import ConfigurationError
from bridge.hummingbot.address import basic_authorization, checked_url
from bridge.hummingbot.breaker import Breaker
from bridge.hummingbot.client import HummingbotClient, Timeouts, make_session
from bridge.hummingbot.protocol.messages import Request
from bridge.settings import Settings
from bridge.vault.secret import Secret

# Even a simulator at high speed has to be scheduled, and answers over a real socket.
_SHORTEST_SECONDS: Final = 1.0
_BREAKER_SECONDS: Final = 5.0


def tls_context(ca_path: str | None) -> ssl.SSLContext | None:
    """Return a context that trusts this CA and no other; None, for the system's, without a path.

    Raises:
        ConfigurationError: The file cannot be read, or holds no certificate.
    """
    if ca_path is None:
        return None
    try:
        context = ssl.create_default_context(cafile=ca_path)
    except ssl.SSLError as exc:
        raise _no_certificate(ca_path) from exc
    except OSError as exc:
        message = f"BRIDGE_HUMMINGBOT_CA={ca_path} cannot be read: {exc.strerror}."
        raise ConfigurationError(message) from exc
    if context.cert_store_stats()["x509"] == 0:
        raise _no_certificate(ca_path)
    return context


def check_upstream(settings: Settings) -> tuple[str, ...]:
    """Return warnings, one sentence each; nothing is asked of the network.

    Raises:
        ConfigurationError: The settings cannot be used; the sentence names the variable.
    """
    if settings.hummingbot_url is None:
        return ()
    parts = urlsplit(checked_url(settings.hummingbot_url))
    basic_authorization(settings.hummingbot_username, _password(settings))
    tls_context(settings.hummingbot_ca)
    if settings.lifecycle_speed != 1 and settings.hummingbot_is_simulated == "no":
        raise ConfigurationError(
            "BRIDGE_LIFECYCLE_SPEED is for a simulated Hummingbot API only: unset it, or say that"
            " this one is simulated with BRIDGE_HUMMINGBOT_SIMULATED=yes."
        )
    warnings: list[str] = []
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        warnings.append(
            "HUMMINGBOT_API_URL is plain http: who can read that network sees the password and the"
            " credentials of exchanges."
        )
    if parts.scheme == "http" and settings.hummingbot_ca is not None:
        warnings.append("BRIDGE_HUMMINGBOT_CA is not used: HUMMINGBOT_API_URL is plain http.")
    return tuple(warnings)


def timeouts(speed: float) -> Timeouts:
    """Return the limits of a call to a server that runs ``speed`` times as fast, 1 s at least."""
    real = Timeouts()
    return Timeouts(
        connect_seconds=max(real.connect_seconds / speed, _SHORTEST_SECONDS),
        read_seconds=max(real.read_seconds / speed, _SHORTEST_SECONDS),
        effect_seconds=max(real.effect_seconds / speed, _SHORTEST_SECONDS),
        blocking_seconds=max(real.blocking_seconds / speed, _SHORTEST_SECONDS),
    )


@asynccontextmanager
async def upstream_client(
    settings: Settings, before_effect: Callable[[Request], None] | None = None
) -> AsyncGenerator[HummingbotClient]:
    """Yield a client for as long as the block runs; connects at its first call.

    Args:
        settings: With a HUMMINGBOT_API_URL.
        before_effect: As `HummingbotClient` takes it.

    Raises:
        ConfigurationError: The settings cannot be used; the sentence names the variable.
    """
    if settings.hummingbot_url is None:
        raise ConfigurationError("HUMMINGBOT_API_URL is not set.")
    password = _password(settings)
    async with make_session(tls_context(settings.hummingbot_ca)) as session:
        yield HummingbotClient(
            session,
            settings.hummingbot_url,
            settings.hummingbot_username,
            password,
            timeouts=timeouts(settings.lifecycle_speed),
            breaker=Breaker(
                time.monotonic, pause_seconds=_BREAKER_SECONDS / settings.lifecycle_speed
            ),
            before_effect=before_effect,
        )


def _password(settings: Settings) -> Secret:
    if settings.hummingbot_password is None:
        raise ConfigurationError("HUMMINGBOT_API_URL is set, but HUMMINGBOT_API_PASSWORD is not.")
    return settings.hummingbot_password


def _no_certificate(ca_path: str) -> ConfigurationError:
    return ConfigurationError(
        f"BRIDGE_HUMMINGBOT_CA={ca_path} holds no certificate in PEM form (BEGIN CERTIFICATE)."
    )
