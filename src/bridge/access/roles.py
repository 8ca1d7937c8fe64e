"""Which role may call which route: the table that the guard goes by and docs/api.md shows. Pure.

A route without a row fails the start of the application, and so does a row without a route.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

from bridge.access.principal import Principal, Role
from bridge.errors import ConfigurationError, RoleError

# all: of every account. own: of its own account; whatever is foreign looks like what is unknown.
# self-service: as own, while the client may start and stop its bots itself.
Reach = Literal["all", "own", "self-service", "no"]


class Rule(NamedTuple):
    """One row of the table.

    Attributes:
        reach: By role; None: everybody may call it, also without a key.
        is_limited: Whether calls that change something are counted against the principal's limit.
            Stops are not: a stop must always get through; nor are logouts.
    """

    reach: Mapping[Role, Reach] | None
    is_limited: bool = True


def _row(admin: Reach, operator: Reach, viewer: Reach, client: Reach) -> Mapping[Role, Reach]:
    return {"admin": admin, "operator": operator, "viewer": viewer, "client": client}


_PUBLIC: Final = Rule(None)
_READ: Final = Rule(_row("all", "all", "all", "own"))
_STAFF_READ: Final = Rule(_row("all", "all", "all", "no"))
_CHANGE: Final = Rule(_row("all", "all", "no", "no"))
_START: Final = Rule(_row("all", "all", "no", "self-service"))
_STOP: Final = Rule(_row("all", "all", "no", "self-service"), is_limited=False)
_STAFF_STOP: Final = Rule(_row("all", "all", "no", "no"), is_limited=False)
_ONESELF: Final = Rule(_row("own", "own", "own", "own"))
_LOG_OUT: Final = Rule(_row("own", "own", "own", "own"), is_limited=False)
_SAME_FOR_ALL: Final = Rule(_row("all", "all", "all", "all"))

RULES: Final[Mapping[str, Rule]] = {
    "GET /": _PUBLIC,
    "GET /health": _PUBLIC,
    "GET /health/live": _PUBLIC,
    "GET /health/ready": _PUBLIC,
    "GET /docs": _PUBLIC,
    "GET /docs/openapi.json": _PUBLIC,
    "GET /docs/{path}": _PUBLIC,
    "GET /docs/assets/{name}": _PUBLIC,
    "GET /docs/oauth2-redirect.html": _PUBLIC,
    "GET /auth/message/{wallet}": _PUBLIC,
    "POST /auth/verify": _PUBLIC,
    "POST /auth/logout": _LOG_OUT,
    "GET /auth/me": _ONESELF,
    "POST /auth/ticket": _ONESELF,
    "POST /clients/create": _CHANGE,
    "GET /clients": _READ,
    "GET /clients/{client_id}": _READ,
    "GET /clients/by-wallet/{address}": _READ,
    "PATCH /clients/{client_id}": _CHANGE,
    "PUT /clients/{client_id}": _CHANGE,
    "PUT /clients/{client_id}/wallet": _CHANGE,
    "PUT /clients/{client_id}/wallet/{wallet_id}": _CHANGE,
    "DELETE /clients/{client_id}/wallet/{wallet_id}": _CHANGE,
    "PUT /clients/{client_id}/connector": _CHANGE,
    "DELETE /clients/{client_id}/connector/{connector_id}": _CHANGE,
    "DELETE /clients/{client_id}": _CHANGE,
    "POST /api/admin/quick-client": _CHANGE,
    "POST /api/admin/api-keys": _CHANGE,
    "POST /bots/create": _CHANGE,
    "GET /bots": _READ,
    "GET /bots/stream": _READ,
    "GET /bots/{bot_id}": _READ,
    "PUT /bots/{bot_id}": _CHANGE,
    "POST /bots/{bot_id}/start": _START,
    "POST /bots/{bot_id}/stop": _STOP,
    "DELETE /bots/{bot_id}": _CHANGE,
    "POST /bots/stop-all": _STAFF_STOP,
    "GET /bots/health/summary": _READ,
    "POST /bots/{bot_id}/health/check": _READ,
    "GET /bots/{bot_id}/runs": _READ,
    "GET /bots/{bot_id}/events": _READ,
    "GET /strategies": _SAME_FOR_ALL,
    "GET /events": _READ,
    "GET /orphans": _STAFF_READ,
    "POST /orphans/{instance}/stop": _STAFF_STOP,
    "POST /orphans/{instance}/adopt": _CHANGE,
}


def admit(rule: Rule, principal: Principal) -> None:
    """Let a principal pass, or refuse it whatever the id in the path.

    Raises:
        RoleError: Its role has no reach here, or its client is not its own master.
    """
    if rule.reach is None:
        return
    reach = rule.reach[principal.role]
    if reach == "no":
        raise RoleError(f"The role {principal.role} does not allow this.")
    if reach == "self-service" and not principal.self_service:
        raise RoleError("Only the operator starts and stops your bots: self-service is off.")


def check_rules(routes: Iterable[str]) -> None:
    """Hold the table against the routes that there are.

    Raises:
        ConfigurationError: A route has no row, or a row no route.
    """
    there = set(routes)
    missing = sorted(there - RULES.keys())
    stale = sorted(RULES.keys() - there)
    if missing or stale:
        raise ConfigurationError(
            f"access/roles.py lacks rows for {missing} and has rows without a route: {stale}."
        )


def role_table() -> str:
    """Return the table as Markdown, as it stands in docs/api.md."""
    lines = [
        "| call | admin | operator | viewer | client |",
        "| --- | --- | --- | --- | --- |",
    ]
    for route, rule in RULES.items():
        cells = rule.reach.values() if rule.reach else ["everybody"] * 4
        lines.append(f"| `{route}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
