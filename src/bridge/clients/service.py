"""Use cases of clients: each is one transaction that ends with its event and the new version.

A client is stored together with its wallets and connectors, so this is the one feature that uses
the repositories of two others; what happens to those of a client that is there already stands in
`part_service`.
"""

import re
from uuid import UUID, uuid4

import msgspec
from msgspec import UNSET

from bridge.access.caller import Caller
from bridge.audit.changes import Change, ChangeLog
from bridge.clients.accounts import AccountWish, wish_for
from bridge.clients.changing import finish, found, lock_client, view_of
from bridge.clients.parts import (
    CheckedConnector,
    CheckedWallet,
    ClientParts,
    checked_connector,
    checked_wallet,
    refuse_repeated,
    wallet_of_address,
)
from bridge.clients.repository import ClientRepository
from bridge.clients.structs import (
    ClientChange,
    ClientCreate,
    ClientList,
    ClientView,
    LockedClientRow,
    QuickClient,
    WalletAccountView,
)
from bridge.clients.views import client_view, wallet_account_view
from bridge.db.failures import Connection
from bridge.db.pool import Database
from bridge.errors import (
    AccountTakenError,
    ClientNotFoundError,
    FieldError,
    RuleError,
)
from bridge.idempotency.writes import CREATED, Writes
from bridge.pages import next_cursor, parse_page
from bridge.text import check_text
from bridge.vault.sealing import Vault
from bridge.wallets.addresses import address_key, looks_like_wallet
from bridge.wallets.repository import WalletRepository

_Parts = tuple[list[CheckedWallet], list[CheckedConnector]]

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class ClientService:
    """Clients, their wallets and their connectors."""

    def __init__(
        self, database: Database, writes: Writes, changes: ChangeLog, vault: Vault | None
    ) -> None:
        self._database = database
        self._writes = writes
        self._changes = changes
        self._vault = vault

    async def list(self, limit: int | None, cursor: str | None, caller: Caller) -> ClientList:
        """Return a page of the clients that the caller may see, oldest first."""
        page = parse_page(limit, cursor)
        rows = await ClientRepository(self._database).list(page, caller.client_id)
        return ClientList(
            clients=[client_view(row) for row in rows[: page.limit]],
            next_cursor=next_cursor(page, rows),
        )

    async def get(self, client_id: UUID, caller: Caller) -> ClientView:
        """Return one client.

        Raises:
            ClientNotFoundError: There is none of this id that the caller may see.
        """
        if caller.client_id not in (None, client_id):
            raise ClientNotFoundError
        return client_view(found(await ClientRepository(self._database).find_by_id(client_id)))

    async def find_by_wallet(self, address: str, caller: Caller) -> WalletAccountView:
        """Return the account behind a wallet, in any letter case.

        Raises:
            ClientNotFoundError: No client has it that the caller may see, or it is no address (told
                without a statement).
        """
        if not looks_like_wallet(address):
            raise ClientNotFoundError
        key = address_key(address)
        return wallet_account_view(
            found(await ClientRepository(self._database).find_by_wallet(key, caller.client_id))
        )

    async def create(self, wanted: ClientCreate, caller: Caller) -> ClientView:
        """Store a client with its wallets and connectors, all or nothing.

        Raises:
            RuleError: Something in the input is wrong; nothing is stored.
            AccountTakenError: A person chose this identifier, and somebody has it.
            WalletTakenError: A wallet belongs to another client.
        """
        wanted = msgspec.structs.replace(
            wanted, name=check_text("name", wanted.name), email=_email(wanted.email)
        )
        wish = wish_for(wanted.name, wanted.account_identifier)
        wallets = [
            checked_wallet(wallet, f"wallets[{index}].")
            for index, wallet in enumerate(wanted.wallets)
        ]
        connectors = [
            checked_connector(connector, f"connectors[{index}].")
            for index, connector in enumerate(wanted.connectors)
        ]
        refuse_repeated(connectors)
        return await self._store(wanted, wish, (wallets, connectors), caller)

    async def create_quick(self, wanted: QuickClient, caller: Caller) -> ClientView:
        """Store a client with one wallet, whose chain shows by the form of its address.

        Raises:
            RuleError: Something in the input is wrong; nothing is stored.
            WalletTakenError: The wallet belongs to another client.
        """
        client = ClientCreate(name=check_text("name", wanted.name), email=_email(wanted.email))
        wallet = wallet_of_address(wanted.wallet_address, "wallet_address")
        wish = wish_for(client.name, client.account_identifier)
        return await self._store(client, wish, ([wallet], []), caller)

    async def _store(
        self, wanted: ClientCreate, wish: AccountWish, parts_wanted: _Parts, caller: Caller
    ) -> ClientView:
        wallets, connectors = parts_wanted
        client_id = uuid4()

        async def work(connection: Connection) -> ClientView:
            clients = ClientRepository(connection)
            account = await _insert(clients, client_id, wanted, wish)
            parts = ClientParts(connection, client_id, self._vault)
            await parts.add_wallets(wallets)
            for connector in connectors:
                await parts.put_connector(connector)
            detail: dict[str, object] = {
                "name": wanted.name,
                "wallets": [wallet.address for wallet in wallets],
                "connectors": [connector.name for connector in connectors],
            }
            change = Change(account, "client.created", str(client_id), detail)
            return await finish(self._changes, connection, client_id, caller, change)

        return await self._writes.write(caller, work, CREATED)

    async def change(self, client_id: UUID, wanted: ClientChange, caller: Caller) -> ClientView:
        """Change name, e-mail, primary wallet or self-service; no change writes nothing.

        Raises:
            ClientNotFoundError: There is none of this id.
            RuleError: The account identifier differs, or the wallet is not one of the client's.
        """

        async def work(connection: Connection) -> ClientView:
            before = await lock_client(connection, client_id)
            after = await _changed(connection, before, wanted)
            if after == before:
                return await view_of(connection, client_id)
            await ClientRepository(connection).update(after)
            detail = {"before": _shown(before), "after": _shown(after)}
            change = Change(
                before.account_identifier, "client.changed", str(client_id), dict(detail)
            )
            return await finish(self._changes, connection, client_id, caller, change)

        return await self._writes.write(caller, work)


async def _insert(
    clients: ClientRepository, client_id: UUID, wanted: ClientCreate, wish: AccountWish
) -> str:
    """Store the client under the first free account of its wish and return that."""
    name, email = wanted.name, wanted.email
    if wish.identifier is not None:
        if await clients.insert(client_id, name, email, wish.identifier):
            return wish.identifier
        if wish.stem is None:
            field = FieldError("account_identifier", "belongs to another client")
            raise AccountTakenError(errors=(field,))
    number = await clients.find_next_suffix(wish.stem or "", wish.first_number)
    # An insertion waits for others of the same identifier, so each turn gets past one of them.
    while not await clients.insert(client_id, name, email, wish.numbered(number)):
        number += 1
    return wish.numbered(number)


async def _changed(
    connection: Connection, before: LockedClientRow, wanted: ClientChange
) -> LockedClientRow:
    if wanted.account_identifier not in (UNSET, before.account_identifier):
        raise RuleError(FieldError("account_identifier", "never changes"))
    after = before
    if wanted.name:
        after = msgspec.structs.replace(after, name=check_text("name", wanted.name))
    if wanted.email is not UNSET:
        after = msgspec.structs.replace(after, email=_email(wanted.email))
    if wanted.self_service is not UNSET:
        after = msgspec.structs.replace(after, self_service=wanted.self_service)
    if wanted.wallet_address:
        key = address_key(wanted.wallet_address)
        wallet = await WalletRepository(connection).find_by_key(key)
        if wallet is None or wallet.client_id != before.id:
            raise RuleError(FieldError("wallet_address", "is not a wallet of this client"))
        after = msgspec.structs.replace(after, primary_wallet_id=wallet.id)
    return after


def _email(text: str | None) -> str | None:
    """Return the address, or None for none.

    Raises:
        RuleError: It cannot be one; whether mail arrives there is not looked at.
    """
    trimmed = (text or "").strip()
    if trimmed and _EMAIL.fullmatch(trimmed) is None:
        raise RuleError(FieldError("email", "must be an e-mail address"))
    return trimmed or None


def _shown(client: LockedClientRow) -> dict[str, object]:
    return {
        "name": client.name,
        "email": client.email,
        "primary_wallet_id": client.primary_wallet_id,
        "self_service": client.self_service,
    }
