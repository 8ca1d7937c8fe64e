"""The upstream's own records of deploys: a help to find instances, never a proof.

A record is missing for good when the upstream's database was down at the deploy, stays CREATED when
a bot dies at boot, and says STOPPED as soon as somebody asked for it, with a dead broker too.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal

import msgspec

from bridge.hummingbot.errors import UpstreamProtocolError
from bridge.hummingbot.protocol.messages import Reply, Request, path_to
from bridge.hummingbot.protocol.reading import UNREADABLE, decode, said
from bridge.hummingbot.refusals import RunsUnavailableError
from bridge.hummingbot.scrub import scrub
from bridge.hummingbot.wire import BotRun, BotRuns, DeploymentConfig

PAGE: Final = 100  # as many as the upstream sends by default

_RUNS: Final = msgspec.json.Decoder(BotRuns)
_CONFIG: Final = msgspec.json.Decoder(DeploymentConfig)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Which records to list; the upstream compares exactly.

    Attributes:
        instance: The full name, with its stamp.
        offset: How many of the newest to leave out; not negative.
    """

    instance: str | None = None
    account: str | None = None
    run_status: Literal["CREATED", "RUNNING", "STOPPED", "ERROR"] | None = None
    deployment_status: Literal["DEPLOYED", "FAILED", "ARCHIVED"] | None = None
    offset: int = 0


def list_runs(wanted: RunFilter) -> Request:
    """Ask for a page of records, newest first."""
    query = {
        "bot_name": wanted.instance,
        "account_name": wanted.account,
        "run_status": wanted.run_status,
        "deployment_status": wanted.deployment_status,
        "limit": str(PAGE),
        "offset": str(wanted.offset),
    }
    given = tuple((name, value) for name, value in query.items() if value is not None)
    return Request("list_runs", "GET", path_to("bot-orchestration", "bot-runs"), "read", given)


def decode_runs(reply: Reply) -> tuple[BotRun, ...]:
    """Return the records of this page [runs_after_deploy]; fewer than `PAGE` are the last ones.

    Raises:
        RunsUnavailableError: The upstream's database is down [db_down:runs], or it refuses the
            page [runs_filter:{"limit": -1}].
    """
    if reply.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        raise RunsUnavailableError(reason=scrub(said(reply)))
    runs = decode(reply, _RUNS)
    if runs.status != "success":
        raise UpstreamProtocolError
    return tuple(runs.data)


def config_names(run: BotRun) -> tuple[str, ...]:
    """Return the controller configs that a deploy named; none when the record does not tell."""
    try:
        return tuple(_CONFIG.decode((run.deployment_config or "").encode()).controllers_config)
    except UNREADABLE:
        return ()
