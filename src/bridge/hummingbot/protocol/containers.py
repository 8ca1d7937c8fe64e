"""Containers of the upstream's host: the proof that an instance is gone, and the last resort.

Every call here makes the upstream wait for Docker, and everybody else for the upstream
[docker_hung:root_meanwhile]. Errors come as a JSON string with status 200, or as a plain 500.
"""

from typing import Final

import msgspec

from bridge.hummingbot.errors import UpstreamError
from bridge.hummingbot.protocol.messages import Reply, Request, checked_name, path_to
from bridge.hummingbot.protocol.reading import decode, is_crash, said
from bridge.hummingbot.refusals import (
    ArchiveFailedError,
    ContainerCallFailedError,
    ContainerForeignError,
    ContainerUnknownError,
    DockerUnavailableError,
)
from bridge.hummingbot.scrub import scrub
from bridge.hummingbot.wire import Container, Removed

_CONTAINERS: Final = msgspec.json.Decoder(tuple[Container, ...] | str)
_NOTHING_OR_ERROR: Final = msgspec.json.Decoder(str | None)
_REMOVED: Final = msgspec.json.Decoder(Removed)


def list_active_containers() -> Request:
    """Ask which containers run; of the whole host, not only bots."""
    path = path_to("docker", "active-containers")
    return Request("list_active_containers", "GET", path, "blocking-read")


def list_exited_containers() -> Request:
    """Ask which containers have exited and are not removed."""
    path = path_to("docker", "exited-containers")
    return Request("list_exited_containers", "GET", path, "blocking-read")


def decode_containers(reply: Reply) -> tuple[Container, ...]:
    """Return the containers [containers_active, docker_exited_after]; for both lists.

    A container that is paused, restarting or only created is in neither of them (read).

    Raises:
        DockerUnavailableError: Docker said no, or nothing [docker_down:active]: this is never an
            empty list.
    """
    if is_crash(reply):
        raise DockerUnavailableError
    containers = decode(reply, _CONTAINERS)
    if isinstance(containers, str):
        raise DockerUnavailableError(reason=scrub(containers))
    return containers


def stop_container(instance: str) -> Request:
    """Stop a container; its bot's open orders stay on the exchange. Repeats safely.

    Raises:
        NameRefusedError: The name is none.
    """
    path = path_to("docker", "stop-container", checked_name("instance", instance))
    return Request("stop_container", "POST", path, "blocking-effect")


def decode_stopped_container(reply: Reply) -> None:
    """Return when Docker has stopped it, or it was so already [docker_stop, docker_stop_again].

    Raises:
        ContainerUnknownError: There is none of this name [docker_stop_unknown].
        ContainerCallFailedError: Docker gave another reason.
        DockerUnavailableError: Docker said nothing [docker_down:stop_container].
    """
    if is_crash(reply):
        raise DockerUnavailableError
    error = decode(reply, _NOTHING_OR_ERROR)
    if error is not None:
        raise _failure(error)


def remove_container(instance: str) -> Request:
    """Remove a container, running or not, and move its folder to the archive.

    Raises:
        NameRefusedError: The name is none.
    """
    path = path_to("docker", "remove-container", checked_name("instance", instance))
    return Request("remove_container", "POST", path, "blocking-effect")


def decode_removed_container(reply: Reply) -> None:
    """Return when it is removed [docker_remove_running].

    Raises:
        ContainerUnknownError: There is none of this name (read).
        ContainerForeignError: Its name does not start as it must [docker_remove_not_prefixed].
        ArchiveFailedError: Docker may have removed it, but the folder could not be moved; a
            second removal always ends so [docker_remove_again].
        ContainerCallFailedError: Docker gave another reason; the folder is moved all the same
            (read).
        DockerUnavailableError: Docker said nothing.
    """
    if is_crash(reply):
        raise DockerUnavailableError
    if said(reply, 400):
        raise ContainerForeignError
    if text := said(reply, 500):
        raise ArchiveFailedError(reason=scrub(text))
    removed = decode(reply, _REMOVED)
    if not removed.success:
        raise _failure(removed.message)


def _failure(message: str) -> UpstreamError:
    if message.startswith("404 "):
        return ContainerUnknownError()
    return ContainerCallFailedError(reason=scrub(message))
