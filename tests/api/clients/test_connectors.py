"""Connectors: PUT /clients/{id}/connector, what is shown of them and what is sealed."""

from uuid import UUID

import pytest
from tests.api.calls import Api, ok, problem
from tests.api.inputs import MISSING_ID, VAULT_KEYS, Make, MakeServer, wallet
from tests.api.stored import Stored

from bridge.connectors.exchanges import Credentials, credentials_from_plaintext
from bridge.vault.keyring import KeyRing
from bridge.vault.sealing import Place, Vault
from bridge.vault.secret import Secret

_BITMART = {
    "name": "bitmart",
    "api_key": "abcdefghijkl1234",
    "api_secret": "the secret",
    "memo": "the memo",
}


async def _sealed(stored: Stored, client_id: str) -> Credentials:
    row = await stored.connection.fetchrow(
        "SELECT id, sealed_credentials FROM connectors WHERE client_id = $1", UUID(client_id)
    )
    assert row is not None
    place = Place("connectors", UUID(client_id), row["id"], "sealed_credentials")
    vault = Vault(KeyRing.parse(VAULT_KEYS))
    return credentials_from_plaintext(vault.open(row["sealed_credentials"], place))


async def _revision(stored: Stored) -> int:
    revision = await stored.connection.fetchval("SELECT revision FROM connectors")
    assert isinstance(revision, int)
    return revision


async def test_connector_is_stored_sealed_and_shown_by_its_last_characters(
    api: Api, make_client: Make, stored: Stored
) -> None:
    client = await make_client()

    changed = ok(await api.put(f"/clients/{client['id']}/connector", _BITMART))

    (connector,) = changed["connectors"]
    assert (connector["name"], connector["exchange"]) == ("bitmart", "bitmart")
    assert connector["api_key_preview"] == "****1234"
    assert (connector["label"], connector["is_testnet"]) == (None, False)
    assert (connector["is_active"], connector["sync_state"]) == (True, "pending")
    assert connector["sync_error"] is None
    assert await _sealed(stored, client["id"]) == Credentials(
        api_key=Secret(_BITMART["api_key"]),
        api_secret=Secret(_BITMART["api_secret"]),
        memo=Secret(_BITMART["memo"]),
    )


async def test_connector_again_replaces_its_credentials_in_the_same_row(
    api: Api, make_client: Make, stored: Stored
) -> None:
    client = await make_client(connectors=[{"name": "kraken"}, _BITMART])
    path = f"/clients/{client['id']}/connector"
    await stored.connection.execute("DELETE FROM connectors WHERE name = 'kraken'")

    again = ok(
        await api.put(
            path, {"name": " BitMart ", "api_key": "x" * 20, "api_secret": "new", "memo": "m2"}
        )
    )

    (connector,) = again["connectors"]
    assert connector["id"] == client["connectors"][1]["id"]
    assert (connector["name"], connector["exchange"]) == ("bitmart", "BitMart")
    assert connector["api_key_preview"] == "****xxxx"
    assert await _revision(stored) == 2
    credentials = await _sealed(stored, client["id"])
    assert credentials.api_secret == Secret("new")
    assert (await stored.counts())["connectors"] == 1


async def test_fields_go_to_the_vault_by_their_upstream_names(
    api: Api, make_client: Make, stored: Stored
) -> None:
    client = await make_client()

    ok(
        await api.put(
            f"/clients/{client['id']}/connector",
            {"name": "kraken", "api_key": "k", "fields": {"kraken_secret_key": "from fields"}},
        )
    )

    credentials = await _sealed(stored, client["id"])
    assert credentials.fields == {"kraken_secret_key": Secret("from fields")}


@pytest.mark.parametrize(
    ("left_out", "named"),
    [("memo", "memo"), ("api_key", "api_key"), ("api_secret", "api_secret")],
)
@pytest.mark.parametrize("nothing", [None, "", "  "])
async def test_incomplete_connector_is_stored_as_rejected_and_names_the_field(
    api: Api, make_client: Make, left_out: str, named: str, nothing: str | None
) -> None:
    client = await make_client()
    path = f"/clients/{client['id']}/connector"

    incomplete = ok(await api.put(path, _BITMART | {left_out: nothing}))["connectors"][0]
    complete = ok(await api.put(path, _BITMART))["connectors"][0]

    assert (incomplete["sync_state"], incomplete["is_active"]) == ("rejected", False)
    assert named in incomplete["sync_error"]
    assert (complete["sync_state"], complete["is_active"]) == ("pending", True)
    assert complete["sync_error"] is None
    assert complete["id"] == incomplete["id"]


async def test_connector_without_any_credentials_is_stored(make_client: Make) -> None:
    client = await make_client(connectors=[{"name": "bitmart"}])

    (connector,) = client["connectors"]
    assert connector["api_key_preview"] == ""
    assert connector["sync_state"] == "rejected"


async def test_unknown_exchange_is_stored(make_client: Make) -> None:
    client = await make_client(connectors=[{"name": "Some-Exchange.v2", "api_key": "short"}])

    (connector,) = client["connectors"]
    assert (connector["name"], connector["exchange"]) == ("some-exchange.v2", "Some-Exchange.v2")
    assert connector["api_key_preview"] == "****"
    assert (connector["sync_state"], connector["is_active"]) == ("pending", True)


async def test_one_exchange_is_not_stored_twice_under_two_names(
    api: Api, make_client: Make, stored: Stored
) -> None:
    """Upstream both are one place, and the bots of one would trade with the keys of the other."""
    client = await make_client(connectors=[{"name": "gateio", "api_key": "k", "api_secret": "s"}])
    before = await stored.everything()
    path = f"/clients/{client['id']}/connector"

    for name in ("gate_io", "Gate.io", "gate"):
        answer = await api.put(path, {"name": name, "api_key": "other", "api_secret": "s"})
        refused = problem(answer, 422, "invalid-input")
        assert refused["errors"] == [
            {"field": "name", "message": "is the exchange that this client has as gateio"}
        ]
    connectors = [{"name": "gate"}, {"name": "gate_io"}]
    answer = await api.post("/clients/create", {"name": "Two", "connectors": connectors})

    refused = problem(answer, 422, "invalid-input")
    assert refused["errors"] == [{"field": "connectors[1].name", "message": "is there twice"}]
    assert await stored.everything() == before
    ok(await api.put(path, {"name": "gateio", "api_key": "newer", "api_secret": "s"}))


async def test_connectors_of_two_clients_do_not_meet(make_client: Make) -> None:
    first, second = [await make_client(connectors=[_BITMART]) for _ in range(2)]

    assert first["connectors"][0]["id"] != second["connectors"][0]["id"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a b"}, "name"),
        ({"name": "é"}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"api_key": 7}, "api_key"),
        ({"api_secret": ["x"]}, "api_secret"),
        ({"memo": "x" * 8193}, "memo"),
        ({"api_key": "a\x00b"}, "api_key"),
        ({"fields": {"x": 1}}, "fields"),
        ({"fields": []}, "fields"),
        ({"fields": {f"f{number}": "x" for number in range(17)}}, "fields"),
        ({"passphrase": "x"}, "passphrase"),
    ],
)
async def test_connector_of_another_shape_is_refused(
    api: Api, make_client: Make, stored: Stored, change: dict[str, object], field: str
) -> None:
    client = await make_client(connectors=[_BITMART])
    before = await stored.everything()

    answer = await api.put(f"/clients/{client['id']}/connector", _BITMART | change)

    problem(answer, 422, "invalid-input", field)
    assert await stored.everything() == before


async def test_connector_of_an_unknown_client_is_not_found(api: Api, stored: Stored) -> None:
    problem(await api.put(f"/clients/{MISSING_ID}/connector", _BITMART), 404, "client-not-found")
    assert await stored.counts() == {}


async def test_connector_without_a_vault_is_unavailable_and_nothing_is_stored(
    make_server: MakeServer, make_client: Make, stored: Stored
) -> None:
    client = await make_client()
    before = await stored.everything()
    api = await make_server(BRIDGE_VAULT_KEYS="")

    answers = [
        await api.put(f"/clients/{client['id']}/connector", _BITMART),
        await api.post(
            "/clients/create", {"name": "X", "wallets": [wallet()], "connectors": [_BITMART]}
        ),
    ]

    for answer in answers:
        said = problem(answer, 503, "vault-not-configured")
        assert "BRIDGE_VAULT_KEYS" in said["detail"]
        assert int(answer.headers["Retry-After"]) > 0
    assert await stored.everything() == before
    problem(await api.put(f"/clients/{MISSING_ID}/connector", _BITMART), 404, "client-not-found")
    ok(await api.post("/clients/create", {"name": "Without"}), 201)


async def test_connector_is_removed_at_once_without_an_upstream(
    api: Api, make_client: Make, stored: Stored
) -> None:
    client = await make_client(connectors=[_BITMART, {"name": "okx"}])
    first, second = client["connectors"]
    path = f"/clients/{client['id']}/connector/{first['id']}"

    gone = ok(await api.delete(path))

    assert gone == {"status": "deleted", "client_id": client["id"], "connector_id": first["id"]}
    assert ok(await api.get(f"/clients/{client['id']}"))["connectors"] == [second]
    assert (await stored.counts())["connectors"] == 1
    problem(await api.delete(path), 404, "connector-not-found")


async def test_connector_of_another_client_is_not_found(
    api: Api, make_client: Make, stored: Stored
) -> None:
    """Word for word as one that is nobody's."""
    other, client = await make_client(connectors=[_BITMART]), await make_client()
    before = await stored.everything()

    said = [
        problem(
            await api.delete(f"/clients/{client['id']}/connector/{connector_id}"),
            *(404, "connector-not-found"),
        )
        | {"request_id": ""}
        for connector_id in (other["connectors"][0]["id"], MISSING_ID)
    ]

    assert said[0] == said[1]
    assert await stored.everything() == before
