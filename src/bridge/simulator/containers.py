"""The Docker engine: containers by name. It knows nothing of the API in front of it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Final, Literal

from bridge.simulator.process import Process

Status = Literal["running", "exited"]
_URL: Final = "http+docker://localhost/v1.44"


class DockerError(Exception):
    """The engine refuses; its text is what the API passes on."""


class EngineDownError(Exception):
    """The engine cannot be reached: the API crashes on this."""


@dataclass(slots=True, eq=False)
class Container:
    """One container; foreign ones have no process that we know of."""

    id: str
    name: str
    image: str
    status: Status
    process: Process | None = None

    def entry(self) -> dict[str, object]:
        """Return what the list calls show."""
        return {"id": self.id, "name": self.name, "status": self.status, "image": self.image}


class Engine:
    """All containers of the host, in the order in which they were made."""

    def __init__(self, run: Callable[[Container], Process | None], *, images: set[str]) -> None:
        self._run = run
        self._images = images
        self._numbers = count(1)
        self._containers: dict[str, Container] = {}

    def all(self) -> list[Container]:
        """Return every container."""
        return list(self._containers.values())

    def find(self, name: str) -> Container | None:
        """Return a container by its exact name."""
        return self._containers.get(name)

    def pull(self, image: str) -> None:
        """Fetch an image.

        Raises:
            DockerError: There is none.
        """
        repository, _, tag = image.rpartition(":")
        if repository.endswith("/hummingbot") or image in self._images:
            return
        quoted = repository.replace("/", "%2F")
        message = (
            f"404 Client Error for {_URL}/images/create?tag={tag}&fromImage={quoted}: Not Found"
            f' ("pull access denied for {repository}, repository does not exist or may require'
            " 'docker login'\")"
        )
        raise DockerError(message)

    def create(self, name: str, image: str) -> Container:
        """Make and start a container.

        Raises:
            DockerError: There is no such image, or the name is taken.
        """
        self.pull(image)
        taken = self._containers.get(name)
        if taken is not None:
            message = (
                f"409 Client Error for {_URL}/containers/create?name={name}: Conflict"
                f' ("Conflict. The container name "/{name}" is already in use by container'
                f' "{taken.id}". You have to remove (or rename) that container to be able to reuse'
                ' that name.")'
            )
            raise DockerError(message)
        number = next(self._numbers)
        identity = hashlib.sha256(f"{number}/{name}".encode()).hexdigest()
        container = Container(identity, name, image, "running")
        self._containers[name] = container
        container.process = self._run(container)
        return container

    def stop(self, name: str) -> None:
        """Stop a container; repeats safely.

        Raises:
            DockerError: There is no such container.
        """
        self.exits(self._get(name))

    def start(self, name: str) -> None:
        """Start a stopped container; repeats safely.

        Raises:
            DockerError: There is no such container.
        """
        container = self._get(name)
        if container.status == "exited":
            container.status = "running"
            container.process = self._run(container)

    def remove(self, name: str) -> None:
        """Remove a container, also a running one.

        Raises:
            DockerError: There is no such container.
        """
        self.exits(self._get(name))
        del self._containers[name]

    def exits(self, container: Container) -> None:
        """Note that a container's process has ended, or end it."""
        if container.status == "exited":
            return
        container.status = "exited"
        if container.process is not None:
            container.process.kill()
            container.process = None

    def prune(self) -> None:
        """Remove every container that has exited."""
        running = {n: c for n, c in self._containers.items() if c.status == "running"}
        self._containers = running

    def plant(self, name: str, image: str) -> None:
        """Add somebody else's container."""
        identity = hashlib.sha256(name.encode()).hexdigest()
        self._containers[name] = Container(identity, name, image, "running")

    def _get(self, name: str) -> Container:
        container = self._containers.get(name)
        if container is None:
            message = (
                f"404 Client Error for {_URL}/containers/{name}/json: Not Found"
                f' ("No such container: {name}")'
            )
            raise DockerError(message)
        return container
