"""Logging in with a wallet, as a frontend does, and every way in which that must fail."""

import asyncio
import re
from collections import Counter
from typing import Final

import base58
import pytest
from eth_keys.constants import SECPK1_N
from tests.api.access.logins import ask, log_in, prove, register
from tests.api.access.people import ADMIN_KEY, REQUIRED, Person
from tests.api.calls import Answer, Api, ok, problem
from tests.api.inputs import ORIGIN, MakeServer, bot_body, solana_address
from tests.api.signing import EvmSigner, SolanaSigner, evm_text
from tests.api.stored import Stored

_OTHER_ORIGIN: Final = "https://other.bridge-tests.io"
_SIGNERS = pytest.mark.parametrize("make_signer", [EvmSigner, SolanaSigner])
_EIP_4361: Final = re.compile(
    r"(?P<domain>[^ /]+) wants you to sign in with your (Ethereum|Solana) account:\n"
    r"(?P<address>\S+)\n\n(?P<statement>[^\n]+)\n\n"
    r"URI: (?P<uri>\S+)\nVersion: 1\nChain ID: (1|mainnet)\nNonce: (?P<nonce>[A-Za-z0-9]{8,})\n"
    r"Issued At: (?P<issued>\S+Z)\nExpiration Time: (?P<expires>\S+Z)"
)


@_SIGNERS
async def test_client_logs_in_with_a_wallet(
    admin: Person, guarded: Api, make_signer: type[EvmSigner | SolanaSigner]
) -> None:
    signer = make_signer()
    client = await register(admin, signer)
    ok(await admin.call("POST", "/bots/create", bot_body(account="desk-7")), 201)

    message = await ask(guarded, signer.address, Origin=ORIGIN)
    headers = {"Origin": ORIGIN}
    answer = await prove(guarded, signer.address, message, signer.sign(message), headers)

    said = ok(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert said["token_type"] == "bearer"
    assert said["user"] == {
        "id": client["id"],
        "name": "Desk 7",
        "role": "client",
        "access": "client",
        "wallet_address": signer.address,
        "account_identifier": "desk-7",
        "self_service": False,
        "is_active": True,
    }
    person = Person(guarded, said["access_token"])
    assert ok(await person.get("/auth/me")) == said["user"]
    assert len(ok(await person.get("/bots"))["bots"]) == 1
    found = ok(await person.get(f"/clients/by-wallet/{signer.address}"))
    assert (found["client_id"], found["role"]) == (client["id"], "client")


@_SIGNERS
async def test_message_is_that_of_the_page_that_asks(
    admin: Person, guarded: Api, make_signer: type[EvmSigner | SolanaSigner]
) -> None:
    signer = make_signer()
    await register(admin, signer)

    named = _EIP_4361.fullmatch(await ask(guarded, signer.address, Origin=ORIGIN))
    foreign = _EIP_4361.fullmatch(await ask(guarded, signer.address, Origin="https://evil.io"))
    none = _EIP_4361.fullmatch(await ask(guarded, signer.address))

    assert named is not None
    assert foreign is not None
    assert none is not None
    assert (named["domain"], named["uri"]) == (ORIGIN.partition("//")[2], ORIGIN)
    assert named["address"].lower() == signer.address.lower()
    own = guarded.origin.partition("//")[2]
    assert foreign["domain"] == none["domain"] == own
    assert len({named["nonce"], foreign["nonce"], none["nonce"]}) == 3


@pytest.mark.parametrize("host", ["evil.io", "evil.io:443", "localhost.evil.io", ""])
async def test_message_never_names_a_place_that_only_the_request_names(
    admin: Person, guarded: Api, stored: Stored, host: str
) -> None:
    """Else a page elsewhere could have a wallet sign for it, unwarned, and log in here."""
    signer = EvmSigner()
    await register(admin, signer)
    before = await stored.counts()

    for headers in ({"Host": host}, {"Host": host, "Origin": f"https://{host}"}):
        answer = await guarded.get(f"/auth/message/{signer.address}", **headers)
        problem(answer, 403, "login-place-unknown")
    assert (await stored.counts()).get("login_challenges") == before.get("login_challenges")
    message = await ask(guarded, signer.address, Host=host, Origin=ORIGIN)
    assert f"URI: {ORIGIN}\n" in message


async def test_message_names_our_own_host_when_the_settings_do(admin: Person, guarded: Api) -> None:
    """A page of our own origin sends no Origin when it reads."""
    signer = EvmSigner()
    await register(admin, signer)

    message = await ask(guarded, signer.address, Host=ORIGIN.partition("//")[2])

    assert f"URI: {ORIGIN}\n" in message


async def test_letter_case_of_the_wallet_does_not_matter(admin: Person, guarded: Api) -> None:
    """On Solana it does to the key: what is signed carries the address as it is stored."""
    for signer, account in ((EvmSigner(), "desk-7"), (SolanaSigner(), "desk-8")):
        await register(admin, signer, account)

        message = await ask(guarded, signer.address.lower())
        answer = await prove(guarded, signer.address.upper(), message, signer.sign(message))

        assert ok(answer)["user"]["wallet_address"] == signer.address


@pytest.mark.parametrize("wallet", ["0x" + "12" * 20, "1" * 32, "0x12", "nonsense", "%00"])
async def test_unknown_wallet_is_not_registered(guarded: Api, stored: Stored, wallet: str) -> None:
    said = problem(await guarded.get(f"/auth/message/{wallet}"), 404, "wallet-not-registered")

    assert "not registered" in said["detail"]
    assert await stored.counts() == {}


async def test_wallet_of_the_settings_logs_in_as_an_admin(make_server: MakeServer) -> None:
    signer = EvmSigner()
    wallets = f"{signer.address.upper().replace('X', 'x', 1)}, {solana_address()}"
    api = await make_server(**REQUIRED, BRIDGE_ADMIN_WALLETS=wallets)

    person = await log_in(api, signer)

    user = ok(await person.get("/auth/me"))
    assert (user["role"], user["access"], user["account_identifier"]) == ("admin", "admin", None)
    ok(await person.call("POST", "/clients/create", {"name": "New"}), 201)
    # Another server, from whose settings the wallet is gone.
    without = await make_server(**REQUIRED)
    problem(await Person(without, person.token).get("/bots"), 401, "not-authenticated")


async def test_login_and_logout_are_recorded(admin: Person, guarded: Api, stored: Stored) -> None:
    signer = EvmSigner()
    await register(admin, signer)

    person = await log_in(guarded, signer)
    ok(await person.call("POST", "/auth/logout"))

    begun, ended = (await stored.events("desk-7"))[-2:]
    assert (begun["action"], ended["action"]) == ("session.begun", "session.ended")
    assert begun["actor"] == ended["actor"] == f"wallet:{signer.address}"
    assert begun["request_id"]
    assert ended["request_id"] == "same"
    assert person.token.encode() not in str(await stored.everything()).encode()


async def test_login_that_is_refused_is_recorded(
    admin: Person, guarded: Api, stored: Stored
) -> None:
    """Under nobody's name, for whoever it was has not shown to be the wallet."""
    signer, other = EvmSigner(), EvmSigner()
    await register(admin, signer)
    message = await ask(guarded, signer.address)
    signature = signer.sign(message)

    for wrong, headers in ((other.sign(message), {}), (signature, {"Origin": ORIGIN})):
        answer = await prove(guarded, signer.address, message, wrong, headers)
        problem(answer, 401, "login-refused")
    attempts = [prove(guarded, signer.address, message, signature) for _ in "12"]
    assert {answer.status for answer in await asyncio.gather(*attempts)} == {200, 401}

    events = await stored.events("desk-7")
    refused = [event for event in events if event["action"] == "login.refused"]
    assert {(event["actor"], event["subject"]) for event in refused} == {("nobody", signer.address)}
    reasons = [re.findall(r'"reason": "(.*?)"', event["detail"]) for event in refused]
    # The other one of the last two came too late to be a login at all, or as the second of two.
    assert reasons[:2] == [["signature"], ["page"]]
    assert reasons[2:] in ([], [["used"]])
    assert signature not in str(await stored.everything())


async def _refused(answer: Answer, stored: Stored) -> None:
    problem(answer, 401, "login-refused")
    assert "sessions" not in await stored.counts()


async def test_message_is_good_for_one_login(admin: Person, guarded: Api, stored: Stored) -> None:
    signer = EvmSigner()
    await register(admin, signer)
    message = await ask(guarded, signer.address)
    signature = signer.sign(message)
    ok(await prove(guarded, signer.address, message, signature))

    again = await prove(guarded, signer.address, message, signature)

    problem(again, 401, "login-refused")
    assert (await stored.counts())["sessions"] == 1


@_SIGNERS
async def test_of_a_hundred_uses_of_one_message_one_succeeds(
    admin: Person,
    make_server: MakeServer,
    stored: Stored,
    make_signer: type[EvmSigner | SolanaSigner],
) -> None:
    """On two servers at once."""
    servers = [await make_server(**REQUIRED, BRIDGE_LOGINS_PER_MINUTE="0") for _ in "12"]
    signer = make_signer()
    await register(admin, signer)
    message = await ask(servers[0], signer.address)
    signature = signer.sign(message)

    answers = await asyncio.gather(
        *(prove(servers[n % 2], signer.address, message, signature) for n in range(100))
    )

    assert Counter(answer.status for answer in answers) == {200: 1, 401: 99}
    assert (await stored.counts())["sessions"] == 1


async def test_message_of_our_own_making_is_refused(
    admin: Person, guarded: Api, stored: Stored
) -> None:
    """Another domain, nonce or time: nothing that was not asked for is taken."""
    signer = EvmSigner()
    await register(admin, signer)
    message = await ask(guarded, signer.address, Origin=ORIGIN)
    domain = ORIGIN.partition("//")[2]

    for forged in (
        message.replace(domain, "evil.io"),
        message.replace("Chain ID: 1", "Chain ID: 137"),
        re.sub("Nonce: .", "Nonce: x", message),
        re.sub("Expiration Time: ....", "Expiration Time: 2999", message),
        message + "\n",
        " " + message,
    ):
        assert forged != message
        answer = await prove(guarded, signer.address, forged, signer.sign(forged))
        await _refused(answer, stored)


async def test_message_of_another_page_is_refused(make_server: MakeServer, stored: Stored) -> None:
    api = await make_server(**REQUIRED, CORS_ORIGINS=f"{ORIGIN},{_OTHER_ORIGIN}")
    signer = EvmSigner()
    await register(Person(api, ADMIN_KEY), signer)
    message = await ask(api, signer.address, Origin=_OTHER_ORIGIN)
    signature = signer.sign(message)

    answer = await prove(api, signer.address, message, signature, {"Origin": ORIGIN})

    await _refused(answer, stored)
    ok(await prove(api, signer.address, message, signature, {"Origin": _OTHER_ORIGIN}))


async def test_message_that_is_too_old_is_refused(
    admin: Person, guarded: Api, stored: Stored
) -> None:
    signer = EvmSigner()
    await register(admin, signer)
    message = await ask(guarded, signer.address)
    lifetime = await stored.connection.fetchval(
        "SELECT expires_at - created_at FROM login_challenges"
    )
    assert lifetime.total_seconds() == pytest.approx(300, abs=1)
    await stored.connection.execute("UPDATE login_challenges SET expires_at = now()")

    answer = await prove(guarded, signer.address, message, signer.sign(message))

    await _refused(answer, stored)


@_SIGNERS
async def test_signature_of_another_key_is_refused(
    admin: Person, guarded: Api, stored: Stored, make_signer: type[EvmSigner | SolanaSigner]
) -> None:
    signer, thief = make_signer(), make_signer()
    await register(admin, signer)
    await register(admin, thief, "desk-8")
    message = await ask(guarded, signer.address)
    signature = thief.sign(message)

    await _refused(await prove(guarded, signer.address, message, signature), stored)
    await _refused(await prove(guarded, thief.address, message, signature), stored)
    # And what was not used up by that can be used.
    ok(await prove(guarded, signer.address, message, signer.sign(message)))


async def test_signature_of_another_chain_is_refused(
    admin: Person, guarded: Api, stored: Stored
) -> None:
    evm, solana = EvmSigner(), SolanaSigner()
    await register(admin, evm)
    await register(admin, solana, "desk-8")
    for signer, other in ((evm, solana), (solana, evm)):
        message = await ask(guarded, signer.address)

        answer = await prove(guarded, signer.address, message, other.sign(message))

        await _refused(answer, stored)


async def test_signature_that_is_cut_or_changed_is_refused(
    admin: Person, guarded: Api, stored: Stored
) -> None:
    evm = EvmSigner()
    await register(admin, evm)
    message = await ask(guarded, evm.address)
    r, s, parity = evm.parts(message)  # each signature is another one
    good, high = evm_text(r, s, parity), evm_text(r, SECPK1_N - s, 1 - parity)

    for wrong in (
        *(good[:-2], good[:-1], good + "00", good[:66], "0x", "0x" + "00" * 65, "z" * 132),
        *(high, good[:-2] + f"{28 - parity:02x}", good[:-2] + "1d", good[:-2] + "ff"),
        "0x" + (SECPK1_N + r).to_bytes(33).hex()[-64:] + good[66:],
    ):
        await _refused(await prove(guarded, evm.address, message, wrong), stored)
    ok(await prove(guarded, evm.address, message, good[2:].upper()))


async def test_solana_signature_that_is_cut_or_changed_is_refused(
    admin: Person, guarded: Api, stored: Stored
) -> None:
    solana = SolanaSigner()
    await register(admin, solana)
    message = await ask(guarded, solana.address)
    signed = base58.b58decode(solana.sign(message))
    order = 2**252 + 27742317777372353535851937790883648493
    high = int.from_bytes(signed[32:], "little") + order

    for wrong in (
        *(signed[:-1], signed + b"\0", signed[:32], bytes(64), signed[32:] + signed[:32]),
        signed[:32] + high.to_bytes(32, "little"),
        bytes([signed[0] ^ 1]) + signed[1:],
    ):
        text = base58.b58encode(wrong).decode()
        await _refused(await prove(guarded, solana.address, message, text), stored)
    for text in ("0" * 88, "l" * 80, "-"):
        await _refused(await prove(guarded, solana.address, message, text), stored)
    ok(await prove(guarded, solana.address, message, solana.sign(message)))


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["wallet_address"]),
        ({"wallet_address": "0x", "message": "m"}, ["signature"]),
        ({"wallet_address": "0x", "message": "m", "signature": 1}, ["signature"]),
        ({"wallet_address": "0x", "message": "m", "signature": "s" * 201}, ["signature"]),
        ({"wallet_address": "0x", "message": "", "signature": "s"}, ["message"]),
        ({"wallet_address": "0x", "message": "a\r\nb", "signature": "s"}, ["message"]),
        ({"wallet_address": "0x", "message": "m", "signature": "s", "alg": "none"}, ["alg"]),
    ],
)
async def test_proof_of_another_shape_is_refused(
    guarded: Api, body: dict[str, object], fields: list[str]
) -> None:
    problem(await guarded.post("/auth/verify", body), 422, "invalid-input", *fields)


async def test_tokens_of_other_makers_are_refused(guarded: Api) -> None:
    """Such as a JWT that says that it needs no signature."""
    for token in (
        # pragma: allowlist nextline secret
        "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhZG1pbiIsInJvbGUiOiJhZG1pbiJ9.",
        "brs_" + "0" * 49,
        "brg_" + "0" * 12 + "_" + "0" * 49,
        "brt_" + "0" * 49,
    ):
        problem(await Person(guarded, token).get("/bots"), 401, "not-authenticated")


async def test_wallet_that_is_removed_meanwhile_does_not_log_in(
    admin: Person, guarded: Api, stored: Stored
) -> None:
    signer = EvmSigner()
    client = await register(admin, signer)
    message = await ask(guarded, signer.address)
    ok(await admin.call("DELETE", f"/clients/{client['id']}"))

    answer = await prove(guarded, signer.address, message, signer.sign(message))

    problem(answer, 404, "wallet-not-registered")
    assert "sessions" not in await stored.counts()


async def test_in_open_mode_a_wallet_logs_in_as_its_client(api: Api) -> None:
    """An old frontend's login works there too; what it sends afterwards is not looked at."""
    signer = EvmSigner()
    await register(Person(api, "nothing"), signer)
    message = await ask(api, signer.address)

    said = ok(await prove(api, signer.address, message, signer.sign(message)))

    assert (said["user"]["role"], said["user"]["account_identifier"]) == ("client", "desk-7")
    assert ok(await api.get("/auth/me"))["role"] == "admin"
    ok(await api.post("/auth/logout"))
