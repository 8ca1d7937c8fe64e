"""What the existing frontend sends about bots that run, literally as it sends it."""

import json
from collections.abc import Mapping
from typing import Final

from tests.api.calls import JSON, Answer
from tests.api.inputs import ORIGIN
from tests.lifecycle.world import SPREAD, Json, World, is_running

_HEADERS: Final[Mapping[str, str]] = {
    "Content-Type": JSON,  # on every call, also without a body
    "Authorization": "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjF9.stale",
    "X-Wallet-Address": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "Origin": ORIGIN,
}


async def _send(world: World, method: str, path: str, body: object = None) -> Answer:
    text = None if body is None else json.dumps(body).encode()
    answer = await world.api.call(method, path, body=text, headers=_HEADERS)
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert json.loads(answer.body) is not None  # it throws on an empty answer
    return answer


async def _call(world: World, method: str, path: str, body: object = None) -> Json:
    answer = await _send(world, method, path, body)
    assert answer.status < 300, answer.body
    return answer.json


async def test_day_with_a_running_bot(patient: World) -> None:
    """Start, look, edit, check, stop, delete: with ``{}`` and without a body."""
    bot = await patient.make_bot()
    path, of_account = f"/bots/{bot['id']}", f"?account={bot['account']}"

    started = await _call(patient, "POST", f"{path}/start")
    assert (started["status"], started["bot_id"]) == ("started", bot["id"])

    for listing in ("/bots", f"/bots{of_account}"):
        (listed,) = (await _call(patient, "GET", listing))["bots"]
        assert (listed["status"], listed["health_message"], listed["error"]) == (
            *("running", None, None),
        )
        assert listed["health_status"] in ("healthy", "stale")
        assert all(isinstance(value, int | float) for value in listed["config"].values())
    summary = await _call(patient, "GET", f"/bots/health/summary{of_account}")
    assert summary.keys() == {*("healthy", "stale", "stopped", "error", "unknown", "total_bots")}
    assert summary["total_bots"] == summary["healthy"] + summary["stale"] == 1
    checked = await _call(patient, "POST", f"{path}/health/check")
    assert checked.keys() == {*("bot_id", "health_status", "health_message", "reason", "since")}
    assert (checked["bot_id"], checked["health_message"]) == (bot["id"], None)

    edited = await _call(patient, "PUT", path, {"name": "Renamed", "config": SPREAD})
    assert (edited["name"], edited["status"]) == ("Renamed", "running")
    again = await _call(patient, "POST", f"{path}/start", {})
    assert (again["status"], is_running(again["bot"])) == ("already_running", True)

    stopped = await _call(patient, "POST", f"{path}/stop", {})
    assert (stopped["status"], stopped["bot"]["status"]) == ("stopped", "stopped")
    assert (await _call(patient, "POST", f"{path}/stop"))["status"] == "already_stopped"
    assert (await _call(patient, "DELETE", path))["status"] == "deleted"


async def test_call_without_any_headers_starts_and_stops(patient: World) -> None:
    """One list of it sends none."""
    bot = await patient.make_bot()

    for action, status in (("start", "started"), ("stop", "stopped")):
        answer = await patient.api.call("POST", f"/bots/{bot['id']}/{action}")
        assert answer.json["status"] == status


async def test_volume_form_stores_its_own_keys_and_its_start_is_refused_in_a_sentence(
    world: World,
) -> None:
    bot = await world.make_bot(strategy="volume", config={})

    config = {"daily_volume_usd": 5000, "min_order_usd": 10, "max_order_usd": 25}
    edited = await _call(world, "PUT", f"/bots/{bot['id']}", {"name": "V", "config": config})
    refused = await _send(world, "POST", f"/bots/{bot['id']}/start")

    assert edited["config"] == config
    assert (refused.status, refused.json["code"]) == (409, "strategy-not-runnable")
    assert isinstance(refused.json["detail"], str)


async def test_spread_form_of_another_age_is_refused_by_field(world: World) -> None:
    bot = await world.make_bot()

    body = {"name": "S", "config": {"spread_percent": 0.3, "order_size_usd": 10}}
    refused = await _send(world, "PUT", f"/bots/{bot['id']}", body)

    assert refused.status == 422
    assert "spread_percent" in refused.json["detail"]
