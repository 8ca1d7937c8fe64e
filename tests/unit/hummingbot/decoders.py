"""Which decoder reads the answer of a recorded call."""

import re
from collections.abc import Callable

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
from bridge.hummingbot.protocol.messages import Reply
from bridge.vault.secret import Secret

Decoder = Callable[[Reply], object]

SENT = {
    "bitmart_api_key": Secret("bad-key"),
    "bitmart_secret_key": Secret("dummy-secret"),
    "bitmart_memo": Secret("dummy-memo"),
}

# The first pattern that fits the method and path decides.
_BY_CALL: tuple[tuple[str, Decoder], ...] = (
    (r"GET /", server.decode_version),
    (r"GET /accounts/", accounts.decode_accounts),
    (r"POST /accounts/add-account", accounts.decode_added_account),
    (r"POST /accounts/delete-account", accounts.decode_deleted_account),
    (r"GET /accounts/[^/]+/credentials", credentials.decode_credentials),
    (
        r"POST /accounts/add-credential/.*",
        lambda reply: credentials.decode_added_credential(reply, SENT),
    ),
    (r"POST /accounts/delete-credential/.*", credentials.decode_deleted_credential),
    (r"GET /connectors/", connectors.decode_connectors),
    (r"GET /connectors/[^/]+/config-map", connectors.decode_config_map),
    (r"GET /connectors/[^/]+/trading-rules", connectors.decode_trading_rules),
    (r"GET /controllers/configs/", configs.decode_configs),
    (r"GET /controllers/configs/.+", configs.decode_config),
    (r"POST /controllers/configs/.+", configs.decode_put_config),
    (r"DELETE /controllers/configs/.+", configs.decode_deleted_config),
    (r"POST /controllers/.*/config/validate", configs.decode_validated_config),
    (r"GET /controllers/bots/.*/configs", instances.decode_instance_configs),
    (r"POST /controllers/bots/.*/config", instances.decode_updated_instance_config),
    (r"GET /bot-orchestration/status", statuses.decode_statuses),
    (r"POST /bot-orchestration/stop-bot", stopping.decode_stopped_bot),
    (r"POST /bot-orchestration/stop-and-archive-bot/.*", stopping.decode_archiving),
    (r"GET /bot-orchestration/bot-runs", runs.decode_runs),
    (r"GET /docker/(active|exited)-containers", containers.decode_containers),
    (r"POST /docker/stop-container/.*", containers.decode_stopped_container),
    (r"POST /docker/remove-container/.*", containers.decode_removed_container),
)


def decode_deployed(reply: Reply) -> str:
    """Decode a deploy whose instance name is whatever the answer says before the stamp."""
    name = re.search(rb'"unique_instance_name": ?"([^"]+)-\d{8}-\d{6}"', reply.body)
    # Replaced, not refused: the answer may have been spoilt on purpose.
    return deploying.decode_deployed(reply, name[1].decode(errors="replace") if name else "asked")


DECODERS: dict[str, Decoder] = {
    **dict(_BY_CALL),
    r"POST /bot-orchestration/deploy-v2-controllers": decode_deployed,
}


def decoder_of(method: str, path: str) -> Decoder:
    """Return the decoder of a call; a path that no call has is read like a list of profiles."""
    for pattern, decoder in DECODERS.items():
        if re.fullmatch(pattern, f"{method} {path}"):
            return decoder
    return accounts.decode_accounts
