"""Idempotency-Key: what is sent again is done once and answered with the same bytes."""

import pytest
from tests.api.calls import Answer, Api, ok, problem
from tests.api.cases import CASES, CHANGES, Scene
from tests.api.inputs import Make, MakeServer, bot_body
from tests.api.routes import OPERATIONS, Operation
from tests.api.stored import Stored

_KEY = {"Idempotency-Key": "8e03978e-40d5-43dd"}
_KEYED = [each for each in OPERATIONS if each.takes_key]
_OPERATIONS = pytest.mark.parametrize("operation", _KEYED, ids=lambda each: each.id)


async def _send(scene: Scene, operation: Operation, **headers: str) -> Answer:
    body = scene.body_of(CASES[operation.id])
    return await scene.send(operation, body, **(_KEY | headers))


def test_document_says_which_calls_take_a_key() -> None:
    """Each that changes something and is not repeated by nature; what stores nothing is not."""
    changing = {"POST", "PUT"}
    assert {each.id for each in _KEYED} == {
        each.id for each in CHANGES if each.method in changing and CASES[each.id].action is not None
    }


@_OPERATIONS
async def test_same_request_again_gets_the_same_bytes_and_changes_nothing(
    stored: Stored, scene: Scene, operation: Operation
) -> None:
    await scene.prepare(CASES[operation.id])
    first = await _send(scene, operation)
    assert first.status in (200, 201), first.body
    assert "Idempotent-Replayed" not in first.headers
    before = await stored.everything()

    again = await _send(scene, operation)

    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["X-Request-ID"] != first.headers["X-Request-ID"]
    assert await stored.everything() == before


@_OPERATIONS
async def test_answer_is_kept_in_the_transaction_of_the_effect(
    stored: Stored, scene: Scene, operation: Operation
) -> None:
    await scene.prepare(CASES[operation.id])

    answer = await _send(scene, operation)

    kept = await stored.connection.fetchrow("SELECT xmin::text, * FROM idempotency_keys")
    event = await stored.connection.fetchval(
        "SELECT xmin::text FROM events WHERE request_id = $1", answer.headers["X-Request-ID"]
    )
    assert kept is not None
    assert (kept["status"], kept["answer"]) == (answer.status, answer.body)
    # All bots are stopped each in a transaction of its own, and the answer comes behind them.
    assert (kept["xmin"] == event) is (operation.id != "stopAllBots")


@_OPERATIONS
async def test_same_key_with_another_request_is_refused(
    stored: Stored, scene: Scene, operation: Operation
) -> None:
    case = CASES[operation.id]
    await scene.prepare(case)
    first = await _send(scene, operation)
    before = await stored.everything()
    path = operation.at(
        scene.ids.get(operation.parameter or "", ""), scene.ids.get(operation.part or "", "")
    )

    other = await scene.follower.call(operation.method, f"{path}?x=1", case.body, headers=_KEY)

    said = problem(other, 422, "idempotency-key-reused", "Idempotency-Key")
    assert "new one" in said["detail"]
    assert await stored.everything() == before
    assert (await _send(scene, operation)).body == first.body


@pytest.mark.parametrize(
    "operation",
    [each for each in CHANGES if each.method in ("DELETE", "PATCH")],
    ids=lambda each: each.id,
)
async def test_key_counts_for_post_and_put_only(
    stored: Stored, scene: Scene, operation: Operation
) -> None:
    ok(await _send(scene, operation))

    assert "idempotency_keys" not in await stored.counts()


async def test_body_with_other_blanks_is_another_body(api: Api, make_client: Make) -> None:
    client = await make_client()
    path, headers = f"/clients/{client['id']}", _KEY | {"Content-Type": "application/json"}
    ok(await api.call("PUT", path, body=b'{"name":"New"}', headers=headers))

    answer = await api.call("PUT", path, body=b'{"name": "New"}', headers=headers)

    problem(answer, 422, "idempotency-key-reused")


async def test_key_counts_for_its_sender_only(make_server: MakeServer, stored: Stored) -> None:
    secret = "k" * 32
    everybody = await make_server()
    admin = await make_server(BRIDGE_AUTH="required", BRIDGE_ADMIN_KEY=secret)
    body = {"name": "New"}

    one = await everybody.call("POST", "/clients/create", body, headers=_KEY)
    other = await admin.call(
        "POST", "/clients/create", body, headers=_KEY | {"Authorization": f"Bearer {secret}"}
    )

    assert ok(one, 201)["id"] != ok(other, 201)["id"]
    assert (await stored.counts())["idempotency_keys"] == 2


async def test_refusal_is_not_kept(api: Api, make_client: Make, stored: Stored) -> None:
    """Nothing was done, so the same request may succeed later."""
    body = bot_body(account="desk-7")

    for _ in range(2):
        refused = await api.call("POST", "/bots/create", body, headers=_KEY)
        problem(refused, 422, "unknown-account")
    assert await stored.counts() == {}
    await make_client(account_identifier="desk-7")

    made = ok(await api.call("POST", "/bots/create", body, headers=_KEY), 201)

    assert ok(await api.call("POST", "/bots/create", body, headers=_KEY), 201) == made


async def test_input_that_is_wrong_is_refused_with_a_key_too(api: Api, stored: Stored) -> None:
    answer = await api.call("POST", "/clients/create", {"name": 7}, headers=_KEY)

    problem(answer, 422, "invalid-input", "name")
    assert await stored.counts() == {}


@pytest.mark.parametrize("sent", ["", "a b", "x" * 256, "ké"])
async def test_key_of_another_form_is_refused(api: Api, stored: Stored, sent: str) -> None:
    answer = await api.call(
        "POST", "/clients/create", {"name": "New"}, headers={"Idempotency-Key": sent}
    )

    problem(answer, 422, "invalid-input", "Idempotency-Key")
    assert await stored.counts() == {}


async def test_change_that_changes_nothing_is_kept_too(
    api: Api, make_client: Make, stored: Stored
) -> None:
    client = await make_client()
    path = f"/clients/{client['id']}"
    first = await api.call("PUT", path, {"name": client["name"]}, headers=_KEY)
    ok(await api.patch(path, {"name": "Other"}))

    again = await api.call("PUT", path, {"name": client["name"]}, headers=_KEY)

    assert (again.body, ok(await api.get(path))["name"]) == (first.body, "Other")
    assert (await stored.counts())["events"] == 2


async def test_start_and_stop_with_a_key_do_not_wait(make_server: MakeServer, scene: Scene) -> None:
    """Without one this server would wait a minute, longer than the test may take."""
    patient = await make_server(
        HUMMINGBOT_API_URL="http://127.0.0.1:1",
        HUMMINGBOT_API_PASSWORD="unused",
        BRIDGE_LEASE_SECONDS="60",
        BRIDGE_START_WAIT_SECONDS="60",
    )
    path = f"/bots/{scene.ids['bot_id']}"

    started = ok(await patient.call("POST", f"{path}/start", headers={"Idempotency-Key": "1"}))
    again = ok(await patient.call("POST", f"{path}/start", headers={"Idempotency-Key": "2"}))
    stopped = ok(await patient.call("POST", f"{path}/stop", headers={"Idempotency-Key": "3"}))
    idle = ok(await patient.call("POST", f"{path}/stop", headers={"Idempotency-Key": "4"}))

    said = [each["status"] for each in (started, again, stopped, idle)]
    assert said == ["starting", "starting", "stopped", "already_stopped"]
    assert started["bot"]["runtime"]["state"] == "starting"
    replayed = ok(await patient.call("POST", f"{path}/start", headers={"Idempotency-Key": "1"}))
    assert replayed == started
