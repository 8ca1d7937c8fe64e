"""Canary credentials on every way of the lifecycle; they must be found nowhere afterwards."""

import io
import json
import logging
from base64 import b64encode
from collections.abc import Iterator
from typing import Final

import pytest
import structlog
from tests.api.calls import ok
from tests.contract.simulator_door import LOGIN
from tests.lifecycle.world import Json, World

_CANARIES: Final = {
    "api_key": "canary-api-key-Zq8Wx1-7731",
    "api_secret": "canary-api-secret-Kp4Rt9",
    "memo": "canary-memo-Hn2Vb6",
}
_BAD: Final = {name: f"bad-{value}" for name, value in _CANARIES.items()}
_TOKEN: Final = b64encode(f"{LOGIN.username}:{LOGIN.password}".encode()).decode()


@pytest.fixture
def log(plain_log: None) -> Iterator[io.StringIO]:
    """All that is logged at the most talkative level."""
    del plain_log
    before = structlog.get_config()
    sink = io.StringIO()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.PrintLoggerFactory(sink),
    )
    yield sink
    structlog.configure(**before)


def _found(text: str) -> list[str]:
    """Return the canaries in a text, also as hex or base64."""
    secrets = (*_CANARIES.values(), LOGIN.password, _TOKEN)
    return [
        secret
        for secret in secrets
        for form in (secret, secret.encode().hex(), b64encode(secret.encode()).decode()[:-4])
        if form in text
    ]


async def _read_everything(world: World, bots: list[Json], clients: list[Json]) -> list[str]:
    paths = ["/bots", "/clients", "/events?limit=1000", "/orphans", "/health"]
    paths += [f"/clients/{client['id']}" for client in clients]
    for bot in bots:
        paths += [f"/bots/{bot['id']}{rest}" for rest in ("", "/runs", "/events")]
    return [(await world.api.get(path)).body.decode() for path in paths]


async def test_no_credential_is_shown_logged_or_stored_by_the_lifecycle(
    log: io.StringIO, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for fault in ("plain_500", "half_body", "lost_answer", "html", "reset"):
        await world.door.fault(fault, path="/accounts/add-credential", times=1)
    good = await world.make_client(connectors=[{"name": "bitmart", **_CANARIES}])
    await world.until_connector(good, "synced")
    bad = await world.make_client(connectors=[{"name": "bitmart", **_BAD}])
    await world.until_connector(bad, "rejected")
    strange = await world.make_client(connectors=[{"name": "moonbase", **_CANARIES}])
    await world.until_connector(strange, "rejected")
    bots = [
        await world.make_bot(account=client["account_identifier"])
        for client in (good, bad, strange)
    ]
    answers = [await world.api.post(f"/bots/{bot['id']}/start") for bot in bots]
    await world.until_state(bots[0], "running")
    ok(await world.api.post("/bots/stop-all"))
    await world.until_state(bots[0], "stopped")

    shown = await _read_everything(world, bots, [good, bad, strange])
    shown += [answer.body.decode() + str(dict(answer.headers)) for answer in answers]
    ok(await world.api.delete(f"/clients/{good['id']}"))
    await world.until_removed(f"/clients/{good['id']}")
    shown += await _read_everything(world, [], [])

    assert [_found(text) for text in shown] == [[]] * len(shown)
    stored = json.dumps(dict(await world.stored.everything()))
    assert _found(stored) == []
    logged = log.getvalue() + caplog.text
    assert _found(logged) == []
    # The search itself works.
    assert "add_credential" in logged
    assert "connector.rejected" in stored
    assert _found(" ".join(_CANARIES.values())) == list(_CANARIES.values())
