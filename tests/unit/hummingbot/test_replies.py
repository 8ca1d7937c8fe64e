"""Answers of many fields, and answers that are none."""

import contextlib
import json
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contract.recordings import exchanges, recorded, reply_of
from tests.unit.hummingbot.decoders import DECODERS, Decoder, decoder_of

from bridge.errors import BridgeError
from bridge.hummingbot import refusals
from bridge.hummingbot.errors import (
    UpstreamAuthenticationError,
    UpstreamError,
    UpstreamInputError,
    UpstreamProtocolError,
    UpstreamRejectedError,
    UpstreamTimeoutError,
)
from bridge.hummingbot.protocol import (
    configs,
    connectors,
    containers,
    deploying,
    runs,
    server,
    stopping,
)
from bridge.hummingbot.protocol.messages import Reply
from bridge.hummingbot.wire import BotRun, ConfigField, Container, TradingRule
from bridge.problems import status_of

CONFIG_MAPS = [each.name for each in recorded("config_maps")]


def replied(status: int, body: object) -> Reply:
    return Reply(status, {}, json.dumps(body).encode())


@pytest.mark.parametrize("name", CONFIG_MAPS)
def test_every_recorded_config_map_is_read(name: str) -> None:
    fields = connectors.decode_config_map(reply_of(name))

    said = msgspec.convert(exchanges()[name].response, dict[str, dict[str, object]])
    assert list(fields) == list(said)
    assert [field.required for field in fields.values()] == [
        field["required"] for field in said.values()
    ]


def test_choice_of_a_config_map_has_its_values() -> None:
    fields = connectors.decode_config_map(reply_of("config_map:okx"))

    assert fields["okx_registration_sub_domain"] == ConfigField(
        "Literal", required=False, allowed_values=["www", "app", "my"]
    )


def test_connectors_are_names() -> None:
    assert "injective_v2_perpetual" in connectors.decode_connectors(reply_of("connectors_list"))


def test_trading_rules_are_by_pair() -> None:
    one = connectors.decode_trading_rules(reply_of("trading_rules_ok"))

    assert one == {
        "SHARP-USDT": TradingRule(
            min_order_size=Decimal("1.0"),
            min_price_increment=Decimal("1e-06"),
            min_base_amount_increment=Decimal("1.0"),
            min_order_value=Decimal("5.0"),
        )
    }
    every = connectors.decode_trading_rules(reply_of("trading_rules_all"))
    assert list(every) == ["SHARP-USDT", "BTC-USDT"]


@pytest.mark.parametrize("name", ["config_get", "config_get_id_mismatch"])
def test_config_is_read_whole_under_its_file_name(name: str) -> None:
    config = configs.decode_config(reply_of(name))

    assert config == exchanges()[name].response
    assert config is not None
    assert config["id"] == exchanges()[name].path.rpartition("/")[2]


def test_containers_are_of_the_whole_host() -> None:
    active = containers.decode_containers(reply_of("containers_active"))

    assert active[2] == Container("otherimg-20261122-081044", "running", "acme/other:1")
    exited = containers.decode_containers(reply_of("docker_exited_after"))
    assert exited == (Container("xtra-20261122-081044", "exited", "hummingbot/hummingbot:latest"),)
    filtered = containers.decode_containers(reply_of("docker_active_filter"))
    assert len(filtered) == 2


def test_docker_s_error_in_place_of_a_list_is_no_empty_list() -> None:
    """Seen once on the recorded server, status 200; not among the recordings."""
    with pytest.raises(refusals.DockerUnavailableError) as caught:
        containers.decode_containers(replied(200, "500 Server Error for http+docker://localhost"))

    assert caught.value.reason == "500 Server Error for http+docker://localhost"


def test_other_errors_of_docker_have_their_own_class() -> None:
    with pytest.raises(refusals.ContainerCallFailedError):
        containers.decode_stopped_container(replied(200, "500 Server Error: cannot stop"))
    with pytest.raises(refusals.ContainerUnknownError):
        containers.decode_removed_container(
            replied(200, {"success": False, "message": "404 Client Error: No such container"})
        )
    with pytest.raises(refusals.ContainerCallFailedError):
        containers.decode_removed_container(
            replied(200, {"success": False, "message": "409 Client Error: removal in progress"})
        )
    with pytest.raises(refusals.DockerUnavailableError):
        containers.decode_removed_container(Reply(500, {}, b"Internal Server Error"))


@pytest.mark.parametrize(
    ("name", "run_status", "deployment_status"),
    [
        ("runs_after_deploy", "CREATED", "DEPLOYED"),
        ("run_after_stop", "STOPPED", "DEPLOYED"),
        ("run_after_archive", "STOPPED", "ARCHIVED"),
        ("run_after_docker_remove", "CREATED", "DEPLOYED"),
        ("broker_down:run_after_archive", "STOPPED", "DEPLOYED"),
    ],
)
def test_recorded_run(name: str, run_status: str, deployment_status: str) -> None:
    (run,) = runs.decode_runs(reply_of(name))

    assert (run.run_status, run.deployment_status) == (run_status, deployment_status)
    assert run.account_name == "acct_alpha"
    assert runs.config_names(run)[0] == "spread_sharp"


def test_run_that_lacks_a_field_is_of_unknown_shape() -> None:
    """As it was recorded, cut; a record without its states would be taken for one that runs."""
    with pytest.raises(UpstreamProtocolError):
        runs.decode_runs(reply_of("run_of_frozen_bot"))


def test_runs_of_scripts_name_no_controller_config() -> None:
    listed = runs.decode_runs(reply_of('runs_filter:{"run_status": "CREATED", "limit": 2}'))

    assert [runs.config_names(run) for run in listed] == [(), ()]


@pytest.mark.parametrize("config", [None, "", "…", "[]", '{"controllers_config":', '{"a":1}'])
def test_run_with_an_odd_deployment_config_names_none(config: str | None) -> None:
    run = BotRun("a", "CREATED", "DEPLOYED", deployment_config=config)

    assert runs.config_names(run) == ()


@pytest.mark.parametrize("status", ["error", ""])
def test_runs_without_success_are_no_empty_list(status: str) -> None:
    with pytest.raises(UpstreamProtocolError):
        runs.decode_runs(replied(200, {"status": status, "data": []}))


def test_another_service_is_not_the_upstream() -> None:
    with pytest.raises(UpstreamProtocolError, match="Another service"):
        server.decode_version(replied(200, {"name": "Grafana", "version": "1"}))


@pytest.mark.parametrize("name", [None, "mm", "mm-1", "mm-20261122-08104", "nn-20261122-081044"])
def test_success_that_names_no_such_instance_is_in_doubt(name: str | None) -> None:
    reply = replied(200, {"success": True, "unique_instance_name": name})

    with pytest.raises(UpstreamProtocolError) as caught:
        deploying.decode_deployed(reply, "mm")

    assert caught.value.is_in_doubt


@pytest.mark.parametrize(
    ("message", "cls"),
    [
        ("Password not provided. We cannot start the bot without a password.", "DeployRefused"),
        ("500 Server Error for http+docker://localhost/v1.44/containers/x/start", "DeployRefused"),
        ("", "DeployRefused"),
    ],
)
def test_other_refusal_of_docker_is_in_doubt(message: str, cls: str) -> None:
    with pytest.raises(refusals.DeployRefusedError) as caught:
        deploying.decode_deployed(replied(200, {"success": False, "message": message}), "mm")

    assert type(caught.value).__name__ == f"{cls}Error"
    assert caught.value.is_in_doubt


def test_other_failure_of_a_deploy_is_in_doubt() -> None:
    with pytest.raises(UpstreamError) as caught:
        deploying.decode_deployed(replied(500, {"detail": "KeyError: 'x'"}), "mm")

    assert type(caught.value) is UpstreamError
    assert caught.value.is_in_doubt


def test_stop_that_gives_another_reason_shows_it() -> None:
    reply = replied(200, {"response": {"success": False, "message": "not today"}})

    with pytest.raises(UpstreamRejectedError, match="not today"):
        stopping.decode_stopped_bot(reply)


def test_archiving_must_be_one_or_the_other() -> None:
    with pytest.raises(UpstreamProtocolError):
        stopping.decode_archiving(replied(200, {"status": "queued"}))


@pytest.mark.parametrize("body", [b'{"detail":"Not Found"}', b"<h1>404</h1>", b""])
def test_absence_is_believed_only_in_the_upstream_s_own_words(body: bytes) -> None:
    """A proxy's 404, or another version's, must not pass for "the config is gone"."""
    reply = Reply(404, {}, body)
    decoders: list[Decoder] = [
        configs.decode_config,
        configs.decode_deleted_config,
        decoder_of("GET", "/controllers/bots/x/configs"),
        decoder_of("POST", "/accounts/delete-account"),
        decoder_of("GET", "/accounts/x/credentials"),
    ]

    for decode in decoders:
        with pytest.raises(UpstreamProtocolError, match="no such call"):
            decode(reply)


@pytest.mark.parametrize(
    ("status", "cls", "is_in_doubt"),
    [
        (204, UpstreamProtocolError, True),
        (302, UpstreamProtocolError, True),
        (403, UpstreamAuthenticationError, False),
        (408, UpstreamTimeoutError, True),
        (413, UpstreamRejectedError, False),
        (422, UpstreamInputError, False),
        (429, UpstreamRejectedError, False),
        (502, UpstreamError, True),
        (503, UpstreamError, True),
        (504, UpstreamTimeoutError, True),
    ],
)
@pytest.mark.parametrize("pattern", DECODERS)
def test_status_that_a_proxy_may_send(
    pattern: str,
    status: int,
    cls: type[UpstreamError],
    is_in_doubt: bool,  # noqa: FBT001
) -> None:
    with pytest.raises(cls) as caught:
        DECODERS[pattern](Reply(status, {}, b"<html>canary</html>"))

    assert type(caught.value) is cls
    assert caught.value.is_in_doubt == is_in_doubt
    assert "canary" not in caught.value.detail + caught.value.reason


BODIES = [exchange.reply().body for exchange in exchanges().values()]
STATUSES = st.sampled_from([200, 201, 400, 401, 404, 422, 500, 502])


@given(st.sampled_from(sorted(DECODERS)), STATUSES, st.binary() | st.sampled_from(BODIES))
def test_any_answer_is_read_or_a_named_error(pattern: str, status: int, body: bytes) -> None:
    _read(DECODERS[pattern], Reply(status, {}, body))


@given(st.sampled_from(sorted(exchanges())), st.data())
def test_spoilt_answer_is_read_or_a_named_error(name: str, data: st.DataObject) -> None:
    exchange = exchanges()[name]
    body = exchange.reply().body
    at = data.draw(st.integers(0, max(0, len(body) - 1)))
    spoilt = (
        body[:at] + data.draw(st.binary(max_size=4)) + body[at + data.draw(st.integers(0, 9)) :]
    )

    _read(decoder_of(exchange.method, exchange.path), Reply(exchange.status, {}, spoilt))


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"a":' * 100_000, b'"\xff"', b"\xff"], ids=len)
@pytest.mark.parametrize("pattern", DECODERS)
def test_answer_nested_too_deep_or_no_text_is_of_unknown_shape(pattern: str, body: bytes) -> None:
    success = 201 if "add-" in pattern or pattern.startswith("POST /controllers/configs") else 200

    with pytest.raises(UpstreamProtocolError):
        DECODERS[pattern](Reply(success, {}, body))


def _read(decode: Decoder, reply: Reply) -> None:
    with contextlib.suppress(UpstreamError):
        decode(reply)


def _kin(cls: type[BridgeError]) -> list[type[BridgeError]]:
    return [cls, *(each for sub in cls.__subclasses__() for each in _kin(sub))]


def test_every_error_of_the_upstream_has_a_status_and_a_code_of_its_own() -> None:
    kin = set(_kin(UpstreamError))
    codes = {cls.code for cls in kin}

    assert len(codes) == len(kin)
    assert codes.isdisjoint(cls.code for cls in _kin(BridgeError) if cls not in kin)
    for cls in kin:
        error = cls(("field",)) if cls is refusals.CredentialsIncompleteError else cls()  # type: ignore[arg-type]
        assert status_of(error) in (409, 422, 502, 503, 504)
        assert error.detail.endswith((".", "field"))
