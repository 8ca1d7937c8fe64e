"""The upstream's list of live bots, and what it says of each.

A bot is listed while its container runs or while it was heard in the last 30 s. The list is made
anew each second, and not at all while Docker does not answer.
"""

import math
import re
from typing import Final

from bridge.simulator import timings
from bridge.simulator.agenda import Agenda
from bridge.simulator.containers import Engine
from bridge.simulator.docker_door import DockerDoor
from bridge.simulator.faults import Faults
from bridge.simulator.logs import full_log
from bridge.simulator.mailbox import Mailbox

_HUMMINGBOT: Final = re.compile(r".+/hummingbot:")


class Orchestrator:
    """Live bots by name, in the order in which they were found."""

    def __init__(
        self, agenda: Agenda, engine: Engine, mailbox: Mailbox, faults: Faults, door: DockerDoor
    ) -> None:
        self._agenda = agenda
        self._engine = engine
        self._mailbox = mailbox
        self._faults = faults
        self._door = door
        self._active: dict[str, str] = {}
        self._stopping: set[str] = set()
        self._due: set[float] = set()
        self._full_logs = full_log("ERROR", 0.0), full_log("INFO", 0.0)

    def names(self) -> list[str]:
        """Return the listed bots, those that are being archived included until the next list."""
        return list(self._active)

    def refresh_soon(self) -> None:
        """Make the list anew at the next full second."""
        period = timings.REFRESH_SECONDS
        self._refresh_at((math.floor(self._agenda.now / period) + 1) * period)

    def begin_stopping(self, name: str) -> None:
        """Take a bot off the list while it is archived."""
        self._stopping.add(name)
        self.refresh_soon()

    def end_stopping(self, name: str) -> None:
        """Let a bot back on the list if it is found again: the ghost."""
        self._stopping.discard(name)
        if self._active.pop(name, None) is not None:
            self._mailbox.clear(name)
        self.refresh_soon()

    def restart(self) -> None:
        """Forget everything, as when the upstream is started anew, and make the list at once."""
        self._active.clear()
        self._stopping.clear()
        self._mailbox.forget_everything()
        self._refresh()

    def status_of(self, name: str) -> dict[str, object]:
        """Return what is said of one bot."""
        if name not in self._active:
            return {"status": "not_found", "error": f"Bot {name} not found"}
        if name in self._stopping:
            return {
                "status": "stopping",
                "message": "Bot is currently being stopped and archived",
                "performance": {},
                "error_logs": [],
                "general_logs": [],
                "recently_active": False,
            }
        reports, is_recent = self._mailbox.reports(name), self._mailbox.is_recent(name)
        log = self._mailbox.logs(name)
        errors, general = list(log.errors), list(log.general)
        if self._faults.is_on("full_logs"):
            errors, general = self._full_logs
        held = "running" if is_recent else "idle"
        return {
            "status": held if reports else "stopped",
            "performance": {id_: {"status": "running", **it} for id_, it in reports.items()},
            "error_logs": errors,
            "general_logs": general,
            "recently_active": is_recent,
        }

    def status_of_all(self) -> dict[str, object]:
        """Return what is said of all bots but those that are being archived."""
        return {
            name: {**self.status_of(name), "source": source}
            for name, source in self._active.items()
            if name not in self._stopping
        }

    def mqtt(self) -> dict[str, object]:
        """Return what is said of the broker: that it is connected, also when it is dead."""
        return {
            "mqtt_connected": True,
            "discovered_bots": self._mailbox.recent_names(),
            "active_bots": self.names(),
            "broker_host": "127.0.0.1",
            "broker_port": 1883,
            "broker_username": "admin",
            "client_state": "connected",
        }

    def stop_bot(self, name: str, *, flips: bool = True) -> dict[str, object]:
        """Send the stop command; success means that it was sent, not that anybody heard it."""
        refusal = self._refusal(name)
        if refusal is not None:
            return refusal
        container = self._engine.find(name)
        if container is not None and container.process is not None:
            container.process.hear_stop(flips=flips)
        self._mailbox.clear_reports(name)
        return {"success": True}

    def start_bot(self, name: str) -> dict[str, object]:
        """Send the start command; a real bot does not start on it."""
        refusal = self._refusal(name)
        if refusal is not None:
            return refusal
        container = self._engine.find(name)
        if container is not None and container.process is not None:
            container.process.hear_start()
        return {"success": True}

    def _refusal(self, name: str) -> dict[str, object] | None:
        if name not in self._active:
            return {"success": False, "message": f"Bot {name} not found"}
        return {"success": False} if self._mailbox.is_cut else None

    def _refresh(self) -> None:
        self._due.discard(self._agenda.now)
        if not self._door.is_open:
            return
        boxes = self._engine.all()
        running = [
            box.name for box in boxes if box.status == "running" and is_hummingbot(box.image)
        ]
        found = {**dict.fromkeys(running, "docker")}
        for name in self._mailbox.recent_names():
            found.setdefault(name, "mqtt")
        for name in list(self._active):
            if name not in found or name in self._stopping:
                del self._active[name]
                self._mailbox.clear(name)
        for name, source in found.items():
            if name not in self._stopping:
                self._active.setdefault(name, source)
        self._look_again_for_silence(running)

    def _look_again_for_silence(self, running: list[str]) -> None:
        """Have the list made again when a bot without a container will have been silent long."""
        for name in self._active.keys() - {*running, *self._mailbox.speakers()}:
            last = self._mailbox.last_heard(name)
            if last is not None:
                self._refresh_at(math.ceil(last + timings.SILENT_SECONDS))

    def _refresh_at(self, moment: float) -> None:
        if moment not in self._due:
            self._due.add(moment)
            self._agenda.at(moment, self._refresh)


def is_hummingbot(image: str) -> bool:
    """Return whether containers of this image count as bots."""
    return _HUMMINGBOT.match(image) is not None
