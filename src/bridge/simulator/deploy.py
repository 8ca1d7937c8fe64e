"""deploy-v2-controllers: makes a folder, copies what is there, starts a container, no checks."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bridge.simulator import timings
from bridge.simulator.accounts import LONGEST_NAME, Accounts
from bridge.simulator.containers import DockerError, Engine, EngineDownError
from bridge.simulator.controllers import ControllerConfigs
from bridge.simulator.docker_door import DockerDoor
from bridge.simulator.instances import Instance
from bridge.simulator.replies import (
    Config,
    CrashError,
    number_of,
    refuse,
    require,
    text_of,
    texts_of,
)
from bridge.simulator.runs import BotRuns

_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
_CONFIG: Final = re.compile(r"[A-Za-z0-9_-]+(\.yml)?")
_IMAGE: Final = "hummingbot/hummingbot:latest"


@dataclass(frozen=True, slots=True)
class Order:
    """What a deploy asks for."""

    instance_name: str
    account: str
    configs: list[str]
    image: str
    max_global_drawdown_quote: float | None
    max_controller_drawdown_quote: float | None
    is_headless: bool


def read_order(body: Config) -> Order:
    """Read the body of a deploy; fields it does not know are ignored.

    Raises:
        RefusalError: 422.
        CrashError: A name is not made of letters, digits, underscores and hyphens.
    """
    require(body, "instance_name", "credentials_profile", "controllers_config")
    order = Order(
        instance_name=text_of(body, "instance_name"),
        account=text_of(body, "credentials_profile"),
        configs=texts_of(body, "controllers_config"),
        image=text_of(body, "image", _IMAGE),
        max_global_drawdown_quote=number_of(body, "max_global_drawdown_quote"),
        max_controller_drawdown_quote=number_of(body, "max_controller_drawdown_quote"),
        is_headless=bool(body.get("headless", False)),
    )
    are_names = all(_NAME.fullmatch(name) for name in (order.instance_name, order.account))
    if not are_names or not all(_CONFIG.fullmatch(name) for name in order.configs):
        raise CrashError
    return order


@dataclass(frozen=True, slots=True)
class Deployer:
    """What a deploy works with.

    Attributes:
        local_stamp: Says the current second in the server's local time, as names carry it.
        stamp: Says the current date as the upstream writes it.
        scripts: The script configs that it generates, by name; they stay behind for good.
    """

    accounts: Accounts
    configs: ControllerConfigs
    engine: Engine
    door: DockerDoor
    runs: BotRuns
    instances: dict[str, Instance]
    scripts: dict[str, Config]
    local_stamp: Callable[[], str]
    stamp: Callable[[], str]

    def deploy(self, order: Order) -> dict[str, object]:
        """Deploy; the same order twice makes two bots, unless it is within one second.

        Raises:
            RefusalError: 500: no such profile, name too long, engine dead.
        """
        name = f"{order.instance_name}-{self.local_stamp()}"
        wanted = [config.removesuffix(".yml") for config in order.configs]
        self._write_script(name, wanted)
        self._fill_folder(name, order, wanted)
        try:
            self.door.enter(timings.DEPLOY_SECONDS)
            self.engine.create(name, order.image)
        except EngineDownError:
            text = "('Connection aborted.', ConnectionRefusedError(111, 'Connection refused'))"
            refuse(500, text)
        except DockerError as exc:
            return {"success": False, "message": str(exc)}
        self._add_run(name, order)
        return {
            "success": True,
            "message": f"Instance {name} created successfully.",
            "script_config_generated": f"{name}.yml",
            "controllers_deployed": order.configs,
            "unique_instance_name": name,
        }

    def _write_script(self, name: str, wanted: list[str]) -> None:
        file = f"{name}.yml"
        if len(file) > LONGEST_NAME:
            refuse(500, f"[Errno 36] File name too long: 'bots/conf/scripts/{file}'")
        self.scripts[name] = {
            "config_name": name,
            "script_file_name": "v2_with_controllers.py",
            "controllers_config": [f"{config}.yml" for config in wanted],
            "candles_config": [],
            "markets": {},
        }

    def _fill_folder(self, name: str, order: Order, wanted: list[str]) -> None:
        """Copy keys and configs; done before Docker is asked, so over those of a living twin."""
        if not self.accounts.exists(order.account):
            path = f"bots/credentials/{order.account}"
            refuse(500, f"[Errno 2] No such file or directory: '{path}'")
        fresh = Instance(name, order.instance_name, order.account)
        instance = self.instances.setdefault(name, fresh)
        instance.connectors = frozenset(self.accounts.connectors(order.account))
        instance.wanted = wanted
        instance.configs = self.configs.copies(wanted)

    def _add_run(self, name: str, order: Order) -> None:
        config: dict[str, object] = {
            "instance_name": name,
            "credentials_profile": order.account,
            "controllers_config": order.configs,
            "max_global_drawdown_quote": order.max_global_drawdown_quote,
            "max_controller_drawdown_quote": order.max_controller_drawdown_quote,
            "image": order.image,
            "script_config": f"{name}.yml",
            "headless": order.is_headless,
        }
        self.runs.created(name, order.account, order.image, config, self.stamp())
