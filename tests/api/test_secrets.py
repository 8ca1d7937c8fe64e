"""Canaries: credentials that are sent on every path and must be found nowhere afterwards.

The server runs as people run it, ``bridge serve`` in a process of its own at its most talkative
log level, so that its whole output can be searched.
"""

import asyncio
import gc
import importlib
import json
import os
import pkgutil
import signal
import sys
from base64 import b64encode
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import aiohttp
import msgspec
import pytest
from tests.api.access.logins import ask, log_in, prove, register
from tests.api.access.people import Person, make_key
from tests.api.calls import Answer, Api, ok, problem
from tests.api.inputs import MISSING_ID, VAULT_KEYS, MakeServer, bot_body, wallet
from tests.api.serving import LOOPBACK, reserved_port
from tests.api.signing import SolanaSigner
from tests.api.stored import Stored
from tests.live.streams import Stream, opened

import bridge
from bridge.bodies import decode
from bridge.clients.parts import checked_connector
from bridge.clients.structs import ClientCreate
from bridge.connectors.exchanges import Credentials
from bridge.connectors.structs import ConnectorInput
from bridge.live.readers import Reader
from bridge.settings import read_settings
from bridge.vault.secret import Secret, dec_hook
from bridge.wiring import vault_of

_ADMIN_KEY: Final = "canary-admin-key-0123456789-abcdefghij"
_CANARIES: Final = {
    "api_key": "canary-api-key-Zq8Wx1-7731",
    "api_secret": "canary-api-secret-Kp4Rt9",
    "memo": "canary-memo-Hn2Vb6",
}
_FIELD: Final = "canary-field-Ld5Yc3"
_PRIVATE_KEY: Final = "canary-private-key-Wb6Xs1"
_WRONG_KEY: Final = "canary-wrong-admin-key-Jm7Gs0-0123456789"
_ALL: Final = (
    *_CANARIES.values(),
    _FIELD,
    _PRIVATE_KEY,
    _WRONG_KEY,
    _ADMIN_KEY,
    VAULT_KEYS.split(":")[1],
)
_CONNECTOR: Final = {"name": "bitmart", **_CANARIES, "fields": {"extra_field": _FIELD}}
_START_SECONDS: Final = 20


class _Served(NamedTuple):
    api: Api
    output: Path


@pytest.fixture
async def served(
    default_environ: dict[str, str], http: aiohttp.ClientSession, stored: Stored, tmp_path: Path
) -> AsyncIterator[_Served]:
    """A server of its own process, past its start."""
    del stored
    output = tmp_path / "output.txt"
    with reserved_port() as port:
        pass  # Not held: `bridge serve` refuses a port that somebody has.
    with output.open("wb") as sink:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bridge", "serve"),
            env=os.environ
            | default_environ
            | {
                "HOST": LOOPBACK,
                "PORT": str(port),
                "BRIDGE_AUTH": "required",
                "BRIDGE_ADMIN_KEY": _ADMIN_KEY,
                "BRIDGE_LOG_LEVEL": "debug",
            },
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
        api = Api(http, f"http://{LOOPBACK}:{port}")
        try:
            await _until_alive(api, process)
            yield _Served(api, output)
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            await process.wait()


async def _until_alive(api: Api, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(_START_SECONDS):
        while process.returncode is None:
            try:
                ok(await api.get("/health/live"))
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.02)
            else:
                return
    message = "the server ended at its start"
    raise AssertionError(message)


def _found(text: str, tokens: Sequence[str] = ()) -> list[str]:
    """Return the canaries in a text, also as bytes in hex, in base64 or without their ends.

    Args:
        text: What is searched.
        tokens: Other secrets, which were made while the test ran.
    """
    return [
        canary
        for canary in (*_ALL, *tokens)
        for form in (canary, canary.encode().hex(), b64encode(canary.encode()).decode()[:-4])
        if form in text
    ]


async def _send_everything(api: Api, stored: Stored) -> list[Answer]:
    """Send the canaries on every path that takes them, good and bad, and return all answers."""
    key = {"Authorization": f"Bearer {_ADMIN_KEY}"}

    async def send(method: str, path: str, body: object, **headers: str) -> Answer:
        answers.append(await api.call(method, path, body, headers=key | headers))
        return answers[-1]

    answers: list[Answer] = []
    created = await send(
        "POST", "/clients/create", {"name": "A", "wallets": [wallet()], "connectors": [_CONNECTOR]}
    )
    client = ok(created, 201)
    path = f"/clients/{client['id']}/connector"
    ok(await send("PUT", path, _CONNECTOR))
    for wrong in (
        {"name": "not a name"},
        {"name": 7},
        {"api_secret": 7},
        {"api_secret": [_CANARIES["api_secret"]]},
        {"memo": _CANARIES["memo"] * 500},
        {"memo": _CANARIES["memo"] + "\x00"},
        {"fields": {_FIELD: 7}},
        {"fields": {"x": [_FIELD]}},
        {"passphrase": _CANARIES["memo"]},
    ):
        assert (await send("PUT", path, _CONNECTOR | wrong)).status == 422
    problem(
        await send("PUT", f"/clients/{MISSING_ID}/connector", _CONNECTOR), 404, "client-not-found"
    )
    taken = {"name": "B", "connectors": [_CONNECTOR], "wallets": [wallet(client["wallet_address"])]}
    problem(await send("POST", "/clients/create", taken), 409, "wallet-taken")
    problem(
        await send(
            "POST",
            "/bots/create",
            bot_body(account="client_a", strategy="volume", config={"api_key": _FIELD}),
        ),
        *(422, "invalid-input", "config.api_key"),
    )
    answers += await _send_to_newer_routes(api, client, key)
    text = json.dumps(_CONNECTOR)
    for raw in (text[:-1], text.replace('"', "'"), text.replace(_FIELD, _FIELD + "\\ud800")):
        answers.append(
            await api.call(
                "PUT", path, body=raw.encode(), headers=key | {"Content-Type": "application/json"}
            )
        )
        assert answers[-1].status in (400, 422)
    answers.append(
        await api.call(
            "PUT", path, body=text.encode(), headers=key | {"Content-Type": "text/plain"}
        )
    )
    problem(
        await send("PUT", path, _CONNECTOR, Authorization=f"Bearer {_WRONG_KEY}"),
        401,
        "not-authenticated",
    )
    problem(
        await send("PUT", path, _CONNECTOR, Origin="https://evil.io"), 403, "origin-not-allowed"
    )
    answers += await _send_while_broken(api, stored, path, key)
    for read in (
        "/clients",
        f"/clients/{client['id']}",
        f"/clients/by-wallet/{client['wallet_address']}",
        "/health",
        "/docs/openapi.json",
        "/events",
    ):
        answers.append(await api.call("GET", read, headers=key))
    return answers


async def _send_to_newer_routes(
    api: Api, client: dict[str, Any], key: dict[str, str]
) -> list[Answer]:
    """Send the canaries as older frontends do, keyed requests, and a key that nobody wants."""
    sent = {
        "client_id": client["id"],
        "exchange": "kucoin",
        "api_key": _CANARIES["api_key"],
        "api_secret": _CANARIES["api_secret"],
        "passphrase": _CANARIES["memo"],
    }
    keyed = key | {"Idempotency-Key": "secrets"}
    path = f"/clients/{client['id']}"
    bot = bot_body(account="client_a") | {
        "wallets": [{"address": "1" * 32, "private_key": _PRIVATE_KEY}]
    }
    calls: list[tuple[str, str, object, dict[str, str], int]] = [
        ("POST", "/api/admin/api-keys", sent, keyed, 201),
        ("POST", "/api/admin/api-keys", sent, keyed, 201),
        ("POST", "/api/admin/api-keys", sent | {"api_secret": _FIELD}, keyed, 422),
        ("POST", "/api/admin/api-keys", sent | {"exchange": "not a name"}, key, 422),
        ("POST", "/api/admin/api-keys", sent | {"client_id": MISSING_ID}, key, 404),
        ("POST", "/api/admin/api-keys", sent | {"passphrase": [_CANARIES["memo"]]}, key, 422),
        ("POST", "/api/admin/api-keys", sent | {"secret": _FIELD}, key, 422),
        ("PUT", f"{path}/connector", _CONNECTOR, keyed, 422),
        ("PUT", f"{path}/connector", _CONNECTOR, key | {"Idempotency-Key": "other"}, 200),
        ("PUT", f"{path}/connector", _CONNECTOR, key | {"Idempotency-Key": "other"}, 200),
        ("POST", "/bots/create", bot, key, 422),
        ("POST", "/bots/create", bot, keyed | {"Idempotency-Key": "bot"}, 422),
        ("PUT", path, {"name": "A", "private_key": _PRIVATE_KEY}, key, 422),
    ]
    answers: list[Answer] = []
    for method, where, body, headers, status in calls:
        answers.append(await api.call(method, where, body, headers=headers))
        assert answers[-1].status == status, (where, answers[-1].body)
    kucoin = f"{path}/connector/{answers[0].json['id']}"
    return [*answers, await api.call("DELETE", kucoin, headers=key)]


async def _send_while_broken(
    api: Api, stored: Stored, path: str, key: dict[str, str]
) -> list[Answer]:
    """Make PostgreSQL refuse the row itself, with all its values in the driver's message."""
    await stored.connection.execute(
        "ALTER TABLE connectors"
        " ADD CONSTRAINT connectors_boom_check CHECK (preview = 'x') NOT VALID"
    )
    try:
        answer = await api.call("PUT", path, _CONNECTOR, headers=key)
    finally:
        await stored.connection.execute(
            "ALTER TABLE connectors DROP CONSTRAINT connectors_boom_check"
        )
    problem(answer, 500, "internal-error")
    return [answer]


async def test_no_secret_is_answered_logged_or_stored_in_the_clear(
    served: _Served, stored: Stored
) -> None:
    answers = await _send_everything(served.api, stored)

    for answer in answers:
        shown = answer.body.decode() + str(dict(answer.headers))
        assert _found(shown) == [], answer
    everything = json.dumps(dict(await stored.everything()))
    assert _found(everything) == []
    # The search itself works: what may be seen of a key is there, and so is the error's entry.
    assert _CANARIES["api_key"][-4:] in everything
    output = await asyncio.to_thread(served.output.read_text)
    assert _found(output) == []
    assert "unexpected error" in output
    assert "connectors_boom_check" in output
    assert "Failing row" not in output


async def _people(api: Api, database_url: str) -> list[Person]:
    """Return somebody with a key of an operator, with one of a client, and with a session."""
    signer = SolanaSigner()
    await register(Person(api, _ADMIN_KEY), signer)
    operator = await make_key(database_url, "operator")
    client = await make_key(database_url, "client", "desk-7")
    return [Person(api, operator), Person(api, client), await log_in(api, signer)]


async def _ticket(person: Person) -> str:
    return ok(await person.call("POST", "/auth/ticket"), 201)["ticket"]


@asynccontextmanager
async def _streaming(api: Api, query: str, person: Person | None = None) -> AsyncGenerator[Stream]:
    """Read a stream, past its first state, while the block runs."""
    stream = await opened(api.origin, f"/bots/stream{query}", person.headers if person else {})
    try:
        assert stream.status == 200
        await stream.event()
        yield stream
    finally:
        await stream.close()


async def test_streams_show_no_secret(served: _Served, stored: Stored) -> None:
    """While all paths that take one are called, until they show what was made last."""
    admin = Person(served.api, _ADMIN_KEY)
    ticket = await _ticket(admin)
    async with AsyncExitStack() as stack:
        streams = [
            await stack.enter_async_context(_streaming(served.api, query, person))
            for query, person in (
                ("", admin),
                (f"?ticket={ticket}", None),
                ("?account=client_a", admin),
            )
        ]

        await _send_everything(served.api, stored)
        last = bot_body(account="client_a", name="last")
        ok(await admin.call("POST", "/bots/create", last), 201)

        for stream in streams:
            said = str(stream.headers)
            while '"last"' not in said:
                said += (await stream.block()).raw.decode()
            assert _found(said, [ticket]) == []


async def _send_tokens(api: Api, person: Person) -> tuple[list[str], list[Answer]]:
    """Send somebody's token and tickets where they belong, and where they do not.

    Returns:
        The tickets, and all answers but those that give them.
    """
    tickets = [await _ticket(person) for _ in "12"]
    answers: list[Answer] = []
    async with _streaming(api, f"?ticket={tickets[0]}"), _streaming(api, "", person):
        answers.append(await person.get("/bots"))
    for path in ("/bots", "/auth/me", "/events", "/metrics", "/docs/openapi.json"):
        answers.append(await person.get(path))
        answers.append(await api.get(f"{path}?ticket={tickets[1]}&token={person.token}"))
    for token in (*tickets, person.token):
        answers += [
            await api.get(f"/clients/{token}", Authorization=f"Bearer {token[:-1]}"),
            await api.get(f"/{token}", Authorization=token),
            await person.get(f"/bots/{token}"),
            await person.get(f"/bots?account={token}&cursor={token}"),
            await api.get(f"/auth/message/{token}"),
            await api.post("/auth/verify", {"message": token, "signature": [token]}),
        ]
    for spent in (tickets[0], person.token, f"{tickets[1][:-1]}-"):
        answers.append(await api.get(f"/bots/stream?ticket={spent}"))
        problem(answers[-1], 401, "not-authenticated")
    return tickets, answers


async def _fail_to_give_tokens(api: Api, stored: Stored, person: Person) -> list[Answer]:
    """Make PostgreSQL refuse the rows of a session and of a ticket."""
    signer = SolanaSigner()
    await register(Person(api, _ADMIN_KEY), signer, "desk-8")
    message = await ask(api, signer.address)
    tables = ("sessions", "stream_tickets")
    for table in tables:
        await stored.connection.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_boom_check CHECK (FALSE) NOT VALID"
        )
    try:
        answers = [
            await prove(api, signer.address, message, signer.sign(message)),
            await person.call("POST", "/auth/ticket"),
        ]
    finally:
        for table in tables:
            await stored.connection.execute(
                f"ALTER TABLE {table} DROP CONSTRAINT {table}_boom_check"
            )
    for answer in answers:
        problem(answer, 500, "internal-error")
    return answers


async def test_no_token_is_answered_again_logged_or_stored(
    served: _Served, stored: Stored, api_database_url: str
) -> None:
    people = await _people(served.api, api_database_url)
    tokens = [person.token for person in people]
    answers: list[Answer] = []
    for person in people:
        tickets, more = await _send_tokens(served.api, person)
        tokens += tickets
        answers += more
    answers += await _fail_to_give_tokens(served.api, stored, people[0])
    answers += [await Person(served.api, _ADMIN_KEY).get(path) for path in ("/events", "/clients")]
    ok(await people[2].call("POST", "/auth/logout"))

    for answer in answers:
        assert _found(answer.body.decode() + str(dict(answer.headers)), tokens) == [], answer
    everything = json.dumps(dict(await stored.everything()))
    assert _found(everything, tokens) == []
    # The search itself works: what may be seen of a key is there.
    assert people[0].token.split("_")[1] in everything
    output = await asyncio.to_thread(served.output.read_text)
    assert _found(output, tokens) == []
    assert "sessions_boom_check" in output


async def test_no_living_object_of_ours_shows_a_secret(
    make_server: MakeServer, api_database_url: str
) -> None:
    """In this process: settings, services, vault, and all that a request has left behind."""
    sent = read_settings(
        {
            "DATABASE_URL": api_database_url,
            "BRIDGE_ADMIN_KEY": _ADMIN_KEY,
            "BRIDGE_VAULT_KEYS": VAULT_KEYS,
            "HUMMINGBOT_API_PASSWORD": _FIELD,
        }
    )
    api = await make_server(BRIDGE_AUTH="required", BRIDGE_ADMIN_KEY=_ADMIN_KEY)
    key = {"Authorization": f"Bearer {_ADMIN_KEY}", "Idempotency-Key": "1"}
    body = {"name": "A", "connectors": [_CONNECTOR]}
    ok(await api.call("POST", "/clients/create", body, headers=key), 201)
    people = await _people(api, api_database_url)
    tickets = [await _ticket(person) for person in people]
    tokens = [*tickets, *(person.token for person in people)]
    held = [
        msgspec.json.decode(json.dumps(_CONNECTOR), type=ConnectorInput, dec_hook=dec_hook),
        decode(json.dumps(body).encode(), ClientCreate),
        Credentials(api_key=Secret(_CANARIES["api_key"]), fields={"x": Secret(_FIELD)}),
        checked_connector(ConnectorInput(name="okx", memo=Secret(_CANARIES["memo"])), ""),
        vault_of(sent),
    ]

    async with AsyncExitStack() as stack:
        for person, ticket in zip(people, tickets, strict=True):
            await stack.enter_async_context(_streaming(api, "", person))
            await stack.enter_async_context(_streaming(api, f"?ticket={ticket}"))
        everything = gc.get_objects()
        ours = [each for each in everything if str(type(each).__module__).startswith("bridge.")]
        del everything

        assert sum(isinstance(each, Reader) for each in ours) >= 2 * len(people)
        for each in (*ours, *held, sent):
            told = (repr(each), str(each), f"{each}")
            assert [_found(text, tokens) for text in told] == [[], [], []], type(each)


def test_every_struct_that_can_hold_a_secret_is_known_here() -> None:
    """A new one is to be looked at, and added to the test above."""
    holders = {
        kind.__name__
        for module in pkgutil.walk_packages(bridge.__path__, "bridge.")
        if not module.name.endswith("__main__")
        for kind in vars(importlib.import_module(module.name)).values()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct)
        if "Secret" in str(getattr(kind, "__annotations__", {}))
    }

    assert holders == {"ApiKeyInput", "ConnectorInput", "Credentials", "Settings"}


async def test_error_in_the_log_carries_the_request_id_of_its_answer(
    served: _Served, stored: Stored
) -> None:
    key = {"Authorization": f"Bearer {_ADMIN_KEY}"}
    client = ok(await served.api.call("POST", "/clients/create", {"name": "A"}, headers=key), 201)

    (answer,) = await _send_while_broken(
        served.api, stored, f"/clients/{client['id']}/connector", key
    )

    lines = (await asyncio.to_thread(served.output.read_text)).splitlines()
    (entry,) = [json.loads(line) for line in lines if "unexpected error" in line]
    assert entry["request_id"] == answer.headers["X-Request-ID"]
    assert entry["exception"]["sqlstate"] == "23514"
