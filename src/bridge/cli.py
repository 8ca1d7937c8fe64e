"""The commands of ``bridge``: each reads the environment once, and fails with one sentence."""

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from bridge import __version__, logs
from bridge.access.principal import ROLES, Role
from bridge.errors import BridgeError
from bridge.settings import Settings, read_settings

if TYPE_CHECKING:
    from bridge.db.dsn import Dsn


class BridgeGroup(click.Group):
    """Turns named failures of commands into one sentence and exit code 1."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except BridgeError as error:
            raise click.ClickException(error.detail) from error


@click.group(cls=BridgeGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="bridge")
def main() -> None:
    """Trading Bridge: keeps trading bots in PostgreSQL and drives them on Hummingbot."""


@main.command()
def dev() -> None:
    """Start everything, on this machine only: PostgreSQL, a simulated Hummingbot API, the server.

    With HUMMINGBOT_API_URL or DATABASE_URL set, those are used instead.
    """
    from bridge.dev import run_dev  # noqa: PLC0415 - `serve` needs no embedded PostgreSQL

    logs.configure("warning")
    sys.exit(asyncio.run(run_dev(read_settings({"BRIDGE_AUTH": "open", **os.environ}))))


@main.command()
@click.option("--host", help="Address to bind (HOST).")
@click.option("--port", type=click.IntRange(1, 65_535), help="Port to bind (PORT).")
@click.option("--workers", help="Processes, or auto: one for each processor (BRIDGE_WORKERS).")
def serve(host: str | None, port: int | None, workers: str | None) -> None:
    """Serve HTTP; starts without a database too, and recovers when it comes."""
    from bridge.server import serve as run  # noqa: PLC0415 - the other commands need no server

    overrides = {"HOST": host, "PORT": port, "BRIDGE_WORKERS": workers}
    # Workers are processes of their own and read the environment again.
    os.environ.update({name: str(value) for name, value in overrides.items() if value is not None})
    settings = read_settings(os.environ)
    logs.configure(settings.log_level)
    run(settings)


@main.command()
@click.option("--sql", "as_sql", is_flag=True, help="Print the SQL instead of running it.")
@click.argument("revision", default="head")
def migrate(revision: str, *, as_sql: bool) -> None:
    """Bring the schema to REVISION (default: the newest); safe when run by several at once."""
    from bridge.db.migrate import migrate as run  # noqa: PLC0415 - Alembic, for this command only
    from bridge.db.migrate import render_sql  # noqa: PLC0415 - as above

    if as_sql:
        click.echo(render_sql(revision))
        return
    report = asyncio.run(run(_dsn(read_settings(os.environ)), revision))
    done = ", ".join(report.applied)
    click.echo(f"applied {done}" if done else f"nothing to do: at {report.to_revision}")


@main.command()
def check() -> None:
    """Say what is configured, reachable and at which version; exit 1 when something is not."""
    from bridge.check import run_check  # noqa: PLC0415 - rich, for this command only

    logs.configure("error")  # what fails is said by the findings
    sys.exit(asyncio.run(run_check(read_settings(os.environ))))


@main.command()
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
def claim(*, is_sure: bool) -> None:
    """Make the Hummingbot API this bridge's own, after the bridge that had it is gone for good.

    For a database that was restored from a backup or moved, and for a server that another bridge
    used before. Two bridges that act on one server start each bot twice.
    """
    from bridge.claim import run_claim  # noqa: PLC0415 - aiohttp, for two commands only

    if not is_sure:
        click.confirm("Is it certain that no other bridge uses this Hummingbot API?", abort=True)
    click.echo(asyncio.run(run_claim(read_settings(os.environ))))


@main.group()
def keys() -> None:
    """API keys: who may call, and as what."""


@keys.command("create")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What it may do.")
@click.option("--name", required=True, help="Whose it is, for people.")
@click.option("--account", help="The client's account, for the role client.")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="How long it holds.")
def create_key(role: Role, name: str, account: str | None, days: float | None) -> None:
    """Make a key and print it, once: only its SHA-256 is stored."""
    from bridge.keys import create_key as run  # noqa: PLC0415 - asyncpg, for these commands only

    logs.configure("error")
    click.echo(asyncio.run(run(_dsn(read_settings(os.environ)), role, name, account, days)))
    click.echo("Sent as 'Authorization: Bearer <key>'. It is not shown again.", err=True)


@keys.command("list")
def list_keys() -> None:
    """Print every key, without its secret: role, condition, when it was last used."""
    from bridge.keys import list_keys as run  # noqa: PLC0415 - as above

    logs.configure("error")
    asyncio.run(run(_dsn(read_settings(os.environ))))


@keys.command("revoke")
@click.argument("key")
def revoke_key(key: str) -> None:
    """End KEY (its first part, brg_..., is enough); servers know within a second."""
    from bridge.keys import revoke_key as run  # noqa: PLC0415 - as above

    logs.configure("error")
    name = asyncio.run(run(_dsn(read_settings(os.environ)), key))
    click.echo(f"revoked the key of {name}")


@main.group()
def secrets() -> None:
    """The keys under which the credentials of exchanges are sealed (BRIDGE_VAULT_KEYS)."""


@secrets.command("status")
def secrets_status() -> None:
    """Say how many credentials are under which key; exit 1 when one of the keys is missing."""
    from bridge.sealed import run_status  # noqa: PLC0415 - the database, for these commands only

    _conclude(asyncio.run(run_status(read_settings(os.environ))))


@secrets.command("rotate")
def secrets_rotate() -> None:
    """Bring all credentials under the first key of BRIDGE_VAULT_KEYS, while servers go on.

    It may be stopped and run again at any moment. Exit 1 when some are left.
    """
    from bridge.sealed import run_rotate  # noqa: PLC0415 - as above

    logs.configure("warning")
    _conclude(asyncio.run(run_rotate(read_settings(os.environ))))


def _conclude(outcome: tuple[str, bool]) -> None:
    said, is_right = outcome
    click.echo(said)
    sys.exit(0 if is_right else 1)


@main.command()
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it there.")
def openapi(output: Path | None) -> None:
    """Print the OpenAPI document."""
    text = openapi_text()
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


@main.command("simulate-hummingbot")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8100,
    show_default=True,
    help="Port to bind; 0 takes a free one.",
)
@click.option(
    "--control-port",
    type=click.IntRange(0, 65_535),
    help="Second port that answers control calls while the first one is ordered to be down.",
)
@click.option(
    "--speed",
    type=click.FloatRange(0.01, 10_000),
    default=1.0,
    show_default=True,
    help="All its times are divided by this.",
)
def simulate_hummingbot(host: str, port: int, control_port: int | None, speed: float) -> None:
    """Serve a stand-in Hummingbot API, with bots that trade nothing.

    Asks for HUMMINGBOT_API_USERNAME and HUMMINGBOT_API_PASSWORD, default admin and admin. Its
    control calls (/_control/) ask for nothing: bind it to this machine only.
    """
    from bridge.simulator.command import (  # noqa: PLC0415 - aiohttp's server, for this only
        make_simulation,
        run_simulator,
    )

    username = os.environ.get("HUMMINGBOT_API_USERNAME", "").strip() or "admin"
    password = os.environ.get("HUMMINGBOT_API_PASSWORD", "").strip() or "admin"
    simulation = make_simulation(speed, username, password)
    asyncio.run(
        run_simulator(simulation, host=host, port=port, control_port=control_port, say=click.echo)
    )


def openapi_text() -> str:
    """Return the OpenAPI document as it is committed; it needs no setting and no database."""
    from bridge.app import create_controllers  # noqa: PLC0415 - the whole application

    schema = create_controllers(Settings()).openapi_schema.to_schema()
    encoded = msgspec.json.encode(schema, order="sorted")
    return msgspec.json.format(encoded, indent=2).decode() + "\n"


def _dsn(settings: Settings) -> "Dsn":
    from bridge.db.dsn import parse_database_url  # noqa: PLC0415 - asyncpg, for two commands only

    if settings.database_direct_url is not None:
        direct = settings.database_direct_url.reveal()
        return parse_database_url(direct, variable="DATABASE_DIRECT_URL")
    return parse_database_url(settings.database_url.reveal() if settings.database_url else "")
