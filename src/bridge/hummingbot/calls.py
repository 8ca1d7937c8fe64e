"""One method for each call that the bridge makes; how bytes travel is for the subclass.

A method raises `UpstreamError`, or the class of `refusals` that its decoder names. For one with an
effect, ``is_in_doubt`` of the error says whether the effect may have happened.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Literal

from bridge.hummingbot.protocol import (
    accounts,
    configs,
    connectors,
    containers,
    credentials,
    deploying,
    instances,
    runs,
    server,
    statuses,
    stopping,
)
from bridge.hummingbot.protocol.configs import ControllerType
from bridge.hummingbot.protocol.credentials import FieldValue
from bridge.hummingbot.protocol.deploying import Deployment
from bridge.hummingbot.protocol.messages import Reply, Request
from bridge.hummingbot.protocol.runs import RunFilter
from bridge.hummingbot.protocol.statuses import BotLook
from bridge.hummingbot.wire import BotRun, ConfigField, Container, InstanceConfig, TradingRule


class HummingbotCalls(ABC):
    """What a Hummingbot API server can be asked and told."""

    @abstractmethod
    async def send(self, request: Request) -> Reply:
        """Send a request once and return the complete answer, whatever its status."""

    async def version(self) -> str:
        """Return the upstream's version."""
        return server.decode_version(await self.send(server.read_version()))

    async def list_accounts(self) -> tuple[str, ...]:
        """Return the names of all profiles."""
        return accounts.decode_accounts(await self.send(accounts.list_accounts()))

    async def add_account(self, account: str) -> Literal["created", "exists"]:
        """Make a profile when it is not there. Repeats safely."""
        return accounts.decode_added_account(await self.send(accounts.add_account(account)))

    async def delete_account(self, account: str) -> Literal["deleted", "absent"]:
        """Delete a profile with its credentials. Repeats safely."""
        return accounts.decode_deleted_account(await self.send(accounts.delete_account(account)))

    async def list_credentials(self, account: str) -> tuple[str, ...]:
        """Return the connectors of which a profile has credentials."""
        reply = await self.send(credentials.list_credentials(account))
        return credentials.decode_credentials(reply)

    async def add_credential(
        self,
        account: str,
        connector: str,
        fields: Mapping[str, FieldValue],
        config_map: Mapping[str, ConfigField],
    ) -> None:
        """Store credentials, every field of the config-map. Repeats safely; takes seconds."""
        request = credentials.add_credential(account, connector, fields, config_map)
        credentials.decode_added_credential(await self.send(request), fields)

    async def delete_credential(self, account: str, connector: str) -> None:
        """Remove credentials, if they are there. Repeats safely."""
        request = credentials.delete_credential(account, connector)
        credentials.decode_deleted_credential(await self.send(request))

    async def list_connectors(self) -> tuple[str, ...]:
        """Return the names of all connectors."""
        return connectors.decode_connectors(await self.send(connectors.list_connectors()))

    async def read_config_map(self, connector: str) -> Mapping[str, ConfigField]:
        """Return which fields the credentials of a connector have."""
        reply = await self.send(connectors.read_config_map(connector))
        return connectors.decode_config_map(reply)

    async def read_trading_rules(
        self, connector: str, pairs: Sequence[str] = ()
    ) -> Mapping[str, TradingRule]:
        """Return what an exchange asks of orders, by pair (``BASE-QUOTE``)."""
        reply = await self.send(connectors.read_trading_rules(connector, pairs))
        return connectors.decode_trading_rules(reply)

    async def list_configs(self) -> tuple[str, ...]:
        """Return the names of all controller configs."""
        return configs.decode_configs(await self.send(configs.list_configs()))

    async def read_config(self, name: str) -> dict[str, object] | None:
        """Return a controller config, or None when there is none of this name."""
        return configs.decode_config(await self.send(configs.read_config(name)))

    async def put_config(self, name: str, config: Mapping[str, object]) -> None:
        """Save a controller config. Repeats safely."""
        configs.decode_put_config(await self.send(configs.put_config(name, config)))

    async def delete_config(self, name: str) -> Literal["deleted", "absent"]:
        """Delete a controller config. Repeats safely."""
        return configs.decode_deleted_config(await self.send(configs.delete_config(name)))

    async def validate_config(
        self, controller_type: ControllerType, controller: str, config: Mapping[str, object]
    ) -> None:
        """Have a config checked by its controller's class."""
        reply = await self.send(configs.validate_config(controller_type, controller, config))
        configs.decode_validated_config(reply)

    async def deploy(self, deployment: Deployment) -> str:
        """Start a new instance and return its name. Never repeat it after an error in doubt."""
        reply = await self.send(deploying.deploy(deployment))
        return deploying.decode_deployed(reply, deployment.instance_name)

    async def status(self) -> dict[str, BotLook]:
        """Return how all bots are, by instance."""
        return statuses.decode_statuses(await self.send(statuses.read_statuses()))

    async def read_instance_configs(self, instance: str) -> tuple[InstanceConfig, ...]:
        """Return the controller configs with which an instance was deployed."""
        reply = await self.send(instances.read_instance_configs(instance))
        return instances.decode_instance_configs(reply)

    async def update_instance_config(
        self, instance: str, config_name: str, changes: Mapping[str, object]
    ) -> None:
        """Change a running instance's own config. Repeats safely."""
        request = instances.update_instance_config(instance, config_name, changes)
        instances.decode_updated_instance_config(await self.send(request))

    async def stop_bot(self, instance: str) -> None:
        """Tell a bot to cancel its orders and stop. Repeats safely; proves nothing."""
        stopping.decode_stopped_bot(await self.send(stopping.stop_bot(instance)))

    async def stop_and_archive(self, instance: str) -> None:
        """Begin the job that stops a bot and removes it; each call begins one. Proves nothing."""
        stopping.decode_archiving(await self.send(stopping.stop_and_archive(instance)))

    async def list_active_containers(self) -> tuple[Container, ...]:
        """Return the containers of the host that run. Blocks the upstream."""
        return containers.decode_containers(await self.send(containers.list_active_containers()))

    async def list_exited_containers(self) -> tuple[Container, ...]:
        """Return the containers of the host that have exited. Blocks the upstream."""
        return containers.decode_containers(await self.send(containers.list_exited_containers()))

    async def stop_container(self, instance: str) -> None:
        """Stop a container; open orders stay. Repeats safely; blocks the upstream."""
        reply = await self.send(containers.stop_container(instance))
        containers.decode_stopped_container(reply)

    async def remove_container(self, instance: str) -> None:
        """Remove a container, running or not. Blocks the upstream."""
        reply = await self.send(containers.remove_container(instance))
        containers.decode_removed_container(reply)

    async def list_runs(self, wanted: RunFilter) -> tuple[BotRun, ...]:
        """Return a page of the upstream's own records of deploys, newest first."""
        return runs.decode_runs(await self.send(runs.list_runs(wanted)))
