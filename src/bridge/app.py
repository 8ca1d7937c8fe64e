"""The application: controllers, errors and documents, behind the gate and the front."""

from litestar import Litestar
from litestar.datastructures import State

from bridge.access.gate import Gate, Policy
from bridge.access.keys import Keys
from bridge.access.origins import Origins
from bridge.bodies import BridgeRequest
from bridge.bots.controller import BotController
from bridge.bots.strategies_controller import StrategiesController
from bridge.clients.controller import ClientController
from bridge.health.controller import HealthController
from bridge.lifecycle.controller import LifecycleController
from bridge.lifecycle.steps import Hook, pass_by
from bridge.live.entries import Bounds
from bridge.live.front import Front
from bridge.live.reads import LiveReads
from bridge.live.streams import Pace
from bridge.openapi import SecretSchema, config, get_asset
from bridge.problems import exception_handlers
from bridge.settings import Settings
from bridge.upstream import check_upstream
from bridge.vault.secret import Secret, dec_hook
from bridge.wiring import lifespan, providers, vault_of


def create_app(settings: Settings, reached: Hook = pass_by) -> Front:
    """Return the whole application as one ASGI callable.

    Args:
        settings: What to serve, and where from.
        reached: Told at every named step of the lifecycle.

    Raises:
        ConfigurationError: A setting cannot be used; a bad DATABASE_URL is none of these, for the
            server starts without its database.
    """
    vault_of(settings)
    if settings.hummingbot_url is not None:
        check_upstream(settings)
    controllers = create_controllers(settings, reached)
    is_on = settings.front == "on"
    bounds = Bounds(settings.cache_entries, settings.cache_megabytes * 1024 * 1024)
    pace = Pace(settings.beat_seconds, settings.slow_seconds)
    live = LiveReads(controllers, bounds, settings.lifecycle_speed, pace, is_on=is_on)
    controllers.state["live"] = live
    policy = _policy(settings)
    return Front(Gate(live.app, policy), live, policy, is_on=is_on)


def create_controllers(settings: Settings, reached: Hook = pass_by) -> Litestar:
    """Return the Litestar application without the gate: what the OpenAPI document is made from."""
    return Litestar(
        route_handlers=[
            HealthController,
            ClientController,
            BotController,
            StrategiesController,
            LifecycleController,
            get_asset,
        ],
        dependencies=providers(),
        exception_handlers=exception_handlers(),
        request_class=BridgeRequest,
        request_max_body_size=settings.max_body_bytes,
        type_decoders=[(lambda kind: kind is Secret, dec_hook)],
        plugins=[SecretSchema()],
        openapi_config=config(),
        lifespan=[lifespan],
        state=State({"settings": settings, "reached": reached}),
        logging_config=None,
        debug=False,
    )


def _policy(settings: Settings) -> Policy:
    admin_key = settings.admin_key
    return Policy(
        origins=Origins(settings.origins),
        keys=Keys(settings.is_open, admin_key.reveal().encode() if admin_key else None),
        loopback_hosts_only=settings.is_open and settings.binds_loopback,
    )
