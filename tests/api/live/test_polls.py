"""Polls over HTTP: entity tags, headers, and who is let in, from memory and past it."""

import gzip
from typing import Final

import aiohttp
import pytest
from tests.api.calls import Answer, Api, ok, problem
from tests.api.inputs import ORIGIN, Make, MakeServer, bot_body
from tests.api.live.polling import cold, hot, is_hot, lasting, names, poll, words
from yarl import URL

_KEY: Final = "the-admin-key-of-these-tests-0123456789"
_FOREIGN: Final = "https://evil.bridge-tests.io"


def _opaque(answer: Answer) -> str:
    """Return what stands between the quotes of the entity tag."""
    return answer.headers["ETag"].removeprefix('W/"').removesuffix('"')


async def test_answer_is_the_same_from_memory_and_past_it(api: Api, path: str) -> None:
    for asked in (path, "/bots"):
        first = await hot(api, asked)
        second = await cold(api, asked)

        assert first.status == second.status == 200
        assert first.body == second.body
        assert lasting(first) == lasting(second)
        assert names(first)[-1] == "The bot"


async def test_headers_say_what_a_cache_may_do(api: Api, path: str) -> None:
    answer = await hot(api, path)

    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert answer.headers["ETag"].startswith('W/"')
    assert words(answer, "Vary") == {"authorization", "accept-encoding", "origin"}
    assert "Bridge-Snapshot-Age" not in answer.headers


@pytest.mark.parametrize(
    "matching",
    [
        *('W/"{}"', '"{}"', "*", '"other", W/"{}"', 'W/"{}","other" , W/"more"', ' W/"{}"\t'),
    ],
)
@pytest.mark.parametrize("asked", ["one", "all"])
async def test_who_has_it_already_is_told_so(
    api: Api, path: str, asked: str, matching: str
) -> None:
    path = path if asked == "one" else "/bots"
    full = await hot(api, path)
    wanted = matching.replace("{}", _opaque(full))

    for answer in (
        await hot(api, path, If_None_Match=wanted),
        await cold(api, path, If_None_Match=wanted),
        await hot(api, path, "HEAD", If_None_Match=wanted),
    ):
        assert (answer.status, answer.body) == (304, b"")
        for name in ("ETag", "Cache-Control"):
            assert answer.headers[name] == full.headers[name]
        assert words(answer, "Vary") == words(full, "Vary")
        assert "Content-Type" not in answer.headers
        assert answer.headers.get("Content-Length", "0") == "0"


@pytest.mark.parametrize(
    "malformed",
    [
        *("", " ", "banana", "{}", "W/{}", '"{}', '{}"', '"a b", W/"{}"', '*, W/"{}"'),
        *('W/"{}" W/"{}"', 'W/"other"', "'{}'", '"\xff\xfe"', "W/", '"' * 4_000, "," * 8_000),
    ],
)
async def test_what_names_no_tag_of_ours_gets_the_answer(
    api: Api, path: str, malformed: str
) -> None:
    full = await hot(api, path)
    wanted = malformed.replace("{}", _opaque(full))

    for answer in (
        await hot(api, path, If_None_Match=wanted),
        await cold(api, path, If_None_Match=wanted),
    ):
        assert (answer.status, answer.body) == (200, full.body)


async def test_entity_tag_is_another_one_after_each_change(
    api: Api, path: str, bot: dict[str, str]
) -> None:
    for asked in (path, "/bots"):
        seen: dict[str, bytes] = {}
        for number in range(5):
            answer = await hot(api, asked)
            assert answer.headers["ETag"] not in seen
            seen[answer.headers["ETag"]] = answer.body
            ok(await api.put(f"/bots/{bot['id']}", {"name": f"{asked} {number}"}))
            assert (await poll(api, asked, If_None_Match=answer.headers["ETag"])).status == 200


async def test_write_that_changes_nothing_leaves_the_tag(
    api: Api, path: str, bot: dict[str, str]
) -> None:
    etag = (await hot(api, path)).headers["ETag"]

    ok(await api.put(f"/bots/{bot['id']}", {"name": bot["name"]}))

    assert (await hot(api, path, If_None_Match=etag)).status == 304


async def test_gzip_is_sent_to_who_takes_it(
    api: Api, path: str, http: aiohttp.ClientSession
) -> None:
    """Read without the client's own decompression."""
    del http
    plain = await hot(api, path)
    assert "Content-Encoding" not in plain.headers

    async with aiohttp.ClientSession(auto_decompress=False) as raw:
        zipped = Api(raw, api.origin)
        for answer in (
            await hot(zipped, path, Accept_Encoding="br, gzip;q=0.8"),
            await cold(zipped, path, Accept_Encoding="gzip"),
            await cold(zipped, path, Accept_Encoding="*"),
        ):
            assert answer.headers["Content-Encoding"] == "gzip"
            assert answer.headers["Content-Length"] == str(len(answer.body))
            assert len(answer.body) < len(plain.body)
            assert gzip.decompress(answer.body) == plain.body
            assert answer.headers["ETag"] == plain.headers["ETag"]
        for accept in ("identity", "gzip;q=0", "br, zstd", "gzip;q=banana"):
            answer = await hot(zipped, path, Accept_Encoding=accept)
            assert "Content-Encoding" not in answer.headers
            assert answer.body == plain.body


async def test_short_answer_is_not_compressed(api: Api) -> None:
    async with aiohttp.ClientSession(auto_decompress=False) as raw:
        answer = await hot(Api(raw, api.origin), "/bots?account=nobody", Accept_Encoding="gzip")

    assert "Content-Encoding" not in answer.headers
    assert answer.json == {"bots": [], "next_cursor": None}


@pytest.mark.parametrize("accept", ["identity", "gzip"])
async def test_head_is_get_without_a_body(api: Api, path: str, accept: str) -> None:
    for asked in (path, "/bots", "/bots?account=nobody"):
        got = await hot(api, asked, Accept_Encoding=accept)
        for head in (
            await hot(api, asked, "HEAD", Accept_Encoding=accept),
            await cold(api, asked, "HEAD", Accept_Encoding=accept),
        ):
            assert (head.status, head.body) == (200, b"")
            assert lasting(head) == lasting(got)


async def test_named_origin_is_shown_the_answer_and_no_other(api: Api, path: str) -> None:
    etag = (await hot(api, path)).headers["ETag"]

    for status, more in ((200, {}), (304, {"If_None_Match": etag})):
        for answer in (
            await hot(api, path, Origin=ORIGIN, **more),
            await cold(api, path, Origin=ORIGIN, **more),
        ):
            assert answer.status == status
            assert answer.headers.getall("Access-Control-Allow-Origin") == [ORIGIN]
            assert answer.headers.getall("Access-Control-Allow-Credentials") == ["true"]
            assert "etag" in words(answer, "Access-Control-Expose-Headers")
            assert "origin" in words(answer, "Vary")
        for origin in (_FOREIGN, "null", ORIGIN + ".evil.io", ""):
            answer = await poll(api, path, Origin=origin, **more)
            assert answer.status == status
            assert not [name for name in answer.headers if name.lower().startswith("access-")]
            assert "origin" in words(answer, "Vary")


async def test_every_answer_is_named(api: Api, path: str) -> None:
    await hot(api, path)

    named = await poll(api, path, X_Request_ID="my-request-1")
    assert named.headers.getall("X-Request-ID") == ["my-request-1"]
    ids = {(await hot(api, path)).headers["X-Request-ID"] for _ in range(10)}
    assert len(ids) == 10
    for odd in ("", "a b", "x" * 65, "\xff"):
        told = (await poll(api, path, X_Request_ID=odd)).headers.getall("X-Request-ID")
        assert len(told) == 1
        assert told[0] != odd


async def test_wrong_key_is_refused_though_the_answer_lies_ready(
    make_server: MakeServer, path: str
) -> None:
    api = await make_server(BRIDGE_AUTH="required", BRIDGE_ADMIN_KEY=_KEY)
    right = {"Authorization": f"Bearer {_KEY}"}
    etag = (await hot(api, path, **right)).headers["ETag"]

    for wrong in (
        *({}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": _KEY}),
        *({"Authorization": f"Bearer {_KEY}x"}, {"Authorization": f"Basic {_KEY}"}),
        {"Authorization": f"Bearer {_KEY.upper()}"},
    ):
        for more in ({}, {"If_None_Match": etag}, {"Prefer": "wait=5", "If_None_Match": etag}):
            answer = await poll(api, path, **wrong, **more)
            problem(answer, 401, "not-authenticated")
            assert "ETag" not in answer.headers
        assert (await poll(api, path, "HEAD", **wrong)).status == 401

    assert is_hot(await poll(api, path, **right))
    other_spelling = await poll(api, path, Authorization=f"bearer  {_KEY}")
    assert other_spelling.headers["ETag"] == etag


async def test_foreign_host_is_refused_though_the_answer_lies_ready(api: Api, path: str) -> None:
    await hot(api, path)
    port = api.origin.rpartition(":")[2]

    for host in ("evil.io", f"evil.io:{port}", "127.0.0.1.evil.io", "localhost.evil.io"):
        for _ in range(3):
            problem(await poll(api, path, Host=host), 403, "host-not-allowed")
    for host in (f"localhost:{port}", "localhost", f"127.0.0.1:{port}", "[::1]"):
        assert (await hot(api, path, Host=host)).status == 200


async def test_more_spellings_than_are_remembered_are_all_served(api: Api, path: str) -> None:
    await hot(api, path)

    for number in range(600):
        answer = await poll(
            api, path, Host=f"x{number}.localhost", Accept_Encoding=f"identity;q=0.{number}"
        )
        assert answer.status == 200

    assert (await poll(api, path, Host="evil.io")).status == 403
    assert (await hot(api, path)).status == 200
    new = {"Host": "new.localhost", "Accept_Encoding": "identity;q=0.9, br"}
    assert (await hot(api, path, **new)).status == 200


async def test_who_may_not_read_teaches_no_spelling(make_server: MakeServer, path: str) -> None:
    """Or strangers would crowd out those of the readers."""
    api = await make_server(BRIDGE_AUTH="required", BRIDGE_ADMIN_KEY=_KEY)
    right = {"Authorization": f"Bearer {_KEY}"}
    await hot(api, path, **right)

    for number in range(600):
        spelling = {"Host": f"x{number}.io", "Accept_Encoding": f"identity;q=0.{number}"}
        problem(await poll(api, path, **spelling), 401, "not-authenticated")

    assert is_hot(await poll(api, path, **right))


async def test_long_spelling_is_served_and_not_remembered(api: Api, path: str) -> None:
    await hot(api, path)

    for _ in range(3):
        for spelling in ({"Host": f"{'x' * 300}.localhost"}, {"Accept_Encoding": "br," * 100}):
            answer = await poll(api, path, **spelling)
            assert (answer.status, is_hot(answer)) == (200, False)


async def test_account_that_nobody_has_is_an_empty_list_until_somebody_has_it(
    api: Api, make_client: Make
) -> None:
    path = "/bots?account=desk-7"
    answer = await hot(api, path)
    assert answer.json == {"bots": [], "next_cursor": None}
    etag = answer.headers["ETag"]
    assert (await hot(api, path, If_None_Match=etag)).status == 304

    await make_client(account_identifier="desk-7")
    ok(await api.post("/bots/create", bot_body(account="desk-7")), 201)

    answer = await poll(api, path, If_None_Match=etag)
    assert answer.status == 200
    assert len(answer.json["bots"]) == 1


@pytest.mark.parametrize(
    "spelling",
    [
        *("/bots?account={}&limit=50", "/bots?limit=50&account={}", "/bots?account={}&"),
        *("/bots?&account={}", "/bots/?account={}", "/bots?account=%20{}", "/bots?account={}%20"),
        *("/bots?account=x&account={}", "/bots?account={}#", "/bots?account={}&unknown=1"),
        *("/bots?account=%61{}", "/%62ots?account={}", "//bots?account={}", "/bots?ACCOUNT={}"),
        *("/bots?account={}&status=", "/bots?account={}&cursor=", "/bots?account={};", "/bots?"),
    ],
)
async def test_other_spellings_are_answered_by_the_controllers(
    api: Api, make_server: MakeServer, path: str, spelling: str
) -> None:
    """With the answer of a server that has no front, right after a change too."""
    plain = await make_server(BRIDGE_FRONT="off")
    await hot(api, path)
    asked = spelling.replace("{}", path.rpartition("=")[2])

    answer, expected = await poll(api, asked), await poll(plain, asked)

    assert answer.status == expected.status
    if answer.status == 200:
        assert answer.body == expected.body
    else:
        assert answer.json["code"] == expected.json["code"]


async def test_methods_other_than_reads_are_not_polls(api: Api, path: str) -> None:
    await hot(api, path)

    for method in ("POST", "PUT", "PATCH", "DELETE"):
        problem(await api.call(method, path), 405, "method-not-allowed")
    preflight = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}
    assert (await api.call("OPTIONS", path, headers=preflight)).status == 204


async def test_body_in_a_poll_harms_nobody(api: Api, path: str) -> None:
    full = await hot(api, path)

    answers: list[Answer] = [
        await api.call("GET", path, body=b"x" * 1_000, headers={"Accept-Encoding": "identity"})
        for _ in range(3)
    ]

    assert {answer.body for answer in answers} == {full.body}
    assert (await poll(api, path)).body == full.body


async def test_front_that_is_off_gives_the_same_bytes(
    api: Api, make_server: MakeServer, make_bot: Make, path: str
) -> None:
    plain = await make_server(BRIDGE_FRONT="off")
    other = await make_bot()
    paths = (path, "/bots", f"/bots?account={other['account']}", "/bots?account=nobody")

    for asked in (*paths, "/bots?limit=1", f"{path}&status=stopped", "/bots?account=%61"):
        front, without = await poll(api, asked), await poll(plain, asked)
        assert front.body == without.body
        assert front.headers["Content-Type"] == without.headers["Content-Type"]
    for asked in paths:
        assert (await hot(api, asked)).body == (await poll(plain, asked)).body
        assert "ETag" not in (await poll(plain, asked)).headers


async def test_url_is_taken_as_it_was_sent(api: Api) -> None:
    """The client's own quoting must not make the spellings above alike."""
    assert str(URL(api.origin + "/bots?account=%61", encoded=True)).endswith("=%61")
