"""Bot orchestration: deploy, status, stop, start, archive, runs, history."""

from typing import Final

from aiohttp import web

from bridge.simulator import timings
from bridge.simulator.answers import answer, body_of, name_in
from bridge.simulator.deploy import read_order
from bridge.simulator.replies import real_number, require, text_of
from bridge.simulator.simulation import simulation_of, world_of


async def deploy(request: web.Request) -> web.Response:
    """Make a bot; waits for a hung Docker and keeps everybody else waiting with it."""
    order = read_order(await body_of(request))
    world_of(request).door.knock()
    world = await simulation_of(request).turn()
    return answer(world.deployer.deploy(order))


async def status_of_all(request: web.Request) -> web.Response:
    """Return the status of every bot; costs time in proportion to the logs."""
    return _status(request, world_of(request).orchestrator.status_of_all())


async def status_of_one(request: web.Request) -> web.Response:
    """Return the status of one bot; never 404."""
    return _status(request, world_of(request).orchestrator.status_of(name_in(request, "bot_name")))


async def mqtt(request: web.Request) -> web.Response:
    """Return what is said of the broker."""
    return answer({"status": "success", "data": world_of(request).orchestrator.mqtt()})


async def stop_bot(request: web.Request) -> web.Response:
    """Send the stop command."""
    body = await body_of(request)
    require(body, "bot_name")
    response = world_of(request).stop_bot(text_of(body, "bot_name"))
    return answer({"status": "success", "response": response})


async def start_bot(request: web.Request) -> web.Response:
    """Send the start command, which a real bot cannot follow."""
    body = await body_of(request)
    require(body, "bot_name")
    response = world_of(request).orchestrator.start_bot(text_of(body, "bot_name"))
    return answer({"status": "success", "response": response})


async def archive(request: web.Request) -> web.Response:
    """Start a job that stops, archives and removes a bot."""
    return answer(world_of(request).jobs.begin(name_in(request, "bot_name")))


async def history(request: web.Request) -> web.Response:
    """Return a bot's trades; one that does not answer is waited for, unless the broker is dead."""
    simulation, world = simulation_of(request), world_of(request)
    bot = name_in(request, "bot_name")
    timeout = real_number(request.query.get("timeout", "30"), ["query", "timeout"])
    if bot not in world.orchestrator.names():
        refusal = {"success": False, "message": f"Bot {bot} not found"}
        return answer({"status": "success", "response": refusal})
    trades = world.trades_of(bot)
    if trades is None:
        if not world.mailbox.is_cut:
            await simulation.pause(timeout)
        message = f"No response received from {bot} within {timeout} seconds"
        silent = {"success": False, "message": message, "timeout": True}
        return answer({"status": "success", "response": silent})
    header = {
        "reply_to": "",
        "timestamp": int(world.date().timestamp() * 1000),
        "content_type": "json",
        "encoding": "utf8",
        "agent": "commlib",
    }
    data = {"header": header, "data": {"status": 200, "msg": "", "trades": trades}}
    return answer({"status": "success", "response": {"success": True, "data": data}})


async def list_runs(request: web.Request) -> web.Response:
    """Return a page of runs."""
    return answer(world_of(request).runs.page(request.query))


async def run_stats(request: web.Request) -> web.Response:
    """Return counts of runs."""
    return answer(world_of(request).runs.stats())


async def get_run(request: web.Request) -> web.Response:
    """Return one run."""
    return answer(world_of(request).runs.get(name_in(request, "bot_run_id")))


async def delete_run(request: web.Request) -> web.Response:
    """Remove a run, and the archived folder with it."""
    world, identity = world_of(request), name_in(request, "bot_run_id")
    bot = world.runs.delete(identity)
    is_archived = bot in world.archived
    if is_archived:
        world.archived.remove(bot)
    return answer(
        {
            "status": "success",
            "message": f"Bot run {identity} deleted successfully",
            "bot_name": bot,
            "archived_folder_deleted": is_archived,
        }
    )


def _status(request: web.Request, data: dict[str, object]) -> web.Response:
    response = answer({"status": "success", "data": data})
    size = len(response.body) if isinstance(response.body, bytes) else 0
    seconds = timings.STATUS_SECONDS + size * timings.STATUS_SECONDS_PER_BYTE
    world_of(request).worker.hold(seconds)
    return response


_ROOT: Final = "/bot-orchestration"
ROUTES: Final = (
    web.route("GET", f"{_ROOT}/status", status_of_all),
    web.route("GET", f"{_ROOT}/mqtt", mqtt),
    web.route("GET", f"{_ROOT}/bot-runs", list_runs),
    web.route("GET", f"{_ROOT}/bot-runs/stats", run_stats),
    web.route("GET", f"{_ROOT}/bot-runs/{{bot_run_id}}", get_run),
    web.route("DELETE", f"{_ROOT}/bot-runs/{{bot_run_id}}", delete_run),
    web.route("GET", f"{_ROOT}/{{bot_name}}/status", status_of_one),
    web.route("GET", f"{_ROOT}/{{bot_name}}/history", history),
    web.route("POST", f"{_ROOT}/stop-bot", stop_bot),
    web.route("POST", f"{_ROOT}/start-bot", start_bot),
    web.route("POST", f"{_ROOT}/stop-and-archive-bot/{{bot_name}}", archive),
    web.route("POST", f"{_ROOT}/deploy-v2-controllers", deploy),
)
