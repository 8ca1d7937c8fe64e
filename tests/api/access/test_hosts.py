"""The Host check of open mode: a foreign page can point a name of its own at this machine."""

import pytest
from tests.api.calls import Api, ok, problem
from tests.api.inputs import MakeServer

_LOOPBACK = [
    *("localhost", "localhost:8000", "LOCALHOST:8000", "app.localhost", "127.0.0.1"),
    *("127.0.0.1:8000", "127.8.9.10", "[::1]", "[::1]:8000"),
]
_FOREIGN = [
    *("bridge-tests.io", "bridge-tests.io:8000", "localhost.evil.io", "127.0.0.1.evil.io"),
    *("evil-localhost", "10.0.0.1", "0.0.0.0:8000", "[::2]:8000", "169.254.1.1", "user@localhost"),
]


@pytest.mark.parametrize("host", _LOOPBACK)
async def test_loopback_names_are_answered(api: Api, host: str) -> None:
    ok(await api.get("/bots", Host=host))


@pytest.mark.parametrize("host", _FOREIGN)
@pytest.mark.parametrize(("method", "path"), [("GET", "/bots"), ("GET", "/"), ("POST", "/x")])
async def test_other_names_are_refused(api: Api, method: str, path: str, host: str) -> None:
    problem(await api.call(method, path, headers={"Host": host}), 403, "host-not-allowed")


async def test_rebound_page_cannot_write_as_our_own_origin(api: Api) -> None:
    """Its Origin and its Host are the same foreign name."""
    answer = await api.post(
        "/clients/create", {"name": "X"}, Host="evil.io:8000", Origin="http://evil.io:8000"
    )

    problem(answer, 403, "host-not-allowed")


async def test_hosts_do_not_matter_where_a_key_is_asked_for(make_server: MakeServer) -> None:
    key = "k" * 32
    api = await make_server(BRIDGE_AUTH="required", BRIDGE_ADMIN_KEY=key)

    ok(await api.get("/bots", Host="bridge-tests.io", Authorization=f"Bearer {key}"))


async def test_hosts_do_not_matter_where_open_was_said_twice(make_server: MakeServer) -> None:
    api = await make_server(HOST="0.0.0.0", BRIDGE_OPEN_TO_NETWORK="yes")  # noqa: S104 - not bound

    ok(await api.get("/bots", Host="bridge-tests.io"))
