"""``bridge dev`` as a person uses it: started, tried, stopped, killed, started again."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final
from urllib.request import Request, urlopen

import aiohttp
import pytest

from bridge.dev_child import Child
from bridge.dev_server import DevServer, address
from bridge.dev_simulator import DevSimulator
from bridge.dev_terminal import curl_lines
from bridge.embedded.processes import command_line, wait_until
from bridge.errors import ConfigurationError
from bridge.ports import check_port

ROOT: Final = Path(__file__).parents[2]
START_SECONDS: Final = 60

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells and shows as much")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Dev:
    """A running ``bridge dev``."""

    def __init__(self, data_dir: Path, port: int, **variables: str) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bridge", "dev"],
            cwd=ROOT,
            env=kept | {"BRIDGE_DATA_DIR": str(data_dir), "PORT": str(port)} | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._data_dir = data_dir
        self._port = port
        self.lines: list[str] = []

    def wait_for(self, text: str) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line)
            if text in line:
                return
        pytest.fail("it ended:\n" + "".join(self.lines))

    def children(self) -> list[int]:
        """Return the numbers of server, simulator and PostgreSQL, as they are to be stopped."""
        pid_file = self._data_dir / "postgres" / "pgdata" / "postmaster.pid"
        return [
            int((self._data_dir / "server.pid").read_text("ascii")),
            int((self._data_dir / "simulator.pid").read_text("ascii")),
            int(pid_file.read_text("ascii").split("\n", 1)[0]),
        ]

    def ask(self, path: str, body: object = None) -> object:
        data = None if body is None else json.dumps(body).encode()
        request = Request(
            f"http://127.0.0.1:{self._port}{path}",
            data,
            {"Content-Type": "application/json"},
        )
        with urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self, number: signal.Signals) -> int:
        """Send a signal; return the exit code after reading all that was still to be read."""
        self.send(number)
        return self.read_to_end()

    def read_to_end(self) -> int:
        rest, _ = self._process.communicate(timeout=30)
        self.lines.append(rest)
        return self._process.returncode

    @property
    def text(self) -> str:
        return "".join(self.lines)


@contextmanager
def dev(data_dir: Path, port: int, **variables: str) -> Generator[Dev]:
    with ExitStack() as stack:
        running = Dev(data_dir, port, **variables)
        stack.callback(running.end, signal.SIGKILL)
        yield running
        stack.pop_all()


@pytest.fixture
def port() -> int:
    return free_port()


async def test_ctrl_c_and_term_stop_everything_and_the_data_stay(tmp_path: Path, port: int) -> None:
    with dev(tmp_path, port) as first:
        first.wait_for("Trading Bridge is running")
        first.wait_for("open: whoever reaches this address may do everything")
        children = first.children()
        first.ask("/clients/create", {"name": "Sharp"})
        key = (tmp_path / "vault.key").read_bytes()
        assert first.end(signal.SIGINT) == 0
        assert "Stopped." in first.text
        assert [command_line(pid) for pid in children] == ["", "", ""]

    with dev(tmp_path, port) as again:
        again.wait_for("Trading Bridge is running")
        assert '"account_identifier": "client_sharp"' in json.dumps(again.ask("/clients"))
        assert (tmp_path / "vault.key").read_bytes() == key
        assert (tmp_path / "vault.key").stat().st_mode & 0o777 == 0o600
        assert again.end(signal.SIGTERM) == 0


async def test_a_kill_does_not_block_the_next_start(tmp_path: Path, port: int) -> None:
    with dev(tmp_path, port) as first:
        first.wait_for("Trading Bridge is running")
        children = first.children()
        first.ask("/clients/create", {"name": "Sharp"})
        first.end(signal.SIGKILL)

    with dev(tmp_path, port) as again:
        again.wait_for("Trading Bridge is running")
        assert [command_line(pid) for pid in children] == ["", "", ""]
        assert '"client_sharp"' in json.dumps(again.ask("/clients"))
        assert again.end(signal.SIGTERM) == 0


@linux
async def test_the_children_of_a_killed_one_end_with_it(tmp_path: Path, port: int) -> None:
    with dev(tmp_path, port) as killed:
        killed.wait_for("Trading Bridge is running")
        server, simulator, _ = killed.children()
        killed.end(signal.SIGKILL)

        assert await wait_until(lambda: not command_line(simulator), 20)
        assert await wait_until(lambda: not command_line(server), 20)


async def test_the_children_are_stopped_from_the_last_to_the_first(
    tmp_path: Path, port: int
) -> None:
    with dev(tmp_path, port) as running:
        running.wait_for("Trading Bridge is running")
        children = running.children()
        running.send(signal.SIGINT)
        gone: list[int] = []
        deadline = time.monotonic() + 30
        while len(gone) < len(children) and time.monotonic() < deadline:
            gone += [pid for pid in children if pid not in gone and not command_line(pid)]
        running.read_to_end()

    assert gone == children


@pytest.mark.parametrize(
    ("victim", "code", "words"),
    [
        (0, 137, "The server ended by itself"),
        (1, 1, "The simulated Hummingbot API ended by itself; its log is "),
        (2, 1, "PostgreSQL ended by itself"),
    ],
)
async def test_when_a_child_dies_the_rest_is_stopped(
    tmp_path: Path, port: int, victim: int, code: int, words: str
) -> None:
    with dev(tmp_path, port) as running:
        running.wait_for("Trading Bridge is running")
        children = running.children()
        os.kill(children[victim], signal.SIGKILL)

        assert running.read_to_end() == code
        assert words in running.text
        assert [command_line(pid) for pid in children] == ["", "", ""]


@linux
async def test_the_server_is_told_the_way_into_a_simulator(tmp_path: Path, port: int) -> None:
    names = ("HUMMINGBOT_API_URL", "HUMMINGBOT_API_USERNAME", "HUMMINGBOT_API_PASSWORD")
    own = {"HUMMINGBOT_API_PASSWORD": "canary-75", "BRIDGE_LIFECYCLE_SPEED": "50"}
    with dev(tmp_path, port, **own) as running:
        running.wait_for("Try, in another terminal")
        told = _variables(int((tmp_path / "server.pid").read_text("ascii")))
        url, username, password = (told[name] for name in names)
        simulator = command_line(running.children()[1])
        answers = [await _status(url, username, word) for word in (password, "canary-75", "admin")]
        running.end(signal.SIGINT)

    assert answers == [200, 401, 401]
    assert told["BRIDGE_HUMMINGBOT_SIMULATED"] == "yes"
    assert f"  Hummingbot  simulated, {url} (bots trade nothing)\n" in running.lines
    assert "simulated bots do not" in running.text
    assert password not in running.text + simulator + (tmp_path / "simulator.log").read_text()
    assert simulator.endswith("--speed 50.0")


def _variables(pid: int) -> dict[str, str]:
    """Return what a process was started with; only Linux says."""
    words = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(word.split("=", 1) for word in words if word)


async def _status(url: str, username: str, password: str) -> int:
    headers = {"Authorization": aiohttp.encode_basic_auth(username, password)}
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{url}/accounts/", headers=headers) as response,
    ):
        return response.status


@linux
async def test_the_simulator_gets_no_key_of_ours(tmp_path: Path, port: int) -> None:
    with dev(tmp_path, port, BRIDGE_ADMIN_KEY="k" * 32) as running:
        running.wait_for("Trading Bridge is running")
        told = _variables(running.children()[1])
        running.end(signal.SIGINT)

    names = {name for name in told if name.startswith(("BRIDGE_", "HUMMINGBOT_", "DATABASE_"))}
    assert names == {"HUMMINGBOT_API_USERNAME", "HUMMINGBOT_API_PASSWORD"}


@linux
async def test_a_hummingbot_api_of_ones_own_is_used_instead(tmp_path: Path, port: int) -> None:
    url = "http://hummingbot.example.net:8000"
    own = {"HUMMINGBOT_API_URL": url, "HUMMINGBOT_API_PASSWORD": "canary-77"}
    with dev(tmp_path, port, **own) as running:
        running.wait_for("Try, in another terminal")
        for line in curl_lines(address("127.0.0.1", port), is_simulated=False):
            running.wait_for(line)
        told = _variables(int((tmp_path / "server.pid").read_text("ascii")))
        running.end(signal.SIGINT)

    assert not (tmp_path / "simulator.log").exists()
    assert {name: told[name] for name in own} == own
    assert "BRIDGE_HUMMINGBOT_SIMULATED" not in told
    assert f"  Hummingbot  {url}\n" in running.lines
    assert "  Warning     HUMMINGBOT_API_URL is plain http" in running.text
    assert "simulated" not in running.text
    assert "/start" not in running.text
    assert "canary-77" not in running.text


async def test_a_hummingbot_api_without_its_password_is_one_sentence(
    tmp_path: Path, port: int
) -> None:
    with dev(tmp_path, port, HUMMINGBOT_API_URL="http://127.0.0.1:1") as refused:
        assert refused.read_to_end() == 1

    assert refused.text.startswith("Error: HUMMINGBOT_API_URL is set, but HUMMINGBOT_API_PASSWORD")
    assert refused.text.count("\n") == 1
    assert not (tmp_path / "postgres").exists()


async def test_a_second_one_on_the_same_data_is_refused(tmp_path: Path, port: int) -> None:
    with dev(tmp_path, port) as first:
        first.wait_for("Trading Bridge is running")
        with dev(tmp_path, free_port()) as second:
            assert second.read_to_end() == 1
            assert second.text.startswith("Error: Another 'bridge dev' (process ")
            assert second.text.count("\n") == 1
        assert first.ask("/health/live")
        first.end(signal.SIGTERM)


async def test_a_busy_port_is_one_sentence_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = int(other.getsockname()[1])
        with dev(tmp_path, port) as refused:
            assert refused.read_to_end() == 1
    assert refused.text.startswith(f"Error: Port {port} on 127.0.0.1 is in use")
    assert f"as in PORT={port % 65_535 + 1}." in refused.text
    assert not (tmp_path / "postgres").exists()


async def test_a_database_of_ones_own_is_used_instead(
    tmp_path: Path, port: int, empty_database_url: str
) -> None:
    with dev(tmp_path, port, DATABASE_URL=empty_database_url) as running:
        running.wait_for("Trading Bridge is running")
        assert running.ask("/clients") == {"clients": [], "next_cursor": None}
        assert running.end(signal.SIGINT) == 0
    assert not (tmp_path / "postgres").exists()
    assert empty_database_url not in running.text


async def test_the_lines_do_what_they_say(tmp_path: Path, port: int) -> None:
    with dev(tmp_path, port) as running:
        running.wait_for("Try, in another terminal")
        shown = curl_lines(address("127.0.0.1", port), is_simulated=True)
        for line in shown:
            running.wait_for(line)
        script = "\necho\n".join(shown)
        typed = subprocess.run(["sh", "-c", script], capture_output=True, check=True, text=True)  # noqa: ASYNC221, S603, S607
        running.end(signal.SIGINT)
    created, found, nothing, started, listed, stopped = typed.stdout.split("\n")
    for answer in (created, found):
        assert '"account_identifier":"client_sharp"' in answer
        assert '"name":"bitmart"' in answer
    assert nothing == ""
    assert listed.count('"name":"First"') == 1
    assert '"status":404' not in started + stopped


@pytest.mark.parametrize("command", ["serve", "simulate-hummingbot"])
async def test_a_child_left_behind_is_stopped(tmp_path: Path, command: str) -> None:
    words = [sys.executable, "-c", "import time; time.sleep(60)", "-m", "bridge", command]
    with subprocess.Popen(words) as left:  # noqa: ASYNC220, S603 - our own interpreter
        child, record = _child(command, tmp_path, left.pid)
        assert await wait_until(lambda: command in command_line(left.pid), 10)

        await child.stop_leftover()

        assert left.wait() == -signal.SIGTERM
    assert not record.exists()


async def test_what_a_killed_one_left_is_stopped_before_the_start(
    tmp_path: Path, port: int
) -> None:
    words = [sys.executable, "-c", "import time; time.sleep(60)", "-m", "bridge"]
    with (
        subprocess.Popen([*words, "serve"]) as server,  # noqa: ASYNC220, S603 - our own interpreter
        subprocess.Popen([*words, "simulate-hummingbot"]) as simulator,  # noqa: ASYNC220, S603
    ):
        _child("serve", tmp_path, server.pid)
        _child("simulate-hummingbot", tmp_path, simulator.pid)
        assert await wait_until(lambda: "simulate" in command_line(simulator.pid), 10)
        with dev(tmp_path, port, HUMMINGBOT_API_URL="http://127.0.0.1:1") as refused:
            assert refused.read_to_end() == 1
        assert (server.poll(), simulator.poll()) == (None, None)

        own = {"HUMMINGBOT_API_URL": "http://127.0.0.1:1", "HUMMINGBOT_API_PASSWORD": "x"}
        with dev(tmp_path, port, **own) as running:
            running.wait_for("Trading Bridge is running")
            assert (server.poll(), simulator.poll()) == (-signal.SIGTERM, -signal.SIGTERM)
            running.end(signal.SIGINT)


@pytest.mark.parametrize("command", ["serve", "simulate-hummingbot"])
async def test_a_stranger_with_the_number_of_a_child_is_left_alone(
    tmp_path: Path, command: str
) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:  # noqa: ASYNC220, S607
        child, _ = _child(command, tmp_path, stranger.pid)

        await child.stop_leftover()

        assert stranger.poll() is None
        stranger.kill()


def _child(command: str, data_dir: Path, recorded: int) -> tuple[Child, Path]:
    """Return a child as the next ``bridge dev`` makes it, and the file with the number."""
    child: Child = DevServer(data_dir, "127.0.0.1", 1)
    record = data_dir / "server.pid"
    if command == "simulate-hummingbot":
        child = DevSimulator(data_dir, 1.0)
        record = data_dir / "simulator.pid"
    record.write_text(f"{recorded}\n", "ascii")
    return child, record


async def test_a_child_that_cannot_start_names_its_log(tmp_path: Path) -> None:
    simulator = DevSimulator(tmp_path, 0)  # a speed that the command refuses

    with pytest.raises(ConfigurationError, match=r"ended with code 2; see .*simulator\.log"):
        await simulator.start(os.environ)
    await simulator.stop()

    assert "--speed" in (tmp_path / "simulator.log").read_text("utf-8")
    assert not (tmp_path / "simulator.pid").exists()


def test_a_host_that_is_none_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"HOST=no\.such\.host\.invalid PORT=8000"):
        check_port("no.such.host.invalid", 8000)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),  # noqa: S104 - not bound
        ("::", "http://[::1]:80"),
        ("localhost", "http://localhost:80"),
    ],
)
def test_the_address_is_one_that_a_browser_takes(host: str, expected: str) -> None:
    assert address(host, 80) == expected


async def test_a_damaged_vault_key_is_named_and_kept(tmp_path: Path, port: int) -> None:
    (tmp_path / "vault.key").write_text("dev:short\n", "ascii")

    with dev(tmp_path, port) as refused:
        assert refused.read_to_end() == 1

    assert f"{tmp_path / 'vault.key'} is damaged" in refused.text
    assert not (tmp_path / "postgres").exists()
    assert (tmp_path / "vault.key").read_text("ascii") == "dev:short\n"
