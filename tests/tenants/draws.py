"""Random operations: any route, by anybody, on what is theirs, another's, or nobody's."""

import re
from typing import Final, Literal, NamedTuple
from uuid import uuid4

from tests.tenants.bodies import body_of, spoilt
from tests.tenants.canaries import canary, evm_address_of
from tests.tenants.people import Tenant, Who
from tests.tenants.wire import Request, encode
from tests.tenants.world import BOTS, NOBODYS, World

from bridge.access.roles import RULES

Whose = Literal["own", "foreign", "unknown"]

MOST_BOTS: Final = 2 * BOTS
_MOST_WALLETS: Final = 8
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_PAGED: Final = frozenset({"GET /clients", "GET /bots", "GET /events", "GET /bots/{bot_id}/events"})
_BY_ACCOUNT: Final = frozenset(
    {"GET /bots", "GET /bots/stream", "GET /events", "GET /bots/health/summary"}
)
# Of the operator's people only what changes nothing: the path may be that of a tenant.
_HARMLESS: Final = ("OPTIONS", "TRACE")
_MAKE_CLIENTS: Final = frozenset({"POST /clients/create", "POST /api/admin/quick-client"})
_STRANGE: Final = (*_HARMLESS, "PATCH", "DELETE", "PUT", "POST")
_FILTERS: Final = [
    ("action", "bot.changed"),
    ("actor", "admin-key"),
    ("from", "2026-01-01T00:00:00Z"),
]
_DOCS: Final = {"path": ["", "nothing"], "name": ["swagger-ui.css", "nothing.js"]}


def _weight(route: str) -> float:
    if "/docs" in route:
        return 0.1
    rule = RULES[route]
    if rule.reach is None:
        return 0.5
    if route == "POST /bots/stop-all":
        return 0.15
    if route == "POST /auth/logout":
        return 0.5
    if route in ("GET /bots", "PUT /bots/{bot_id}"):
        return 8.0  # the lists that are held ready, and what makes them others
    # What a client can see is what could show it too much.
    return 1.0 if rule.reach["client"] == "no" else 4.0


_ROUTES: Final = list(RULES)
_WEIGHTS: Final = [_weight(route) for route in _ROUTES]


def _is_full(route: str, tenant: Tenant) -> bool:
    """Whether the tenant has enough of what this route makes."""
    if route == "POST /bots/create":
        return len(tenant.bots) >= MOST_BOTS
    return route == "PUT /clients/{client_id}/wallet" and len(tenant.wallets) >= _MOST_WALLETS


def _is_noted_elsewhere(who: Who, route: str) -> bool:
    """Whether the request's id may come to stand in the events of several tenants, or of others."""
    # A login that fails is noted for whoever has the wallet.
    return route.startswith("POST /auth/") or (who.tenant is None and "stop-all" in route)


class Operation(NamedTuple):
    """One call that was drawn.

    Attributes:
        route: The row of the table of roles.
        whose: What stands in its path, seen by the caller.
        subject: Whose things are asked for; None for nobody's.
        variants: What is special about it.
        is_whole: Whether the row is called as it stands, with its method.
    """

    who: Who
    route: str
    whose: Whose
    subject: Tenant | None
    request: Request
    variants: tuple[str, ...]
    is_whole: bool = True


class Draws:
    """Draws operations.

    Args:
        world: Whose random numbers they are.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._random = world.random
        self._ended: list[Who] = []
        self._serial = 0

    def ended(self, who: Who) -> None:
        """Let somebody call now and then whose key or session has ended."""
        self._ended = [*self._ended[-9:], who]

    def draw(self) -> Operation:
        """Return the next operation."""
        random = self._random
        who = self._who()
        if who.tenant is not None and random.random() < 0.05:
            again = self._again(who)
            if again is not None:
                return again
        (route,) = random.choices(_ROUTES, _WEIGHTS)
        method, _, path = route.partition(" ")
        whose, subject = self._subject(who, route)
        variants: list[str] = [] if whose == "own" else [whose]
        target, more = self._target(who, route, path, subject)
        about = subject or random.choice(self._world.tenants)
        headers = self._headers(who, about, route, more)
        body = b""
        if method in ("POST", "PUT", "PATCH"):
            wanted = body_of(random, route, about)
            is_bad = random.random() < 0.2 or _is_full(route, about)
            if is_bad:
                variants.append("bad body")
            body = spoilt(random, wanted, about) if is_bad else encode(wanted)
            if body:
                headers["Content-Type"] = (
                    "application/json" if random.random() < 0.98 else "text/plain"
                )
        is_whole = random.random() >= 0.01
        if not is_whole:
            method = random.choice(_HARMLESS if who.sees_all else _STRANGE)
            variants.append("other method")
        elif method == "GET" and not path.endswith("/stream") and random.random() < 0.03:
            method = "HEAD"
            variants.append("HEAD")
        request = Request(method, target, headers, body)
        if "Idempotency-Key" in headers and who.tenant is not None:
            self._world.tenants[who.tenant].asked.append(request)
        return Operation(who, route, whose, subject, request, (*variants, *more), is_whole)

    def _who(self) -> Who:
        world, random = self._world, self._random
        chance = random.random()
        if chance < 0.03:
            return world.nobody
        if chance < 0.06:
            return world.admin
        if chance < 0.10:
            return world.viewer
        if chance < 0.20:
            return world.operator
        if chance < 0.21 and self._ended:
            return random.choice(self._ended)
        tenant = random.choice(world.tenants)
        return tenant.key if random.random() < 0.5 else tenant.session

    def _subject(self, who: Who, route: str) -> tuple[Whose, Tenant | None]:
        """Return whose things are asked for."""
        world, random = self._world, self._random
        chance = random.random()
        others = [each for each in world.tenants if each.number != who.tenant]
        if chance < 0.08 or route == "DELETE /clients/{client_id}":
            # Nobody may delete a tenant: who may, deletes what belongs to none.
            return "unknown", None
        if who.tenant is None:
            return "own", random.choice(others)
        if chance < 0.4:
            return "foreign", random.choice(others)
        return "own", world.tenants[who.tenant]

    def _again(self, who: Who) -> Operation | None:
        """Return a request that was made before, by the caller or by somebody else."""
        asker = self._random.choice(self._world.tenants)
        if self._random.random() < 0.5 and who.tenant is not None:
            asker = self._world.tenants[who.tenant]
        if not asker.asked:
            return None
        request = self._random.choice(asker.asked)
        whose: Whose = "own" if asker.number == who.tenant else "unknown"
        same = {**request.headers, **who.headers}
        if whose != "own":
            # What was refused to its sender may be the caller's own, and then stands in its events.
            same.pop("X-Request-ID", None)
        variant = "own request again" if whose == "own" else "another's request again"
        where = f"{request.method} (again)"
        return Operation(
            who, where, whose, None, request._replace(headers=same), (variant,), is_whole=False
        )

    def _target(
        self, who: Who, route: str, path: str, subject: Tenant | None
    ) -> tuple[str, list[str]]:
        random = self._random

        def fill(match: re.Match[str]) -> str:
            name = match.group(1)
            if name in _DOCS:
                return random.choice(_DOCS[name])
            if route == "DELETE /clients/{client_id}" and who.sees_all and self._world.nobodys:
                return self._world.nobodys[0]
            found = [] if subject is None else self._allowed(who, route, subject, name)
            return random.choice(found) if found else self._unknown(name)

        target = _PARAMETER.sub(fill, path)
        query: dict[str, str] = {}
        variants: list[str] = []
        if route in _BY_ACCOUNT and random.random() < 0.5:
            query["account"] = "nobody" if subject is None else subject.account
        if route in _PAGED and (route != "GET /bots" or random.random() < 0.3):
            query["limit"] = str(random.choice([1, 2, 5, 20]))
            cursors = random.choice(self._world.tenants).cursors
            if cursors and random.random() < 0.4:
                query["cursor"] = random.choice(cursors)
                variants.append("cursor")
        if route == "GET /events" and random.random() < 0.3:
            query |= dict([random.choice(_FILTERS)])
        if not query:
            return target, variants
        return target + "?" + "&".join(f"{k}={v}" for k, v in query.items()), variants

    def _allowed(self, who: Who, route: str, subject: Tenant, name: str) -> list[str]:
        """Return what of somebody's may stand here, so that there is always something left."""
        if not who.sees_all or not route.startswith("DELETE"):
            return subject.ids(name)
        if name == "bot_id":
            return subject.bots if len(subject.bots) > BOTS else []
        return subject.ids(name)

    def _unknown(self, name: str) -> str:
        if name in ("address", "wallet"):
            return evm_address_of(NOBODYS)
        return str(uuid4()) if self._random.random() < 0.8 else "no-such-thing"

    def _headers(self, who: Who, about: Tenant, route: str, variants: list[str]) -> dict[str, str]:
        random = self._random
        headers: dict[str, str] = dict(who.headers)
        self._serial += 1
        if random.random() < 0.5 and not _is_noted_elsewhere(who, route):
            # It comes to stand in the events of whose things are changed.
            changed = NOBODYS if route in _MAKE_CLIENTS else about.number
            owner = changed if who.tenant is None else who.tenant
            headers["X-Request-ID"] = f"{canary(owner, 'request')}-{self._serial}"
        if random.random() < 0.3:
            headers["Accept-Encoding"] = "gzip"
        if route == "GET /bots" and random.random() < 0.4:
            self._conditional(who, headers, variants)
        if route[:3] in ("POS", "PUT") and random.random() < 0.4:
            # Now and then one that the caller, or somebody else, has used for something else.
            number = random.randrange(100) if random.random() < 0.2 else self._serial
            headers["Idempotency-Key"] = f"key-{number}"
        return headers

    def _conditional(self, who: Who, headers: dict[str, str], variants: list[str]) -> None:
        random = self._random
        tenant = random.choice(self._world.tenants)
        if who.tenant is not None and random.random() < 0.6:
            tenant = self._world.tenants[who.tenant]
        if tenant.etags:
            headers["If-None-Match"] = tenant.etags[-1]
            variants.append("own ETag" if tenant.number == who.tenant else "another's ETag")
            if random.random() < 0.05:
                headers["Prefer"] = "wait=1"
                variants.append("wait")
