"""GET /events: filtered by account, actor, action and time; kept and forgotten."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import pytest
from tests.api.calls import Api, ok, problem
from tests.api.inputs import Make, MakeServer
from tests.api.stored import Stored

_START: Final = datetime(2026, 5, 1, tzinfo=UTC)
_ACCOUNTS: Final = ("desk-1", "desk-2", None)
_ACTORS: Final = ("admin-key", "bridge")
_ACTIONS: Final = ("bot.created", "bot.changed")


@pytest.fixture
async def recorded(stored: Stored) -> list[dict[str, Any]]:
    """Events of every kind, a minute apart and sometimes two at once, oldest first."""
    rows = [
        {
            "id": uuid4(),
            "account": _ACCOUNTS[number % 3],
            "actor": _ACTORS[number % 2],
            "action": _ACTIONS[number // 3 % 2],
            "created_at": _START + number // 2 * timedelta(minutes=1),
        }
        for number in range(48)
    ]
    await stored.connection.executemany(
        "INSERT INTO events (id, account, actor, action, subject, detail, request_id, created_at)"
        " VALUES ($1, $2, $3, $4, 'x', '{}', 'r', $5)",
        [tuple(row.values()) for row in rows],
    )
    return sorted(rows, key=lambda row: (row["created_at"], row["id"]))


async def _ids(api: Api, query: str) -> list[str]:
    return [event["id"] for event in ok(await api.get(f"/events?{query}"))["events"]]


def _wanted(rows: list[dict[str, Any]], **values: object) -> list[str]:
    """Return the ids of those that have these values, newest first."""
    return [
        str(row["id"])
        for row in reversed(rows)
        if all(row[name] == value for name, value in values.items())
    ]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"account": "desk-1"},
        {"actor": "bridge"},
        {"action": "bot.changed"},
        {"account": "desk-2", "actor": "admin-key"},
        {"account": "desk-2", "action": "bot.created"},
        {"actor": "bridge", "action": "bot.created"},
        {"account": "desk-1", "actor": "bridge", "action": "bot.changed"},
        {"account": "nobody"},
        {"actor": "admin-ke"},
    ],
)
async def test_events_are_filtered_and_paged_newest_first(
    api: Api, recorded: list[dict[str, Any]], values: dict[str, str]
) -> None:
    query = "&".join(f"{name}={value}" for name, value in values.items())
    wanted = _wanted(recorded, **values)
    assert bool(wanted) is (values not in ({"account": "nobody"}, {"actor": "admin-ke"}))

    paged: list[str] = []
    cursor = ""
    while True:
        page = ok(await api.get(f"/events?{query}&limit=5{cursor}"))
        paged += [event["id"] for event in page["events"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert paged == wanted
    assert await _ids(api, query) == wanted


@pytest.mark.parametrize("account", [None, "desk-1"])
async def test_events_are_filtered_by_time_from_inclusive_until_exclusive(
    api: Api, recorded: list[dict[str, Any]], account: str | None
) -> None:
    since, until = _START + timedelta(minutes=5), _START + timedelta(minutes=15)
    query = f"from={since:%Y-%m-%dT%H:%M:%SZ}&until={quote(until.isoformat())}"
    query += f"&account={account}" if account else ""
    within = [row for row in recorded if since <= row["created_at"] < until]
    wanted = _wanted(within, **({"account": account} if account else {}))

    first = ok(await api.get(f"/events?{query}&limit=3"))
    rest = ok(await api.get(f"/events?{query}&cursor={first['next_cursor']}"))

    assert [event["id"] for event in first["events"] + rest["events"]] == wanted
    assert wanted


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=yesterday", "from"),
        ("from=2026-05-01", "from"),
        ("from=2026-05-01T00:00:00", "from"),
        ("until=2026-05-01T00:00:00", "until"),
        ("from=0001-01-01T00:00:00%2B14:00", "from"),
        ("until=9999-12-31T23:59:59-14:00", "until"),
        ("account=a%00b", "account"),
        ("actor=a%0ab", "actor"),
        ("action=a%1fb", "action"),
        ("actor=" + "x" * 201, "actor"),
        ("action=" + "x" * 65, "action"),
        ("cursor=nothing", "cursor"),
        ("limit=0", "limit"),
    ],
)
async def test_filter_that_cannot_be_is_refused_by_name(api: Api, query: str, field: str) -> None:
    problem(await api.get(f"/events?{query}"), 422, "invalid-input", field)


@pytest.mark.parametrize("until", ["1960-01-01T00:00:00Z", "0001-01-01T00:00:00Z"])
async def test_time_before_all_events_finds_none(
    api: Api, recorded: list[dict[str, Any]], until: str
) -> None:
    del recorded

    assert await _ids(api, f"until={until}") == []
    assert len(await _ids(api, f"from={until}")) == 48


async def test_events_outlive_what_they_speak_of(
    api: Api, make_bot: Make, make_client: Make
) -> None:
    client = await make_client(account_identifier="desk-1")
    bot = await make_bot(account="desk-1")
    ok(await api.delete(f"/bots/{bot['id']}"))
    ok(await api.delete(f"/clients/{client['id']}"))

    found = ok(await api.get("/events?account=desk-1"))["events"]

    assert [event["action"] for event in found] == [
        *("client.deleted", "bot.deleted", "bot.created", "client.created")
    ]


async def test_old_events_and_answers_are_forgotten_and_no_others(
    make_server: MakeServer, stored: Stored
) -> None:
    """More than one batch of them, by two servers at once."""
    await stored.connection.execute(
        """
        INSERT INTO events (id, actor, action, subject, detail, request_id, created_at)
        SELECT gen_random_uuid(), 'a', CASE WHEN n > 2500 THEN 'kept' ELSE 'old' END, 's', '{}',
            'r', now() - interval '30 days' + (n - 2500) * interval '1 minute'
        FROM generate_series(1, 2510) AS n
        """
    )
    await stored.connection.execute(
        """
        INSERT INTO idempotency_keys (actor, key, fingerprint, status, answer, created_at)
        SELECT 'a', CASE WHEN n > 1200 THEN 'kept' ELSE 'old' END || n,
            decode(repeat('00', 32), 'hex'), 200, '',
            now() - interval '24 hours' + (n - 1200) * interval '1 minute'
        FROM generate_series(1, 1210) AS n
        """
    )

    for _ in range(2):
        await make_server(BRIDGE_EVENTS_DAYS="30", BRIDGE_HOUSEKEEPING_SECONDS="0.05")

    async with asyncio.timeout(20):
        while (await stored.counts()) != {"events": 10, "idempotency_keys": 10}:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    left = "SELECT DISTINCT action FROM events UNION SELECT rtrim(key, '0123456789') FROM {}"
    rows = await stored.connection.fetch(left.format("idempotency_keys"))
    assert {row[0] for row in rows} == {"kept"}


async def test_events_are_kept_400_days_unless_told_otherwise(
    make_server: MakeServer, stored: Stored
) -> None:
    await stored.connection.execute(
        """
        INSERT INTO events (id, actor, action, subject, detail, request_id, created_at)
        SELECT gen_random_uuid(), 'a', days::text, 's', '{}', 'r', now() - days * interval '1 day'
        FROM unnest('{1, 399, 401}'::int[]) AS days
        """
    )

    await make_server(BRIDGE_HOUSEKEEPING_SECONDS="0.05")

    async with asyncio.timeout(20):
        while (await stored.counts()) != {"events": 2}:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.05)
    rows = await stored.connection.fetch("SELECT action FROM events ORDER BY created_at")
    assert [row[0] for row in rows] == ["399", "1"]
