"""``bridge simulate-hummingbot`` as a process of its own."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
from tests.e2e.processes import COMMAND

from bridge.simulator.simulation import Login

_SECONDS = 30


@asynccontextmanager
async def simulator(*options: str, **env: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        "simulate-hummingbot",
        "--port",
        "0",
        *options,
        env={**os.environ, **env},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def address(process: asyncio.subprocess.Process) -> str:
    """Return the address that the next line names."""
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), _SECONDS)
    found = re.search(rb"http://127\.0\.0\.1:\d+", line)
    assert found is not None, line
    return found[0].decode()


async def status(url: str, login: Login | None = None) -> int:
    headers = {}
    if login is not None:
        encoded = aiohttp.encode_basic_auth(login.username, login.password)
        headers = {"Authorization": encoded}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status


async def test_it_says_where_it_is_and_stops_when_told() -> None:
    async with simulator("--control-port", "0", "--speed", "50") as process:
        url, control_url = await address(process), await address(process)
        assert url != control_url
        assert await status(url) == 200
        assert await status(f"{control_url}/_control/ledger") == 200
        assert await status(f"{url}/accounts/", Login()) == 200

        process.send_signal(signal.SIGTERM)

        assert await asyncio.wait_for(process.wait(), _SECONDS) == 0


async def test_it_takes_the_login_from_the_environment() -> None:
    login = Login("somebody", "else")
    env = {
        "HUMMINGBOT_API_USERNAME": login.username,
        "HUMMINGBOT_API_PASSWORD": login.password,
    }
    async with simulator(**env) as process:
        url = await address(process)

        assert await status(f"{url}/accounts/", login) == 200
        assert await status(f"{url}/accounts/", Login()) == 401


async def test_it_says_in_one_sentence_that_its_port_is_taken() -> None:
    async with simulator() as first:
        port = (await address(first)).rpartition(":")[2]

        async with simulator("--port", port) as second:
            _, text = await asyncio.wait_for(second.communicate(), _SECONDS)

        assert second.returncode == 1
        assert f"cannot listen on 127.0.0.1 port {port}" in text.decode()
        assert "Traceback" not in text.decode()
