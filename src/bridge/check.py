"""``bridge check``: what is set, what is reachable and at which version, and what is wrong.

Everything is looked at even when something fails, so that one run shows all that is to be done.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridge.capacity import connections_per_worker, processors, worker_count
from bridge.connectors.keys import SealedRepository, missing_keys
from bridge.db.dsn import parse_database_url
from bridge.db.outages import Limits
from bridge.db.pool import Database
from bridge.db.revisions import head_revision
from bridge.db.schema import require_revision
from bridge.errors import BridgeError, ConfigurationError, DatabaseUnavailableError
from bridge.hummingbot.errors import UpstreamError
from bridge.settings import Settings, check_exposure
from bridge.upstream import check_upstream, upstream_client
from bridge.vault.secret import Secret
from bridge.wiring import vault_of

_WIDTH = 140
_PASSWORD = re.compile("//.*@")  # in a URL that is refused for it
_HUMMINGBOT_SECONDS = 15
_RECONCILER = {
    "on": "bots are started and stopped there as they are asked for here",
    "observe": "bots are looked at there; nothing is sent that has an effect",
    "off": "bots are neither looked at nor started and stopped there",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of looking at one thing.

    Attributes:
        is_right: False makes the command end with 1.
        sentence: Without any secret.
    """

    subject: str
    is_right: bool
    sentence: str


async def run_check(settings: Settings) -> int:
    """Print the settings and the findings; return 0 when all is right, else 1."""
    findings = [
        *_local_findings(settings),
        *await _hummingbot_findings(settings),
        *await _database_findings(settings),
    ]
    console = Console(soft_wrap=True, width=_WIDTH, highlight=False)
    console.print(_settings_table(settings))
    for finding in findings:
        mark = Text("ok     ", "green") if finding.is_right else Text("wrong  ", "red")
        console.print(Text.assemble(mark, f"{finding.subject}: {finding.sentence}"))
    return 0 if all(finding.is_right for finding in findings) else 1


def _settings_table(settings: Settings) -> Table:
    table = Table("setting", "value", "default", box=None, pad_edge=False)
    for info in msgspec.structs.fields(Settings):
        value = getattr(settings, info.name)
        default = "" if info.default is None else str(info.default)
        table.add_row(info.encode_name, Text(_shown(value)), Text(default))
    return table


def _shown(value: object) -> str:
    match value:
        case None:
            return "(not set)"
        case Secret():
            return "(set)"
        case _:
            return _PASSWORD.sub("//(hidden)@", str(value))


def _local_findings(settings: Settings) -> Iterator[Finding]:
    yield _tried("exposure", lambda: check_exposure(settings), _exposure(settings))
    yield Finding("capacity", is_right=True, sentence=_capacity(settings))
    if settings.vault_keys is None:
        said = "no key: credentials of exchanges cannot be stored until BRIDGE_VAULT_KEYS is set"
        yield Finding("vault", is_right=True, sentence=said)
    else:
        yield _tried("vault", lambda: _prove_vault(settings), "credentials are sealed and opened")


def _prove_vault(settings: Settings) -> None:
    if (vault := vault_of(settings)) is not None:
        vault.prove()


def _exposure(settings: Settings) -> str:
    who = "everybody" if settings.is_open else "whoever has a key ('bridge keys list') or a session"
    if not settings.is_open and settings.admin_key is not None:
        who = f"the holder of BRIDGE_ADMIN_KEY and {who}"
    where = "on this machine" if settings.binds_loopback else "from the network"
    return f"{who} may call, {where}, at {settings.host} port {settings.port}"


def _capacity(settings: Settings) -> str:
    workers = worker_count(settings.workers)
    # One beside the pool hears of changes.
    held = workers * (settings.pool_size + 1)
    return (
        f"{workers} worker{'s' * (workers > 1)} on {processors()} processors, each with up to"
        f" {connections_per_worker()} connections; {held} connections to the database at most"
    )


def _tried(subject: str, look: Callable[[], object], sentence: str) -> Finding:
    try:
        look()
    except BridgeError as error:
        return Finding(subject, is_right=False, sentence=error.detail)
    return Finding(subject, is_right=True, sentence=sentence)


async def _hummingbot_findings(settings: Settings) -> list[Finding]:
    if settings.hummingbot_url is None:
        said = "not configured: bots can be stored, not started, until HUMMINGBOT_API_URL is set"
        return [Finding("hummingbot", is_right=True, sentence=said)]
    mode = f"{settings.reconciler}: {_RECONCILER[settings.reconciler]}"
    return [
        await _hummingbot(settings, settings.hummingbot_url),
        Finding("reconciler", is_right=True, sentence=mode),
    ]


async def _hummingbot(settings: Settings, url: str) -> Finding:
    try:
        warnings = check_upstream(settings)
        async with asyncio.timeout(_HUMMINGBOT_SECONDS), upstream_client(settings) as client:
            version = await client.version()
            await client.list_accounts()  # the version is told without the login
    except UpstreamError as error:
        why = f"{error.detail} ({error.reason})" if error.reason else error.detail
        return Finding("hummingbot", is_right=False, sentence=why)
    except BridgeError as error:
        return Finding("hummingbot", is_right=False, sentence=error.detail)
    except TimeoutError:
        why = f"The Hummingbot API did not answer within {_HUMMINGBOT_SECONDS} s."
        return Finding("hummingbot", is_right=False, sentence=why)
    kind = "simulated, " if settings.hummingbot_is_simulated == "yes" else ""
    said = f"{kind}version {version} at {_shown(url)}"
    return Finding("hummingbot", is_right=True, sentence=". Warning: ".join([said, *warnings]))


async def _database_findings(settings: Settings) -> list[Finding]:
    findings = await _looked_at(settings, "database", "DATABASE_URL", settings.database_url)
    if settings.database_direct_url is None:
        return findings
    direct = await _looked_at(
        settings, "direct database", "DATABASE_DIRECT_URL", settings.database_direct_url
    )
    return [*findings, *direct]


async def _looked_at(
    settings: Settings, subject: str, variable: str, url: Secret | None
) -> list[Finding]:
    try:
        dsn = parse_database_url(url.reveal() if url else "", variable=variable)
    except ConfigurationError as error:
        return [Finding(subject, is_right=False, sentence=error.detail)]
    database = Database(dsn, Limits(connections=1, acquire_seconds=settings.acquire_seconds))
    await database.open()
    try:
        facts = await database.look(settings.acquire_seconds)
        keys = await _keys(settings, database) if subject == "database" else []
    except DatabaseUnavailableError as error:
        return [Finding(subject, is_right=False, sentence=error.detail)]
    finally:
        await database.close()
    said = f"revision {facts.revision}; this release needs {head_revision()}"
    return [
        Finding(subject, is_right=True, sentence=f"{facts.server} at {dsn.safe_text}"),
        _tried("schema", lambda: require_revision(facts.revision), said),
        *keys,
    ]


async def _keys(settings: Settings, database: Database) -> list[Finding]:
    """Say whether what is sealed can be opened; nothing while that cannot be told."""
    try:
        counts = await SealedRepository(database).count_keys()
        missing = missing_keys(counts, vault_of(settings))
    except BridgeError:
        return []  # the schema or the keys themselves are wrong, which another finding says
    named = ", ".join(f"'{row.key_id}' ({row.count})" for row in counts if row.key_id in missing)
    if missing:
        said = (
            "credentials cannot be opened, for these keys are not in BRIDGE_VAULT_KEYS:"
            f" {named}; 'bridge secrets status' names whose"
        )
        return [Finding("vault keys", is_right=False, sentence=said)]
    total = sum(row.count for row in counts)
    return [Finding("vault keys", is_right=True, sentence=f"{total} credentials can be opened")]
