"""The table of roles, and the page that shows it."""

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.access.guards import check_routes
from bridge.access.principal import OPEN, ROLES, Principal
from bridge.access.roles import RULES, admit, check_rules, role_table
from bridge.app import create_controllers
from bridge.errors import ConfigurationError, RoleError
from bridge.settings import Settings

_PAGE = Path(__file__).parents[3] / "docs" / "api.md"


def test_page_shows_the_table() -> None:
    """When it differs on purpose: paste what ``role_table()`` returns."""
    assert role_table() in _PAGE.read_text("utf-8")


def test_every_row_names_every_role() -> None:
    for rule in RULES.values():
        assert rule.reach is None or tuple(rule.reach) == ROLES


def test_stops_always_get_through() -> None:
    unlimited = {route for route, rule in RULES.items() if not rule.is_limited}

    assert {route for route in RULES if "/stop" in route} <= unlimited


def test_application_has_a_row_for_each_route() -> None:
    check_routes(create_controllers(Settings()), ["GET /bots/stream"])


@pytest.mark.parametrize(
    ("routes", "named"),
    [([*RULES, "GET /new"], "GET /new"), ([each for each in RULES if each != "GET /"], "GET /")],
)
def test_route_without_a_row_and_row_without_a_route_are_refused(
    routes: list[str], named: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"'{named}'"):
        check_rules(routes)


def test_application_with_a_route_too_many_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(RULES, "GET /bots")  # pyright: ignore[reportArgumentType] - it is a dict

    with pytest.raises(ConfigurationError, match="GET /bots"):
        check_routes(create_controllers(Settings()), ["GET /bots/stream"])


def test_open_mode_may_do_everything() -> None:
    for rule in RULES.values():
        admit(rule, OPEN)


def test_client_without_self_service_starts_nothing() -> None:
    start = RULES["POST /bots/{bot_id}/start"]
    client = Principal(kind="session", role="client", actor="wallet:x", name="X", account="a")

    with pytest.raises(RoleError, match="self-service"):
        admit(start, client)
    admit(start, replace(client, self_service=True))
