"""The end of a real ``bridge serve``: nobody is kept waiting, and streams end in good order."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import pytest
from tests.api.calls import Answer, Api
from tests.e2e.processes import BridgeProcess, bridge
from tests.live.streams import Stream, many, opened

_STREAMS: Final = 40
_WAITS: Final = 10
_FAREWELL: Final = re.compile(rb"retry: [0-9]{4,5}\n\n")


def _terminate(server: BridgeProcess) -> Awaitable[int]:
    return server.stop()


def _interrupt_main(server: BridgeProcess) -> Awaitable[int]:
    return server.stop(signal.SIGINT)


def _interrupt_group(server: BridgeProcess) -> Awaitable[int]:
    return server.interrupt()


_WAYS = pytest.mark.parametrize("stop", [_terminate, _interrupt_main, _interrupt_group])


async def _wait(api: Api) -> Answer:
    etag = (await api.get("/bots")).headers["ETag"]
    return await api.get("/bots", If_None_Match=etag, Prefer="wait=30")


@asynccontextmanager
async def _idle(server: BridgeProcess) -> AsyncGenerator[list[Stream]]:
    async with many(server.url, "/bots/stream", _STREAMS) as streams:
        for stream in streams:
            await stream.event()
        yield streams


@_WAYS
@pytest.mark.parametrize("workers", ["1", "2"])
async def test_server_ends_in_good_order(
    tmp_path: Path,
    database_url: str,
    http: aiohttp.ClientSession,
    workers: str,
    stop: Callable[[BridgeProcess], Awaitable[int]],
) -> None:
    async with (
        bridge(
            tmp_path, DATABASE_URL=database_url, BRIDGE_WORKERS=workers, BRIDGE_BEAT_SECONDS="300"
        ) as server,
        _idle(server) as streams,
    ):
        api = Api(http, server.url)
        waits = [asyncio.create_task(_wait(api)) for _ in range(_WAITS)]
        await _until_held(server, _WAITS + _STREAMS)

        code = await stop(server)

        assert code == 0, server.log
        assert "refused to gracefully stop" not in server.log
        assert "Traceback" not in server.log
        for stream in streams:
            assert _FAREWELL.fullmatch(await stream.rest())
        assert {(await wait).status for wait in waits} == {304}
        assert server.port_is_free()


async def test_readers_do_not_all_come_back_at_the_same_moment(
    tmp_path: Path, database_url: str
) -> None:
    async with (
        bridge(tmp_path, DATABASE_URL=database_url, BRIDGE_BEAT_SECONDS="300") as server,
        _idle(server) as streams,
    ):
        await server.stop()
        said = {await stream.rest() for stream in streams}

    assert len(said) > _STREAMS // 2


async def test_streams_that_open_while_the_server_ends_end_too(
    tmp_path: Path, database_url: str
) -> None:
    async with bridge(tmp_path, DATABASE_URL=database_url, BRIDGE_BEAT_SECONDS="300") as server:
        opening = [
            asyncio.create_task(opened(server.url, "/bots/stream", {})) for _ in range(_STREAMS)
        ]
        await opening[0]

        code = await server.stop()

        assert code == 0, server.log
        assert "refused to gracefully stop" not in server.log
        for stream in await asyncio.gather(*opening, return_exceptions=True):
            # Refused, reset before its answer, or ended as it should.
            if isinstance(stream, Stream):
                assert (await stream.rest()).endswith(b"\n\n")
                await stream.close()
            else:
                assert isinstance(stream, (OSError, asyncio.IncompleteReadError))


async def test_worker_that_alone_is_told_to_end_ends_its_streams(
    tmp_path: Path, database_url: str
) -> None:
    async with (
        bridge(tmp_path, DATABASE_URL=database_url, BRIDGE_BEAT_SECONDS="300") as server,
        _idle(server) as streams,
    ):
        (worker,) = server.workers()

        os.kill(worker, signal.SIGTERM)

        for stream in streams:
            assert _FAREWELL.fullmatch(await stream.rest())
        await server.until_it_answers()


async def _until_held(server: BridgeProcess, count: int) -> None:
    """Return when so many connections are open on the server's port, as Linux counts them."""
    port = int(server.url.rpartition(":")[2])
    async with asyncio.timeout(20):
        while _established(port) < count:  # noqa: ASYNC110 - the kernel tells nobody
            await asyncio.sleep(0.02)
    # Received is not yet understood: one more answer from each comes after those before it.
    for _ in range(10):
        await server.ask("GET", "/health/live")


def _established(port: int) -> int:
    lines = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
    fields = [line.split() for line in lines]
    return sum(int(each[1].rpartition(":")[2], 16) == port and each[3] == "01" for each in fields)
