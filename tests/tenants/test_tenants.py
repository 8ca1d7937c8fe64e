"""Twenty tenants call at random what there is: none is shown or does anything of another's.

``make isolation`` is the long form.
"""

from pathlib import Path
from typing import Final

import pytest
from tests.e2e.processes import bridge
from tests.tenants.canaries import MARK, canary
from tests.tenants.people import Who
from tests.tenants.run import Run
from tests.tenants.tally import Tally, faults, report
from tests.tenants.world import ENVIRONMENT, World, lead_elsewhere

from bridge.access.roles import RULES

_OPERATIONS: Final = 20_000
_SEED: Final = 1


@pytest.mark.timeout(240)
async def test_no_tenant_is_shown_what_is_anothers(tmp_path: Path, database_url: str) -> None:
    """Every byte of 20,000 answers and of all streams, over two processes."""
    await lead_elsewhere(database_url)
    variables = {"DATABASE_URL": database_url, "BRIDGE_WORKERS": "2"}
    async with bridge(tmp_path, **variables, **ENVIRONMENT) as server:
        world = World(database_url, server.url, _SEED)
        async with world.made():
            run = Run(world)
            await run.operate(_OPERATIONS)

    assert faults(run.tally) == [], report(run.tally)
    assert run.tally.messages > 20 * len(world.tenants), report(run.tally)
    assert MARK not in server.log
    for variant in (
        *("foreign", "unknown", "bad body", "cursor", "HEAD", "other method", "wait"),
        *("own ETag", "another's ETag", "own request again", "another's request again"),
        *("sessions ended", "keys revoked", "streams that were ended"),
    ):
        assert run.tally.variants[variant], variant


def test_route_that_is_not_called_or_shows_nothing_is_a_fault(world: World) -> None:
    """A run that looks at nothing finds nothing wrong either."""
    tally = Tally(world.canaries)
    for route in RULES:
        tally.operations[route] += route != "GET /orphans"
        tally.own[route] += route != "GET /events"

    assert faults(tally) == [
        "GET /orphans was never called",
        "GET /events never showed a tenant its own",
    ]


def test_what_is_anothers_and_what_is_nobodys_to_see_is_a_fault(world: World) -> None:
    tally = Tally(world.canaries)
    client, operator = Who("client", 7), Who("operator")
    own, foreign = (f'"{canary(owner, "bot")}"'.encode() for owner in (7, 8))
    secret = f'"{canary(7, "phrase")}"'.encode()

    assert tally.look(client, "GET /bots", b"", own)
    assert tally.look(operator, "GET /bots", b"", own + foreign)
    assert tally.look(client, "GET /bots", foreign, foreign), "it was sent"
    assert tally.breach_count == 0
    assert not tally.look(client, "GET /bots", b"", own + foreign)
    assert not tally.look(operator, "GET /auth/me", b"", own)
    tally.look(operator, "GET /bots", b"", secret)
    assert tally.breach_count == 3


@pytest.mark.parametrize(
    "text",
    [
        f'{{"name": "Bot {canary(7, "bot")}"}}',
        f"HTTP/1.1 200 OK\r\nx-request-id: {canary(7, 'request')}-12\r\n\r\n",
        f'"pair":"{canary(7, "pair").upper()}/USDT"',
    ],
)
def test_canary_is_found_wherever_it_stands(world: World, text: str) -> None:
    assert set(world.canaries.sightings(text.encode()).values()) == {7}


def test_what_is_known_as_it_is_is_found_too(world: World) -> None:
    address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    bot_id = "6cb94097-878c-4700-b8de-06bf0c13dd59"
    world.canaries.add(3, address)
    world.canaries.learn(4, f'{{"id":"{bot_id}"}}'.encode(), b"")

    message = f'"wants you to sign in:\\n{address.lower()}\\n\\nURI: {bot_id}"'.encode()

    assert sorted(world.canaries.sightings(message).values()) == [3, 4]


@pytest.fixture
def world() -> World:
    """A world without a server."""
    return World("postgresql://nobody@127.0.0.1:1/none", "http://127.0.0.1:1", 1)
