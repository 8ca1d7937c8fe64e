"""CORS headers, preflights, and the check of who may write."""

import pytest
from tests.api.calls import Answer, Api, ok, problem
from tests.api.inputs import MISSING_ID, ORIGIN, Make, MakeServer, bitmart
from tests.api.stored import Stored

_FOREIGN = "https://evil.bridge-tests.io"
_NOWHERE = "postgresql://bridge@127.0.0.1:1/nothing"
_KEY = "k" * 40
_ALLOWED_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
_ALLOWED_HEADERS = {
    *("authorization", "content-type", "x-wallet-address", "x-client-id", "idempotency-key"),
    *("if-none-match", "prefer", "last-event-id"),
}


def _words(text: str) -> set[str]:
    return {word.strip() for word in text.split(",")}


def _readable(answer: Answer) -> bool:
    """Whether a page of ORIGIN that sends credentials is shown this answer."""
    headers = answer.headers
    assert "Origin" in _words(",".join(headers.getall("Vary")))
    if "Access-Control-Allow-Origin" not in headers:
        assert not [name for name in headers if name.lower().startswith("access-control")]
        return False
    assert headers.getall("Access-Control-Allow-Origin") == [ORIGIN]
    assert headers.getall("Access-Control-Allow-Credentials") == ["true"]
    exposed = {word.lower() for word in _words(headers["Access-Control-Expose-Headers"])}
    assert exposed >= {"etag", "retry-after", "x-request-id"}
    return True


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/health", 200),
        ("GET", "/bots", 200),
        ("POST", "/clients/create", 201),
        ("GET", f"/bots/{MISSING_ID}", 404),
        ("GET", "/no/such/path", 404),
        ("PATCH", "/bots", 405),
        ("POST", "/bots/create", 422),
        ("GET", "/bots?limit=0", 422),
        ("GET", "/docs/openapi.json", 200),
    ],
)
async def test_named_origin_may_read_every_answer(
    api: Api, method: str, path: str, status: int
) -> None:
    body = {"name": "Sharp"} if method == "POST" else None

    answers = [
        await api.call(method, path, body, headers={"Origin": origin} if origin else {})
        for origin in (ORIGIN, _FOREIGN, "null", "")
    ]

    assert [answer.status for answer in answers[:1]] == [status]
    assert [_readable(answer) for answer in answers] == [True, False, False, False]


async def test_named_origin_may_read_a_start_that_is_unavailable(
    api: Api, make_client: Make, make_bot: Make
) -> None:
    client = await make_client(connectors=[bitmart()])
    bot = await make_bot(account=client["account_identifier"])

    answer = await api.post(f"/bots/{bot['id']}/start", Origin=ORIGIN)

    assert (answer.status, _readable(answer)) == (503, True)


async def test_named_origin_may_read_an_unexpected_error(api: Api, stored: Stored) -> None:
    await stored.connection.execute(
        "ALTER TABLE clients ADD CONSTRAINT clients_boom_check CHECK (name <> 'boom')"
    )
    try:
        answer = await api.post("/clients/create", {"name": "boom"}, Origin=ORIGIN)
    finally:
        await stored.connection.execute("ALTER TABLE clients DROP CONSTRAINT clients_boom_check")

    problem(answer, 500, "internal-error")
    assert _readable(answer)
    assert await stored.counts() == {}


async def test_named_origin_may_read_a_missing_key_and_a_missing_database(
    make_server: MakeServer,
) -> None:
    api = await make_server(BRIDGE_AUTH="required", BRIDGE_ADMIN_KEY=_KEY, DATABASE_URL=_NOWHERE)

    no_key = await api.get("/bots", Origin=ORIGIN)
    no_database = await api.get("/bots", Origin=ORIGIN, Authorization=f"Bearer {_KEY}")

    problem(no_key, 401, "not-authenticated")
    problem(no_database, 503, "database-unavailable")
    assert no_key.headers["WWW-Authenticate"].startswith("Bearer")
    assert int(no_database.headers["Retry-After"]) > 0
    assert _readable(no_key)
    assert _readable(no_database)
    assert not _readable(await api.get("/bots", Origin=_FOREIGN))


@pytest.mark.parametrize(
    "path", ["/bots", f"/bots/{MISSING_ID}/start", "/clients/create", "/no/such/path"]
)
async def test_preflight_needs_neither_database_nor_key(make_server: MakeServer, path: str) -> None:
    api = await make_server(BRIDGE_AUTH="required", BRIDGE_ADMIN_KEY=_KEY, DATABASE_URL=_NOWHERE)

    answer = await api.call(
        "OPTIONS",
        path,
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type, x-wallet-address",
        },
    )

    assert (answer.status, answer.body) == (204, b"")
    assert _readable(answer)
    assert _words(answer.headers["Access-Control-Allow-Methods"]) == _ALLOWED_METHODS
    allowed = {word.lower() for word in _words(answer.headers["Access-Control-Allow-Headers"])}
    assert allowed == _ALLOWED_HEADERS
    assert answer.headers["Access-Control-Max-Age"] == "86400"


@pytest.mark.parametrize("origin", [_FOREIGN, "null", f"{ORIGIN}.evil.io", f"{ORIGIN}:8443", "*"])
async def test_preflight_of_another_origin_allows_nothing(api: Api, origin: str) -> None:
    answer = await api.call(
        "OPTIONS", "/bots", headers={"Origin": origin, "Access-Control-Request-Method": "GET"}
    )

    assert answer.status == 204
    assert not _readable(answer)
    assert "Access-Control-Max-Age" not in answer.headers


async def test_origin_is_named_and_never_a_star(api: Api) -> None:
    answer = await api.get("/bots", Origin=ORIGIN.upper().replace("HTTPS", "https"))

    assert answer.headers["Access-Control-Allow-Origin"] != "*"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/clients/create"),
        ("PUT", "/clients/{client}"),
        ("PATCH", "/clients/{client}"),
        ("PUT", "/clients/{client}/wallet"),
        ("PUT", "/clients/{client}/connector"),
        ("DELETE", "/clients/{client}"),
        ("POST", "/bots/create"),
        ("PUT", "/bots/{bot}"),
        ("POST", "/bots/{bot}/start"),
        ("POST", "/bots/{bot}/stop"),
        ("DELETE", "/bots/{bot}"),
        ("POST", "/no/such/path"),
    ],
)
async def test_page_of_another_origin_writes_nothing(
    api: Api, make_bot: Make, stored: Stored, method: str, path: str
) -> None:
    bot = await make_bot()
    before = await stored.everything()

    path = path.format(bot=bot["id"], client=bot["client_id"])
    for origin in (_FOREIGN, "null", "http://localhost:1", "file://", f"{ORIGIN}.evil.io", ""):
        answer = await api.call(method, path, {"name": "Evil"}, headers={"Origin": origin})
        problem(answer, 403, "origin-not-allowed")
    assert await stored.everything() == before


async def test_page_of_a_named_or_of_our_own_origin_and_a_program_may_write(api: Api) -> None:
    for headers in ({"Origin": ORIGIN}, {"Origin": api.origin}, {}):
        ok(await api.post("/clients/create", {"name": "Sharp"}, **headers), 201)


async def test_page_of_another_origin_may_send_reads(api: Api) -> None:
    """They change nothing, and the browser shows the page nothing of them."""
    ok(await api.get("/bots", Origin=_FOREIGN))


async def test_right_key_does_not_excuse_a_foreign_origin(make_server: MakeServer) -> None:
    api = await make_server(BRIDGE_AUTH="required", BRIDGE_ADMIN_KEY=_KEY)

    answer = await api.post(
        "/clients/create", {"name": "X"}, Origin=_FOREIGN, Authorization=f"Bearer {_KEY}"
    )

    problem(answer, 403, "origin-not-allowed")
