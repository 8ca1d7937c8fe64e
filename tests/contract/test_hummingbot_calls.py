"""Each call of the client, over a socket: the recorded request and the recorded answer."""

from collections.abc import Awaitable, Callable

import msgspec
import pytest
from tests.contract.recordings import exchanges, reply_of
from tests.contract.upstream import Upstream, answer

from bridge.hummingbot.calls import HummingbotCalls
from bridge.hummingbot.client import HummingbotClient, make_session
from bridge.hummingbot.protocol import connectors
from bridge.hummingbot.protocol.deploying import Deployment
from bridge.hummingbot.protocol.runs import RunFilter
from bridge.vault.secret import Secret

BITMART = connectors.decode_config_map(reply_of("config_map:bitmart"))
BOT = "mm-alpha-20261122-081044"

CALLS: dict[str, Callable[[HummingbotClient], Awaitable[object]]] = {
    "root": lambda client: client.version(),
    "accounts_list": lambda client: client.list_accounts(),
    "account_add": lambda client: client.add_account("acct_alpha"),
    "account_delete_2": lambda client: client.delete_account("UPPER-lower_1"),
    "cred_list_ok": lambda client: client.list_credentials("acct_alpha"),
    "cred_add_ok": lambda client: client.add_credential(
        "acct_alpha",
        "bitmart",
        {
            "bitmart_api_key": Secret("dummy-key"),
            "bitmart_secret_key": Secret("dummy-secret"),
            "bitmart_memo": Secret("dummy-memo"),
        },
        BITMART,
    ),
    "cred_delete_existing_or_not": lambda client: client.delete_credential("acct_alpha", "bitmart"),
    "connectors_list": lambda client: client.list_connectors(),
    "config_map:bitmart": lambda client: client.read_config_map("bitmart"),
    "trading_rules_ok": lambda client: client.read_trading_rules("bitmart", ["SHARP-USDT"]),
    "configs_list": lambda client: client.list_configs(),
    "config_get": lambda client: client.read_config("spread_sharp"),
    "config_partial_body_replaces_2": lambda client: client.put_config("partial_demo", {"b": 3}),
    "config_delete": lambda client: client.delete_config("partial_demo"),
    "validate:minimal": lambda client: client.validate_config("generic", "pmm_v1", {"id": "x"}),
    "deploy_ok": lambda client: client.deploy(
        Deployment(instance_name="mm-alpha", account="acct_alpha", config_names=("spread_sharp",))
    ),
    "status_all": lambda client: client.status(),
    "bot_configs": lambda client: client.read_instance_configs(BOT),
    "bot_config_kill_switch": lambda client: client.update_instance_config(
        BOT, "spread_sharp", {"manual_kill_switch": True}
    ),
    "stop_known": lambda client: client.stop_bot(BOT),
    "archive": lambda client: client.stop_and_archive(BOT),
    "containers_active": lambda client: client.list_active_containers(),
    "docker_exited": lambda client: client.list_exited_containers(),
    "docker_stop": lambda client: client.stop_container("xtra-20261122-081044"),
    "docker_remove_running": lambda client: client.remove_container(
        "hummingbot-demo-20261122-081514"
    ),
    "runs": lambda client: client.list_runs(RunFilter()),
}
# Calls whose recording has another query or body; the requests themselves are pure tests.
_ANSWERED_BY = {
    "validate:minimal": "validate:pmm_v1_full",
    "archive": "archive_known",
    "runs": "runs_after_deploy",
}


@pytest.mark.parametrize("name", CALLS)
async def test_call_sends_the_recorded_request_and_takes_the_recorded_answer(
    name: str,
) -> None:
    exchange = exchanges()[_ANSWERED_BY.get(name, name)]

    async with Upstream.listening() as upstream, make_session() as session:
        upstream.deeds = [answer(exchange.status, exchange.reply().body)]
        await CALLS[name](HummingbotClient(session, upstream.url, "admin", Secret("x")))

    (sent,) = upstream.received
    path, _, query = sent.target.partition("?")
    if name in _ANSWERED_BY:
        return
    assert (sent.method, path) == (exchange.method, exchange.path)
    assert query == "&".join(f"{key}={value}" for key, value in exchange.query.items())
    assert (msgspec.json.decode(sent.body) if sent.body else msgspec.UNSET) == exchange.request


def test_every_call_is_tried_above() -> None:
    methods = {name for name in vars(HummingbotCalls) if not name.startswith("_")}

    assert len(CALLS) == len(methods - {"send"})
