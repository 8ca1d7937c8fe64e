"""What the bridge sends is what was recorded, down to the slash at the end of a path."""

from decimal import Decimal
from typing import cast
from urllib.parse import urlsplit

import msgspec
import pytest
from tests.contract.recordings import exchanges

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
from bridge.hummingbot.protocol.deploying import Deployment
from bridge.hummingbot.protocol.messages import Kind, Request
from bridge.hummingbot.protocol.runs import RunFilter
from bridge.hummingbot.refusals import NameRefusedError
from bridge.hummingbot.wire import ConfigField
from bridge.vault.secret import Secret

BOT = "mm-alpha-20261122-081044"
PMM_V1 = cast("dict[str, object]", exchanges()["config_create_v1"].request)
BITMART = {
    name: ConfigField("SecretStr", required=True)
    for name in ("bitmart_api_key", "bitmart_secret_key", "bitmart_memo")
}
DUMMY = {
    "bitmart_api_key": Secret("dummy-key"),
    "bitmart_secret_key": Secret("dummy-secret"),
    "bitmart_memo": "dummy-memo",
}

REQUESTS: dict[str, tuple[Request, Kind]] = {
    "root": (server.read_version(), "read"),
    "accounts_list": (accounts.list_accounts(), "read"),
    "account_add": (accounts.add_account("acct_alpha"), "effect"),
    "account_delete_2": (accounts.delete_account("UPPER-lower_1"), "effect"),
    "cred_list_ok": (credentials.list_credentials("acct_alpha"), "read"),
    "cred_add_ok": (
        credentials.add_credential("acct_alpha", "bitmart", DUMMY, BITMART),
        "blocking-effect",
    ),
    "cred_delete_existing_or_not": (
        credentials.delete_credential("acct_alpha", "bitmart"),
        "effect",
    ),
    "connectors_list": (connectors.list_connectors(), "read"),
    "config_map:bitmart": (connectors.read_config_map("bitmart"), "read"),
    "trading_rules_ok": (connectors.read_trading_rules("bitmart", ["SHARP-USDT"]), "read"),
    "trading_rules_all": (connectors.read_trading_rules("bitmart"), "read"),
    "configs_list": (configs.list_configs(), "read"),
    "config_get": (configs.read_config("spread_sharp"), "read"),
    "config_create_v1": (configs.put_config("spread_sharp_v1", PMM_V1), "effect"),
    "config_delete": (configs.delete_config("partial_demo"), "effect"),
    "validate:pmm_v1_full": (configs.validate_config("generic", "pmm_v1", PMM_V1), "read"),
    "deploy_ok": (
        deploying.deploy(
            Deployment(
                instance_name="mm-alpha", account="acct_alpha", config_names=("spread_sharp",)
            )
        ),
        "blocking-effect",
    ),
    "deploy_drawdown_two_controllers": (
        deploying.deploy(
            Deployment(
                instance_name="multi",
                account="acct_alpha",
                config_names=("spread_sharp", "spread_sharp_v1", "grid_sharp"),
                max_global_drawdown_quote=Decimal(50),
                max_controller_drawdown_quote=Decimal("20.0"),
            )
        ),
        "blocking-effect",
    ),
    "status_all": (statuses.read_statuses(), "read"),
    "bot_configs": (instances.read_instance_configs(BOT), "read"),
    "bot_config_update": (
        instances.update_instance_config(
            BOT, "spread_sharp", {"buy_spreads": [Decimal("0.005")], "executor_refresh_time": 30}
        ),
        "effect",
    ),
    "stop_known": (stopping.stop_bot(BOT), "effect"),
    "containers_active": (containers.list_active_containers(), "blocking-read"),
    "docker_exited": (containers.list_exited_containers(), "blocking-read"),
    "docker_stop": (containers.stop_container("xtra-20261122-081044"), "blocking-effect"),
    "docker_remove_running": (
        containers.remove_container("hummingbot-demo-20261122-081514"),
        "blocking-effect",
    ),
}

NO_NAMES = ["", ".", "..", "a.b", "a/b", "a b", "a%2Fb", "ünï", "a\n", "a?b", "x" * 151]


@pytest.mark.parametrize("name", REQUESTS)
def test_request_is_the_recorded_one(name: str) -> None:
    request, kind = REQUESTS[name]
    exchange = exchanges()[name]

    assert (request.method, request.path) == (exchange.method, exchange.path)
    assert dict(request.query) == exchange.query
    sent = msgspec.UNSET if request.body is None else msgspec.json.decode(request.body)
    assert sent == exchange.request
    assert request.kind == kind
    assert (request.has_effect, request.is_blocking) == ("effect" in kind, "blocking" in kind)


def test_every_call_has_a_name_of_its_own() -> None:
    archive, listing = stopping.stop_and_archive(BOT), runs.list_runs(RunFilter())
    calls = {(request.call, request.method) for request, _ in REQUESTS.values()}
    calls |= {(archive.call, archive.method), (listing.call, listing.method)}

    assert len({call for call, _ in calls}) == len(calls) == 26


def test_archiving_asks_for_orders_to_be_cancelled() -> None:
    """The upstream's own default is to leave them."""
    request = stopping.stop_and_archive(BOT)

    assert request.path == f"/bot-orchestration/stop-and-archive-bot/{BOT}"
    assert dict(request.query)["skip_order_cancellation"] == "false"
    assert (request.method, request.kind, request.body) == ("POST", "effect", None)


def test_deploy_names_its_image_only_when_there_is_one() -> None:
    plain = REQUESTS["deploy_ok"][0].body or b""
    chosen = deploying.deploy(
        Deployment(instance_name="a", account="b", config_names=("c",), image="acme/hummingbot:7")
    )

    assert b"image" not in plain
    assert msgspec.json.decode(chosen.body or b"")["image"] == "acme/hummingbot:7"


def test_runs_are_filtered_and_paged_by_the_upstream() -> None:
    request = runs.list_runs(
        RunFilter(instance=BOT, account="acct_alpha", run_status="CREATED", offset=100)
    )

    assert request.path == "/bot-orchestration/bot-runs"
    assert request.query == (
        ("bot_name", BOT),
        ("account_name", "acct_alpha"),
        ("run_status", "CREATED"),
        ("limit", "100"),
        ("offset", "100"),
    )


@pytest.mark.parametrize("name", NO_NAMES, ids=ascii)
def test_name_that_the_upstream_breaks_on_is_never_sent(name: str) -> None:
    fine = Deployment(instance_name="a", account="b", config_names=("c",))
    attempts = [
        lambda: accounts.add_account(name),
        lambda: accounts.delete_account(name),
        lambda: credentials.list_credentials(name),
        lambda: credentials.add_credential(name, "bitmart", DUMMY, BITMART),
        lambda: credentials.add_credential("a", name, DUMMY, BITMART),
        lambda: credentials.delete_credential(name, "bitmart"),
        lambda: credentials.delete_credential("a", name),
        lambda: connectors.read_config_map(name),
        lambda: connectors.read_trading_rules(name),
        lambda: configs.read_config(name),
        lambda: configs.put_config(name, {}),
        lambda: configs.delete_config(name),
        lambda: configs.validate_config("generic", name, {}),
        lambda: deploying.deploy(Deployment(instance_name=name, account="b", config_names=())),
        lambda: deploying.deploy(Deployment(instance_name="a", account=name, config_names=())),
        lambda: deploying.deploy(Deployment(instance_name="a", account="b", config_names=(name,))),
        lambda: instances.read_instance_configs(name),
        lambda: instances.update_instance_config(name, "c", {}),
        lambda: instances.update_instance_config("a", name, {}),
        lambda: stopping.stop_bot(name),
        lambda: stopping.stop_and_archive(name),
        lambda: containers.stop_container(name),
        lambda: containers.remove_container(name),
    ]

    for attempt in attempts:
        with pytest.raises(NameRefusedError) as caught:
            attempt()
        assert not caught.value.is_in_doubt
        assert len(name) < 3 or name not in caught.value.detail
    assert deploying.deploy(fine).body


def test_request_shows_no_credentials() -> None:
    request = REQUESTS["cred_add_ok"][0]

    assert b"dummy-secret" in (request.body or b"")
    assert "dummy" not in repr(request)


def test_paths_are_plain_ascii_and_cannot_leave_their_folder() -> None:
    for request, _ in REQUESTS.values():
        parts = urlsplit("http://host" + request.path)
        assert parts.path == request.path
        assert request.path.isascii()
        assert ".." not in request.path
