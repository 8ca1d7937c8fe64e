"""The table of roles, applied: before a handler runs and before its body is read."""

from collections.abc import Iterable
from typing import Any, cast

from litestar import Litestar, Request
from litestar.routes import HTTPRoute
from litestar.types import HTTPScope

from bridge.access.limits import Limiter
from bridge.access.principal import Principal
from bridge.access.roles import RULES, Rule, admit, check_rules
from bridge.errors import AuthenticationError

AnyRequest = Request[Any, Any, Any]


async def check_role(request: AnyRequest) -> None:
    """Let only those pass whom the table lets pass, as often as their limit says.

    Is what Litestar calls before each request: for a guard of its own it would copy the whole
    handler each time.

    Raises:
        AuthenticationError: The route is not for everybody, and nobody is known.
        RoleError: The role has no reach here.
        TooManyRequestsError: Too many calls that change something.
    """
    scope = request.scope
    method = scope["method"]
    if method == "OPTIONS":
        return
    rule = RULES[f"{method} {scope['path_template']}"]
    if rule.reach is None:
        return
    principal = cast("Principal | None", scope["state"].get("principal"))
    if principal is None:
        raise AuthenticationError
    admit(rule, principal)
    if method != "GET" and rule.is_limited:
        await cast("Limiter", request.app.state["limiter"]).admit_write(principal)


def reader_of(scope: HTTPScope, rule: Rule) -> Principal:
    """Return who reads, for what is answered outside Litestar and its guards.

    Raises:
        AuthenticationError: The gate let nobody in.
        RoleError: The role has no reach here.
    """
    principal = scope["state"].get("principal")
    if not isinstance(principal, Principal):
        raise AuthenticationError
    admit(rule, principal)
    return principal


def check_routes(app: Litestar, others: Iterable[str] = ()) -> None:
    """Hold the table of roles against the routes of the application, and of what stands before it.

    Args:
        app: With all its controllers.
        others: Routes that are answered outside Litestar only, such as ``GET /bots/stream``.

    Raises:
        ConfigurationError: A route has no row, or a row no route.
    """
    ours = {
        f"{method} {route.path_format}"
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods
        if method != "OPTIONS"
    }
    check_rules(ours.union(others))
