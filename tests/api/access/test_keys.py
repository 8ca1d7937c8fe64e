"""Keys: who is let in, in each mode."""

import pytest
from tests.api.calls import Api, ok, problem
from tests.api.inputs import MISSING_ID, Make, MakeServer
from tests.api.routes import OPERATIONS, Operation
from tests.api.stored import Stored

from bridge.access.roles import RULES

_KEY = "the-admin-key-of-these-tests-0123456789"
_PUBLIC = ["/", "/health", "/health/live", "/health/ready", "/docs", "/docs/openapi.json"]
_GARBAGE = [
    *("", "Bearer", "Bearer ", "Bearer null", "Bearer undefined", "Basic dTpw", "garbage"),
    *("Bearer eyJhbGciOiJIUzI1NiJ9.e30.old", "\xff\xfe", "Bearer " + "x" * 4000),
]
_WRONG = [
    *(_GARBAGE),
    *(_KEY, f"Basic {_KEY}", f"Bearer {_KEY}x", f"Bearer {_KEY[:-1]}", f"Bearer {_KEY.upper()}"),
    *(f"Bearer x {_KEY}", f"Bearer {_KEY} {_KEY}"),
]
_GUARDED = [each for each in OPERATIONS if RULES[f"{each.method} {each.path}"].reach is not None]


@pytest.mark.parametrize("operation", _GUARDED, ids=lambda each: each.id)
async def test_call_without_the_key_is_refused_before_anything_else(
    make_server: MakeServer, stored: Stored, operation: Operation
) -> None:
    api = await make_server(BRIDGE_AUTH="required", BRIDGE_ADMIN_KEY=_KEY)

    answer = await api.call(operation.method, operation.at(MISSING_ID), {"name": "X"})

    said = problem(answer, 401, "not-authenticated")
    assert "Bearer" in said["detail"]
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert 401 in operation.responses
    assert await stored.counts() == {}


def test_only_health_and_logins_need_no_key() -> None:
    public = {each.path for each in OPERATIONS if each not in _GUARDED}

    assert public == {*_PUBLIC[:4], "/auth/message/{wallet}", "/auth/verify"}


async def test_wrong_keys_are_refused(make_server: MakeServer) -> None:
    api = await make_server(BRIDGE_AUTH="required", BRIDGE_ADMIN_KEY=_KEY)

    for wrong in _WRONG:
        answer = await api.get("/bots", Authorization=wrong)
        problem(answer, 401, "not-authenticated")
        assert _KEY.encode() not in answer.body
    problem(await api.get("/bots"), 401, "not-authenticated")
    problem(await api.get("/no/such/path"), 401, "not-authenticated")


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER  {} "])
async def test_right_key_is_let_in(make_server: MakeServer, form: str) -> None:
    api = await make_server(BRIDGE_AUTH="required", BRIDGE_ADMIN_KEY=_KEY)

    ok(await api.get("/bots", Authorization=form.format(_KEY)))


async def test_without_a_key_the_answer_says_how_to_make_one(
    make_server: MakeServer, stored: Stored
) -> None:
    api = await make_server(BRIDGE_AUTH="required")

    for answer in (
        await api.get("/bots"),
        await api.get("/bots", Authorization="Bearer anything at all, 32 characters"),
        await api.get("/bots", Authorization="Bearer None"),
        await api.post("/clients/create", {"name": "X"}),
    ):
        said = problem(answer, 401, "not-authenticated")
        assert "bridge keys create --role admin" in said["detail"]
    assert await stored.counts() == {}


@pytest.mark.parametrize("environ", [{}, {"BRIDGE_ADMIN_KEY": _KEY}], ids=["no key", "key"])
async def test_pages_for_everybody_need_no_key(
    make_server: MakeServer, environ: dict[str, str]
) -> None:
    api = await make_server(BRIDGE_AUTH="required", **environ)

    for path in _PUBLIC:
        assert (await api.get(path)).status == 200, path
        assert (await api.call("HEAD", path)).status == 200, path
    assert (await api.get("/docs/assets/swagger-ui.css")).status == 200


@pytest.mark.parametrize(
    "path",
    ["//", "/healthx", "/health/live/x", "/docsx", "/docs/../bots", "/bots/docs"],
)
async def test_addresses_that_only_look_public_are_not(make_server: MakeServer, path: str) -> None:
    api = await make_server(BRIDGE_AUTH="required", BRIDGE_ADMIN_KEY=_KEY)

    answer = await api.get(path)

    assert answer.status in (401, 404), answer.body
    assert b"bots" not in answer.body


@pytest.mark.parametrize("authorization", _GARBAGE)
async def test_open_mode_ignores_authorization(api: Api, authorization: str) -> None:
    """The old frontend sends whatever token it still has."""
    ok(await api.get("/bots", Authorization=authorization))
    ok(await api.post("/clients/create", {"name": "X"}, Authorization=authorization), 201)


async def test_wallet_header_proves_nothing(make_server: MakeServer, make_client: Make) -> None:
    address = "0x" + "ab" * 20
    await make_client(wallets=[{"chain": "evm", "address": address}])
    api = await make_server(BRIDGE_AUTH="required", BRIDGE_ADMIN_KEY=_KEY)

    problem(await api.get("/bots", X_Wallet_Address=address), 401, "not-authenticated")
