"""What is sent with calls: what is right for somebody, or wrong in some way."""

import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from tests.tenants.canaries import canary, evm_address_of, solana_address_of
from tests.tenants.people import Tenant
from tests.tenants.world import NOBODYS, bot_of, connector_of, runnable_bot_of

Body = Mapping[str, object]
_MOST_BODY_BYTES: Final = 65_536


def _wallet(random: Random, owner: int) -> Body:
    if random.random() < 0.5:
        return {"chain": "evm", "address": evm_address_of(owner)}
    return {"chain": "solana", "address": solana_address_of(owner)}


def _client(random: Random, tenant: Tenant) -> Body:
    number = tenant.number
    return {
        "name": f"Client {canary(number, 'client')} {random.randrange(1_000)}",
        "email": f"{canary(number, 'email')}.{random.randrange(1_000)}@example.org",
        "self_service": random.random() < 0.9,
    }


def _new_client(random: Random, tenant: Tenant) -> Body:
    del tenant
    return {
        "name": f"Nobody's {canary(NOBODYS, 'client')} {random.randrange(10**9)}",
        "wallets": [_wallet(random, NOBODYS)],
        "connectors": [connector_of(NOBODYS)],
    }


def _quick_client(random: Random, tenant: Tenant) -> Body:
    del tenant
    name = f"Nobody's {canary(NOBODYS, 'client')} {random.randrange(10**9)}"
    return {"name": name, "wallet_address": evm_address_of(NOBODYS)}


def _api_key(random: Random, tenant: Tenant) -> Body:
    secret = canary(tenant.number, "phrase")
    exchange = random.choice(["kraken", canary(tenant.number, "exchange")])
    return {
        "client_id": tenant.client_id,
        "exchange": exchange,
        "api_key": secret + "1234",
        "api_secret": secret,
    }


def _connector(random: Random, tenant: Tenant) -> Body:
    name = random.choice(["bitmart", "kraken", canary(tenant.number, "exchange")])
    return connector_of(tenant.number, name)


def _bot(random: Random, tenant: Tenant) -> Body:
    return {
        "name": f"Bot {canary(tenant.number, 'bot')} {random.randrange(1_000)}",
        "config": {"note": canary(tenant.number, "config"), "n": random.randrange(1_000)},
    }


def _new_bot(random: Random, tenant: Tenant) -> Body:
    make = random.choice([bot_of, runnable_bot_of])
    return make(tenant.number, tenant.account)


def _proof(random: Random, tenant: Tenant) -> Body:
    del random
    return {"wallet_address": tenant.signer.address, "message": "never asked", "signature": "0x12"}


_GOOD: Final[Mapping[str, Callable[[Random, Tenant], Body]]] = {
    "POST /auth/verify": _proof,
    "POST /clients/create": _new_client,
    "POST /api/admin/quick-client": _quick_client,
    "POST /api/admin/api-keys": _api_key,
    "PATCH /clients/{client_id}": _client,
    "PUT /clients/{client_id}": _client,
    "PUT /clients/{client_id}/wallet": lambda random, tenant: _wallet(random, tenant.number),
    "PUT /clients/{client_id}/wallet/{wallet_id}": lambda random, tenant: _wallet(
        random, tenant.number
    ),
    "PUT /clients/{client_id}/connector": _connector,
    "POST /bots/create": _new_bot,
    "PUT /bots/{bot_id}": _bot,
    "POST /bots/stop-all": lambda _random, tenant: {"account": tenant.account},
    "POST /orphans/{instance}/adopt": lambda random, tenant: {"bot_id": random.choice(tenant.bots)},
}


def body_of(random: Random, route: str, tenant: Tenant) -> Body | None:
    """Return a body that this route takes, about this tenant; None when it needs none."""
    make = _GOOD.get(route)
    return None if make is None else make(random, tenant)


def spoilt(random: Random, body: Body | None, tenant: Tenant) -> bytes:
    """Return what is wrong in some way, with canaries of the tenant in it."""
    strange = {canary(tenant.number, "config"): canary(tenant.number, "bot")}
    whole: dict[str, object] = {**(body or {})}
    kind = random.randrange(5)
    if kind == 0:
        return json.dumps(whole | strange).encode()
    if kind == 1 and whole:
        return json.dumps(whole | {random.choice(list(whole)): [strange]}).encode()
    if kind == 2 and whole:
        whole.pop(random.choice(list(whole)))
        return json.dumps(whole).encode()
    if kind == 3:
        return json.dumps(whole | strange).encode()[:-2]
    return json.dumps(strange | {"long": "x" * _MOST_BODY_BYTES}).encode()
