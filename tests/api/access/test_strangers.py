"""What anybody can cause without a key: little, and nobody else is kept out by it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from typing import Final, NamedTuple

import pytest
from tests.api.access.logins import ask, prove, register
from tests.api.access.people import ADMIN_KEY, REQUIRED, MakePerson, Person
from tests.api.calls import Answer, Api, ok
from tests.api.inputs import MakeServer, evm_address
from tests.api.signing import EvmSigner
from tests.api.wire import Relay, relaying

from bridge.access.tokens import new_key, new_public_id, new_session_token, new_ticket

_STRANGERS: Final = 50
# With one statement for those who came first, one for the rest, and some for who is known.
_MOST_STATEMENTS: Final = 30


class _Watched(NamedTuple):
    api: Api
    relay: Relay


@pytest.fixture
async def watched(make_server: MakeServer, api_database_url: str) -> AsyncIterator[_Watched]:
    """A server that asks for a key, whose statements are written down."""
    async with relaying(api_database_url) as relay:
        feed = {"DATABASE_DIRECT_URL": api_database_url}
        yield _Watched(await make_server(**REQUIRED, **feed, DATABASE_URL=relay.url), relay)


async def _statuses(calls: list[Awaitable[Answer]]) -> Counter[int]:
    return Counter(answer.status for answer in await asyncio.gather(*calls))


async def test_made_up_keys_and_sessions_cost_few_statements_and_keep_nobody_out(
    watched: _Watched, make_person: MakePerson
) -> None:
    """Their form is right, which anybody can see to."""
    person = await make_person(watched.api, "viewer")
    made_up = [new_key(new_public_id()) for _ in range(_STRANGERS)]
    made_up += [new_session_token() for _ in range(_STRANGERS)]
    ok(await Person(watched.api, ADMIN_KEY).get("/bots"))
    watched.relay.statements.clear()

    strangers = [Person(watched.api, token).get("/bots") for token in made_up]
    statuses = await _statuses([*strangers, person.get("/bots")])

    assert statuses == {401: 2 * _STRANGERS, 200: 1}
    assert len(watched.relay.statements) < _MOST_STATEMENTS


async def test_made_up_tickets_cost_few_statements_and_keep_nobody_out(watched: _Watched) -> None:
    admin = Person(watched.api, ADMIN_KEY)
    ticket = ok(await admin.call("POST", "/auth/ticket"), 201)["ticket"]
    watched.relay.statements.clear()

    # Refused for what else it asks, once it has opened.
    mine = watched.api.get(f"/bots/stream?ticket={ticket}&other=1")
    strangers = [
        watched.api.get(f"/bots/stream?ticket={new_ticket()}&other=1") for _ in range(_STRANGERS)
    ]
    statuses = await _statuses([*strangers, mine])

    assert statuses == {401: _STRANGERS, 422: 1}
    assert len(watched.relay.statements) < _MOST_STATEMENTS


async def test_questions_after_health_cost_few_statements(watched: _Watched) -> None:
    ok(await watched.api.get("/health"))
    watched.relay.statements.clear()

    paths = ("/health", "/health/ready")
    statuses = await _statuses([watched.api.get(path) for path in paths * _STRANGERS])

    assert statuses == {200: 2 * _STRANGERS}
    assert len(watched.relay.statements) < _MOST_STATEMENTS


async def test_made_up_logins_cost_few_statements_and_keep_nobody_out(watched: _Watched) -> None:
    signer = EvmSigner()
    await register(Person(watched.api, ADMIN_KEY), signer)
    message = await ask(watched.api, signer.address)
    watched.relay.statements.clear()

    asking = [watched.api.get(f"/auth/message/{evm_address()}") for _ in range(_STRANGERS)]
    proving = [
        prove(watched.api, signer.address, f"{message} {number}", "0x")
        for number in range(_STRANGERS)
    ]
    mine = prove(watched.api, signer.address, message, signer.sign(message))
    statuses = await _statuses([*asking, *proving, mine])

    assert statuses == {404: _STRANGERS, 401: _STRANGERS, 200: 1}
    assert len(watched.relay.statements) < _MOST_STATEMENTS
