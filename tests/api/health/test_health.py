"""GET /, /health, /health/live and /health/ready."""

from tests.api.calls import Api, ok, problem
from tests.api.inputs import MakeServer
from tests.api.stored import Stored

from bridge import __version__
from bridge.db.revisions import head_revision

_UNREACHABLE = "postgresql://bridge:not-the-password@127.0.0.1:1/nothing"


async def test_root_says_what_this_is(api: Api) -> None:
    assert ok(await api.get("/")) == {
        "service": "Trading Bridge",
        "version": __version__,
        "status": "running",
    }


async def test_health_with_a_database(api: Api) -> None:
    assert ok(await api.get("/health")) == {
        "status": "healthy",
        "service": "Trading Bridge",
        "version": __version__,
        "database": "postgresql",
        "schema": {"needed": head_revision(), "found": head_revision()},
        "hummingbot": "not_configured",
        "hummingbot_detail": None,
        "reconciler": "on",
        "vault": "ok",
        "detail": None,
    }
    assert ok(await api.get("/health/live")) == {"status": "alive"}
    assert ok(await api.get("/health/ready")) == {"status": "ready"}


async def test_health_without_a_database_is_degraded_and_not_ready(
    make_server: MakeServer,
) -> None:
    api = await make_server(DATABASE_URL=_UNREACHABLE)

    health = ok(await api.get("/health"))

    assert (health["status"], health["database"]) == ("degraded", "unavailable")
    assert health["detail"].startswith("Database not available")
    assert "not-the-password" not in health["detail"]
    assert health["schema"] == {"needed": head_revision(), "found": None}
    assert ok(await api.get("/health/live")) == {"status": "alive"}
    answer = await api.get("/health/ready")
    problem(answer, 503, "database-unavailable")
    assert int(answer.headers["Retry-After"]) > 0


async def test_health_tells_what_the_leader_last_said_of_the_upstream(
    follower: Api, stored: Stored
) -> None:
    """The service itself is healthy all the while."""
    said: list[tuple[str, str | None]] = []
    for change in (
        "pace_seconds = 1",
        "look_error = 'upstream-timeout'",
        "look_error = NULL, last_look_at = now() - interval '6 seconds'",
        "hold = 'shared'",
        "beat_at = now() - interval '181 seconds'",
    ):
        await stored.connection.execute(f"UPDATE heartbeats SET {change}")  # noqa: S608 - from above
        health = ok(await follower.get("/health"))
        assert (health["status"], health["detail"]) == ("healthy", None)
        said.append((health["hummingbot"], health["hummingbot_detail"]))

    words, (connected, failed, late, shared, _) = zip(*said, strict=True)
    assert words == (
        *("connected", "unreachable", "unreachable", "hummingbot-shared", "not_watched"),
    )
    assert connected is None
    assert failed == "The last look failed: upstream-timeout."
    assert late == "The last look failed: no answer yet."
    assert "bridge claim" in shared


async def test_health_with_a_setting_that_cannot_be_names_it(make_server: MakeServer) -> None:
    for url in ("", "${{Postgres.DATABASE_URL}}", "mysql://a:secret-word@b/c"):
        api = await make_server(DATABASE_URL=url)
        health = ok(await api.get("/health"))
        assert "DATABASE_URL" in health["detail"]
        assert "secret-word" not in health["detail"]
        problem(await api.get("/bots"), 503, "database-unavailable")
