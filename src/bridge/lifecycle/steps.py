"""The named moments of a start and a stop, between which a crash may happen.

Production passes them by. Tests that kill or freeze the leader hang themselves in here.
"""

from collections.abc import Awaitable, Callable
from typing import Literal, TypeAlias

StepName = Literal[
    "start.before_proof",
    "start.before_attempt",
    "start.before_config",
    "start.before_deploying",
    "start.before_deploy",
    "start.after_deploy",
    "start.after_deployed",
    "start.after_cleanup",
    "settle.before_delete",
    "settle.before_proof",
    "settle.before_adopt",
    "settle.before_take_back",
    "stop.before_note",
    "stop.before_stop_bot",
    "stop.after_stop_bot",
    "stop.before_archive",
    "stop.after_archive",
    "stop.before_kill",
    "stop.after_stop_container",
    "stop.after_kill",
]
Hook: TypeAlias = Callable[[StepName], Awaitable[None]]


async def pass_by(_step: StepName) -> None:
    """Do nothing."""
