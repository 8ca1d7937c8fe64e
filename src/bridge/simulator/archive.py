"""stop-and-archive: a job of the upstream that goes on after its answer, and dies with it.

Each call starts another one, also for a bot that another job is at, or that is gone.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bridge.simulator import timings
from bridge.simulator.agenda import Agenda
from bridge.simulator.containers import DockerError, Engine, EngineDownError
from bridge.simulator.docker_door import DockerDoor
from bridge.simulator.orchestrator import Orchestrator
from bridge.simulator.runs import BotRuns


@dataclass(frozen=True, slots=True)
class Archivist:
    """What the jobs work with.

    Attributes:
        stamp: Says the current date as the upstream writes it.
        take_folder: Moves a bot's folder to the archive; False: there is none.
    """

    agenda: Agenda
    engine: Engine
    door: DockerDoor
    orchestrator: Orchestrator
    runs: BotRuns
    stamp: Callable[[], str]
    take_folder: Callable[[str], bool]


class ArchiveJobs:
    """The jobs that are running."""

    def __init__(self, archivist: Archivist) -> None:
        self._archivist = archivist
        self._jobs: list[_Job] = []

    def begin(self, name: str) -> dict[str, object]:
        """Answer the call, and start a job if the bot is listed."""
        active = self._archivist.orchestrator.names()
        details: dict[str, object] = {
            "input_name": name,
            "actual_bot_name": name,
            "container_name": name,
        }
        if name not in active:
            message = (
                f"Bot '{name}' not found in active bots. Active bots: {active}."
                " Cannot perform graceful shutdown."
            )
            details["active_bots"] = active
            details["reason"] = "Bot must be actively managed via MQTT for graceful shutdown"
            return {"status": "error", "message": message, "details": details}
        job = _Job(self._archivist, name)
        self._jobs.append(job)
        self._archivist.agenda.after(timings.ARCHIVE_BEGINS_SECONDS, job.begin)
        details["process"] = (
            "The bot will be gracefully stopped, archived, and removed in the background."
            " This process typically takes 20-30 seconds."
        )
        message = f"Stop and archive process started for bot {name}"
        return {"status": "success", "message": message, "details": details}

    def forget(self) -> None:
        """End all jobs where they stand: the upstream was restarted."""
        for job in self._jobs:
            job.is_dead = True
        self._jobs.clear()


class _Job:
    def __init__(self, archivist: Archivist, name: str) -> None:
        self._it = archivist
        self._name = name
        self._tries = timings.ARCHIVE_TRIES
        self.is_dead = False

    def begin(self) -> None:
        if self.is_dead:
            return
        it, name = self._it, self._name
        it.runs.stopped(name, it.stamp(), it.orchestrator.status_of(name))
        it.orchestrator.begin_stopping(name)
        # No archived bot was seen to report empty figures afterwards: its ghost is "stopped".
        if it.orchestrator.stop_bot(name, flips=False)["success"]:
            it.agenda.after(timings.ARCHIVE_GRACE_SECONDS, self._stop_container)
        else:
            it.orchestrator.end_stopping(name)

    def _stop_container(self) -> None:
        it, name = self._it, self._name
        if self.is_dead:
            return
        if it.door.hangs_until is not None:
            it.door.knock()
            it.agenda.at(it.door.hangs_until, self._stop_container)
            return
        try:
            it.door.enter(timings.DOCKER_STOP_SECONDS)
            it.engine.stop(name)
        except EngineDownError:
            reason = "('Connection aborted.', ConnectionRefusedError(111, 'Connection refused'))"
            it.runs.stopped(name, it.stamp(), error=reason)
            it.orchestrator.end_stopping(name)
            return
        except DockerError:
            self._tries -= 1
            if self._tries == 0:
                it.orchestrator.end_stopping(name)
            else:
                it.agenda.after(timings.ARCHIVE_RETRY_SECONDS, self._stop_container)
            return
        it.take_folder(name)
        it.engine.remove(name)
        it.runs.archived(name, it.stamp())
        it.orchestrator.end_stopping(name)
