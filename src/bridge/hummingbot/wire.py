"""Replies as the upstream sends them, as far as the bridge reads them.

Fields that the bridge does not need are left out, and unknown ones ignored: skipping them is what
makes decoding fast. A field without a default must be there; a reply without it is of unknown
shape. Names in square brackets are recorded exchanges; (read) is seen only in upstream's source.
"""

from decimal import Decimal

from msgspec import Raw, Struct, field


class Root(Struct, frozen=True):
    """``GET /`` [root]."""

    name: str
    version: str


class Message(Struct, frozen=True):
    """The whole answer of most calls with an effect: a sentence [account_add, config_create]."""

    message: str


class InputProblem(Struct, frozen=True):
    """One entry of a 422 [deploy_missing_fields]."""

    msg: str
    loc: list[str | int] = []


class Failure(Struct, frozen=True):
    """The body of an error: a sentence, or the framework's list [account_add_missing_param]."""

    detail: str | list[InputProblem]


class ConfigField(Struct, frozen=True):
    """One field of a connector's credentials, from its config-map [config_map:okx].

    Attributes:
        type: The name of a Python type; ``SecretStr`` for what is secret.
        allowed_values: Only for a choice.
    """

    type: str
    required: bool
    allowed_values: list[str] | None = None


class TradingRule(Struct, frozen=True):
    """What an exchange asks of orders in one pair [trading_rules_ok].

    "No limit" is sent as 1e56 or 1e-56, and 0 where an exchange says nothing.

    Attributes:
        min_order_size: In base units.
        min_order_value: In quote units.
    """

    min_order_size: Decimal
    min_price_increment: Decimal
    min_base_amount_increment: Decimal
    min_order_value: Decimal


class NamedConfig(Struct, frozen=True):
    """A controller config in a list; its ``id`` is the file name [config_get_id_mismatch]."""

    id: str


class InstanceConfig(Struct, frozen=True):
    """An instance's own copy of a controller config [bot_configs].

    Attributes:
        config_name: The name under which it was posted: which attempt the instance belongs to.
    """

    config_name: str = field(name="_config_name")
    connector_name: str | None = None
    trading_pair: str | None = None


class Deployed(Struct, frozen=True):
    """``deploy-v2-controllers``, whether it worked or not [deploy_ok, deploy_bad_image]."""

    success: bool
    message: str = ""
    unique_instance_name: str | None = None


class LogLine(Struct, frozen=True):
    """One log line [status_running].

    Attributes:
        timestamp: Seconds since 1970.
    """

    msg: str
    timestamp: float


class Metrics(Struct, frozen=True):
    """A controller's figures [status_running]; a stopped real bot sends ``{}`` in their place."""

    realized_pnl_quote: Decimal | None = None
    unrealized_pnl_quote: Decimal | None = None
    realized_pnl_pct: Decimal | None = None
    unrealized_pnl_pct: Decimal | None = None
    global_pnl_quote: Decimal | None = None
    global_pnl_pct: Decimal | None = None
    volume_traded: Decimal | None = None


class ControllerReport(Struct, frozen=True):
    """What one controller reports. Its own ``status`` never says stopped, so it is not read."""

    performance: Raw


class BotStatus(Struct, frozen=True):
    """One bot of ``/bot-orchestration/status`` [status_all].

    A bot that the upstream itself fails to describe has only ``status: "error"`` (read).
    """

    status: str
    performance: dict[str, ControllerReport] = {}
    error_logs: Raw = Raw(b"[]")
    recently_active: bool = False


class Statuses(Struct, frozen=True):
    """``GET /bot-orchestration/status`` [status_all]."""

    status: str
    data: dict[str, BotStatus]


class UndecodedStatuses(Struct, frozen=True):
    """The same, each bot undecoded: when one of them is of unknown shape."""

    status: str
    data: dict[str, Raw]


class Published(Struct, frozen=True):
    """Whether a command was handed to the broker [stop_known, stop_unknown, broker_down:stop]."""

    success: bool
    message: str = ""


class Stopped(Struct, frozen=True):
    """``stop-bot``; the outer ``status`` says success even when it failed [stop_unknown]."""

    response: Published


class Archiving(Struct, frozen=True):
    """``stop-and-archive-bot`` [archive_known, archive_unknown]."""

    status: str
    message: str = ""


class Container(Struct, frozen=True):
    """One container of the host, whether a bot or not [containers_active]."""

    name: str
    status: str
    image: str = ""


class Removed(Struct, frozen=True):
    """``remove-container`` [docker_remove_running]; ``success`` may be false in a 200 (read)."""

    success: bool
    message: str = ""


class BotRun(Struct, frozen=True):
    """The upstream's own record of a deploy [runs_after_deploy].

    Attributes:
        bot_name: The instance.
        deployed_at: ISO 8601 with an offset; by the upstream's clock.
        deployment_config: JSON in a string: what was asked for.
        run_status: CREATED, then STOPPED or ERROR; RUNNING was never seen.
        deployment_status: DEPLOYED, then ARCHIVED.
    """

    bot_name: str
    run_status: str
    deployment_status: str
    account_name: str | None = None
    deployed_at: str | None = None
    stopped_at: str | None = None
    deployment_config: str | None = None


class BotRuns(Struct, frozen=True):
    """``GET /bot-orchestration/bot-runs``; its ``total`` counts this page only."""

    status: str
    data: list[BotRun]


class DeploymentConfig(Struct, frozen=True):
    """The part of a run's ``deployment_config`` that names the controller configs."""

    controllers_config: list[str]
