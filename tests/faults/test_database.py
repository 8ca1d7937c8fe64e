"""The database crashes while bots start and stop: what was acknowledged is there afterwards."""

import asyncio
import os
import random
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from tests.faults.fleet import Fleet, Json, fleet, left_orders_open, not_ended, two_at_once

from bridge.db.dsn import parse_database_url
from bridge.db.migrate import migrate
from bridge.embedded.binaries import Binaries
from bridge.embedded.cluster import EmbeddedCluster, ensure_database

_BOTS: Final = 6
_CRASHES: Final = 2
_BETWEEN_SECONDS: Final = 2.0
_OUTAGE_SECONDS: Final = 0.5


class _Asked:
    """What one person asked of one bot, and what they were told."""

    def __init__(self, fleet: Fleet, account: str, *, seed: int) -> None:
        self._fleet = fleet
        self._account = account
        self._random = random.Random(seed)  # noqa: S311 - the same course in every run
        self.bot: Json = {}
        self.acknowledged = "stopped"
        self.in_doubt: str | None = None

    async def run(self) -> None:
        """Start and stop until cancelled."""
        self.bot = await self._fleet.make_bot(self._account)
        number = 0
        while True:
            number += 1
            action, wanted = ("start", "running") if number % 2 else ("stop", "stopped")
            node = self._fleet.nodes[number % 2]
            self.in_doubt = wanted
            answer = await self._fleet.ask_node(node, "POST", f"/bots/{self.bot['id']}/{action}")
            if answer is not None and answer.is_ok:
                self.acknowledged, self.in_doubt = wanted, None
            await asyncio.sleep(self._random.uniform(0.05, 0.8))

    async def check(self) -> str:
        """Return what the bot is wanted to do, which is what was acknowledged last."""
        bot = await self._fleet.bot(self.bot["id"])
        assert bot["desired_state"] in {self.acknowledged, self.in_doubt}
        return str(bot["desired_state"])


@pytest.fixture
def cluster(binaries: Binaries) -> Iterator[EmbeddedCluster]:
    """A PostgreSQL of the test's own; the path is short, so that its URL outlives a crash."""
    with tempfile.TemporaryDirectory(prefix="bridge-") as folder:
        yield EmbeddedCluster(Path(folder) / "pg", binaries=binaries)


async def _crash(cluster: EmbeddedCluster) -> None:
    """Let PostgreSQL end as in a crash, and start it again a moment later."""
    os.kill(cluster.process_id, signal.SIGQUIT)
    await asyncio.sleep(_OUTAGE_SECONDS)
    await cluster.stop()
    await cluster.start()


@pytest.mark.timeout(120)
async def test_nothing_acknowledged_is_lost_when_the_database_crashes(
    cluster: EmbeddedCluster, tmp_path: Path
) -> None:
    async with cluster:
        await ensure_database(cluster)
        await migrate(parse_database_url(cluster.dsn()))
        async with fleet(cluster.dsn(), tmp_path) as running:
            account = await running.make_client()
            people = [_Asked(running, account, seed=number) for number in range(_BOTS)]
            tasks = [asyncio.create_task(person.run()) for person in people]
            for _ in range(_CRASHES):
                await asyncio.sleep(_BETWEEN_SECONDS)
                await _crash(cluster)
            await asyncio.sleep(_BETWEEN_SECONDS)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            assert all(task.cancelled() for task in tasks), tasks

            for person in people:
                wanted = await person.check()
                await running.until_state(person.bot["id"], wanted)
            for person in people:
                await running.stop(person.bot["id"])
            for person in people:
                await running.until_state(person.bot["id"], "stopped")
            lives = await running.door.ledger()
            assert two_at_once(lives) == []
            assert left_orders_open(lives) == []
            assert not_ended(lives) == []
