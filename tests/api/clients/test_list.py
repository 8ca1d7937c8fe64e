"""GET /clients: pages of clients, oldest first."""

import pytest
from tests.api.calls import Api, ok, problem
from tests.api.inputs import Make, wallet
from tests.api.stored import Stored


async def test_list_shows_clients_as_get_does(api: Api, make_client: Make) -> None:
    clients = [
        await make_client(wallets=[wallet(), wallet()], connectors=[{"name": "kraken"}]),
        await make_client(),
    ]

    assert ok(await api.get("/clients")) == {"clients": clients, "next_cursor": None}


async def test_no_clients_is_an_empty_list(api: Api) -> None:
    assert ok(await api.get("/clients")) == {"clients": [], "next_cursor": None}


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
async def test_pages_hold_every_client_once_in_order(
    api: Api, make_client: Make, limit: int
) -> None:
    ids = [(await make_client())["id"] for _ in range(5)]

    seen: list[str] = []
    cursor = ""
    while True:
        page = ok(await api.get(f"/clients?limit={limit}&cursor={cursor}"))
        seen += [client["id"] for client in page["clients"]]
        assert len(page["clients"]) <= limit
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]

    assert seen == ids


async def test_client_made_meanwhile_comes_last_and_a_deleted_one_hides_no_other(
    api: Api, make_client: Make
) -> None:
    clients = [await make_client() for _ in range(4)]
    first = ok(await api.get("/clients?limit=2"))
    ok(await api.delete(f"/clients/{clients[1]['id']}"))
    late = await make_client()

    rest = ok(await api.get(f"/clients?limit=10&cursor={first['next_cursor']}"))

    assert rest["clients"] == [*clients[2:], late]


async def test_pages_are_exact_when_clients_share_their_time(
    api: Api, make_client: Make, stored: Stored
) -> None:
    ids = sorted([(await make_client())["id"] for _ in range(5)])
    await stored.connection.execute("UPDATE clients SET created_at = now()")

    first = ok(await api.get("/clients?limit=2"))
    second = ok(await api.get(f"/clients?limit=2&cursor={first['next_cursor']}"))
    third = ok(await api.get(f"/clients?limit=2&cursor={second['next_cursor']}"))

    seen = [client["id"] for page in (first, second, third) for client in page["clients"]]
    assert seen == ids
    assert third["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=-1", "limit"),
        ("limit=0", "limit"),
        ("limit=5001", "limit"),
        ("limit=many", "limit"),
        ("limit=1.5", "limit"),
        (f"limit={10**30}", "limit"),
        ("limit=%00", "limit"),
        ("cursor=not-ours", "cursor"),
        ("cursor=AAAA", "cursor"),
        ("cursor=%00", "cursor"),
        ("cursor=%ED%A0%80", "cursor"),
        (f"cursor={'A' * 34}", "cursor"),
        (f"cursor=Af{'_' * 32}", "cursor"),
        (f"cursor={'A' * 65}", "cursor"),
        ("cursor=%F0%9F%92%A9", "cursor"),
    ],
)
@pytest.mark.parametrize("path", ["/clients", "/bots"])
async def test_page_that_cannot_be_names_the_parameter(
    api: Api, path: str, query: str, field: str
) -> None:
    said = problem(await api.get(f"{path}?{query}"), 422, "invalid-input", field)

    assert "Expected" not in said["detail"]
    assert "`" not in said["detail"]


async def test_greatest_limit_is_taken(api: Api) -> None:
    ok(await api.get("/clients?limit=5000"))
