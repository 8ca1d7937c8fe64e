"""Wallets: PUT /clients/{id}/wallet and GET /clients/by-wallet/{address}."""

from collections.abc import Callable

import pytest
from tests.api.calls import Answer, Api, ok, problem
from tests.api.inputs import MISSING_ID, Make, solana_address, wallet
from tests.api.stored import Stored

_CHECKSUMMED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def _swapped(text: str) -> str:
    return text[:2] + text[2:].swapcase()


def _upper_digits(text: str) -> str:
    return text[:2] + text[2:].upper()


async def test_wallet_is_added_behind_the_others(api: Api, make_client: Make) -> None:
    client = await make_client(wallets=[wallet()])
    added = solana_address()

    changed = ok(
        await api.put(f"/clients/{client['id']}/wallet", wallet(added, "solana")),
    )

    assert [each["address"] for each in changed["wallets"]] == [client["wallet_address"], added]
    assert changed["wallet_address"] == client["wallet_address"]
    assert ok(await api.get(f"/clients/{client['id']}")) == changed


@pytest.mark.parametrize("spelled", [str, str.lower, _upper_digits])
async def test_same_wallet_again_changes_nothing(
    api: Api,
    make_client: Make,
    stored: Stored,
    spelled: Callable[[str], str],
) -> None:
    client = await make_client(wallets=[wallet(_CHECKSUMMED)])
    before = await stored.everything()

    again = ok(await api.put(f"/clients/{client['id']}/wallet", wallet(spelled(_CHECKSUMMED))))

    assert again == client
    assert await stored.everything() == before


async def test_wallet_is_shown_as_it_was_sent(make_client: Make) -> None:
    client = await make_client(wallets=[wallet(f"  0X{_CHECKSUMMED[2:]} ")])

    assert client["wallets"][0]["address"] == _CHECKSUMMED


@pytest.mark.parametrize(
    "address", [_CHECKSUMMED, _CHECKSUMMED.lower(), _CHECKSUMMED.upper(), _swapped(_CHECKSUMMED)]
)
async def test_owner_is_found_in_any_letter_case(api: Api, make_client: Make, address: str) -> None:
    client = await make_client(
        name="Sharp", wallets=[wallet(_CHECKSUMMED), wallet()], connectors=[{"name": "kraken"}]
    )
    await make_client(wallets=[wallet()])

    found = ok(await api.get(f"/clients/by-wallet/{address}"))

    assert found == {
        "client_id": client["id"],
        "account_identifier": client["account_identifier"],
        "name": "Sharp",
        "wallets": client["wallets"],
        "connectors": client["connectors"],
        "role": "client",
    }


@pytest.mark.parametrize("spelled", [str, str.lower, str.upper, str.swapcase])
async def test_owner_is_found_by_a_solana_address_in_any_letter_case(
    api: Api, make_client: Make, spelled: Callable[[str], str]
) -> None:
    address = solana_address()
    client = await make_client(wallets=[wallet(address, "solana")])

    found = ok(await api.get(f"/clients/by-wallet/{spelled(address)}"))

    assert found["client_id"] == client["id"]
    assert found["wallets"][0]["address"] == address


@pytest.mark.parametrize(
    "address", ["0x" + "0" * 40, "0x12", "nobody", "%00", "%ED%A0%80", "x" * 5000]
)
async def test_owner_of_an_unknown_wallet_is_not_found(api: Api, address: str) -> None:
    problem(await api.get(f"/clients/by-wallet/{address}"), 404, "client-not-found")


async def test_wallet_of_another_client_is_a_conflict_that_tells_nothing(
    api: Api, make_client: Make, stored: Stored
) -> None:
    """Two different owners give the same answer, by PUT and by POST, and nothing is stored."""
    owners = [
        await make_client(name=f"Owner {number}", email=f"o{number}@b.io", wallets=[wallet()])
        for number in range(2)
    ]
    other = await make_client(name="Other")
    before = await stored.everything()

    answers: list[Answer] = []
    for owner in owners:
        taken = wallet(owner["wallet_address"].upper().replace("X", "x"))
        answers += [
            await api.put(f"/clients/{other['id']}/wallet", taken, X_Request_ID="same"),
            await api.post(
                "/clients/create", {"name": "New", "wallets": [taken]}, X_Request_ID="same"
            ),
        ]

    for number, answer in enumerate(answers):
        problem(answer, 409, "wallet-taken", ("address", "wallets[0].address")[number % 2])
        assert answer.body == answers[number % 2].body
    assert await stored.everything() == before


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (wallet("0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed"), "address"),
        (wallet("0x" + "a" * 39), "address"),
        (wallet("0x" + "g" * 40), "address"),
        (wallet(""), "address"),
        (wallet("a" * 101), "address"),
        (wallet("1" * 31, "solana"), "address"),
        (wallet("z" * 44, "solana"), "address"),
        (wallet("0OIl" * 9, "solana"), "address"),
        (wallet(_CHECKSUMMED, "solana"), "address"),
        (wallet("1" * 32, "evm"), "address"),
        (wallet(_CHECKSUMMED, "bitcoin"), "chain"),
        (wallet(_CHECKSUMMED, ""), "chain"),
        ({"chain": "evm"}, "address"),
        ({"address": _CHECKSUMMED}, "chain"),
        (wallet() | {"private_key": "x"}, "private_key"),
    ],
)
async def test_wallet_that_is_none_is_refused(
    api: Api, make_client: Make, stored: Stored, sent: dict[str, str], field: str
) -> None:
    client = await make_client()
    before = await stored.everything()

    by_put = await api.put(f"/clients/{client['id']}/wallet", sent)
    by_post = await api.post("/clients/create", {"name": "X", "wallets": [wallet(), sent]})

    problem(by_put, 422, "invalid-input", field)
    problem(by_post, 422, "invalid-input", f"wallets[1].{field}")
    assert await stored.everything() == before


async def test_wallet_of_an_unknown_client_is_not_found(api: Api, stored: Stored) -> None:
    problem(await api.put(f"/clients/{MISSING_ID}/wallet", wallet()), 404, "client-not-found")
    assert await stored.counts() == {}


async def test_wallet_is_replaced_in_its_place(api: Api, make_client: Make) -> None:
    client = await make_client(wallets=[wallet(), wallet()])
    first, second = client["wallets"]
    address = solana_address()

    changed = ok(
        await api.put(f"/clients/{client['id']}/wallet/{first['id']}", wallet(address, "solana"))
    )

    assert changed["wallets"] == [first | {"chain": "solana", "address": address}, second]
    assert (changed["wallet_address"], changed["wallet_type"]) == (address, "SOLANA")
    problem(await api.get(f"/clients/by-wallet/{first['address']}"), 404, "client-not-found")


async def test_wallet_replaced_by_itself_changes_nothing(
    api: Api, make_client: Make, stored: Stored
) -> None:
    client = await make_client(wallets=[wallet(_CHECKSUMMED)])
    before = await stored.everything()
    path = f"/clients/{client['id']}/wallet/{client['wallets'][0]['id']}"

    assert ok(await api.put(path, wallet(_CHECKSUMMED.lower()))) == client

    assert await stored.everything() == before


async def test_wallet_is_not_replaced_by_one_that_somebody_has(
    api: Api, make_client: Make, stored: Stored
) -> None:
    """Not even by another one of the same client."""
    other = await make_client(wallets=[wallet()])
    client = await make_client(wallets=[wallet(), wallet()])
    path = f"/clients/{client['id']}/wallet/{client['wallets'][0]['id']}"
    before = await stored.everything()

    for taken in (other["wallet_address"], client["wallets"][1]["address"]):
        problem(await api.put(path, wallet(taken)), 409, "wallet-taken", "address")

    assert await stored.everything() == before


async def test_wallet_is_taken_away_and_free_at_once(api: Api, make_client: Make) -> None:
    client = await make_client(wallets=[wallet(), wallet()])
    first, second = client["wallets"]
    path = f"/clients/{client['id']}/wallet/{first['id']}"

    gone = ok(await api.delete(path))

    assert gone == {"status": "deleted", "client_id": client["id"], "wallet_id": first["id"]}
    left = ok(await api.get(f"/clients/{client['id']}"))
    assert (left["wallets"], left["wallet_address"]) == ([second], second["address"])
    problem(await api.delete(path), 404, "wallet-not-found")
    await make_client(wallets=[wallet(first["address"])])


async def test_wallet_that_was_picked_gives_way_to_the_oldest(api: Api, make_client: Make) -> None:
    client = await make_client(wallets=[wallet(), wallet()])
    first, second = client["wallets"]
    ok(await api.patch(f"/clients/{client['id']}", {"wallet_address": second["address"]}))

    ok(await api.delete(f"/clients/{client['id']}/wallet/{second['id']}"))

    left = ok(await api.get(f"/clients/{client['id']}"))
    assert left["wallet_address"] == first["address"]


async def test_wallet_of_another_client_is_not_found(
    api: Api, make_client: Make, stored: Stored
) -> None:
    """Word for word as one that is nobody's."""
    other = await make_client(wallets=[wallet()])
    client = await make_client(wallets=[wallet()])
    before = await stored.everything()

    answers = [
        await api.call(method, f"/clients/{client['id']}/wallet/{wallet_id}", *body)
        for wallet_id in (other["wallets"][0]["id"], MISSING_ID)
        for method, body in (("PUT", (wallet(),)), ("DELETE", ()))
    ]

    said = [problem(answer, 404, "wallet-not-found") | {"request_id": ""} for answer in answers]
    assert said == said[:1] * 4
    assert await stored.everything() == before
