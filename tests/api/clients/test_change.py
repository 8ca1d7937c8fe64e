"""PUT and PATCH /clients/{id}, which do the same."""

import pytest
from tests.api.calls import Api, ok, problem
from tests.api.inputs import MISSING_ID, Make, evm_address, solana_address, wallet
from tests.api.stored import Stored

_METHODS = pytest.mark.parametrize("method", ["PUT", "PATCH"])


@_METHODS
async def test_what_is_left_out_stays(api: Api, make_client: Make, method: str) -> None:
    client = await make_client(name="Sharp", email="a@b.io")
    path = f"/clients/{client['id']}"

    renamed = ok(await api.call(method, path, {"name": " Blunt "}))
    mailed = ok(await api.call(method, path, {"email": "c@d.io"}))
    served = ok(await api.call(method, path, {"self_service": True}))

    assert (renamed["name"], renamed["email"]) == ("Blunt", "a@b.io")
    assert (mailed["name"], mailed["email"]) == ("Blunt", "c@d.io")
    assert served["self_service"] is True
    assert served["account_identifier"] == client["account_identifier"]
    assert served["updated_at"] > client["updated_at"]
    assert ok(await api.get(path)) == served


@_METHODS
async def test_empty_texts_of_the_old_form_leave_name_and_wallet(
    api: Api, make_client: Make, method: str
) -> None:
    """The form sends name, email and wallet_address, each possibly empty."""
    client = await make_client(name="Sharp", email="a@b.io", wallets=[wallet(), wallet()])

    changed = ok(
        await api.call(
            method,
            f"/clients/{client['id']}",
            {"name": "", "email": "", "wallet_address": ""},
        )
    )

    assert changed["name"] == "Sharp"
    assert changed["email"] is None
    assert changed["wallet_address"] == client["wallet_address"]


@_METHODS
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "Sharp", "email": "a@b.io"},
        {"wallet_address": ""},
        {"wallet_address": None},
        {"self_service": False},
    ],
)
async def test_what_is_the_same_already_writes_nothing(
    api: Api, make_client: Make, stored: Stored, method: str, body: dict[str, object]
) -> None:
    client = await make_client(name="Sharp", email="a@b.io")
    before = await stored.everything()

    assert ok(await api.call(method, f"/clients/{client['id']}", body)) == client
    assert await stored.everything() == before


@_METHODS
async def test_wallet_address_picks_the_primary_wallet(
    api: Api, make_client: Make, method: str
) -> None:
    second = solana_address()
    client = await make_client(wallets=[wallet(), wallet(second, "solana"), wallet()])

    changed = ok(
        await api.call(method, f"/clients/{client['id']}", {"wallet_address": second.lower()})
    )

    assert (changed["wallet_address"], changed["wallet_type"]) == (second, "SOLANA")
    assert changed["wallets"] == client["wallets"]


@_METHODS
async def test_primary_wallet_must_be_one_of_the_clients(
    api: Api, make_client: Make, stored: Stored, method: str
) -> None:
    """A wallet of somebody else and a wallet of nobody get the same answer."""
    other = await make_client(wallets=[wallet()])
    client = await make_client(wallets=[wallet()])
    before = await stored.everything()

    answers = [
        await api.call(
            method,
            f"/clients/{client['id']}",
            {"name": "New", "wallet_address": address},
            headers={"X-Request-ID": "same"},
        )
        for address in (other["wallet_address"], evm_address())
    ]

    for answer in answers:
        problem(answer, 422, "invalid-input", "wallet_address")
        assert answer.body == answers[0].body
    assert await stored.everything() == before


@_METHODS
async def test_account_never_changes(
    api: Api, make_client: Make, stored: Stored, method: str
) -> None:
    client = await make_client(account_identifier="desk-7")
    path = f"/clients/{client['id']}"
    before = await stored.everything()

    ok(await api.call(method, path, {"account_identifier": "desk-7"}))
    answer = await api.call(method, path, {"name": "New", "account_identifier": "desk-8"})

    problem(answer, 422, "invalid-input", "account_identifier")
    assert await stored.everything() == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "   "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": None}, "name"),
        ({"name": 7}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"email": "nobody"}, "email"),
        ({"email": "a" * 250 + "@b.io"}, "email"),
        ({"wallet_address": "x" * 101}, "wallet_address"),
        ({"self_service": "yes"}, "self_service"),
        ({"self_service": 1}, "self_service"),
        ({"tier": "gold"}, "tier"),
    ],
)
async def test_wrong_change_names_the_field_and_stores_nothing(
    api: Api, make_client: Make, stored: Stored, body: dict[str, object], field: str
) -> None:
    client = await make_client()
    before = await stored.everything()

    answers = [
        await api.call(method, f"/clients/{client['id']}", body) for method in ("PUT", "PATCH")
    ]

    for answer in answers:
        problem(answer, 422, "invalid-input", field)
    assert await stored.everything() == before


@_METHODS
@pytest.mark.parametrize("client_id", [MISSING_ID, "nobody"])
async def test_unknown_client_is_not_found(api: Api, method: str, client_id: str) -> None:
    answer = await api.call(method, f"/clients/{client_id}", {"name": "New"})

    problem(answer, 404, answer.json["code"])
