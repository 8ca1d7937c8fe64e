"""What the lifecycle costs the database, counted on the wire."""

import re
from typing import Final

from tests.api.calls import ok
from tests.api.inputs import MakeServer
from tests.api.stored import Stored
from tests.api.wire import relaying
from tests.contract.simulator_door import Door
from tests.lifecycle.world import STILL, World, until

_WRITES: Final = re.compile(r"\b(INSERT|UPDATE|DELETE)\b(?! OF|.*\bSHARE\b)", re.DOTALL)


def _without_comments(statement: str) -> str:
    return re.sub(r"--.*", "", statement)


def _writes(statements: list[str]) -> list[str]:
    """Return the statements that write, but for the leader's heartbeat."""
    bare = [_without_comments(statement).strip() for statement in statements]
    return [
        text
        for text in bare
        if (_WRITES.search(text) or text.startswith("BEGIN"))
        and not text.startswith("UPDATE heartbeats")
    ]


async def test_look_that_changes_nothing_writes_nothing(
    make_server: MakeServer, door: Door, stored: Stored, database_url: str
) -> None:
    """A bot that runs, one that is stopped, one that failed and an orphan are looked at."""
    async with relaying(database_url) as relay:
        world = World(await make_server(DATABASE_URL=relay.url), door, stored)
        await world.until_looked()
        bot = await world.make_running(**STILL)
        await world.make_bot(account=bot["account"])
        await world.start(await world.make_bot(account=bot["account"], pair="UNLISTED/USDT"))
        await door.prepare()
        await door.deploy()
        await until(
            lambda: world.get("/orphans"),
            lambda found: [each["account"] for each in found["orphans"]] == ["acme"],
        )
        await until(lambda: world.bot(bot), lambda now: now["runtime"]["performance"] is not None)
        settled = await door.now() + 15  # past the next write of figures
        await until(door.now, lambda now: now > settled)

        relay.statements.clear()
        await world.until_looks(10)
        statements = list(relay.statements)

        assert _writes(statements) == []
        # The search itself works.
        assert any("UPDATE heartbeats" in statement for statement in statements)
        ok(await world.api.put(f"/bots/{bot['id']}", {"name": "Other"}))
        assert _writes(relay.statements)


async def test_poll_is_one_statement(
    make_server: MakeServer, world: World, database_url: str
) -> None:
    bot = await world.make_running()
    async with relaying(database_url) as relay:
        # It does not lead, holds nothing, and hears of changes past the relay: all that it sends
        # is for the calls.
        api = await make_server(
            DATABASE_URL=relay.url,
            DATABASE_DIRECT_URL=database_url,
            BRIDGE_FRONT="off",
            BRIDGE_RECONCILER="off",
            BRIDGE_POOL_SIZE="1",
        )
        ok(await api.get("/bots"))

        for path, most in (
            ("/bots", 1),
            (f"/bots?account={bot['account']}", 1),
            (f"/bots/{bot['id']}", 1),
            ("/bots/health/summary", 1),
            (f"/bots/health/summary?account={bot['account']}", 1),
            ("/orphans", 1),
            ("/events", 1),
            (f"/bots/{bot['id']}/runs", 2),
            (f"/bots/{bot['id']}/events", 2),
        ):
            relay.statements.clear()
            ok(await api.get(path))
            assert 1 <= len(relay.statements) <= most, (path, relay.statements)
        relay.statements.clear()
        ok(await api.post(f"/bots/{bot['id']}/health/check"))
        assert len(relay.statements) == 1


async def test_figures_are_written_for_all_bots_at_once_and_not_at_each_look(
    make_server: MakeServer, door: Door, stored: Stored, database_url: str
) -> None:
    async with relaying(database_url) as relay:
        world = World(await make_server(DATABASE_URL=relay.url), door, stored)
        await world.until_looked()
        first = await world.make_running()
        second = await world.make_running(account=first["account"])
        await until(lambda: world.bot(second), lambda now: now["runtime"]["performance"])

        began, clock = await world.looks(), await door.now()
        relay.statements.clear()
        await world.until_looks(10)
        written = [text for text in relay.statements if "bots/update_performance" in text]
        seconds = await door.now() - clock

        # Figures move at each look; they are written each ten seconds of the upstream's.
        assert await world.looks() - began >= 10
        assert len(written) <= seconds / 10 + 2
        shown = [await world.bot(bot) for bot in (first, second)]
        assert all(bot["runtime"]["performance"]["volume_traded"] > 0 for bot in shown)
