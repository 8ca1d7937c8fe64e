"""Random writers, readers and accidents: nobody is shown what is older than promised.

BRIDGE_TEST_SEED and BRIDGE_TEST_STEPS make another and a longer run. What the tasks do is drawn
from the seed; how they interleave is not.
"""

import asyncio
import os
import random
import re
import time
from collections.abc import AsyncIterator
from typing import Any, Final

import asyncpg
import pytest
from tests.api.calls import Answer, Api, ok
from tests.api.inputs import Make, MakeServer, bitmart, bot_body
from tests.api.live.history import Account, History, Seen, state_of
from tests.api.live.polling import is_hot, poll
from tests.api.stored import Stored

_SEED: Final = os.environ.get("BRIDGE_TEST_SEED", "2026")
_STEPS: Final = int(os.environ.get("BRIDGE_TEST_STEPS", "60"))
_ACCOUNTS: Final = 4
_MOST_BOTS: Final = 4
_READERS_PER_SERVER: Final = 3
# Promised are 1.1 s; the rest is for a machine that is busy with other things.
_LATEST_SECONDS: Final = 1.1 + 3
_PATIENCE_SECONDS: Final = 30
# Between two writes: while accidents happen, and after them.
_QUICK: Final = (0, 0, 0.005, 0.05, 0.15)
_SLOW: Final = (0, 0.1, 0.2, 0.4)
_VERSION: Final = re.compile(r'W/"(\d+)\.')
_POOL: Final = "trading-bridge"
_FEED: Final = "trading-bridge feed"
_CUT: Final = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = $1 AND random() < 0.5
"""
# Another process leads, and its looks are of all ages.
_BEAT: Final = """
UPDATE heartbeats SET beat_at = now(), last_look_at = now() - $1::float8 * interval '1 s'
"""


@pytest.fixture
async def past(api_database_url: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """A connection for accidents, beside the one that the writers look with."""
    connection = await asyncpg.connect(api_database_url)
    yield connection
    await connection.close()


async def test_no_read_is_older_than_promised(
    follower: Api,
    make_server: MakeServer,
    make_client: Make,
    stored: Stored,
    past: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    others = {
        "hints": await make_server(),
        "sweep": await make_server(BRIDGE_NOTIFICATIONS="off"),
        "small": await make_server(BRIDGE_CACHE_ENTRIES="2"),
    }
    chance = random.Random(_SEED)  # noqa: S311 - the same in every run
    history = History()
    for number in range(_ACCOUNTS):
        name = f"desk-{number}"
        await make_client(account_identifier=name, connectors=[bitmart()])
        account = Account(name)
        await account.note(stored)
        history.accounts.append(account)

    lock = asyncio.Lock()
    async with asyncio.TaskGroup() as group:
        for who, api in {"own": follower, **others}.items():
            for _ in range(_READERS_PER_SERVER):
                seed = random.Random(chance.random())  # noqa: S311
                group.create_task(_read(history, who, api, seed))
        group.create_task(_have_accidents(history, past, random.Random(chance.random())))  # noqa: S311
        writers = [
            asyncio.create_task(
                _write(history, account, follower, stored, lock, random.Random(chance.random()))  # noqa: S311
            )
            for account in history.accounts
        ]
        await asyncio.gather(*writers)
        history.is_over = True

    history.check(_SEED)
    _check_that_much_happened(history)
    for api in (follower, *others.values()):
        for account in history.accounts:
            await _until_shown(api, account)


async def _write(
    history: History,
    account: Account,
    api: Api,
    stored: Stored,
    lock: asyncio.Lock,
    chance: random.Random,
) -> None:
    for step in range(_STEPS):
        answer = await _send(account, api, step, chance)
        history.counts[f"write {answer.status}"] += 1
        assert answer.status < 500 or answer.status == 503, (_SEED, answer)
        async with lock:
            await account.note(stored, answer)
        history.is_calm |= step >= _STEPS // 2
        await asyncio.sleep(chance.choice(_SLOW if history.is_calm else _QUICK))


async def _send(account: Account, api: Api, step: int, chance: random.Random) -> Answer:
    """Write something; what is not possible just now is refused."""
    act = chance.choice(("create", "change", "change", "config", "start", "stop", "delete"))
    if not account.bots or (act == "create" and len(account.bots) < _MOST_BOTS):
        body = bot_body(account=account.name, name=f"bot {step}")
        return await api.post("/bots/create", body)
    path = f"/bots/{chance.choice(account.bots)}"
    match act:
        case "start" | "stop":
            return await api.post(f"{path}/{act}")
        case "delete":
            return await api.delete(path)
        case "config":
            config = {"bid_spread": 0.003, "ask_spread": 0.004, "order_amount": 1 + step}
            return await api.put(path, {"config": config})
        case _:
            return await api.put(path, {"name": f"name {step}"})


async def _read(history: History, who: str, api: Api, chance: random.Random) -> None:
    kept: dict[str, Answer] = {}
    while not history.is_over:
        account = chance.choice([None, *history.accounts])
        path = "/bots" if account is None else account.path
        before = kept.get(path)
        headers: dict[str, str] = {}
        if before is not None and chance.random() < 0.7:
            headers["If_None_Match"] = before.headers["ETag"]
            if chance.random() < 0.2:
                headers["Prefer"] = "wait=1"
        # A poll that waits is as new as its end, but that is not known here.
        by = time.monotonic() - (0 if who == "own" else _LATEST_SECONDS)
        least = {each.name: each.least(by) for each in history.accounts}
        answer = await poll(api, path, **headers)
        history.counts[f"read {who} {answer.status}"] += 1
        history.counts[f"hot {who}"] += is_hot(answer)
        if answer.status == 503:
            continue
        if answer.status == 304:
            assert before is not None
            assert answer.headers["ETag"] == before.headers["ETag"]
            answer = before
        kept[path] = answer
        bots: list[dict[str, Any]] = ok(answer)["bots"]
        for each in history.accounts if account is None else [account]:
            version = None
            if account is not None:
                found = _VERSION.match(answer.headers["ETag"])
                assert found is not None
                version = int(found[1])
            state = state_of([bot for bot in bots if bot["account"] == each.name])
            history.seen.append(Seen(who, each, version, state, least[each.name]))
            history.counts[f"held {who}"] += least[each.name] > 0
        await asyncio.sleep(chance.choice((0, 0, 0.002, 0.02)))


async def _have_accidents(
    history: History,
    past: "asyncpg.Connection[asyncpg.Record]",
    chance: random.Random,
) -> None:
    while not history.is_over:
        if history.is_calm:
            await past.execute(_BEAT, 0)
            await asyncio.sleep(0.5)
            continue
        await past.execute(_BEAT, chance.choice((0, 3, 4.9, 10, 59.5, 100)))
        if chance.random() < 0.4:
            history.counts["cut"] += await past.fetchval(_CUT, _FEED)
        if chance.random() < 0.1:
            history.counts["cut pools"] += await past.fetchval(_CUT, _POOL)
        if chance.random() < 0.2:
            await past.execute("SELECT pg_notify('bridge', $1)", f"desk-0:{chance.randrange(99)}:x")
        await asyncio.sleep(chance.choice((0.02, 0.1, 0.4)))


def _check_that_much_happened(history: History) -> None:
    counts = history.counts
    for what in ("write 200", "write 201", "read own 200", "read own 304", "cut"):
        assert counts[what] > 0, (what, counts)
    for who in ("own", "hints", "sweep", "small"):
        assert counts[f"held {who}"] > 0, (who, counts)
        assert counts[f"hot {who}"] > 0, (who, counts)


async def _until_shown(api: Api, account: Account) -> None:
    """Wait until a server shows the last state of an account, as it then must for good."""
    last = account.states[max(account.states)]
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            lists = [await poll(api, path) for path in (account.path, "/bots")]
            shown = {
                state_of([bot for bot in ok(each)["bots"] if bot["account"] == account.name])
                for each in lists
                if each.status != 503
            }
            if shown == {last}:
                return
            await asyncio.sleep(0.05)
