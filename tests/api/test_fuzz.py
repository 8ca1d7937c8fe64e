"""Random bodies against every route that takes one: never a 5xx, and nothing odd is stored."""

import json
import random
import re
import string
from collections.abc import Mapping
from typing import Any, Final

import pytest
from tests.api.calls import Api, check_problem
from tests.api.inputs import Make, bot_body, wallet
from tests.api.routes import BODIES, Operation
from tests.api.stored import Stored

_BODIES_PER_ROUTE: Final = 80
_ODD_TEXTS: Final = (
    *("", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\u202e", "\u2028", "\ufeff", "é", "💩"),
    *("a" * 70, "a" * 9000, "null", "0", "-1", "1e400", "NaN", "'; DROP TABLE clients; --", "%00"),
    *(
        "../../etc",
        "{}",
        "[]",
        "\\",
        '"',
        "\\u0000",
        "${x}",
        "{{x}}",
        "%s%n",
        "client_",
        "\n",
        "\t",
    ),
)
_ODD_NUMBERS: Final = (
    *(0, -0.0, -1, 1, 0.1, 1e-320, 1e308, 10**30, -(10**30), 2**31, 2**63, 2**64, 1.5, 5000),
)
_KNOWN_TEXTS: Final = (
    *("spread", "grid", "controller", "volume", "evm", "solana", "kraken", "bitmart", "desk-7"),
    *("A/B", "SHARP/USDT", "0x" + "ab" * 20, "1" * 32, "buy", "sell", "Sharp", "a@b.io"),
)
_FIELDS: Final = (
    *("name", "email", "wallets", "connectors", "account_identifier", "wallet_address"),
    *("self_service", "chain", "address", "api_key", "api_secret", "memo", "fields", "account"),
    *("connector", "pair", "strategy", "config", "revision", "bid_spread", "order_amount", "side"),
    *("start_price", "end_price", "limit_price", "type", "__proto__", "\x00", "\ud800", "", "a.b"),
)
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_TEMPLATES: Final[dict[str, Mapping[str, object]]] = {
    "createClient": {"name": "Sharp", "wallets": [wallet()], "connectors": [{"name": "okx"}]},
    "createQuickClient": {"name": "Quick", "wallet_address": wallet()["address"], "tier": "x"},
    "putWallet": wallet(),
    "changeWallet": wallet(),
    "putConnector": {"name": "kraken", "api_key": "k", "fields": {"a": "b"}},
    "createBot": bot_body(account="desk-7"),
    "changeBot": {"name": "New", "config": {"order_amount": 5}, "revision": 1},
    "stopBot": {"force": True},
    "stopAllBots": {"account": "desk-7"},
    "stopOrphan": {"force": False},
    "verifyLogin": {"wallet_address": "0x" + "ab" * 20, "message": "m", "signature": "s"},
}


def _value(chance: random.Random, depth: int = 0) -> Any:  # noqa: ANN401 - JSON of any shape
    """Return anything; lists and objects end after a few levels."""
    kind = chance.randrange(8 if depth < 4 else 6)
    if kind == 6:
        return [_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    if kind == 7:
        return {
            chance.choice(_FIELDS): _value(chance, depth + 1) for _ in range(chance.randrange(5))
        }
    printable = "".join(chance.choices(string.printable, k=chance.randrange(12)))
    pools = (
        _ODD_NUMBERS,
        _ODD_NUMBERS,
        _ODD_TEXTS,
        _KNOWN_TEXTS,
        (None, True, False),
        (printable,),
    )
    return chance.choice(pools[kind])


def _mutated(chance: random.Random, value: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """Return a copy with some parts replaced, so that the rest gets past the first check."""
    if chance.random() < 0.12:
        return _value(chance)
    match value:
        case dict():
            return {name: _mutated(chance, each) for name, each in value.items()}  # pyright: ignore[reportUnknownVariableType]
        case list():
            return [_mutated(chance, each) for each in value]  # pyright: ignore[reportUnknownVariableType]
        case str() if chance.random() < 0.15:
            return value + chance.choice(_ODD_TEXTS)
        case _:
            return value


def _bodies(operation: Operation, client_id: str, bot_id: str) -> list[bytes]:
    chance = random.Random(f"{operation.id} 2026")  # noqa: S311 - the same bodies in every run
    templates = {
        **_TEMPLATES,
        "adoptOrphan": {"bot_id": bot_id},
        "addApiKey": {"client_id": client_id, "exchange": "kraken", "api_key": "k"},
    }
    template = templates.get(
        operation.id, {"name": "New", "email": "a@b.io", "wallet_address": "", "self_service": True}
    )
    bodies: list[bytes] = []
    for turn in range(_BODIES_PER_ROUTE):
        body = _value(chance) if turn % 4 == 0 else _mutated(chance, template)
        # Lone surrogates go out escaped, or as the bytes that no UTF-8 has.
        text = json.dumps(body, ensure_ascii=chance.random() < 0.5)
        bodies.append(text.encode("utf-8", "surrogatepass"))
    return bodies


@pytest.mark.parametrize("operation", BODIES, ids=lambda each: each.id)
async def test_random_bodies_never_fail_and_never_store_what_is_odd(
    api: Api, make_client: Make, make_bot: Make, stored: Stored, operation: Operation
) -> None:
    client = await make_client(account_identifier="desk-7", wallets=[wallet()])
    bot = await make_bot(account="desk-7", strategy="volume", config={})
    instance = await stored.add_orphan("desk-7")
    ids = {"client_id": client["id"], "bot_id": bot["id"], "instance": instance, None: ""}
    path = operation.at(ids[operation.parameter], client["wallets"][0]["id"])
    statuses: set[int] = set()

    for body in _bodies(operation, client["id"], bot["id"]):
        events = (await stored.counts())["events"]
        answer = await api.call(
            operation.method, path, body=body, headers={"Content-Type": "application/json"}
        )
        statuses.add(answer.status)
        assert answer.status < 500, (body, answer.body)
        if answer.status >= 400:
            check_problem(answer)
            assert (await stored.counts())["events"] == events, body
        else:
            json.loads(answer.body)

    # Both sides of the checks were reached.
    assert statuses & ({401} if operation.id == "verifyLogin" else {200, 201})
    assert statuses & {400, 422}
    for text in await stored.texts():
        assert text == text.strip()
        assert not _CONTROL.search(text), text
    for listed in ("/clients", "/bots"):
        assert (await api.get(listed)).status == 200
