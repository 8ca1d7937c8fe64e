"""The application: controllers, errors and documents, behind the gate and the front."""

from litestar import Litestar
from litestar.datastructures import State

from bridge.access.controller import LoginController
from bridge.access.gate import STREAM_PATH, Gate, Policy
from bridge.access.guards import check_role, check_routes
from bridge.access.identities import Trust
from bridge.access.limits import Limiter, Rates
from bridge.access.origins import Origins
from bridge.access.principals import Principals
from bridge.bodies import BridgeRequest
from bridge.bots.controller import BotController
from bridge.bots.strategies_controller import StrategiesController
from bridge.clients.admin_controller import AdminController
from bridge.clients.controller import ClientController
from bridge.health.controller import HealthController
from bridge.lifecycle.controller import LifecycleController
from bridge.lifecycle.steps import Hook, pass_by
from bridge.live.cache import Cache
from bridge.live.entries import Bounds
from bridge.live.front import Front
from bridge.live.reads import LiveReads
from bridge.live.streams import Pace
from bridge.openapi import SecretSchema, config, get_asset
from bridge.problems import exception_handlers
from bridge.resources import providers
from bridge.settings import Settings
from bridge.upstream import check_upstream
from bridge.vault.secret import Secret, dec_hook
from bridge.wallets.addresses import address_key
from bridge.wiring import lifespan, vault_of


def create_app(settings: Settings, reached: Hook = pass_by) -> Front:
    """Return the whole application as one ASGI callable.

    Args:
        settings: What to serve, and where from.
        reached: Told at every named step of the lifecycle.

    Raises:
        ConfigurationError: A setting cannot be used, or the vault fails its self-test; a bad
            DATABASE_URL is none of these, for the server starts without its database. Or a route
            has no row in the table of roles.
    """
    if (vault := vault_of(settings)) is not None:
        vault.prove()
    if settings.hummingbot_url is not None:
        check_upstream(settings)
    controllers = create_controllers(settings, reached)
    check_routes(controllers, [f"GET {STREAM_PATH}"])
    is_on = settings.front == "on"
    bounds = Bounds(settings.cache_entries, settings.cache_megabytes * 1024 * 1024)
    policy = _policy(settings, controllers.state)
    cache = Cache(bounds, settings.lifecycle_speed)
    pace = Pace(settings.beat_seconds, settings.slow_seconds)
    live = LiveReads(controllers, cache, policy, pace, is_on=is_on)
    controllers.state["live"] = live
    return Front(Gate(live.app, policy), live, policy, is_on=is_on)


def create_controllers(settings: Settings, reached: Hook = pass_by) -> Litestar:
    """Return the Litestar application without the gate: what the OpenAPI document is made from."""
    return Litestar(
        route_handlers=[
            HealthController,
            LoginController,
            ClientController,
            AdminController,
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
        before_request=check_role,
        state=State(
            {
                "settings": settings,
                "reached": reached,
                "principals": Principals(_trust(settings)),
                "limiter": Limiter(_rates(settings)),
            }
        ),
        logging_config=None,
        debug=False,
    )


def _policy(settings: Settings, state: State) -> Policy:
    return Policy(
        origins=Origins(settings.origins),
        principals=state["principals"],
        limiter=state["limiter"],
        loopback_hosts_only=settings.is_open and settings.binds_loopback,
        hsts_seconds=settings.hsts_seconds,
    )


def _trust(settings: Settings) -> Trust:
    admin_key = settings.admin_key
    return Trust(
        is_open=settings.is_open,
        # As the environment's bytes, whatever they are.
        admin_key=admin_key.reveal().encode("utf-8", "surrogateescape") if admin_key else None,
        admin_wallets=frozenset(address_key(each.address) for each in settings.admin_wallet_list),
    )


def _rates(settings: Settings) -> Rates:
    if settings.is_open:  # nobody is told from anybody else
        return Rates(reads=0, writes=0, logins=0, streams=0)
    return Rates(
        reads=settings.reads_per_minute,
        writes=settings.writes_per_minute,
        logins=settings.logins_per_minute,
        streams=settings.streams_per_caller,
    )
