"""Bodies that are none: on every route that takes one, a clear 4xx, and nothing stored."""

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any, Final

import pytest
from tests.api.calls import JSON, Answer, Api, check_problem, ok, problem
from tests.api.inputs import MISSING_ID, Make, MakeServer, bot_body, wallet
from tests.api.routes import BODIES, Operation
from tests.api.stored import Stored

_ROUTES = pytest.mark.parametrize("operation", BODIES, ids=lambda each: each.id)
_NEEDING = pytest.mark.parametrize(
    "operation", [each for each in BODIES if each.needs_body], ids=lambda each: each.id
)
_OPTIONAL = pytest.mark.parametrize(
    "operation", [each for each in BODIES if not each.needs_body], ids=lambda each: each.id
)

# A valid body for each route, so that what is wrong is the one thing that a case changes. Ids are
# replaced by those of what is there.
_VALID: Final[Mapping[str, Mapping[str, object]]] = {
    "createClient": {"name": "Sharp", "email": "a@b.io", "wallets": [], "connectors": []},
    "changeClient": {"name": "Sharp", "email": "a@b.io", "wallet_address": ""},
    "putClient": {"name": "Sharp", "email": "a@b.io", "wallet_address": ""},
    "createQuickClient": {
        "name": "Quick",
        "wallet_address": "0x" + "cd" * 20,
        "email": "a@b.io",
        "tier": "Standard",
    },
    "addApiKey": {
        "client_id": MISSING_ID,
        "exchange": "kraken",
        "api_key": "k",
        "api_secret": "s",
        "passphrase": "p",
    },
    "putWallet": wallet("0x" + "ab" * 20),
    "changeWallet": wallet("0x" + "ef" * 20),
    "putConnector": {"name": "kraken", "api_key": "k", "api_secret": "s", "memo": "m"},
    "createBot": bot_body(account="desk-7"),
    "changeBot": {"name": "Renamed", "config": {"order_amount": 5}},
    "stopBot": {"force": True},
    "stopAllBots": {"account": "desk-7"},
    "stopOrphan": {"force": True},
    "adoptOrphan": {"bot_id": MISSING_ID},
    "verifyLogin": {"wallet_address": "0x" + "ab" * 20, "message": "m", "signature": "s"},
}

# What a valid body gets, where that is no success: a login that nobody has signed.
_TAKEN: Final[Mapping[str, set[int]]] = {"verifyLogin": {401}}

# Raw bodies that no JSON decoder of ours takes; each is named by what it is.
_NO_JSON: Final[Mapping[str, bytes]] = {
    "text": b"hello",
    "a form": b"name=Sharp&email=a%40b.io",
    "cut off": b'{"name": "Sha',
    "two objects": b"{}{}",
    "trailing comma": b'{"name": "x",}',
    "single quotes": b"{'name': 'x'}",
    "a comment": b'{"name": "x"} // y',
    "no UTF-8": b'{"name": "\xff\xfe"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "overlong UTF-8": b'{"name": "\xc0\x80"}',
    "surrogate as UTF-8": b'{"name": "\xed\xa0\x80"}',
    "raw control character": b'{"name": "a\x01b"}',
    "many brackets": b"[" * 30_000,
    "many braces": b'{"a":' * 10_000,
    "deep and closed": b'{"name":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "deep config": b'{"config": {"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}}",
    "deep config cut off": b'{"config": {"a":' + b"[" * 30_000,
    "deep behind a surrogate": rb'{"name": "\ud800", "config":'
    + b"[" * 30_000
    + b"]" * 30_000
    + b"}",
    "hexadecimal": b'{"name": 0x10}',
    "a great many digits": b'{"name": ' + b"9" * 20_000 + b"}",
}
# Values that no field may have, whatever its type.
_UNSTORABLE: Final = (
    rb'"a\u0000b"',
    rb'"\ud800"',
    rb'"a\udc00b"',
    rb'"\ud83d\ud83d"',
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"1e999",
    rb'["\ud800"]',
    rb'{"a": {"b\ud800": 1}}',
    rb'{"a": NaN}',
    b'"' + b"x" * 9_000 + b'"',
)
_EMPTY: Final = (b"", b" ", b"\n\t \r\n")
_OTHER_SHAPES: Final = (b"[]", b"null", b"true", b"7", b'"text"', b"[{}]", b"1e400", b"10e30")


@pytest.fixture
async def target(make_client: Make, make_bot: Make, stored: Stored) -> Mapping[str, str]:
    """What paths and bodies may name."""
    client = await make_client(account_identifier="desk-7", wallets=[wallet()])
    bot = await make_bot(account="desk-7")
    instance = await stored.add_orphan("desk-7")
    return {
        "client_id": client["id"],
        "wallet_id": client["wallets"][0]["id"],
        "bot_id": bot["id"],
        "instance": instance,
    }


def _path(operation: Operation, target: Mapping[str, str]) -> str:
    return operation.at(target.get(operation.parameter or "", ""), target.get(operation.part or ""))


def _valid(operation: Operation, target: Mapping[str, str]) -> dict[str, object]:
    return {name: target.get(name, value) for name, value in _VALID[operation.id].items()}


async def _send(
    api: Api,
    operation: Operation,
    target: Mapping[str, str],
    body: bytes,
    content_type: str | None = JSON,
) -> Answer:
    path = _path(operation, target)
    headers = {} if content_type is None else {"Content-Type": content_type}
    return await api.call(operation.method, path, body=body, headers=headers)


def test_every_route_with_a_body_has_a_valid_one_here() -> None:
    assert {operation.id for operation in BODIES} == _VALID.keys()


@_ROUTES
@pytest.mark.parametrize(
    "content_type", [JSON, None, "application/json; charset=utf-8", "Application/JSON"]
)
async def test_valid_body_is_taken(
    api: Api, target: Mapping[str, str], operation: Operation, content_type: str | None
) -> None:
    """Else the cases below would show nothing. A charset and a suffix are JSON still."""
    body = json.dumps(_valid(operation, target)).encode()

    answer = await _send(api, operation, target, body, content_type)

    assert answer.status in _TAKEN.get(operation.id, {200, 201}), answer.body


@_ROUTES
async def test_body_that_is_no_json_is_refused(
    api: Api, stored: Stored, target: Mapping[str, str], operation: Operation
) -> None:
    before = await stored.everything()

    for name, body in _NO_JSON.items():
        answer = await _send(api, operation, target, body)
        assert answer.status in (400, 422), (name, answer.status, answer.body)
        check_problem(answer)
        said = answer.json
        assert "body" in said["detail"] or said["errors"], (name, said)

    assert await stored.everything() == before


@_NEEDING
async def test_empty_body_is_refused(
    api: Api, stored: Stored, target: Mapping[str, str], operation: Operation
) -> None:
    before = await stored.everything()

    for body in _EMPTY:
        said = problem(await _send(api, operation, target, body), 400, "bad-request")
        assert "empty" in said["detail"]
    problem(await api.call(operation.method, _path(operation, target)), 400, "bad-request")

    assert await stored.everything() == before


@_OPTIONAL
async def test_optional_body_may_be_left_out(
    api: Api, target: Mapping[str, str], operation: Operation
) -> None:
    """Empty, null and none are the same; a content type says nothing about what is not there."""
    path = _path(operation, target)
    without = ok(await api.call(operation.method, path))

    for body in (*_EMPTY, b"null", b"{}"):
        assert ok(await _send(api, operation, target, body)) == without, body
    for content_type in ("text/plain", "*/*", None):
        assert ok(await _send(api, operation, target, b"", content_type)) == without
    if operation.id in ("stopBot", "stopOrphan"):
        assert ok(await _send(api, operation, target, b'{"force": false}')) == without


@_ROUTES
async def test_body_of_another_shape_is_refused(
    api: Api, stored: Stored, target: Mapping[str, str], operation: Operation
) -> None:
    before = await stored.everything()

    for body in _OTHER_SHAPES:
        if body == b"null" and not operation.needs_body:
            continue
        problem(await _send(api, operation, target, body), 422, "invalid-input", "body")

    assert await stored.everything() == before


@_ROUTES
@pytest.mark.parametrize(
    "content_type",
    [
        *("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"),
        *(
            "application/xml",
            "application/jsonp",
            "json",
            "text/json",
            "*/*",
            "application/msgpack",
        ),
    ],
)
async def test_other_content_types_are_refused(
    api: Api, stored: Stored, target: Mapping[str, str], operation: Operation, content_type: str
) -> None:
    before = await stored.everything()
    body = json.dumps(_valid(operation, target)).encode()

    answer = await _send(api, operation, target, body, content_type)

    said = problem(answer, 415, "unsupported-media-type")
    assert "application/json" in said["detail"]
    assert await stored.everything() == before


@_ROUTES
async def test_200_000_brackets_are_too_large(
    api: Api, stored: Stored, target: Mapping[str, str], operation: Operation
) -> None:
    before = await stored.everything()

    said = problem(await _send(api, operation, target, b"[" * 200_000), 413, "body-too-large")

    assert "body" in said["detail"]
    assert await stored.everything() == before


@_ROUTES
async def test_body_without_a_length_is_cut_off_too(
    api: Api, stored: Stored, target: Mapping[str, str], operation: Operation
) -> None:
    """Sent in chunks, so that its size shows only while it is read."""
    before = await stored.everything()
    path = _path(operation, target)
    host, port = api.origin.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))

    writer.write(
        f"{operation.method} {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    )
    for _ in range(5):
        writer.write(b"8000\r\n" + b"[" * 0x8000 + b"\r\n")
    writer.write(b"0\r\n\r\n")
    head, _, rest = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()

    assert head.startswith(b"HTTP/1.1 413 "), head
    assert json.loads(rest)["code"] == "body-too-large"
    assert await stored.everything() == before


@_ROUTES
async def test_body_that_breaks_off_is_refused(
    api: Api, stored: Stored, target: Mapping[str, str], operation: Operation
) -> None:
    before = await stored.everything()
    path = _path(operation, target)
    host, port = api.origin.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))

    writer.write(
        f"{operation.method} {path} HTTP/1.1\r\nHost: {host}:{port}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2\r\n{}\r\nthis is no chunk\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()

    assert head.startswith(b"HTTP/1.1 400 "), head
    assert await stored.everything() == before


@_ROUTES
@pytest.mark.parametrize("framing", ["Content-Length: 100", "Transfer-Encoding: chunked"])
async def test_body_that_does_not_arrive_is_not_waited_for(
    make_server: MakeServer,
    stored: Stored,
    target: Mapping[str, str],
    operation: Operation,
    framing: str,
) -> None:
    """Nor is its connection kept: what may still come on it is nobody's request."""
    api = await make_server(BRIDGE_BODY_SECONDS="0.1")
    before = await stored.everything()
    path = _path(operation, target)
    host, port = api.origin.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))

    writer.write(
        f"{operation.method} {path} HTTP/1.1\r\nHost: {host}:{port}\r\n"
        f"Content-Type: application/json\r\n{framing}\r\n\r\n2\r\n".encode()
    )
    head, _, rest = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()

    assert head.startswith(b"HTTP/1.1 408 "), head
    assert b"\r\nconnection: close" in head.lower()
    assert json.loads(rest)["code"] == "request-timeout"
    assert await stored.everything() == before


@_ROUTES
async def test_unknown_field_is_named(
    api: Api, stored: Stored, target: Mapping[str, str], operation: Operation
) -> None:
    before = await stored.everything()

    for name in ("nmae", "__proto__", "id", "a.b", "é", " name", "Name", "x" * 300, ""):
        body = json.dumps(_valid(operation, target) | {name: "canary-value"}).encode()
        answer = await _send(api, operation, target, body)
        said = problem(answer, 422, "invalid-input", name[:80] or '""')
        assert "canary-value" not in answer.body.decode(), said

    assert await stored.everything() == before


def _fields() -> list[tuple[Operation, str]]:
    return [(each, field) for each in BODIES for field in _VALID[each.id]]


_FIELDS = pytest.mark.parametrize(
    ("operation", "field"), _fields(), ids=lambda each: getattr(each, "id", each)
)


@_FIELDS
async def test_wrong_type_names_the_field(
    api: Api, stored: Stored, target: Mapping[str, str], operation: Operation, field: str
) -> None:
    before = await stored.everything()
    valid = _VALID[operation.id][field]
    wrong: list[Any] = [7, -1.5, True, {"a": 1}, ["a"], 10**30, 2**64, "text"]

    for value in wrong:
        if isinstance(value, type(valid)) and field not in target:
            continue
        body = json.dumps(_valid(operation, target) | {field: value}).encode()
        said = problem(await _send(api, operation, target, body), 422, "invalid-input", field)
        assert "`" not in said["detail"]

    assert await stored.everything() == before


@_FIELDS
async def test_value_that_cannot_be_stored_names_the_field(
    api: Api, stored: Stored, target: Mapping[str, str], operation: Operation, field: str
) -> None:
    before = await stored.everything()
    rest = _valid(operation, target)
    del rest[field]
    head = json.dumps(rest).encode()[:-1] + (b", " if rest else b"")

    for raw in _UNSTORABLE:
        body = head + json.dumps(field).encode() + b": " + raw + b"}"
        said = problem(await _send(api, operation, target, body), 422, "invalid-input")
        assert [re.split(r"[.\[]", error["field"])[0] for error in said["errors"]] == [field], said

    assert await stored.everything() == before


@_ROUTES
@pytest.mark.parametrize("key", [rb"\u0000", rb"\ud800", rb"a\u202eb", rb"\n"])
async def test_key_that_cannot_be_stored_is_refused(
    api: Api, stored: Stored, target: Mapping[str, str], operation: Operation, key: bytes
) -> None:
    before = await stored.everything()
    body = json.dumps(_valid(operation, target)).encode()[:-1] + b', "' + key + b'": 1}'

    answer = await _send(api, operation, target, body)

    assert problem(answer, 422, "invalid-input")["errors"]
    assert await stored.everything() == before


@_ROUTES
async def test_field_given_twice_counts_once(
    api: Api, target: Mapping[str, str], operation: Operation
) -> None:
    body = json.dumps(_valid(operation, target)).encode()
    doubled = body[:-1] + b", " + body[1:]

    answer = await _send(api, operation, target, doubled)

    assert answer.status in _TAKEN.get(operation.id, {200, 201}), answer.body
