"""Every fault that can be ordered, over a real socket; and the control door."""

import asyncio
import socket
from pathlib import Path

import aiohttp
import pytest
from tests.contract.simulator_door import BOT, DEPLOY, KEYS, Door, opened, until

from bridge.simulator.faults import FAULTS
from bridge.simulator.replies import is_config, is_list

ADD = "/accounts/add-account"
BETA = f"{ADD}?account_name=beta"
# Fast enough to make a bot run in a moment; nothing is decided by it.
FAST = 200.0


async def accounts(door: Door) -> object:
    return (await door.call("GET", "/accounts/")).json


async def running_bot(door: Door) -> str:
    await door.prepare()
    await door.deploy()
    (life,) = await door.until_ledger(lambda rows: rows[0]["traded"] is True)
    return str(life["instance"])


async def test_request_that_never_came_whole_has_no_effect(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with opened() as door:
        host, _, port = door.url.removeprefix("http://").rpartition(":")
        _, writer = await asyncio.open_connection(host, int(port))
        head = f"POST {BETA} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"
        writer.write(head.encode())
        await writer.drain()
        await accounts(door)  # Served after the head has been read.

        writer.close()
        await writer.wait_closed()

        assert await accounts(door) == ["master_account"]
        assert await door.count("POST", ADD) == 0
    assert caplog.records == []


async def test_second_outage_keeps_the_door_closed() -> None:
    async with opened() as door:
        await door.fault("down")
        await door.fault("down")
        assert not await door.is_open()

        await door.end("down")

        await until(door.is_open)


async def test_down_refuses_connections_until_it_is_over() -> None:
    async with opened() as door:
        await door.fault("down")
        with pytest.raises(aiohttp.ClientConnectorError):
            await door.call("GET", "/")

        await door.end("down")
        await until(door.is_open)


async def test_down_waits_for_its_port_when_somebody_took_it() -> None:
    async with opened() as door:
        await door.fault("down")
        port = int(door.url.rpartition(":")[2])
        with socket.create_server(("127.0.0.1", port)):
            await door.end("down")
            await door.ledger()

        await until(door.is_open)


async def test_down_ends_by_itself_without_a_door_of_its_own() -> None:
    async with opened(FAST, control_port=None) as door:
        await door.fault("down", seconds=60)
        assert not await door.is_open()

        await until(door.is_open)


async def test_down_drops_connections_that_are_open() -> None:
    async with opened() as door:
        host, _, port = door.url.removeprefix("http://").rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")

        await door.fault("down")

        rest = await asyncio.wait_for(reader.read(), 10)
        assert rest.endswith(b'"status":"running"}')
        writer.close()


async def test_api_restart_forgets_what_it_heard() -> None:
    async with opened(FAST) as door:
        bot = await running_bot(door)

        await door.fault("api_restart")
        assert not await door.is_open()
        await door.end("api_restart")
        await until(door.is_open)

        status = (await door.call("GET", f"/bot-orchestration/{bot}/status")).text
        assert "MQTT Bridge connected" not in status
        assert len(await door.ledger()) == 1


async def test_slow_answers_late() -> None:
    async with opened(FAST) as door:
        began = await door.now()
        await door.fault("slow")

        assert (await door.call("GET", "/")).status == 200

        assert await door.now() - began >= 5


async def test_hang_never_answers_and_has_no_effect() -> None:
    async with opened() as door:
        await door.fault("hang", path=ADD)
        call = asyncio.ensure_future(door.call("POST", BETA))
        await door.until_arrived("POST", ADD)
        assert await accounts(door) == ["master_account"]
        assert not call.done()

        await door.end("hang")

        with pytest.raises(aiohttp.ClientConnectionError):
            await call
        assert await accounts(door) == ["master_account"]


@pytest.mark.parametrize(("fault", "effect"), [("reset", []), ("lost_answer", ["beta"])])
async def test_connection_is_reset(fault: str, effect: list[str]) -> None:
    async with opened() as door:
        await door.fault(fault, path=ADD)

        with pytest.raises(aiohttp.ClientConnectionError):
            await door.call("POST", BETA)

        assert await accounts(door) == ["master_account", *effect]


async def test_half_a_body_comes_after_the_effect() -> None:
    async with opened() as door:
        await door.fault("half_body", path=ADD)

        with pytest.raises(aiohttp.ClientPayloadError):
            await door.call("POST", BETA)

        assert await accounts(door) == ["master_account", "beta"]


@pytest.mark.parametrize(
    ("fault", "status", "content_type"),
    [
        ("html", 200, "text/html"),
        ("bad_gateway", 502, "text/html"),
        ("plain_500", 500, "text/plain"),
    ],
)
async def test_something_else_answers(fault: str, status: int, content_type: str) -> None:
    async with opened() as door:
        await door.fault(fault, path=ADD)

        answer = await door.call("POST", BETA)

        assert (answer.status, answer.content_type) == (status, content_type)
        assert await accounts(door) == ["master_account"]


async def test_ten_megabytes_look_like_an_answer_without_bots() -> None:
    async with opened() as door:
        await door.fault("ten_mb", times=1)

        answer = await door.call("GET", "/bot-orchestration/status")

        assert len(answer.text) > 10_000_000
        assert is_config(answer.json)
        assert answer.json["data"] == {}


async def test_fault_hits_as_many_calls_as_ordered() -> None:
    async with opened() as door:
        await door.fault("plain_500", times=2)

        statuses = [(await door.call("GET", "/")).status for _ in range(3)]

        assert statuses == [500, 500, 200]


async def test_late_deploy_lands_after_the_client_gave_up() -> None:
    async with opened(FAST) as door:
        await door.prepare()
        await door.fault("late_deploy")
        call = asyncio.ensure_future(door.deploy())
        await door.until_arrived("POST", DEPLOY)
        call.cancel()
        assert await door.ledger() == []

        await door.end("late_deploy")

        (life,) = await door.until_ledger(lambda rows: bool(rows) and rows[0]["traded"] is True)
        assert life["instance_name"] == BOT


async def test_late_deploy_whose_config_was_deleted_never_trades() -> None:
    async with opened(FAST) as door:
        await door.prepare()
        await door.fault("late_deploy")
        call = asyncio.ensure_future(door.deploy())
        await door.until_arrived("POST", DEPLOY)
        call.cancel()
        await door.call("DELETE", "/controllers/configs/c1")

        await door.end("late_deploy")

        rows = await door.until_ledger(lambda rows: bool(rows) and rows[0]["ended_at"] is not None)
        assert [row["traded"] for row in rows] == [False]


async def test_late_answer_comes_long_after_the_effect() -> None:
    async with opened(FAST) as door:
        await door.prepare()
        await door.fault("late_answer")
        call = asyncio.ensure_future(door.deploy())
        await door.until_ledger(lambda rows: len(rows) == 1)
        assert not call.done()

        await door.end("late_answer")

        assert (await call).status == 200


async def test_hung_docker_makes_everybody_wait() -> None:
    async with opened(FAST) as door:
        await door.fault("docker_hung", seconds=200)
        docker = asyncio.ensure_future(door.call("GET", "/docker/running"))
        await door.until_arrived("GET", "/docker/running")
        began = await door.now()
        root = asyncio.ensure_future(door.call("GET", "/"))

        assert (await root).status == 200
        assert (await docker).json is True
        assert await door.now() - began > 100


async def test_dead_docker_crashes_its_calls_only() -> None:
    async with opened(FAST) as door:
        bot = await running_bot(door)
        await door.fault("docker_dead")

        listed = await door.call("GET", "/docker/active-containers")
        deployed = await door.deploy()
        stopped = await door.call("POST", f"/docker/stop-container/{bot}")
        status = await door.call("GET", "/bot-orchestration/status")

        assert (listed.status, listed.text) == (500, "Internal Server Error")
        assert deployed.status == 500
        assert stopped.status == 500
        assert bot in status.text


async def test_dead_broker_fails_commands_in_a_200() -> None:
    async with opened(FAST) as door:
        bot = await running_bot(door)
        await door.fault("broker_dead")

        answer = await door.call("POST", "/bot-orchestration/stop-bot", {"bot_name": bot})

        assert answer.status == 200
        assert answer.json == {"status": "success", "response": {"success": False}}


async def test_dead_database_fails_runs_only() -> None:
    async with opened() as door:
        await door.fault("database_dead")

        assert (await door.call("GET", "/bot-orchestration/bot-runs")).status == 500
        assert (await door.call("GET", "/bot-orchestration/bot-runs/stats")).status == 500
        assert (await door.call("GET", "/accounts/")).status == 200


async def test_dead_exchange_refuses_keys() -> None:
    async with opened(FAST) as door:
        await door.call("POST", f"{ADD}?account_name=acme")
        await door.fault("exchange_dead")

        answer = await door.call("POST", "/accounts/add-credential/acme/bitmart", KEYS)

        assert answer.status == 400
        assert "Cannot connect to host" in answer.text


async def test_call_that_holds_the_worker_answers_when_it_is_done() -> None:
    async with opened(FAST) as door:
        await door.call("POST", f"{ADD}?account_name=acme")
        began = await door.now()

        await door.call("POST", "/accounts/add-credential/acme/bitmart", KEYS)

        assert await door.now() - began >= 3.5


async def test_slow_exchange_keeps_everybody_waiting() -> None:
    async with opened(FAST) as door:
        await door.call("POST", f"{ADD}?account_name=acme")
        await door.fault("exchange_slow")
        path = "/accounts/add-credential/{account_name}/{connector_name}"
        began = await door.now()
        call = asyncio.ensure_future(
            door.call("POST", "/accounts/add-credential/acme/bitmart", KEYS)
        )
        await door.until_arrived("POST", path)

        await door.call("GET", "/")

        assert await door.now() - began >= 33
        assert (await call).status == 201


async def test_bot_dies_at_boot() -> None:
    async with opened(FAST) as door:
        await door.prepare()
        await door.fault("dies_at_boot")
        assert (await door.deploy()).status == 200

        (life,) = await door.until_ledger(lambda rows: rows[0]["ended_at"] is not None)

        assert life["traded"] is False
        exited = (await door.call("GET", "/docker/exited-containers")).text
        assert str(life["instance"]) in exited


async def test_slow_boot_takes_half_a_minute() -> None:
    async with opened(FAST) as door:
        await door.prepare()
        await door.fault("slow_boot")
        await door.deploy()

        (life,) = await door.until_ledger(lambda rows: rows[0]["traded"] is True)

        assert float(str(life["trading_from"])) - float(str(life["started_at"])) > 28


async def test_killed_bot_leaves_its_orders() -> None:
    async with opened(FAST) as door:
        bot = await running_bot(door)

        await door.fault("killed", seconds=0, bot=bot)

        (life,) = await door.ledger()
        assert life["ended_at"] is not None
        assert life["orders_cancelled"] is False


async def test_frozen_bot_does_not_answer() -> None:
    async with opened(FAST) as door:
        bot = await running_bot(door)
        await door.fault("frozen", bot=bot)

        answer = await door.call("GET", f"/bot-orchestration/{bot}/history?timeout=2")

        assert is_config(answer.json)
        assert is_config(answer.json["response"])
        assert answer.json["response"]["timeout"] is True
        assert (await door.call("GET", f"/bot-orchestration/{bot}/history?timeout=x")).status == 422


async def test_full_logs_make_the_status_large() -> None:
    async with opened(FAST) as door:
        bot = await running_bot(door)
        path = f"/bot-orchestration/{bot}/status"
        before = len((await door.call("GET", path)).text)
        await door.fault("full_logs")

        assert len((await door.call("GET", path)).text) > before + 35_000


def test_every_fault_has_a_test_here() -> None:
    text = Path(__file__).read_text("utf-8")

    assert [name for name in FAULTS if f'"{name}"' not in text] == []


@pytest.mark.parametrize(
    "body",
    [{"fault": "rain"}, {"seconds": 1}, {"fault": "slow", "colour": "red"}, [], "slow"],
)
async def test_unknown_faults_are_refused(body: object) -> None:
    async with opened() as door:
        assert (await door.control("POST", "faults", body)).status == 422
        assert (await door.control("GET", "faults")).json == []


async def test_faults_in_force_are_listed() -> None:
    async with opened() as door:
        await door.fault("slow", seconds=60, path="/docker/", times=3)

        listed = (await door.control("GET", "faults")).json
        assert is_list(listed)
        (entry,) = listed
        assert is_config(entry)
        assert 0 < float(str(entry.pop("remaining_seconds"))) <= 60
        assert entry == {"fault": "slow", "path": "/docker/", "times": 3, "bot": ""}


async def test_control_calls_are_neither_counted_nor_hit_by_faults() -> None:
    async with opened(control_port=None) as door:
        await door.fault("plain_500")
        await door.ledger()

        assert (await door.call("GET", "/accounts/nobody/credentials")).status == 500

        calls = (await door.control("GET", "calls")).json
        template = "/accounts/{account_name}/credentials"
        assert calls == [{"method": "GET", "path": template, "count": 1}]


async def test_reset_begins_anew() -> None:
    async with opened(FAST) as door:
        await running_bot(door)
        await door.fault("plain_500")

        await door.control("POST", "reset")

        assert await door.ledger() == []
        assert (await door.control("GET", "calls")).json == []
        assert (await door.control("GET", "faults")).json == []
        assert await accounts(door) == ["master_account"]


async def test_secrets_show_only_as_marks() -> None:
    async with opened(FAST) as door:
        await door.prepare()

        marks = (await door.control("GET", "credentials")).json

        assert is_config(marks)
        assert is_config(marks["acme"])
        assert is_config(marks["acme"]["bitmart"])
        assert list(marks["acme"]["bitmart"]) == list(KEYS)
        assert not set(marks["acme"]["bitmart"].values()) & set(KEYS.values())


async def test_containers_of_others_can_be_planted() -> None:
    async with opened() as door:
        await door.control("POST", "containers", {"name": "database"})

        listed = (await door.call("GET", "/docker/active-containers")).json
        assert is_list(listed)
        assert is_config(listed[0])
        assert (listed[0]["name"], listed[0]["image"]) == ("database", "postgres:17")
        assert (await door.control("POST", "containers", {})).status == 422


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        ({}, "Not authenticated"),
        ({"Authorization": "Bearer x"}, "Not authenticated"),
        ({"Authorization": "Basic !"}, "Invalid authentication credentials"),
        ({"Authorization": "Basic YTpi"}, "Incorrect username or password"),
    ],
)
async def test_login_is_asked_for(header: dict[str, str], detail: str) -> None:
    async with (
        opened() as door,
        aiohttp.ClientSession() as session,
        session.get(f"{door.url}/accounts/", headers=header) as response,
    ):
        assert response.status == 401
        assert await response.json() == {"detail": detail}
        assert response.headers["WWW-Authenticate"] == "Basic"
