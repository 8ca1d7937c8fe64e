"""How the upstream reaches Docker: in its only worker, so that a hung engine hangs everything."""

from bridge.simulator.containers import EngineDownError
from bridge.simulator.faults import Faults
from bridge.simulator.worker import Worker


class DockerDoor:
    """Whether the engine answers."""

    def __init__(self, faults: Faults, worker: Worker) -> None:
        self._faults = faults
        self._worker = worker

    @property
    def is_open(self) -> bool:
        """Whether the engine answers now."""
        return not self._faults.is_on("docker_dead") and not self._faults.is_on("docker_hung")

    @property
    def hangs_until(self) -> float | None:
        """When a hung engine answers again; None: it is not hung."""
        fault = self._faults.find("docker_hung")
        return None if fault is None else fault.until

    def knock(self) -> None:
        """Hold the worker for as long as the engine hangs."""
        if self.hangs_until is not None:
            self._worker.hold_until(self.hangs_until)

    def enter(self, seconds: float) -> None:
        """Hold the worker for a call of this length.

        Raises:
            EngineDownError: The engine is dead.
        """
        if self._faults.is_on("docker_dead"):
            raise EngineDownError
        self._worker.hold(seconds)
