"""Twenty tenants on one server: every text that is stored of each carries its canaries."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
from tests.api.access.people import ADMIN_KEY
from tests.api.inputs import VAULT_KEYS
from tests.api.signing import EvmSigner, Signer, SolanaSigner
from tests.api.stored import Stored
from tests.tenants.canaries import Canaries, canary, evm_address_of, solana_address_of
from tests.tenants.people import Tenant, Who
from tests.tenants.wire import Line, Request, encode

from bridge.db.dsn import parse_database_url
from bridge.keys import create_key, revoke_key

TENANTS: Final = 20
# Clients that belong to no tenant, and come and go.
NOBODYS: Final = TENANTS
BOTS: Final = 3
# Of what a server is told, so that no limit of a minute ends the run, and nobody acts upstream.
ENVIRONMENT: Final = {
    "BRIDGE_AUTH": "required",
    "BRIDGE_VAULT_KEYS": VAULT_KEYS,
    "BRIDGE_ADMIN_KEY": ADMIN_KEY,
    "BRIDGE_READS_PER_MINUTE": "100000000",
    "BRIDGE_WRITES_PER_MINUTE": "100000000",
    "BRIDGE_LOGINS_PER_MINUTE": "100000000",
    "HUMMINGBOT_API_URL": "http://127.0.0.1:1",
    "HUMMINGBOT_API_PASSWORD": "unused",
    "BRIDGE_LEASE_SECONDS": "60",
    "BRIDGE_START_WAIT_SECONDS": "0",
}
_LOOK_SECONDS: Final = 0.2
_SHOWN: Final = """
WITH bot AS (
    UPDATE bots SET error = $2, performance = $3, state = 'error', reason = 'boot_failed'
    WHERE id = $1
    RETURNING account
)
INSERT INTO versions (account, version, tag, changed_at)
SELECT account, 1, 'elsewher', clock_timestamp() FROM bot
ON CONFLICT ON CONSTRAINT versions_pkey DO UPDATE
    SET version = versions.version + 1, changed_at = clock_timestamp()
RETURNING pg_notify('bridge', concat_ws(':', account, version, tag))
"""
_RUN: Final = """
INSERT INTO runs (
    id, bot_id, generation, phase, revision, config, instance, requested_at, ended_at, outcome,
    error, performance
)
VALUES (gen_random_uuid(), $1, 1, 'ended', 1, '{}', $2, now(), now(), 'failed', $3, $4)
"""
_REJECTED: Final = """
UPDATE connectors SET sync_error = $2 WHERE client_id = $1 AND name = 'kraken'
"""
_BEAT: Final = "UPDATE heartbeats SET beat_at = now(), last_look_at = now()"


def bot_of(owner: int, account: str) -> dict[str, object]:
    """Return a new bot whose every text is the owner's, but for the words that are everybody's."""
    return {
        "name": f"Bot {canary(owner, 'bot')}",
        "account": account,
        "connector": "bitmart",
        "pair": f"{canary(owner, 'pair')}/USDT",
        "strategy": "volume",
        "config": {"note": canary(owner, "config"), "deep": [{canary(owner, "config"): 1}]},
    }


def runnable_bot_of(owner: int, account: str) -> dict[str, object]:
    """Return a new bot that can be started."""
    config = {"bid_spread": 0.003, "ask_spread": 0.004, "order_amount": 1600}
    return bot_of(owner, account) | {"strategy": "spread", "config": config}


def connector_of(owner: int, name: str = "bitmart") -> dict[str, object]:
    """Return credentials with the owner's canary, of which only the last four characters show."""
    secret = canary(owner, "phrase")
    return {
        "name": name,
        "api_key": f"{secret}-1234",
        "api_secret": secret,
        "memo": secret,
        "fields": {"extra": secret},
    }


async def lead_elsewhere(database_url: str) -> None:
    """Store that another process leads, before a server starts that would lead otherwise."""
    connection = await asyncpg.connect(database_url)
    try:
        await Stored(connection).add_leader()
    finally:
        await connection.close()


class World:
    """The tenants, and the operator's people.

    Attributes:
        nobodys: Ids of clients that no tenant has.
    """

    def __init__(self, database_url: str, origin: str, seed: int) -> None:
        self.origin = origin
        self.random = random.Random(seed)  # noqa: S311 - a course that can be run again
        self.canaries = Canaries()
        self.admin = Who("admin", token=ADMIN_KEY)
        self.operator = Who("operator")
        self.viewer = Who("viewer")
        self.nobody = Who(None)
        self.tenants: list[Tenant] = []
        self.nobodys: list[str] = []
        self._dsn = parse_database_url(database_url)
        self._url = database_url
        self._line = Line(origin)
        self._turn = asyncio.Lock()

    async def ask(self, who: Who, method: str, target: str, body: object = None) -> Any:  # noqa: ANN401
        """Make a call that must succeed, and return what it answers."""
        headers = {**who.headers, "Content-Type": "application/json"}
        async with self._turn:
            reply = await self._line.send(Request(method, target, headers, encode(body)))
        assert reply.status in (200, 201), reply
        return reply.json

    @asynccontextmanager
    async def made(self) -> AsyncGenerator[None]:
        """Make all of it, and let the upstream seem to be looked at while the block runs."""
        connection = await asyncpg.connect(self._url)
        try:
            stored = Stored(connection)
            self.operator.token = await create_key(self._dsn, "operator", "some operator")
            self.viewer.token = await create_key(self._dsn, "viewer", "some viewer")
            for number in range(TENANTS):
                self.tenants.append(await self._make_tenant(number, stored))
            looking = asyncio.create_task(self._look(connection))
            yield
            looking.cancel()
            await asyncio.wait([looking])
        finally:
            self._line.close()
            await connection.close()

    async def new_key(self, tenant: Tenant) -> None:
        """Revoke the tenant's key and give it another one."""
        tenant.key.has_ended = True
        await revoke_key(self._dsn, tenant.key.token)
        tenant.key = await self._key_of(tenant.number, tenant.account)

    async def log_in(self, number: int, signer: Signer) -> Who:
        """Return who the wallet of this tenant is."""
        asked = await self.ask(self.nobody, "GET", f"/auth/message/{signer.address}")
        proof = {
            "wallet_address": signer.address,
            "message": asked["message"],
            "signature": signer.sign(asked["message"]),
        }
        answer = await self.ask(self.nobody, "POST", "/auth/verify", proof)
        return Who("client", number, answer["access_token"])

    async def _key_of(self, number: int, account: str) -> Who:
        name = f"Key {canary(number, 'key')}"
        return Who("client", number, await create_key(self._dsn, "client", name, account))

    async def _make_tenant(self, number: int, stored: Stored) -> Tenant:
        signer: Signer = SolanaSigner() if number % 2 else EvmSigner()
        account = f"t-{canary(number, 'account')}"
        addresses = [signer.address, evm_address_of(number), solana_address_of(number)]
        chains = (signer.chain, "evm", "solana")
        wanted = {
            "name": f"Client {canary(number, 'client')}",
            "account_identifier": account,
            "email": f"{canary(number, 'email')}@example.org",
            "wallets": [
                {"chain": chain, "address": address}
                for chain, address in zip(chains, addresses, strict=True)
            ],
            "connectors": [
                connector_of(number),
                connector_of(number, "kraken"),
                connector_of(number, canary(number, "exchange")),
            ],
        }
        client = await self.ask(self.admin, "POST", "/clients/create", wanted)
        await self.ask(self.admin, "PATCH", f"/clients/{client['id']}", {"self_service": True})
        bots = [
            (await self.ask(self.admin, "POST", "/bots/create", make(number, account)))["id"]
            for make in (bot_of, *(runnable_bot_of,) * BOTS)
        ]
        await self._show(stored.connection, number, bots[0])
        instance = f"hummingbot-{account}-{canary(number, 'instance')}-20260101-000000"
        figures = f'{{"{canary(number, "figures")}": 1}}'
        await stored.connection.execute(
            _RUN, bots[0], instance, f"Failed: {canary(number, 'run')}", figures
        )
        await stored.connection.execute(
            _REJECTED, client["id"], f"Refused: {canary(number, 'sync')}"
        )
        self.canaries.add(number, *addresses, client["id"], *bots)
        parts = {each["name"]: each["id"] for each in client["connectors"]}
        wallets = [each["id"] for each in client["wallets"]]
        self.canaries.add(number, *parts.values(), *wallets)
        return Tenant(
            number=number,
            account=account,
            signer=signer,
            client_id=client["id"],
            key=await self._key_of(number, account),
            session=await self.log_in(number, signer),
            # The one that signs stays, or the session would end with it.
            wallets=[
                each["id"]
                for each in client["wallets"]
                if each["address"].lower() != signer.address.lower()
            ],
            addresses=addresses,
            connectors=[id_ for name, id_ in parts.items() if name != "bitmart"],
            bots=bots[1:],
            shown_bot=bots[0],
            instances=[await stored.add_orphan(account)],
        )

    async def _show(
        self, connection: "asyncpg.Connection[asyncpg.Record]", number: int, bot_id: str
    ) -> None:
        error = f"Failed: {canary(number, 'error')} {self.random.randrange(10**6)}"
        figures = f'{{"{canary(number, "figures")}": {self.random.randrange(10**6)}}}'
        await connection.execute(_SHOWN, bot_id, error, figures)

    async def _look(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Do what a process elsewhere would do that leads, and sees something new each time."""
        while True:
            await connection.execute(_BEAT)
            tenant = self.random.choice(self.tenants)
            await self._show(connection, tenant.number, tenant.shown_bot)
            await asyncio.sleep(_LOOK_SECONDS)
