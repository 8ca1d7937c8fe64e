"""The document, and the page at /docs: both from the server itself."""

import json
import re

import pytest
from tests.api.calls import Api, ok, problem
from tests.api.inputs import Make, bitmart, wallet
from tests.api.routes import BODIES, OPERATIONS, Operation
from tests.api.stored import Stored

from bridge.access.roles import RULES

_PARTS = re.compile(r"""(?:src|href)\s*=\s*["']([^"']+)["']""")
_CSS_PARTS = re.compile(r"""url\(\s*["']?([^"')]+)""")
_ADDRESS = re.compile(r"https?://[^\s\"'<>]+")


async def test_every_part_of_the_page_comes_from_the_server(api: Api) -> None:
    page = await api.get("/docs")
    text = page.body.decode()
    markup = re.sub(r"(?<=spec: )\{.*\}(?=,\n)", "{}", text)

    parts = _PARTS.findall(markup)

    assert page.status == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert len(parts) >= 3
    assert _ADDRESS.findall(markup) == []
    assert "spec: {}" in markup
    for part in parts:
        assert re.match(r"/(?!/)", part)
        answer = await api.get(part)
        assert answer.status == 200, part
        assert answer.body
        if part.endswith(".css"):
            assert all(url.startswith("data:") for url in _CSS_PARTS.findall(answer.body.decode()))
            assert b"@import" not in answer.body


@pytest.mark.parametrize(
    ("name", "kind"), [("swagger-ui-bundle.js", "javascript"), ("swagger-ui.css", "css")]
)
async def test_parts_are_named_as_what_they_are(api: Api, name: str, kind: str) -> None:
    answer = await api.get(f"/docs/assets/{name}")

    assert kind in answer.headers["Content-Type"]


async def test_document_is_openapi(api: Api) -> None:
    answer = await api.get("/docs/openapi.json")
    document = json.loads(answer.body)

    assert answer.status == 200
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {
        *("/health", "/health/live", "/health/ready"),
        *("/auth/message/{wallet}", "/auth/verify", "/auth/logout", "/auth/me", "/auth/ticket"),
        *("/", "/clients", "/clients/create", "/clients/{client_id}"),
        *("/clients/by-wallet/{address}", "/clients/{client_id}/wallet"),
        *("/clients/{client_id}/wallet/{wallet_id}", "/clients/{client_id}/connector"),
        *("/clients/{client_id}/connector/{connector_id}", "/api/admin/quick-client"),
        *("/api/admin/api-keys", "/bots", "/bots/stream", "/bots/create", "/bots/{bot_id}"),
        *("/bots/{bot_id}/start", "/bots/{bot_id}/stop", "/bots/stop-all"),
        *("/bots/health/summary", "/bots/{bot_id}/health/check", "/bots/{bot_id}/runs"),
        *("/bots/{bot_id}/events", "/events", "/strategies"),
        *("/orphans", "/orphans/{instance}/stop", "/orphans/{instance}/adopt"),
    }
    # What Litestar describes by itself has another shape than our problems.
    assert "status_code" not in answer.body.decode()
    refs = set(re.findall(r'"#/components/schemas/([^"]+)"', answer.body.decode()))
    assert refs <= document["components"]["schemas"].keys()


async def test_document_has_what_stands_before_the_controllers(api: Api) -> None:
    document = json.loads((await api.get("/docs/openapi.json")).body)

    stream = document["paths"]["/bots/stream"]["get"]
    assert [each["name"] for each in stream["parameters"]] == ["account", "Last-Event-ID"]
    assert set(stream["responses"]) == {"200", "401", "422", "429", "503"}
    assert "text/event-stream" in stream["responses"]["200"]["content"]
    schemes = document["components"]["securitySchemes"]
    assert [schemes[name]["type"] for each in stream["security"] for name in each] == [
        *("http", "apiKey")
    ]
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            rule = RULES[f"{method.upper()} {path}"]
            assert (described.get("security") == []) is (rule.reach is None)
            is_counted = rule.reach is not None and (method == "get" or rule.is_limited)
            assert not is_counted or "429" in described["responses"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.id)
def test_operation_says_what_it_may_answer(operation: Operation) -> None:
    success = {status for status in operation.responses if status < 300}

    assert len(success) == 1
    assert 204 not in success
    if operation.path.split("/")[1] in ("api", "bots", "clients", "events", "orphans"):
        assert operation.responses >= {401, 503}
        assert not operation.is_write or 403 in operation.responses
        assert operation.parameter is None or 404 in operation.responses
        assert not operation.takes_body or operation.responses >= {400, 408, 413, 415, 422}


@pytest.mark.parametrize("operation", BODIES, ids=lambda each: each.id)
async def test_examples_of_the_document_work(
    api: Api, make_client: Make, make_bot: Make, stored: Stored, operation: Operation
) -> None:
    document = json.loads((await api.get("/docs/openapi.json")).body)
    described = document["paths"][operation.path][operation.method.lower()]
    examples = described["requestBody"]["content"]["application/json"]["schema"]["examples"]
    assert examples
    assert operation.needs_body is (operation.id not in ("stopBot", "stopAllBots", "stopOrphan"))

    for example in examples:
        await stored.clear()
        client = await make_client(account_identifier="client_sharp_foundation", wallets=[wallet()])
        body = example | {"client_id": client["id"]} if "client_id" in example else example
        bot = await make_bot(account="client_sharp_foundation")
        bot_id = await _renamed(stored, bot["id"], example.get("bot_id", bot["id"]))
        instance = await stored.add_orphan("client_sharp_foundation")
        ids = {"client_id": client["id"], "bot_id": bot_id, "instance": instance, None: ""}
        path = operation.at(ids[operation.parameter], client["wallets"][0]["id"])
        answer = await api.call(operation.method, path, body)
        assert answer.status in operation.responses
        # Nobody's signature can stand in a document.
        assert answer.status < 300 or operation.id == "verifyLogin", answer.body


async def _renamed(stored: Stored, bot_id: str, wanted: str) -> str:
    """Give the bot the id that an example speaks of."""
    await stored.connection.execute(
        "UPDATE bots SET id = $2::text::uuid WHERE id = $1::text::uuid", bot_id, wanted
    )
    return wanted


async def test_answers_have_the_shape_of_the_document(
    api: Api, follower: Api, make_client: Make, make_bot: Make, stored: Stored
) -> None:
    schemas = json.loads((await api.get("/docs/openapi.json")).body)["components"]["schemas"]
    client = await make_client(wallets=[wallet()], connectors=[bitmart()])
    bot = await make_bot(account=client["account_identifier"])
    path = f"/bots/{bot['id']}"
    started = ok(await follower.post(f"{path}/start"))
    runs, events = ok(await api.get(f"{path}/runs")), ok(await api.get("/events"))
    stopped = ok(await api.post("/bots/stop-all"))
    instance = await stored.add_orphan(client["account_identifier"])
    orphans = ok(await api.get("/orphans"))
    adopted = ok(await api.post(f"/orphans/{instance}/adopt", {"bot_id": bot["id"]}))
    other = await stored.add_orphan("another")
    idle = await make_client(wallets=[wallet()], connectors=[bitmart()])
    idle_path = f"/clients/{idle['id']}"
    refused = problem(await api.post("/bots/create", {}), 422, "invalid-input", "name")

    shown = {
        "ClientView": client,
        "WalletView": client["wallets"][0],
        "ConnectorView": client["connectors"][0],
        "ClientList": ok(await api.get("/clients")),
        "WalletAccountView": ok(await api.get(f"/clients/by-wallet/{client['wallet_address']}")),
        "BotView": bot,
        "RuntimeView": bot["runtime"],
        "BotList": ok(await api.get("/bots")),
        "BotAction": started,
        "StoppedAll": stopped,
        "StopResult": stopped["bots"][0],
        "RunList": runs,
        "RunView": runs["runs"][0],
        "EventList": events,
        "EventView": events["events"][0],
        "OrphanList": orphans,
        "OrphanView": orphans["orphans"][0],
        "OrphanAdopted": adopted,
        "OrphanStopped": ok(await api.post(f"/orphans/{other}/stop")),
        "HealthSummary": ok(await api.get("/bots/health/summary")),
        "BotHealth": ok(await api.post(f"{path}/health/check")),
        "BotDeleted": ok(await api.delete(path)),
        "WalletDeleted": ok(await api.delete(f"{idle_path}/wallet/{idle['wallets'][0]['id']}")),
        "ConnectorDeleted": ok(
            await api.delete(f"{idle_path}/connector/{idle['connectors'][0]['id']}")
        ),
        "ClientDeleted": ok(await api.delete(f"/clients/{client['id']}")),
        "StrategyList": ok(await api.get("/strategies")),
        "Health": ok(await api.get("/health")),
        "Problem": refused,
        "FieldError": refused["errors"][0],
    }

    for name, value in shown.items():
        assert value.keys() == schemas[name]["properties"].keys(), name
        assert set(schemas[name].get("required", [])) <= value.keys(), name


async def test_secrets_are_only_ever_sent(api: Api) -> None:
    schemas = json.loads((await api.get("/docs/openapi.json")).body)["components"]["schemas"]

    properties = schemas["ConnectorInput"]["properties"]
    for name in ("api_key", "api_secret", "memo"):
        assert "writeOnly" in json.dumps(properties[name]), name
