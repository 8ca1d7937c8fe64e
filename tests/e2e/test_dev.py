"""``bridge dev`` as a person uses it: started, tried, stopped, killed, started again."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final
from urllib.request import Request, urlopen

import pytest

from bridge.dev_server import DevServer, address
from bridge.dev_terminal import curl_lines
from bridge.embedded.processes import command_line, wait_until
from bridge.errors import ConfigurationError
from bridge.ports import check_port

ROOT: Final = Path(__file__).parents[2]
START_SECONDS: Final = 60


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
        pid_file = self._data_dir / "postgres" / "pgdata" / "postmaster.pid"
        return [
            int((self._data_dir / "server.pid").read_text("ascii")),
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

    def end(self, number: signal.Signals) -> int:
        """Send a signal; return the exit code after reading all that was still to be read."""
        self._process.send_signal(number)
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
        children = first.children()
        first.ask("/clients/create", {"name": "Sharp"})
        key = (tmp_path / "vault.key").read_bytes()
        assert first.end(signal.SIGINT) == 0
        assert "Stopped." in first.text
        assert [command_line(pid) for pid in children] == ["", ""]

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
        assert [command_line(pid) for pid in children] == ["", ""]
        assert '"client_sharp"' in json.dumps(again.ask("/clients"))
        assert again.end(signal.SIGTERM) == 0


@pytest.mark.parametrize("victim", [0, 1])
async def test_when_a_child_dies_the_rest_is_stopped(
    tmp_path: Path, port: int, victim: int
) -> None:
    with dev(tmp_path, port) as running:
        running.wait_for("Trading Bridge is running")
        children = running.children()
        os.kill(children[victim], signal.SIGKILL)

        assert running.read_to_end() == (137, 1)[victim]
        assert ("The server ended by itself", "PostgreSQL ended by itself")[victim] in running.text
        assert [command_line(pid) for pid in children] == ["", ""]


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


async def test_the_three_lines_do_what_they_say(tmp_path: Path, port: int) -> None:
    with dev(tmp_path, port) as running:
        running.wait_for("Try, in another terminal")
        shown = curl_lines(address("127.0.0.1", port))
        for line in shown:
            running.wait_for(line)
        answers = [
            subprocess.run(["sh", "-c", line], capture_output=True, check=True, text=True).stdout  # noqa: ASYNC221, S603, S607
            for line in shown
        ]
        running.end(signal.SIGINT)
    assert ['"account_identifier":"client_sharp"' in answer for answer in answers[:2]] == [True] * 2
    assert answers[2].count('"name":"First"') == 2


async def test_a_server_left_behind_is_stopped(tmp_path: Path, port: int) -> None:
    words = [sys.executable, "-c", "import time; time.sleep(60)", "-m", "bridge", "serve"]
    with subprocess.Popen(words) as left:  # noqa: ASYNC220, S603 - our own interpreter
        (tmp_path / "server.pid").write_text(f"{left.pid}\n", "ascii")
        assert await wait_until(lambda: "serve" in command_line(left.pid), 10)

        await DevServer(tmp_path, "127.0.0.1", port).stop_leftover()

        assert left.wait() == -signal.SIGTERM
    assert not (tmp_path / "server.pid").exists()


async def test_a_stranger_with_the_number_of_a_server_is_left_alone(
    tmp_path: Path, port: int
) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:  # noqa: ASYNC220, S607
        (tmp_path / "server.pid").write_text(f"{stranger.pid}\n", "ascii")

        await DevServer(tmp_path, "127.0.0.1", port).stop_leftover()

        assert stranger.poll() is None
        stranger.kill()


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
