"""Containers. Failures of single calls are 200 with a text; a dead engine is a plain 500."""

from collections.abc import Callable
from typing import Final

from aiohttp import web

from bridge.simulator import timings
from bridge.simulator.answers import answer, name_in
from bridge.simulator.containers import DockerError, Status
from bridge.simulator.replies import CrashError, refuse
from bridge.simulator.simulation import simulation_of, world_of
from bridge.simulator.world import World


async def is_running(request: web.Request) -> web.Response:
    """Say that Docker answers."""
    await _enter(request, timings.DOCKER_LIST_SECONDS)
    return answer(value=True)


async def list_active(request: web.Request) -> web.Response:
    """List the running containers of the host, not only bots."""
    return await _list(request, "running")


async def list_exited(request: web.Request) -> web.Response:
    """List the containers of the host that have exited."""
    return await _list(request, "exited")


async def list_images(request: web.Request) -> web.Response:
    """List the images whose name contains a text; without one the upstream crashes."""
    await _enter(request, timings.DOCKER_LIST_SECONDS)
    if "image_name" not in request.query:
        raise CrashError
    images = ("hummingbot/hummingbot:latest", "hummingbot/hummingbot-api:latest")
    return answer([image for image in images if request.query["image_name"] in image])


async def stop(request: web.Request) -> web.Response:
    """Stop a container; the orders of its bot stay where they are."""
    world = await _enter(request, timings.DOCKER_STOP_SECONDS)
    return _attempt(world.engine.stop, name_in(request, "container_name"))


async def start(request: web.Request) -> web.Response:
    """Start a container again; its bot trades again with the config it has."""
    world = await _enter(request, timings.DOCKER_START_SECONDS)
    return _attempt(world.engine.start, name_in(request, "container_name"))


async def remove(request: web.Request) -> web.Response:
    """Remove a container, also a running one, and archive its folder."""
    name = name_in(request, "container_name")
    if not name.startswith("hummingbot-"):
        refuse(
            400,
            "This endpoint only removes Hummingbot containers."
            f" Container '{name}' is not a Hummingbot container.",
        )
    world = await _enter(request, timings.DOCKER_REMOVE_SECONDS)
    response = {"success": True, "message": f"Container {name} removed successfully."}
    try:
        world.engine.remove(name)
    except DockerError as exc:
        response = {"success": False, "message": str(exc)}
    if not world.take_folder(name):
        refuse(500, f"[Errno 2] No such file or directory: 'bots/instances/{name}'")
    return answer(response)


async def clean(request: web.Request) -> web.Response:
    """Remove every container that has exited, whosever it is."""
    world = await _enter(request, timings.DOCKER_LIST_SECONDS)
    world.engine.prune()
    return answer(value=None)


async def _list(request: web.Request, status: Status) -> web.Response:
    world = await _enter(request, timings.DOCKER_LIST_SECONDS)
    wanted = request.query.get("name_filter", "").lower()
    boxes = [box for box in world.engine.all() if box.status == status]
    return answer([box.entry() for box in boxes if wanted in box.name.lower()])


async def _enter(request: web.Request, seconds: float) -> World:
    """Wait for a hung engine, everybody with us; then hold the worker for this call."""
    world_of(request).door.knock()
    world = await simulation_of(request).turn()
    world.door.enter(seconds)
    return world


def _attempt(effect: Callable[[str], None], name: str) -> web.Response:
    try:
        effect(name)
    except DockerError as exc:
        return answer(str(exc))
    return answer(value=None)


ROUTES: Final = (
    web.route("GET", "/docker/running", is_running),
    web.route("GET", "/docker/active-containers", list_active),
    web.route("GET", "/docker/exited-containers", list_exited),
    web.route("GET", "/docker/available-images/", list_images),
    web.route("POST", "/docker/stop-container/{container_name}", stop),
    web.route("POST", "/docker/start-container/{container_name}", start),
    web.route("POST", "/docker/remove-container/{container_name}", remove),
    web.route("POST", "/docker/clean-exited-containers", clean),
)
