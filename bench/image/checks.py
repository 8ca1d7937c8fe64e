"""What the image has to do, each in a sentence when it does not."""

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any, Final

from bench.image.command import CommandFailedError, output_of
from bench.image.container import Container, children_of
from bench.image.engine import Image

_UID: Final = "65532"
_STOP_SECONDS: Final = 10.0
_WALLET: Final = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
_CLIENT: Final = {
    "name": "Sharp Foundation",
    "wallets": [{"chain": "evm", "address": _WALLET}],
}
_BOT: Final = {
    "name": "First",
    "account": "client_sharp_foundation",
    "connector": "bitmart",
    "pair": "sharp/usdt",
    "strategy": "spread",
    "config": {"order_amount": 1600},
}


class Expectation(Exception):  # noqa: N818 - what was expected, and did not come
    """The image does something else."""


def check_contents(image: Image) -> str:
    """Expect the settings of the Dockerfile, and nothing in the image but the environment."""
    given = (image.user, image.entrypoint, image.command, image.environment["HOST"])
    _expect(given == (f"{_UID}:{_UID}", ("bridge",), ("serve",), "::"), f"It is set to {given}.")
    extra = [name for name in ("build", "src", "root/.cache/pip") if (image.root / name).exists()]
    _expect(not extra, f"The image has leftovers of its build: {extra}")
    packages = next((image.root / "opt/bridge/lib").glob("python3.*/site-packages"))
    extra = [name for name in ("pip", "hatchling", "pytest") if (packages / name).exists()]
    _expect(not extra, f"The image has packages that only the build needs: {extra}")
    _expect((packages / "bridge/sql/bots/insert.sql").exists(), "The wheel has no SQL files.")
    sources = list(packages.glob("bridge/**/*.py"))
    compiled = [path for path in sources if list(path.parent.glob(f"__pycache__/{path.stem}.*"))]
    _expect(len(compiled) == len(sources), "Not every module is compiled.")
    size = sum(file.lstat().st_size for file in (image.root / "opt/bridge").rglob("*"))
    return f"only the virtual environment was added to the base: {size / 1e6:.0f} MB"


def check_migration(said: str, revision: str) -> None:
    """Expect a migration to end well."""
    ended = said.rpartition("exit code ")[2] if "exit code " in said else "0"
    _expect(ended == "0" and revision in said, f"bridge migrate said: {said}")


async def check_refusal(container: Container) -> None:
    """Expect a server that anybody could use not to start."""
    said = await container.output()
    is_refused = said.endswith("exit code 1") and "BRIDGE_OPEN_TO_NETWORK" in said
    _expect(is_refused, f"bridge serve that is open said: {said}")


async def check_curl_steps(
    environment: Mapping[str, str], server: Container, ready_seconds: float
) -> None:
    """Expect the persistence story to work, over IPv4 and over IPv6."""
    four, six = (f"http://{host}:{environment['PORT']}" for host in ("127.0.0.1", "[::1]"))
    key = environment["BRIDGE_ADMIN_KEY"]
    await _until_ready(four, server, ready_seconds)
    code, made = await _curl("POST", f"{four}/clients/create", key, _CLIENT)
    account = made.get("account_identifier")
    _expect((code, account) == (201, _BOT["account"]), f"POST /clients/create: {code} {made}")
    code, found = await _curl("GET", f"{six}/clients/by-wallet/{_WALLET.upper()}", key)
    is_found = (code, found.get("client_id")) == (200, made["id"])
    _expect(is_found, f"GET /clients/by-wallet: {code} {found}")
    code, bot = await _curl("POST", f"{six}/bots/create", key, _BOT)
    is_stored = (code, bot.get("pair"), bot.get("status")) == (201, "SHARP/USDT", "stopped")
    _expect(is_stored, f"POST /bots/create: {code} {bot}")
    code, page = await _curl("GET", f"{four}/bots?account={account}", key)
    _expect((code, page.get("bots")) == (200, [bot]), f"GET /bots: {code} {page}")
    for base in (four, six):
        code, health = await _curl("GET", f"{base}/health", None)
        state = (code, health.get("status"), health.get("database"))
        _expect(state == (200, "healthy", "postgresql"), f"GET /health: {code} {health}")
    code, refused = await _curl("GET", f"{four}/bots", None)
    _expect(code == 401, f"GET /bots without the key: {code} {refused}")  # noqa: PLR2004


def check_identity(server: Container) -> str:
    """Expect each process of the server to be nobody, able to do nothing, on a read-only root."""
    first = server.first_process
    processes = [first, *children_of(first)]
    for process in processes:
        status = (process / "status").read_text(encoding="utf-8")
        lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        _expect(set(lines["Uid"].split()) == {_UID}, f"A process runs as {lines['Uid']}.")
        _expect(int(lines["CapBnd"], 16) == int(lines["CapEff"], 16) == 0, "It has capabilities.")
        _expect(lines["NoNewPrivs"] == "1", "A process may gain privileges.")
    mounts = [line.split() for line in (first / "mountinfo").read_text("utf-8").splitlines()]
    options = {words[4]: words[5].split(",") for words in mounts}
    _expect("ro" in options["/"], f"The root is not read-only: {options['/']}")
    kept = sorted(path.name for path in (first / "root/tmp").iterdir())
    return (
        f"{len(processes)} processes as uid {_UID} without capabilities; / is read-only; in /tmp:"
        f" {', '.join(kept) or 'nothing'}"
    )


async def check_stop(server: Container) -> str:
    """Expect TERM to end it well, and in time."""
    started = time.monotonic()
    server.terminate()
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            said = await server.rest()
    except TimeoutError as exc:
        raise Expectation(f"It still runs {_STOP_SECONDS:g} seconds after TERM.") from exc
    _expect(said.endswith("exit code 0"), f"After TERM: {said}")
    return f"ended by itself with code 0 after {time.monotonic() - started:.1f} s"


async def _until_ready(base: str, server: Container, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        code, _ = await _curl("GET", f"{base}/health/ready", None)
        if code == 200:  # noqa: PLR2004
            return
        if server.has_ended or time.monotonic() > deadline:
            server.terminate()
            raise Expectation(f"It is not ready: {await server.rest()}")
        await asyncio.sleep(0.2)


async def _curl(
    method: str, url: str, key: str | None, body: Mapping[str, object] | None = None
) -> tuple[int, dict[str, Any]]:
    """Return code and body of one call; code 0 when nobody listens."""
    words = ["curl", "--globoff", "--silent", "--max-time", "10", "--request", method, url]
    words += ["--write-out", "\n%{http_code}"]
    if key:
        words += ["--header", f"Authorization: Bearer {key}"]
    if body is not None:
        words += ["--header", "Content-Type: application/json", "--data", json.dumps(body)]
    try:
        text, _, code = (await output_of(*words)).rpartition("\n")
    except CommandFailedError:
        return 0, {}
    return int(code), json.loads(text)


def _expect(holds: bool, sentence: str) -> None:  # noqa: FBT001 - like assert
    if not holds:
        raise Expectation(sentence)
