"""The parameters after the question mark: which count, which mean nothing here, which are refused.

asyncpg 0.32 sends every parameter that it does not know to the server as a setting, and the server
then refuses the login (``connect_timeout``, ``channel_binding``, ``pgbouncer``, ...: shown by
tests/db/test_dsn.py). So that the strings of hosters work as they are, each known name has a rule
here, and any other is refused by name before it can fail as something else.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn

from bridge.db.dsn_text import DsnError

# What both asyncpg and libpq read from the URL, and mean the same by.
_PASSED_ON: Final = frozenset(
    {
        "application_name",
        "options",
        "passfile",
        "sslcert",
        "sslcrl",
        "sslkey",
        "sslpassword",
        "sslrootcert",
    }
)
_CHOICES: Final[Mapping[str, frozenset[str]]] = {
    "ssl_max_protocol_version": frozenset({"TLSv1.2", "TLSv1.3"}),
    "ssl_min_protocol_version": frozenset({"TLSv1.2", "TLSv1.3"}),
    "sslmode": frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}),
    "sslnegotiation": frozenset({"direct", "postgres"}),
    "target_session_attrs": frozenset(
        {"any", "primary", "standby", "prefer-standby", "read-write", "read-only"}
    ),
}
_STRICT: Final = frozenset({"require", "verify-ca", "verify-full"})
# Said by other programs' drivers, or tuning that asyncpg cannot do; nothing here depends on them.
_WITHOUT_MEANING: Final = frozenset(
    {
        "channel_binding",  # Neon; asyncpg never binds (protocol/scram.pyx), sslmode still counts
        "client_encoding",  # asyncpg speaks UTF-8 only
        "connection_limit",  # Prisma, as the next three
        "pool_timeout",
        "socket_timeout",
        "sslaccept",
        "fallback_application_name",  # libpq
        "gssencmode",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "load_balance_hosts",  # asyncpg tries the hosts in their order
        "sslcompression",
        "sslsni",
        "tcp_user_timeout",
        "supa",  # Supabase through Vercel
        "uselibpqcompat",  # node-postgres
        "workaround",  # Supabase through Vercel
    }
)
# What node-postgres, JDBC, Prisma and SQLAlchemy call sslmode.
_SSLMODE_OF_SSL: Final[Mapping[str, str]] = {
    "1": "require",
    "true": "require",
    "no-verify": "require",
    "0": "disable",
    "false": "disable",
}
_NAME: Final = re.compile(r"[A-Za-z_]\w{0,39}", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,5}")
_TRUE: Final = frozenset({"1", "true", "yes", "on"})


@dataclass(slots=True)
class Parameters:
    """What the parameters say.

    Attributes:
        address: Those that belong to the address: host, port, user, password, dbname.
        url: Those that stay in the URL, by name.
        connect_timeout_seconds: None when not said, or said to be unlimited.
        statement_cache_size: 0 when prepared statements do not outlive a transaction.
    """

    address: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    url: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    connect_timeout_seconds: float | None = None
    statement_cache_size: int | None = None


def read_parameters(query: tuple[tuple[str, str], ...]) -> Parameters:
    """Sort parameters by their rule.

    Raises:
        DsnError: One is not known, or has a value that it cannot have.
    """
    found = Parameters()
    for name, value in query:
        rule = _RULES.get(name)
        if rule is not None:
            rule(found, name, value)
        elif name not in _WITHOUT_MEANING:
            _refuse(name, value)
    if found.url.get("sslnegotiation") == "direct" and found.url.get("sslmode") not in _STRICT:
        raise DsnError("has sslnegotiation=direct, which needs sslmode=require or stricter")
    return found


def _address(found: Parameters, name: str, value: str) -> None:
    found.address["dbname" if name == "database" else name] = value


def _passed_on(found: Parameters, name: str, value: str) -> None:
    if not value:
        raise DsnError(f"has the parameter {name} without a value")
    if name == "options" and "options" in found.url:
        value = f"{found.url['options']} {value}"
    found.url[name] = value


def _choice(found: Parameters, name: str, value: str) -> None:
    if name == "sslmode":
        value = _SSLMODE_OF_SSL.get(value, value)
    if value not in _CHOICES[name]:
        raise DsnError(f"has a wrong {name}: it is one of {', '.join(sorted(_CHOICES[name]))}")
    found.url[name] = value


def _ssl(found: Parameters, name: str, value: str) -> None:
    del name
    _choice(found, "sslmode", value)


def _connect_timeout(found: Parameters, name: str, value: str) -> None:
    found.connect_timeout_seconds = float(_number(name, value)) or None


def _pgbouncer(found: Parameters, name: str, value: str) -> None:
    del name
    if value.lower() in _TRUE:
        found.statement_cache_size = 0


def _statement_cache_size(found: Parameters, name: str, value: str) -> None:
    found.statement_cache_size = _number(name, value)


def _number(name: str, value: str) -> int:
    if not _NUMBER.fullmatch(value):
        raise DsnError(f"has a wrong {name}: it is a whole number from 0 to 99999")
    return int(value)


def _search_path(found: Parameters, name: str, value: str) -> None:
    # Prisma says schema=public where it means the default.
    if name == "schema" and value == "public":
        return
    escaped = value.replace("\\", "\\\\").replace(" ", "\\ ")
    _passed_on(found, "options", f"-csearch_path={escaped}")


def _refuse(name: str, value: str) -> NoReturn:
    # A name is quoted only when it looks like one: the rest of a password with an unencoded
    # question mark may end up here.
    shown = f" {name}" if _NAME.fullmatch(name) and "@" not in value else ""
    raise DsnError(
        f"has a parameter that the bridge does not know{shown}: take it out, or write a setting"
        " of the server as options=-c%20name=value"
    )


_Rule = Callable[[Parameters, str, str], None]
_RULES: Final[Mapping[str, _Rule]] = {
    **dict.fromkeys(("host", "port", "user", "password", "dbname", "database"), _address),
    **dict.fromkeys(_PASSED_ON, _passed_on),
    **dict.fromkeys(_CHOICES, _choice),
    "ssl": _ssl,
    "connect_timeout": _connect_timeout,
    "pgbouncer": _pgbouncer,
    "statement_cache_size": _statement_cache_size,
    "prepared_statement_cache_size": _statement_cache_size,
    "search_path": _search_path,
    "schema": _search_path,
}
