"""What ``bridge dev`` does with one bot, written down: ``python -m bench.transcript``.

Starts the whole thing in a folder of its own, makes a client and a bot, starts it, watches it turn,
stops it, watches it turn, and prints what was asked and seen with the seconds at which it was.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from typing import Any, Final

_CLIENT: Final = {
    "name": "Sharp",
    "connectors": [{"name": "bitmart", "api_key": "any", "api_secret": "any", "memo": "any"}],
}
_BOT: Final = {
    "name": "First",
    "account": "client_sharp",
    "connector": "bitmart",
    "pair": "SHARP/USDT",
    "strategy": "spread",
    "config": {"order_amount": 1000},
}
_GIVE_UP_SECONDS: Final = 120


def main() -> None:
    """Print the transcript."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="bridge-transcript-") as folder:
        environment = {**os.environ, "PORT": str(port), "BRIDGE_DATA_DIR": folder}
        with subprocess.Popen(
            [sys.executable, "-m", "bridge", "dev"],
            env=environment,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        ) as dev:
            try:
                _walk(f"http://127.0.0.1:{port}")
            finally:
                dev.send_signal(signal.SIGINT)
                dev.wait()


def _walk(url: str) -> None:
    _until_simulated(url)
    began = time.monotonic()
    _say(began, f"POST /clients/create: {_call(url, '/clients/create', _CLIENT)['id']}")
    bot = _call(url, "/bots/create", _BOT)["id"]
    _say(began, f"POST /bots/create: {bot}")
    _say(began, f"POST /bots/{{id}}/start: {_call(url, f'/bots/{bot}/start', {})['status']}")
    _watch(url, bot, began, "running")
    _say(began, f"POST /bots/{{id}}/stop: {_call(url, f'/bots/{bot}/stop', {})['status']}")
    _watch(url, bot, began, "stopped")
    runs = _call(url, f"/bots/{bot}/runs")["runs"]
    shown = {name: runs[0][name] for name in ("outcome", "orders_cancelled", "attempt")}
    _say(began, f"GET /bots/{{id}}/runs: {json.dumps(shown)}")


def _watch(url: str, bot: str, began: float, state: str) -> None:
    seen = ""
    ends_at = time.monotonic() + _GIVE_UP_SECONDS
    while time.monotonic() < ends_at:
        shown = _call(url, f"/bots/{bot}")
        runtime = shown["runtime"]
        line = f"status {shown['status']}, state {runtime['state']} ({runtime['reason']})"
        if line != seen:
            _say(began, f"GET /bots/{{id}}: {line}")
            seen = line
        if runtime["state"] == state:
            return
        time.sleep(0.2)
    raise SystemExit(f"never {state}")


def _until_simulated(url: str) -> None:
    for _ in range(_GIVE_UP_SECONDS):
        try:
            if _call(url, "/health")["hummingbot"] == "simulated":
                return
        except OSError:
            pass
        time.sleep(1)
    raise SystemExit("the server does not come up")


def _call(url: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url + path, data, headers)  # noqa: S310 - our own server
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
        return json.load(answer)


def _say(began: float, line: str) -> None:
    print(f"{time.monotonic() - began:6.1f} s  {line}")


if __name__ == "__main__":
    main()
