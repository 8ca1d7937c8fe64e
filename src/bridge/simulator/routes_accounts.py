"""Root, accounts, credentials and connectors."""

from typing import Final

from aiohttp import web

from bridge.simulator.answers import answer, body_of, name_in, said
from bridge.simulator.connectors import CONNECTORS, config_map
from bridge.simulator.exchange import unreachable
from bridge.simulator.replies import CrashError, query_text, refuse
from bridge.simulator.simulation import world_of


async def root(_: web.Request) -> web.Response:
    """Say that the API answers; broker, Docker and database may all be dead."""
    return answer({"name": "Hummingbot API", "version": "1.0.1", "status": "running"})


async def list_accounts(request: web.Request) -> web.Response:
    """List the profiles."""
    return answer(world_of(request).accounts.names())


async def list_credentials(request: web.Request) -> web.Response:
    """List the connectors that a profile has keys for."""
    account = name_in(request, "account_name")
    return answer(world_of(request).accounts.connectors(account))


async def add_account(request: web.Request) -> web.Response:
    """Make a profile."""
    world_of(request).accounts.add(query_text(request.query, "account_name"))
    return said("Account added successfully.", 201)


async def delete_account(request: web.Request) -> web.Response:
    """Remove a profile."""
    world_of(request).accounts.delete(query_text(request.query, "account_name"))
    return said("Account deleted successfully.")


async def add_credential(request: web.Request) -> web.Response:
    """Try keys and keep them; nothing else is answered meanwhile."""
    account, connector = name_in(request, "account_name"), name_in(request, "connector_name")
    world_of(request).accounts.set_keys(account, connector, await body_of(request))
    return said("Connector credentials added successfully.", 201)


async def delete_credential(request: web.Request) -> web.Response:
    """Remove keys; always succeeds."""
    account, connector = name_in(request, "account_name"), name_in(request, "connector_name")
    world_of(request).accounts.delete_keys(account, connector)
    return said("Credential deleted successfully.")


async def list_connectors(_: web.Request) -> web.Response:
    """List the exchanges."""
    return answer(CONNECTORS)


async def get_config_map(request: web.Request) -> web.Response:
    """Describe the fields of a connector; an unknown one crashes the upstream."""
    connector = name_in(request, "connector_name")
    if connector not in CONNECTORS:
        raise CrashError
    return answer(config_map(connector))


async def get_trading_rules(request: web.Request) -> web.Response:
    """Return the rules of the pairs asked for; without an exchange there are none."""
    connector = name_in(request, "connector_name")
    world = world_of(request)
    error = f"'{connector}'" if connector not in CONNECTORS else None
    if error is None and not world.exchange.is_reachable:
        error = unreachable(connector)
    if error is not None:
        refuse(404, f"Connector '{connector}' not found or error: {error}")
    return answer(world.exchange.rules(request.query.getall("trading_pairs", [])))


async def get_order_types(request: web.Request) -> web.Response:
    """Return the kinds of orders; the same for every exchange."""
    kinds = ["LIMIT", "MARKET", "LIMIT_MAKER"]
    connector = name_in(request, "connector_name")
    return answer({"connector": connector, "supported_order_types": kinds})


ROUTES: Final = (
    web.route("GET", "/", root),
    web.route("GET", "/accounts/", list_accounts),
    web.route("GET", "/accounts/{account_name}/credentials", list_credentials),
    web.route("POST", "/accounts/add-account", add_account),
    web.route("POST", "/accounts/delete-account", delete_account),
    web.route("POST", "/accounts/add-credential/{account_name}/{connector_name}", add_credential),
    web.route(
        "POST", "/accounts/delete-credential/{account_name}/{connector_name}", delete_credential
    ),
    web.route("GET", "/connectors/", list_connectors),
    web.route("GET", "/connectors/{connector_name}/config-map", get_config_map),
    web.route("GET", "/connectors/{connector_name}/trading-rules", get_trading_rules),
    web.route("GET", "/connectors/{connector_name}/order-types", get_order_types),
)
