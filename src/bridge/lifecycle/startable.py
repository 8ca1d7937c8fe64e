"""Whether a bot can run as it is stored, told without the upstream."""

from bridge.bots.markets import passthrough_faults
from bridge.bots.strategies import is_runnable, missing_for_start
from bridge.connectors.repository import ConnectorRepository
from bridge.db.failures import Connection
from bridge.errors import (
    BeingDeletedError,
    ConfigIncompleteError,
    ConnectorMissingError,
    ConnectorNotSyncedError,
    FieldError,
    RuleError,
    StrategyNotRunnableError,
)
from bridge.lifecycle.deploys import definition_of
from bridge.lifecycle.records import Record


async def check_startable(connection: Connection, record: Record) -> None:
    """Return when nothing that is stored speaks against a start.

    Raises:
        BeingDeletedError: The bot is going.
        StrategyNotRunnableError: It is a definition only.
        ConfigIncompleteError: Names what its config lacks.
        RuleError: Its config names another market.
        ConnectorMissingError: Its client has no credentials for the exchange.
        ConnectorNotSyncedError: They are incomplete, or were refused.
    """
    row = record.row
    if row.deleted_at is not None:
        raise BeingDeletedError
    if not is_runnable(row.strategy):
        raise StrategyNotRunnableError
    definition = definition_of(record)
    missing = missing_for_start(row.strategy, definition.config)
    if missing:
        fields = tuple(FieldError(f"config.{name}", "is needed to start") for name in missing)
        sentence = f"The bot's config lacks {' and '.join(missing)}."
        raise ConfigIncompleteError(sentence, errors=fields)
    faults = passthrough_faults(definition)
    if faults:
        raise RuleError(*faults)
    connectors = ConnectorRepository(connection)
    connector_id = await connectors.find_id(row.client_id, row.connector)
    connector = None if connector_id is None else await connectors.load(connector_id)
    if connector is None:
        raise ConnectorMissingError
    if connector.sync_error is not None:
        raise ConnectorNotSyncedError(connector.sync_error)
