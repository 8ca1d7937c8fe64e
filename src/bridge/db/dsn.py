"""The address of the database: one parser for every spelling that people and hosters use.

Owns what ``DATABASE_URL`` may look like and how it is handed to asyncpg and to libpq's tools. Knows
nothing of pools. Neither a sentence nor a repr of this module holds the password.
"""

import getpass
import ssl
from dataclasses import dataclass, field
from typing import Final, NotRequired, TypedDict
from urllib.parse import quote

from bridge.db.dsn_hosts import Host, read_hosts
from bridge.db.dsn_parameters import Parameters, read_parameters
from bridge.db.dsn_text import DsnError, Pieces, split_url
from bridge.errors import ConfigurationError

__all__ = ["ConnectArguments", "Dsn", "Host", "parse_database_url"]

# Dashboards hand out strings with these in place of the password.
_PLACEHOLDER_MARKS: Final = (("[", "]"), ("<", ">"), ("{", "}"))
_PLACEHOLDER_PASSWORDS: Final = frozenset({"your-password", "your_password", "yourpassword"})


class ConnectArguments(TypedDict):
    """Keyword arguments of ``asyncpg.connect`` and ``asyncpg.create_pool``; hold the password."""

    dsn: str
    ssl: NotRequired[ssl.SSLContext]
    statement_cache_size: NotRequired[int]


@dataclass(frozen=True, slots=True)
class Dsn:
    """A database and how to log in there.

    Attributes:
        hosts: At least one; tried in this order.
        password: None where the server asks for none, or where ``~/.pgpass`` has it.
        parameters: What else stands in the URL: pairs that libpq and asyncpg both know.
        connect_timeout_seconds: As the string says; None leaves it to the caller.
        statement_cache_size: 0 behind a pooler that forgets prepared statements, else None.
    """

    hosts: tuple[Host, ...]
    user: str
    password: str | None = field(repr=False)
    database: str
    parameters: tuple[tuple[str, str], ...] = field(repr=False, default=())
    connect_timeout_seconds: float | None = None
    statement_cache_size: int | None = None

    @property
    def where(self) -> str:
        """The servers as a person writes them: ``db1:5432, db2:5432``."""
        return ", ".join(str(host) for host in self.hosts)

    @property
    def safe_text(self) -> str:
        """The address for logs; three asterisks stand for the password, parameters are left out."""
        secret = "" if self.password is None else ":***"
        hosts = ",".join(str(host) for host in self.hosts)
        return f"postgresql://{self.user}{secret}@{hosts}/{self.database}"

    @property
    def url(self) -> str:
        """The address in the one spelling that asyncpg and libpq (pg_dump) both read.

        Holds the password: hand it to a driver, print it nowhere.
        """
        secret = "" if self.password is None else f":{quote(self.password, safe='')}"
        hosts = ",".join(host.in_url for host in self.hosts)
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in self.parameters)
        login = f"{quote(self.user, safe='')}{secret}"
        address = f"postgresql://{login}@{hosts}/{quote(self.database, safe='')}"
        return f"{address}?{query}" if query else address

    def parameter(self, name: str) -> str | None:
        """Return what the URL says about ``name``, or None."""
        return dict(self.parameters).get(name)

    def connect_arguments(self) -> ConnectArguments:
        """Return what ``asyncpg.connect(**...)`` needs; hold it no longer than the call."""
        arguments = ConnectArguments(dsn=self.url)
        if self.parameter("sslrootcert") == "system":
            # asyncpg 0.32 would read a file called "system" (connect_utils.py, at sslrootcert);
            # libpq means the system's certificates, the host's name checked too.
            arguments["ssl"] = ssl.create_default_context()
        if self.statement_cache_size is not None:
            arguments["statement_cache_size"] = self.statement_cache_size
        return arguments


def parse_database_url(text: str, *, variable: str = "DATABASE_URL") -> Dsn:
    """Read a connection string.

    What psql takes is taken, but a host must be named. Without a user it is the operating
    system's, without a database the one that is called like the user.

    Args:
        text: As it stands in the environment; blanks and quotes around it are dropped.
        variable: Name of the setting, for the sentence.

    Raises:
        ConfigurationError: One sentence that begins with the variable; never with the password.
    """
    try:
        pieces = split_url(text)
        return _assemble(pieces, read_parameters(pieces.query))
    except DsnError as exc:
        # Without the cause: a traceback that shows locals would show the string.
        raise ConfigurationError(f"{variable} {exc}.") from None


def _assemble(pieces: Pieces, parameters: Parameters) -> Dsn:
    said = parameters.address
    hosts = read_hosts(pieces.hosts or said.get("host", ""), said.get("port", ""))
    user = pieces.user or said.get("user") or _system_user()
    password = pieces.password or said.get("password") or None
    if password is not None and _is_placeholder(password):
        raise DsnError("still has a template's placeholder in place of the password: put it in")
    return Dsn(
        hosts=hosts,
        user=user,
        password=password,
        database=pieces.database or said.get("dbname") or user,
        parameters=tuple(sorted(parameters.url.items())),
        connect_timeout_seconds=parameters.connect_timeout_seconds,
        statement_cache_size=parameters.statement_cache_size,
    )


def _is_placeholder(password: str) -> bool:
    marked = any(password.startswith(a) and password.endswith(z) for a, z in _PLACEHOLDER_MARKS)
    return password.lower() in _PLACEHOLDER_PASSWORDS or (marked and "password" in password.lower())


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose uid has no name; OSError since Python 3.13
        raise DsnError("names no user, and the system has none to stand in") from None
