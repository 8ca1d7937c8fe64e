"""Settings: read once from the environment, checked, and passed down. Holds values, builds nothing.

Values are trimmed, and an empty variable counts as not set.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta, field

from bridge.access.origins import is_loopback
from bridge.access.peers import Network, parse_proxies
from bridge.errors import ConfigurationError
from bridge.vault.secret import Secret, dec_hook
from bridge.wallets.addresses import AddressError, Chain, parse_address

ADMIN_KEY_LENGTH = 32
# As browsers send it: never with a path, a user or the scheme's own port.
_ORIGIN = re.compile(
    r"(http(?!.*:80$)|https(?!.*:443$))://"
    r"([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:[0-9]{1,5})?"
)

PerMinute = Annotated[int, Meta(ge=0, le=100_000_000)]


class AdminWallet(NamedTuple):
    """A wallet that logs in as an admin."""

    chain: Chain
    address: str


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be set; each field's environment variable is its ``name``."""

    database_url: Secret | None = field(default=None, name="DATABASE_URL")
    database_direct_url: Secret | None = field(default=None, name="DATABASE_DIRECT_URL")
    data_dir: str = field(default=".bridge", name="BRIDGE_DATA_DIR")
    pg_bin: str | None = field(default=None, name="BRIDGE_PG_BIN")
    host: str = field(default="127.0.0.1", name="HOST")
    port: Annotated[int, Meta(ge=1, le=65_535)] = field(default=8000, name="PORT")
    workers: Annotated[int, Meta(ge=1, le=64)] | Literal["auto"] = field(
        default=1, name="BRIDGE_WORKERS"
    )
    auth: Literal["required", "open"] = field(default="required", name="BRIDGE_AUTH")
    open_to_network: Literal["yes", "no"] = field(default="no", name="BRIDGE_OPEN_TO_NETWORK")
    admin_key: Secret | None = field(default=None, name="BRIDGE_ADMIN_KEY")
    admin_wallets: str = field(default="", name="BRIDGE_ADMIN_WALLETS")
    session_hours: Annotated[float, Meta(gt=0, le=8_760)] = field(
        default=24.0, name="BRIDGE_SESSION_HOURS"
    )
    reads_per_minute: PerMinute = field(default=60_000, name="BRIDGE_READS_PER_MINUTE")
    writes_per_minute: PerMinute = field(default=600, name="BRIDGE_WRITES_PER_MINUTE")
    logins_per_minute: PerMinute = field(default=60, name="BRIDGE_LOGINS_PER_MINUTE")
    trusted_proxies: str = field(default="", name="BRIDGE_TRUSTED_PROXIES")
    streams_per_caller: Annotated[int, Meta(ge=0, le=1_000_000)] = field(
        default=1_000, name="BRIDGE_STREAMS_PER_CALLER"
    )
    hsts_seconds: Annotated[int, Meta(ge=0, le=63_072_000)] = field(
        default=0, name="BRIDGE_HSTS_SECONDS"
    )
    vault_keys: Secret | None = field(default=None, name="BRIDGE_VAULT_KEYS")
    cors_origins: str = field(default="", name="CORS_ORIGINS")
    pool_size: Annotated[int, Meta(ge=1, le=200)] = field(default=10, name="BRIDGE_POOL_SIZE")
    acquire_seconds: Annotated[float, Meta(gt=0, le=60)] = field(
        default=5.0, name="BRIDGE_ACQUIRE_SECONDS"
    )
    statement_seconds: Annotated[float, Meta(gt=0, le=300)] = field(
        default=10.0, name="BRIDGE_STATEMENT_SECONDS"
    )
    max_body_bytes: Annotated[int, Meta(ge=1024, le=10_000_000)] = field(
        default=65_536, name="BRIDGE_MAX_BODY_BYTES"
    )
    keep_alive_seconds: Annotated[float, Meta(ge=1, le=3_600)] = field(
        default=65.0, name="BRIDGE_KEEP_ALIVE_SECONDS"
    )
    body_seconds: Annotated[float, Meta(gt=0, le=300)] = field(
        default=10.0, name="BRIDGE_BODY_SECONDS"
    )
    front: Literal["on", "off"] = field(default="on", name="BRIDGE_FRONT")
    notifications: Literal["on", "off"] = field(default="on", name="BRIDGE_NOTIFICATIONS")
    cache_entries: Annotated[int, Meta(ge=1, le=10_000_000)] = field(
        default=50_000, name="BRIDGE_CACHE_ENTRIES"
    )
    cache_megabytes: Annotated[int, Meta(ge=1, le=100_000)] = field(
        default=128, name="BRIDGE_CACHE_MEGABYTES"
    )
    beat_seconds: Annotated[float, Meta(ge=0.1, le=300)] = field(
        default=15.0, name="BRIDGE_BEAT_SECONDS"
    )
    slow_seconds: Annotated[float, Meta(ge=0.1, le=300)] = field(
        default=10.0, name="BRIDGE_SLOW_SECONDS"
    )
    events_days: Annotated[int, Meta(ge=1, le=36_500)] = field(
        default=400, name="BRIDGE_EVENTS_DAYS"
    )
    housekeeping_seconds: Annotated[float, Meta(ge=0.05, le=3_600)] = field(
        default=60.0, name="BRIDGE_HOUSEKEEPING_SECONDS"
    )
    log_level: Literal["debug", "info", "warning", "error"] = field(
        default="info", name="BRIDGE_LOG_LEVEL"
    )
    hummingbot_url: str | None = field(default=None, name="HUMMINGBOT_API_URL")
    hummingbot_username: str = field(default="admin", name="HUMMINGBOT_API_USERNAME")
    hummingbot_password: Secret | None = field(default=None, name="HUMMINGBOT_API_PASSWORD")
    hummingbot_ca: str | None = field(default=None, name="BRIDGE_HUMMINGBOT_CA")
    hummingbot_image: str | None = field(default=None, name="BRIDGE_HUMMINGBOT_IMAGE")
    hummingbot_is_simulated: Literal["yes", "no"] = field(
        default="no", name="BRIDGE_HUMMINGBOT_SIMULATED"
    )
    reconciler: Literal["on", "observe", "off"] = field(default="on", name="BRIDGE_RECONCILER")
    start_wait_seconds: Annotated[float, Meta(ge=0, le=60)] = field(
        default=8.0, name="BRIDGE_START_WAIT_SECONDS"
    )
    start_expiry_seconds: Annotated[float, Meta(ge=1, le=3_600)] = field(
        default=120.0, name="BRIDGE_START_EXPIRY_SECONDS"
    )
    grace_seconds: Annotated[float, Meta(ge=1, le=3_600)] = field(
        default=120.0, name="BRIDGE_GRACE_SECONDS"
    )
    lease_seconds: Annotated[float, Meta(ge=1, le=60)] = field(
        default=5.0, name="BRIDGE_LEASE_SECONDS"
    )
    lifecycle_speed: Annotated[float, Meta(ge=1, le=1_000)] = field(
        default=1.0, name="BRIDGE_LIFECYCLE_SPEED"
    )

    @property
    def origins(self) -> frozenset[str]:
        """The origins of CORS_ORIGINS, lower case."""
        return frozenset(part.lower() for part in _list(self.cors_origins))

    @property
    def admin_wallet_list(self) -> tuple[AdminWallet, ...]:
        """The wallets of BRIDGE_ADMIN_WALLETS.

        Raises:
            ConfigurationError: One is no address.
        """
        return tuple(_admin_wallet(part) for part in _list(self.admin_wallets))

    @property
    def proxies(self) -> tuple[Network, ...]:
        """The networks of BRIDGE_TRUSTED_PROXIES.

        Raises:
            ConfigurationError: One is none.
        """
        return parse_proxies(_list(self.trusted_proxies))

    @property
    def is_open(self) -> bool:
        """Whether no key is asked for."""
        return self.auth == "open"

    @property
    def binds_loopback(self) -> bool:
        """Whether only this machine can connect."""
        return is_loopback(self.host)


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings that the environment gives.

    Raises:
        ConfigurationError: A variable has a value that cannot be; the sentence names it.
    """
    known = {info.encode_name for info in msgspec.structs.fields(Settings)}
    given = {name: value.strip() for name, value in environ.items() if name in known}
    present = {name: value for name, value in given.items() if value}
    try:
        settings = msgspec.convert(present, Settings, strict=False, dec_hook=dec_hook)
    except msgspec.ValidationError as exc:
        what, _, path = str(exc).partition(" - at `$.")
        raise ConfigurationError(f"{path.rstrip('`')} is wrong: {what}.") from exc
    _check_origins(settings.cors_origins)
    _ = settings.admin_wallet_list
    _ = settings.proxies
    if settings.admin_key and len(settings.admin_key.reveal()) < ADMIN_KEY_LENGTH:
        raise ConfigurationError(f"BRIDGE_ADMIN_KEY has fewer than {ADMIN_KEY_LENGTH} characters.")
    return settings


def check_exposure(settings: Settings) -> None:
    """Refuse to serve everybody beyond this machine, unless told so twice.

    Raises:
        ConfigurationError: Says what to set.
    """
    if settings.is_open and not settings.binds_loopback and settings.open_to_network != "yes":
        raise ConfigurationError(
            f"BRIDGE_AUTH=open lets everybody in, and HOST={settings.host} is not a loopback"
            " address: leave it out, so that keys are asked for, or set"
            " BRIDGE_OPEN_TO_NETWORK=yes as well."
        )


def _admin_wallet(text: str) -> AdminWallet:
    chain: Chain = "evm" if text[:2].lower() == "0x" else "solana"
    try:
        return AdminWallet(chain, parse_address(chain, text))
    except AddressError as error:
        raise ConfigurationError(
            f"BRIDGE_ADMIN_WALLETS holds {text!r}, which is no wallet: it {error.message}."
        ) from error


def _list(text: str) -> list[str]:
    return [part.strip().rstrip("/") for part in text.split(",") if part.strip()]


def _check_origins(text: str) -> None:
    for origin in _list(text):
        if _ORIGIN.fullmatch(origin.lower()) is None:
            raise ConfigurationError(
                f"CORS_ORIGINS holds {origin!r}: write origins as browsers do, https://host or"
                " http://host:port, without a default port, separated by commas; * is not taken."
            )
