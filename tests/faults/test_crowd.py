"""Many bots and many readers: the upstream is asked once for all of them."""

import sys
from pathlib import Path
from typing import Final

import pytest
from tests.faults.crowd import gather_crowd, measure
from tests.faults.fleet import SPEED, fleet

_BOTS: Final = 40
_SECONDS: Final = 4.0
_LOOK_SECONDS: Final = 1.0 / SPEED
_FIGURES_SECONDS: Final = 10.0 / SPEED


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.timeout(120)
async def test_looks_and_writes_do_not_grow_with_readers_and_replicas(
    database_url: str, tmp_path: Path
) -> None:
    async with fleet(database_url, tmp_path) as running:
        await gather_crowd(running, _BOTS)
        await running.door.fault("full_logs")
        others = await running.door.count("GET", "/bot-orchestration/{bot_name}/status")

        cost = await measure(running, database_url, _SECONDS)

        assert 0 < cost.looks <= cost.seconds / _LOOK_SECONDS + 1
        assert cost.looks < cost.reads
        assert others == 0
        assert cost.writes >= 2 * _BOTS
        assert cost.shortest_pause >= 0.9 * _FIGURES_SECONDS
