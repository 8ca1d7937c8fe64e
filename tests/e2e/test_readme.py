"""The README does what it says."""

import asyncio
from pathlib import Path

import msgspec
from tests.e2e.processes import BridgeProcess, bridge
from tests.e2e.readme import README, Step, comparable, steps

from bridge.settings import Settings
from bridge.simulator.clock import ScaledClock
from bridge.simulator.server import serving
from bridge.simulator.simulation import Login, Simulation
from bridge.vault.keyring import KeyRing


async def _typed(step: Step, server: BridgeProcess) -> str:
    command = step.command.replace("http://127.0.0.1:8000", server.url)
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", command, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    return said.decode()


async def _until_simulated(server: BridgeProcess) -> None:
    """Wait for the first look at the simulator."""
    async with asyncio.timeout(30):
        while True:
            health = (await server.ask("GET", "/health")).json()
            if health["hummingbot"] == "simulated":
                return
            await asyncio.sleep(0.05)


async def test_the_five_steps_answer_as_shown_and_survive_a_restart(
    tmp_path: Path, database_url: str
) -> None:
    shown = list(steps())
    async with serving(Simulation(ScaledClock(1.0))) as addresses:
        environ = {
            "DATABASE_URL": database_url,
            "HUMMINGBOT_API_URL": addresses.url,
            "HUMMINGBOT_API_PASSWORD": Login().password,
            "BRIDGE_HUMMINGBOT_SIMULATED": "yes",
            "BRIDGE_VAULT_KEYS": KeyRing.generate_entry("dev"),
        }
        async with bridge(tmp_path, **environ) as server:
            await _until_simulated(server)
            answers = [await _typed(step, server) for step in shown]
            await server.stop()
        async with bridge(tmp_path, **environ) as server:
            again = [await _typed(shown[number], server) for number in (1, 3)]

    assert len(shown) == 5
    assert [comparable(text) for text in answers] == [comparable(step.answer) for step in shown]
    assert again == [answers[1], answers[3]]


def test_every_setting_is_in_the_table() -> None:
    text = README.read_text(encoding="utf-8")
    for info in msgspec.structs.fields(Settings):
        assert f"`{info.encode_name}`" in text
