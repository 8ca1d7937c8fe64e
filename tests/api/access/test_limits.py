"""Limits, as callers meet them."""

from collections import Counter

import pytest
from tests.api.access.logins import ask, prove, register
from tests.api.access.people import ADMIN_KEY, REQUIRED, MakePerson, Person
from tests.api.calls import Answer, Api, ok, problem
from tests.api.inputs import MISSING_ID, MakeServer
from tests.api.signing import EvmSigner
from tests.api.stored import Stored


def _refused(answer: Answer, seconds: int) -> None:
    problem(answer, 429, "too-many-requests")
    assert 1 <= int(answer.headers["Retry-After"]) <= seconds


async def test_reads_beyond_the_limit_are_refused(
    make_server: MakeServer, make_person: MakePerson
) -> None:
    api = await make_server(**REQUIRED, BRIDGE_READS_PER_MINUTE="2")
    person, other = await make_person(api, "viewer"), await make_person(api, "viewer")

    answers = [await person.get("/bots") for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 429]
    _refused(answers[2], 30)
    ok(await other.get("/bots"))
    ok(await api.get("/health"))


async def test_writes_are_counted_by_all_servers_together(
    make_server: MakeServer, make_person: MakePerson, stored: Stored
) -> None:
    servers = [await make_server(**REQUIRED, BRIDGE_WRITES_PER_MINUTE="4") for _ in "12"]
    operator = await make_person(servers[0], "operator")
    people = [Person(server, operator.token) for server in servers]

    answers = [
        await people[n % 2].call("POST", "/clients/create", {"name": f"Client {n}"})
        for n in range(6)
    ]

    assert Counter(answer.status for answer in answers) == {201: 4, 429: 2}
    _refused(answers[-1], 15)
    assert (await stored.counts())["clients"] == 4
    ok(await people[0].get("/clients"))
    # Somebody else's bucket is their own.
    ok(await Person(servers[0], ADMIN_KEY).call("POST", "/clients/create", {"name": "N"}), 201)


async def test_stops_and_logouts_are_never_counted(
    make_server: MakeServer, make_person: MakePerson
) -> None:
    api = await make_server(**REQUIRED, BRIDGE_WRITES_PER_MINUTE="1")
    person = await make_person(api, "operator")
    ok(await person.call("POST", "/clients/create", {"name": "N"}), 201)
    _refused(await person.call("POST", f"/bots/{MISSING_ID}/start"), 60)

    for _ in range(3):
        problem(await person.call("POST", f"/bots/{MISSING_ID}/stop"), 404, "bot-not-found")
        ok(await person.call("POST", "/bots/stop-all"))
        ok(await person.call("POST", "/auth/logout"))


async def test_refused_call_is_not_counted(
    make_server: MakeServer, make_person: MakePerson
) -> None:
    api = await make_server(**REQUIRED, BRIDGE_WRITES_PER_MINUTE="1")
    viewer = await make_person(api, "viewer")

    for _ in range(3):
        answer = await viewer.call("POST", "/clients/create", {"name": "N"})
        problem(answer, 403, "role-not-allowed")


async def test_steps_of_a_login_are_counted(make_server: MakeServer, stored: Stored) -> None:
    api = await make_server(**REQUIRED, BRIDGE_LOGINS_PER_MINUTE="3")
    admin = Person(api, ADMIN_KEY)
    signer, other = EvmSigner(), EvmSigner()
    await register(admin, signer)
    await register(admin, other, "desk-8")
    message = await ask(api, signer.address)

    for _ in range(2):
        wrong = await prove(api, signer.address, message, other.sign(message))
        problem(wrong, 401, "login-refused")

    _refused(await prove(api, signer.address, message, signer.sign(message)), 20)
    _refused(await api.get(f"/auth/message/{signer.address}"), 20)
    assert (await stored.counts())["login_challenges"] == 1
    ok(await api.get(f"/auth/message/{other.address}"))


@pytest.mark.parametrize("proxies", ["", "127.0.0.0/8"])
async def test_logins_through_a_proxy_are_those_of_whoever_it_names(
    make_server: MakeServer, proxies: str
) -> None:
    api = await make_server(
        **REQUIRED, BRIDGE_LOGINS_PER_MINUTE="2", BRIDGE_TRUSTED_PROXIES=proxies
    )
    signer = EvmSigner()
    await register(Person(api, ADMIN_KEY), signer)

    async def ask_as(address: str) -> Answer:
        path, named = f"/auth/message/{signer.address}", {"X-Forwarded-For": f"made up, {address}"}
        return await api.call("GET", path, headers=named)

    for _ in range(2):
        ok(await ask_as("198.51.100.1"))
    _refused(await ask_as("198.51.100.1"), 30)
    elsewhere = await ask_as("198.51.100.2")

    if proxies:
        ok(elsewhere)
    else:
        _refused(elsewhere, 30)


async def test_made_up_wallets_fill_no_table(guarded: Api, stored: Stored) -> None:
    for number in range(5):
        wallet = f"0x{number:040x}"
        problem(await guarded.get(f"/auth/message/{wallet}"), 404, "wallet-not-registered")
        problem(await prove(guarded, wallet, "message", "0x"), 401, "login-refused")

    assert await stored.counts() == {}


async def test_tickets_are_counted(make_server: MakeServer, make_person: MakePerson) -> None:
    """Each is a row."""
    api = await make_server(**REQUIRED, BRIDGE_WRITES_PER_MINUTE="2")
    viewer = await make_person(api, "viewer")

    for _ in "12":
        ok(await viewer.call("POST", "/auth/ticket"), 201)

    _refused(await viewer.call("POST", "/auth/ticket"), 30)
    ok(await viewer.call("POST", "/auth/logout"))


async def test_empty_bucket_fills_again(
    make_server: MakeServer, make_person: MakePerson, stored: Stored
) -> None:
    api = await make_server(**REQUIRED, BRIDGE_WRITES_PER_MINUTE="2")
    person = await make_person(api, "operator")
    for _ in "12":
        ok(await person.call("POST", "/clients/create", {"name": "N"}), 201)
    _refused(await person.call("POST", "/clients/create", {"name": "N"}), 30)

    await stored.connection.execute(
        "UPDATE rate_limits SET full_at = full_at - interval '30 seconds'"
    )

    ok(await person.call("POST", "/clients/create", {"name": "N"}), 201)
    _refused(await person.call("POST", "/clients/create", {"name": "N"}), 30)


async def test_in_open_mode_nothing_is_counted(make_server: MakeServer, stored: Stored) -> None:
    api: Api = await make_server(BRIDGE_READS_PER_MINUTE="1", BRIDGE_WRITES_PER_MINUTE="1")

    for _ in "123":
        ok(await api.get("/bots"))
        ok(await api.post("/clients/create", {"name": "N"}), 201)

    assert "rate_limits" not in await stored.counts()
