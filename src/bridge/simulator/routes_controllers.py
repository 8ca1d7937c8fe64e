"""Controllers, their configs, and the copies that bots have of them."""

from typing import Final

from aiohttp import web

from bridge.simulator.answers import answer, body_of, name_in, said
from bridge.simulator.catalogue import CONTROLLERS
from bridge.simulator.controllers import source, template, validate
from bridge.simulator.simulation import world_of


async def list_controllers(_: web.Request) -> web.Response:
    """List the controllers by type."""
    return answer(CONTROLLERS)


async def get_source(request: web.Request) -> web.Response:
    """Return a controller's source."""
    controller_type = name_in(request, "controller_type")
    return answer(source(controller_type, name_in(request, "controller_name")))


async def get_template(request: web.Request) -> web.Response:
    """Describe the fields of a controller."""
    controller_type = name_in(request, "controller_type")
    return answer(template(controller_type, name_in(request, "controller_name")))


async def validate_config(request: web.Request) -> web.Response:
    """Say whether a config is valid."""
    controller_type = name_in(request, "controller_type")
    controller = name_in(request, "controller_name")
    return answer(validate(controller_type, controller, await body_of(request)))


async def list_configs(request: web.Request) -> web.Response:
    """Return all configs."""
    return answer(world_of(request).configs.everything())


async def get_config(request: web.Request) -> web.Response:
    """Return a config."""
    return answer(world_of(request).configs.get(name_in(request, "config_name")))


async def put_config(request: web.Request) -> web.Response:
    """Write a config, whatever it is."""
    name = name_in(request, "config_name")
    world_of(request).configs.put(name, await body_of(request))
    return said(f"Configuration '{name}' saved successfully", 201)


async def delete_config(request: web.Request) -> web.Response:
    """Remove a config."""
    name = name_in(request, "config_name")
    world_of(request).configs.delete(name)
    return said(f"Configuration '{name}' deleted successfully")


async def list_bot_configs(request: web.Request) -> web.Response:
    """Return a bot's copies."""
    return answer(world_of(request).configs_of(name_in(request, "bot_name")))


async def update_bot_config(request: web.Request) -> web.Response:
    """Change a bot's copy; the bot reads it again within ten seconds."""
    bot = name_in(request, "bot_name")
    config = name_in(request, "controller_name")
    world_of(request).update_config(bot, config, await body_of(request))
    return said(f"Controller configuration for bot '{bot}' updated successfully")


async def list_script_configs(request: web.Request) -> web.Response:
    """Return the script configs that deploys left behind."""
    return answer(list(world_of(request).scripts.values()))


ROUTES: Final = (
    web.route("GET", "/controllers/", list_controllers),
    web.route("GET", "/controllers/configs/", list_configs),
    web.route("GET", "/controllers/configs/{config_name}", get_config),
    web.route("POST", "/controllers/configs/{config_name}", put_config),
    web.route("DELETE", "/controllers/configs/{config_name}", delete_config),
    web.route("GET", "/controllers/bots/{bot_name}/configs", list_bot_configs),
    web.route("POST", "/controllers/bots/{bot_name}/{controller_name}/config", update_bot_config),
    web.route("GET", "/controllers/{controller_type}/{controller_name}", get_source),
    web.route(
        "GET", "/controllers/{controller_type}/{controller_name}/config/template", get_template
    ),
    web.route(
        "POST",
        "/controllers/{controller_type}/{controller_name}/config/validate",
        validate_config,
    ),
    web.route("GET", "/scripts/configs/", list_script_configs),
)
