"""Security headers: on every answer, whoever gives it."""

import pytest
from tests.api.calls import Answer, Api
from tests.api.inputs import MISSING_ID, ORIGIN, MakeServer


def _check(answer: Answer) -> str:
    headers = answer.headers
    assert headers.getall("X-Content-Type-Options") == ["nosniff"]
    assert headers.getall("Referrer-Policy") == ["no-referrer"]
    assert headers.getall("Cross-Origin-Resource-Policy") == ["same-origin"]
    (policy,) = headers.getall("Content-Security-Policy")
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    return policy


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("HEAD", "/health"),
        ("GET", "/bots"),
        ("GET", f"/bots/{MISSING_ID}"),
        ("GET", "/no/such/path"),
        ("PATCH", "/bots"),
        ("POST", "/bots/create"),
        ("OPTIONS", "/bots"),
    ],
)
async def test_every_answer_carries_them(api: Api, method: str, path: str) -> None:
    policy = _check(await api.call(method, path))

    assert "script-src" not in policy


async def test_refusals_and_preflights_carry_them(api: Api, make_server: MakeServer) -> None:
    required = await make_server(BRIDGE_AUTH="required")

    _check(await required.get("/bots"))
    _check(await api.post("/clients/create", {"name": "X"}, Origin="https://evil.io"))
    _check(await api.get("/bots", Host="evil.io"))
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}
    _check(await api.call("OPTIONS", "/bots", headers=asked))


@pytest.mark.parametrize("path", ["/docs", "/docs/openapi.json", "/docs/assets/swagger-ui.css"])
async def test_page_may_load_what_is_its_own(api: Api, path: str) -> None:
    policy = _check(await api.get(path))

    assert "script-src 'self'" in policy
    assert "http" not in policy


async def test_https_is_insisted_on_when_the_settings_say_so(
    api: Api, make_server: MakeServer
) -> None:
    assert "Strict-Transport-Security" not in (await api.get("/")).headers

    strict = await make_server(BRIDGE_HSTS_SECONDS="31536000")

    answer = await strict.get("/")
    assert answer.headers.getall("Strict-Transport-Security") == ["max-age=31536000"]
