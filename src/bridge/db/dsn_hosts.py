"""The hosts of a connection string: names, addresses, sockets, and placeholders that are none."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from typing import Final
from urllib.parse import quote

from bridge.db.dsn_text import EXAMPLE, DsnError, decoded

DEFAULT_PORT: Final = 5432
_LAST_PORT: Final = 65535

_BRACKETED: Final = re.compile(r"\[([^\[\]]*)\](?::(.*))?")
_PORT: Final = re.compile(r"[0-9]{1,5}")
_NAME: Final = re.compile(r"[^\s<>{}\[\]()$%^*|\\\"'`,;:/?#&=]+")
# RFC 2606 sets these aside for examples; no database of anybody answers there.
_EXAMPLE_DOMAIN: Final = re.compile(r"(?:.+\.)?example(?:\.(?:com|org|net))?|.+\.(?:test|invalid)")
_STAND_IN: Final = re.compile(
    r"(?:host|hostname|host[-_]?name|ip|address|server|xxx+|x\.x\.x\.x|changeme|placeholder|todo"
    r"|(?:your|my|some|the)[-_]?(?:db|database|postgres|rds)?[-_]?(?:host|hostname|server|endpoint)"
    r"|(?:db|database|postgres|pg)[-_]?host(?:name)?)(?:\..*)?"
)
_NOT_A_HOST: Final = "has something in the host's place that is no host name and no address"


@dataclass(frozen=True, slots=True)
class Host:
    """Where one server listens.

    Attributes:
        name: A host name, an IP address without brackets, or the folder of a unix socket.
        port: From 1 to 65535; part of the file's name where the host is a folder.
    """

    name: str
    port: int

    def __str__(self) -> str:
        if self.name.startswith("/"):
            return f"{self.name}/.s.PGSQL.{self.port}"
        return f"[{self.name}]:{self.port}" if ":" in self.name else f"{self.name}:{self.port}"

    @property
    def in_url(self) -> str:
        """As it stands in a URL for libpq and asyncpg; a folder is percent-encoded."""
        if self.name.startswith("/"):
            return f"{quote(self.name, safe='')}:{self.port}"
        return str(self)


def read_hosts(hosts: str, ports: str) -> tuple[Host, ...]:
    """Read a comma-separated list of hosts.

    Args:
        hosts: Each one may carry a port of its own.
        ports: Of the parameter ``port``: one for all hosts that carry none, or one for each.

    Raises:
        DsnError: A host is missing, is none, or is a placeholder; or a port is none.
    """
    names = hosts.split(",")
    defaults = _default_ports(ports, len(names))
    return tuple(_read_host(name, port) for name, port in zip(names, defaults, strict=True))


def _default_ports(ports: str, count: int) -> Sequence[int]:
    if not ports:
        return [DEFAULT_PORT] * count
    numbers = [_read_port(port) for port in ports.split(",")]
    if len(numbers) == 1:
        return numbers * count
    if len(numbers) != count:
        raise DsnError(f"names {count} hosts and {len(numbers)} ports")
    return numbers


def _read_host(text: str, default_port: int) -> Host:
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed is not None:
        name, port = decoded(bracketed.group(1)), bracketed.group(2)
        if not _is_ipv6(name):
            raise DsnError(_NOT_A_HOST)
    elif _is_ipv6(text) or text.startswith("/"):
        name, port = text, None
    else:
        encoded, _, port = text.partition(":")
        name = decoded(encoded)
        _refuse_placeholder(name)
    return Host(name, _read_port(port) if port else default_port)


def _refuse_placeholder(name: str) -> None:
    if not name:
        raise DsnError(f"names no host: it looks like {EXAMPLE}")
    if name.startswith("/"):
        return
    lowered = name.lower()
    if _STAND_IN.fullmatch(lowered) or _EXAMPLE_DOMAIN.fullmatch(lowered):
        raise DsnError(
            f"has the placeholder '{name}' in the host's place: put the real host of your"
            " database there"
        )
    if not _NAME.fullmatch(name) or ".." in name:
        raise DsnError(_NOT_A_HOST)
    try:
        name.encode("idna")
    except UnicodeError:
        raise DsnError(_NOT_A_HOST) from None


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True


def _read_port(text: str) -> int:
    # Not quoted: with an @ missing, what follows the colon is the password.
    if _PORT.fullmatch(text) and 0 < int(text) <= _LAST_PORT:
        return int(text)
    raise DsnError(
        f"has a port that is no number from 1 to {_LAST_PORT}; between the password and the host"
        " stands an @"
    )
