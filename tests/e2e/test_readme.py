"""The README and the page about the first login do what they say."""

import asyncio
from pathlib import Path

import msgspec
from tests.e2e.processes import BridgeProcess, bridge, environment
from tests.e2e.readme import FIRST_LOGIN, README, comparable, steps, terminal

from bridge.settings import Settings
from bridge.simulator.clock import ScaledClock
from bridge.simulator.server import serving
from bridge.simulator.simulation import Login, Simulation
from bridge.vault.keyring import KeyRing


def _folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    return folder


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
            async with terminal(server.url, _folder(tmp_path, "first"), environment()) as shell:
                answers = [await shell.type(step) for step in shown]
            await server.stop()
        async with (
            bridge(tmp_path, **environ) as server,
            terminal(server.url, _folder(tmp_path, "again"), environment()) as shell,
        ):
            again = [await shell.type(shown[number]) for number in (1, 3)]

    assert len(shown) == 5
    assert [comparable(text) for text in answers] == [comparable(step.answer) for step in shown]
    assert again == [answers[1], answers[3]]


async def test_the_way_to_the_first_login_is_as_shown(
    tmp_path: Path, empty_database_url: str
) -> None:
    shown = list(steps(FIRST_LOGIN))
    environ = {
        "DATABASE_URL": empty_database_url,
        "BRIDGE_VAULT_KEYS": KeyRing.generate_entry("main"),
        "CORS_ORIGINS": "https://app.example.com",
    }
    async with (
        bridge(tmp_path, BRIDGE_AUTH="required", **environ) as server,
        terminal(server.url, _folder(tmp_path, "first"), environment(**environ)) as shell,
    ):
        answers = [await shell.type(step) for step in shown]

    assert len(shown) == 15
    for step, answer in zip(shown, answers, strict=True):
        assert comparable(answer) == comparable(step.answer), step.command


def test_every_setting_is_in_the_table() -> None:
    text = README.read_text(encoding="utf-8")
    for info in msgspec.structs.fields(Settings):
        assert f"`{info.encode_name}`" in text
