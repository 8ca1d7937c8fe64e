"""GET /bots: by account and status, in pages."""

import pytest
from tests.api.calls import Api, ok, problem
from tests.api.inputs import Make
from tests.api.stored import Stored


async def test_list_shows_bots_as_get_does_oldest_first(
    api: Api, make_client: Make, make_bot: Make
) -> None:
    account = (await make_client())["account_identifier"]
    bots = [await make_bot(account=account, name=f"Bot {number}") for number in range(3)]

    assert ok(await api.get("/bots")) == {"bots": bots, "next_cursor": None}
    assert ok(await api.get(f"/bots?account={account}")) == {"bots": bots, "next_cursor": None}


async def test_account_sees_its_own_bots_only(api: Api, make_bot: Make) -> None:
    first, second = [await make_bot() for _ in range(2)]

    assert ok(await api.get(f"/bots?account={first['account']}"))["bots"] == [first]
    assert ok(await api.get(f"/bots?account={second['account']}"))["bots"] == [second]


@pytest.mark.parametrize(
    "account", ["nobody", "", "%20", "x" * 64, "%27%3B--", "%F0%9F%92%A9", "%ED%A0%80", "a%2Fb"]
)
async def test_unknown_account_has_no_bots(api: Api, make_bot: Make, account: str) -> None:
    await make_bot()

    assert ok(await api.get(f"/bots?account={account}")) == {"bots": [], "next_cursor": None}


@pytest.mark.parametrize("account", ["%00", "a%00b", "x" * 65])
async def test_account_that_cannot_be_names_the_parameter(api: Api, account: str) -> None:
    problem(await api.get(f"/bots?account={account}"), 422, "invalid-input", "account")


async def test_status_selects_by_what_is_shown(
    api: Api, make_client: Make, make_bot: Make, stored: Stored
) -> None:
    """By the state that is known: one that is unknown now shows as what it was before.

    The states are written past the application, for there is no upstream.
    """
    account = (await make_client())["account_identifier"]
    known = ("stopped", "starting", "running", "stopping", "error", "lost", "conflict")
    for name, state, known_state in (
        *((state, state, state) for state in known),
        ("silent", "unknown", "running"),
        ("deleted", "running", "running"),
    ):
        bot = await make_bot(account=account, name=name)
        await stored.connection.execute(
            "UPDATE bots SET state = $1, known_state = $2,"
            " deleted_at = CASE WHEN name = 'deleted' THEN now() END WHERE id = $3::text::uuid",
            state,
            known_state,
            bot["id"],
        )
    await make_bot(name="of another account")

    by_status: dict[str, list[str]] = {}
    for status in ("stopped", "running", "error"):
        page = ok(await api.get(f"/bots?account={account}&status={status}"))
        assert all(bot["status"] == status for bot in page["bots"])
        by_status[status] = [bot["name"] for bot in page["bots"]]

    assert by_status == {
        "stopped": ["stopped"],
        "running": ["starting", "running", "stopping", "silent"],
        "error": ["error", "lost", "conflict"],
    }
    assert len(ok(await api.get("/bots?status=stopped"))["bots"]) == 2


@pytest.mark.parametrize("status", ["lost", "RUNNING", "%00", ""])
async def test_status_that_cannot_be_names_the_parameter(api: Api, status: str) -> None:
    said = problem(await api.get(f"/bots?status={status}"), 422, "invalid-input", "status")

    assert "enum" not in said["detail"]


@pytest.mark.parametrize("query", ["", "account={account}&", "status=stopped&"])
@pytest.mark.parametrize("limit", [1, 2, 4, 5])
async def test_pages_hold_every_bot_once_in_order(
    api: Api, make_client: Make, make_bot: Make, limit: int, query: str
) -> None:
    account = (await make_client())["account_identifier"]
    ids = [(await make_bot(account=account))["id"] for _ in range(4)]

    seen: list[str] = []
    cursor = ""
    while True:
        path = f"/bots?{query.format(account=account)}limit={limit}&cursor={cursor}"
        page = ok(await api.get(path))
        seen += [bot["id"] for bot in page["bots"]]
        assert len(page["bots"]) <= limit
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]

    assert seen == ids


async def test_pages_are_exact_when_bots_share_their_time(
    api: Api, make_client: Make, make_bot: Make, stored: Stored
) -> None:
    account = (await make_client())["account_identifier"]
    ids = sorted([(await make_bot(account=account))["id"] for _ in range(5)])
    await stored.connection.execute("UPDATE bots SET created_at = now()")

    first = ok(await api.get("/bots?limit=2"))
    second = ok(await api.get(f"/bots?limit=2&cursor={first['next_cursor']}"))
    third = ok(await api.get(f"/bots?limit=2&cursor={second['next_cursor']}"))

    seen = [bot["id"] for page in (first, second, third) for bot in page["bots"]]
    assert seen == ids
    assert third["next_cursor"] is None


async def test_list_is_bounded_by_a_thousand_unless_more_is_asked_for(
    api: Api, make_bot: Make, stored: Stored
) -> None:
    await make_bot()
    await stored.connection.execute(
        """
        INSERT INTO bots
            (id, client_id, account, instance_name, name, connector, pair, strategy, config)
        SELECT
            gen_random_uuid(), client_id, account, 'copy-' || n, name, connector, pair,
            strategy, config
        FROM bots CROSS JOIN generate_series(1, 1000) AS n
        """
    )

    page = ok(await api.get("/bots"))

    assert len(page["bots"]) == 1000
    assert len(ok(await api.get(f"/bots?cursor={page['next_cursor']}"))["bots"]) == 1
    assert len(ok(await api.get("/bots?limit=5000"))["bots"]) == 1001
