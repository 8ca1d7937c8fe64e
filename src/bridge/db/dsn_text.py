"""A connection string as text: what is obviously not one, and where its parts begin and end.

Splits as libpq does, not as browsers do: ``#`` and ``?`` mean nothing special in a password, since
people paste passwords as they are. Sentences complete "DATABASE_URL ..." and never quote the text.
"""

import re
from dataclasses import dataclass, field
from typing import Final, NoReturn
from urllib.parse import unquote_to_bytes

EXAMPLE: Final = "postgresql://user:password@host:5432/database"
_TAKEN: Final = "it takes postgresql://, postgres:// and postgresql+asyncpg://"
_SCHEMES: Final = frozenset({"postgres", "postgresql", "postgresql+asyncpg", "postgres+asyncpg"})
# Blanks that web pages put around what one copies from them.
_INVISIBLE: Final = "\ufeff\u200b\u200c\u200d\u2060"

_REFERENCE: Final = re.compile(r"\$\{\{.*?\}\}|\$\{.*?\}|\{\{.*?\}\}|\$\([A-Za-z_]\w*\)")
_WHOLE_REFERENCE: Final = re.compile(
    r"\$\{\{\s*[\w.-]+\s*\}\}|\$\{\w+\}|\{\{\s*[\w.-]+\s*\}\}|\$\(\w+\)|\$[A-Za-z_]\w*|%\w+%"
)
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.:-]{0,30})://")
_KEYWORDS: Final = re.compile(r"(?:host|hostaddr|port|dbname|user|password|service)\s*=")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


class DsnError(Exception):
    """What is wrong, as the rest of a sentence that begins with the variable's name."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """The parts of a connection string, percent-decoded but for `hosts`.

    Attributes:
        hosts: The list as written, such as ``db1:5432,[::1]:5433``; empty when none is named.
        query: Parameters in their order; the last one of a name counts.
    """

    user: str
    password: str | None = field(repr=False)
    hosts: str
    database: str
    query: tuple[tuple[str, str], ...] = field(repr=False)


def split_url(text: str) -> Pieces:
    """Split a connection string.

    Raises:
        DsnError: It is none, or names another kind of database.
    """
    url = _trimmed(text)
    _refuse_what_is_no_address(url)
    rest = url[_after_scheme(url) :]
    end = min((at for at in (rest.find("/"), rest.find("?")) if at >= 0), default=len(rest))
    authority, tail = rest[:end], rest[end:]
    path, _, query = tail.partition("?")
    if "@" in path or ("@" in tail and "@" not in authority):
        _refuse(
            "cannot be split: a password with / or ? in it must be written with %2F or %3F"
            " in their place"
        )
    # The last @: a host has none, so one in the password need not be encoded.
    login, has_login, hosts = authority.rpartition("@")
    user, has_password, password = login.partition(":")
    return Pieces(
        user=decoded(user) if has_login else "",
        password=decoded(password) if has_password and password else None,
        hosts=hosts,
        database=decoded(path.removeprefix("/")),
        query=tuple(_parameter(part) for part in query.split("&") if part),
    )


def decoded(text: str) -> str:
    """Percent-decode; a plus stays a plus, as in libpq.

    Raises:
        DsnError: The result is no text.
    """
    try:
        plain = unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        plain = "\0"
    if _CONTROL.search(plain):
        _refuse("holds a percent-encoded character that is no text")
    return plain


def _trimmed(text: str) -> str:
    url = text.strip().strip(_INVISIBLE).strip()
    if len(url) > 1 and url[0] == url[-1] and url[0] in "\"'`":
        url = url[1:-1].strip()
    if not url:
        _refuse(f"is not set: it names the PostgreSQL database, such as {EXAMPLE}")
    return url


def _refuse_what_is_no_address(url: str) -> None:
    if _WHOLE_REFERENCE.fullmatch(url):
        _refuse(
            f"is the reference {url}, which was not resolved: set it to the database service's"
            " reference again, with that service's exact name, in the same project and environment"
        )
    if _REFERENCE.search(url):
        _refuse(
            "holds a reference in braces that was not resolved: set it to the database service's"
            " own connection string or reference"
        )
    if _CONTROL.search(url):
        _refuse("holds a line break or another control character: paste it again as one line")


def _after_scheme(url: str) -> int:
    found = _SCHEME.match(url)
    if found is None:
        if _KEYWORDS.match(url):
            _refuse(f"is in the keyword form; write it as a URL, such as {EXAMPLE}")
        if "://" in url:
            _refuse(f"does not begin with the address itself: {_TAKEN}")
        _refuse(f"is not a connection string: it looks like {EXAMPLE}")
    scheme = found.group(1).lower()
    if scheme not in _SCHEMES:
        kept = "" if "postgres" in scheme else ", and the bridge keeps its data in PostgreSQL"
        _refuse(f"begins with {scheme}://{kept}: {_TAKEN}")
    return found.end()


def _parameter(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return decoded(name), decoded(value)


def _refuse(rest_of_sentence: str) -> NoReturn:
    raise DsnError(rest_of_sentence)
