"""POST /clients/create: which account a client gets."""

import re

import pytest
from tests.api.calls import Api, ok, problem
from tests.api.inputs import Make, bot_body, wallet
from tests.api.stored import Stored

_ALLOWED = re.compile(r"[A-Za-z0-9_-]{1,64}")


@pytest.mark.parametrize(
    ("name", "account"),
    [
        ("Sharp Foundation", "client_sharp_foundation"),
        ("  Sharp -- Foundation!  ", "client_sharp_foundation"),
        ("A.B.C 123", "client_a_b_c_123"),
        ("Café Müller", "client_caf_m_ller"),
        ("日本", "client_1"),
        ("!!!", "client_1"),
        ("日本 Labs", "client_labs"),
        ("x" * 70, "client_" + "x" * 57),
        ("x" * 56 + " " + "y" * 20, "client_" + "x" * 56),
    ],
)
async def test_account_is_made_from_the_name(make_client: Make, name: str, account: str) -> None:
    client = await make_client(name=name)

    assert client["account_identifier"] == account


@pytest.mark.parametrize("bare", [None, "", "  ", "client_", " client_ ", "client__"])
async def test_account_that_says_nothing_counts_as_none(
    make_client: Make, bare: str | None
) -> None:
    client = await make_client(name="Sharp", account_identifier=bare)

    assert client["account_identifier"] == "client_sharp"


@pytest.mark.parametrize("name", ["Sharp", "日本", "!!!", "x" * 70, "master account"])
async def test_generated_account_that_is_taken_is_numbered(make_client: Make, name: str) -> None:
    accounts = [(await make_client(name=name))["account_identifier"] for _ in range(12)]

    assert len(set(accounts)) == 12
    assert all(_ALLOWED.fullmatch(account) for account in accounts)
    assert all(re.search(r"_\d+$", account) for account in accounts[1:])


async def test_numbers_continue_behind_the_highest(make_client: Make) -> None:
    await make_client(account_identifier="client_sharp_41")

    accounts = [(await make_client(name="Sharp"))["account_identifier"] for _ in range(3)]

    assert accounts == ["client_sharp", "client_sharp_42", "client_sharp_43"]


async def test_stem_is_no_pattern(make_client: Make) -> None:
    """The underscore of one stem must not match another client's letter."""
    await make_client(account_identifier="clientXsharp_41")

    accounts = [(await make_client(name="Sharp"))["account_identifier"] for _ in range(2)]

    assert accounts == ["client_sharp", "client_sharp_2"]


@pytest.mark.parametrize(
    "identifier",
    ["sharp_labs", "client_sharp_labs", "client_sharp_labs_", "client__sharp_labs"],
)
async def test_account_made_from_the_name_by_a_frontend_is_numbered_when_taken(
    make_client: Make, identifier: str
) -> None:
    first, second = [
        await make_client(name=" Sharp Labs ", account_identifier=identifier) for _ in range(2)
    ]

    assert first["account_identifier"] == identifier
    assert re.fullmatch(identifier.rstrip("_") + r"_\d+", second["account_identifier"])


async def test_chosen_account_is_kept_as_it_is(make_client: Make) -> None:
    client = await make_client(account_identifier=" Desk-7_B ")

    assert client["account_identifier"] == "Desk-7_B"


async def test_chosen_account_that_is_taken_is_a_conflict(
    api: Api, make_client: Make, stored: Stored
) -> None:
    await make_client(account_identifier="desk-7")
    before = await stored.everything()

    answer = await api.post(
        "/clients/create",
        {"name": "Other", "account_identifier": "desk-7", "wallets": [wallet()]},
    )

    problem(answer, 409, "account-taken")
    assert await stored.everything() == before


@pytest.mark.parametrize("reserved", ["master_account", "Master-Account", "MASTERACCOUNT"])
async def test_account_of_the_upstream_is_refused(api: Api, stored: Stored, reserved: str) -> None:
    answer = await api.post("/clients/create", {"name": "X", "account_identifier": reserved})

    problem(answer, 422, "invalid-input", "account_identifier")
    assert await stored.counts() == {}


@pytest.mark.parametrize(
    "wrong", ["a b", "a/b", "../up", "a.b", "日本", "a\nb", "x" * 65, "a\x00", "client_é"]
)
async def test_account_of_another_form_is_refused(api: Api, stored: Stored, wrong: str) -> None:
    answer = await api.post("/clients/create", {"name": "X", "account_identifier": wrong})

    problem(answer, 422, "invalid-input", "account_identifier")
    assert await stored.counts() == {}


async def test_account_is_free_again_after_its_client_is_deleted(
    api: Api, make_client: Make, stored: Stored
) -> None:
    first = await make_client(account_identifier="desk-7")
    ok(await api.post("/bots/create", bot_body(account="desk-7")), 201)
    before = await stored.version("desk-7")
    ok(await api.delete(f"/clients/{first['id']}"))

    second = await make_client(account_identifier="desk-7")

    assert second["id"] != first["id"]
    assert ok(await api.get("/bots?account=desk-7"))["bots"] == []
    # The version goes on where it was, so that no reader takes the new account for the old one.
    assert await stored.version("desk-7") == before + 2
