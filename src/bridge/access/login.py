"""Logging in with a wallet: a message to sign, a session for the signature, and its end."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple
from uuid import uuid4

from bridge.access.caller import Caller
from bridge.access.limits import Limiter
from bridge.access.messages import LIFETIME, Challenge
from bridge.access.origins import Origins, is_loopback
from bridge.access.principal import Principal
from bridge.access.principals import Principals
from bridge.access.repository import LoginRepository
from bridge.access.signatures import has_signed
from bridge.access.structs import (
    ChallengeRow,
    LoggedIn,
    LoginMessage,
    LoginProof,
    LoginRow,
    NewSession,
    StreamTicket,
)
from bridge.access.tokens import digest_of, new_session_token, new_ticket
from bridge.access.views import user_view
from bridge.audit.changes import Change, ChangeLog
from bridge.db.failures import Connection
from bridge.db.pool import Database
from bridge.db.together import Together
from bridge.errors import AuthenticationError, ForbiddenError, NotFoundError
from bridge.wallets.addresses import Chain, address_key, looks_like_wallet

_NONCE_BYTES: Final = 16
_TICKET_SECONDS: Final = 30
_NOBODY: Final = "nobody"


class WalletNotRegisteredError(NotFoundError):
    """This wallet is not registered: ask your operator to add it to your client."""

    code = "wallet-not-registered"


class LoginPlaceError(ForbiddenError):
    """Log in from a page whose origin is named in CORS_ORIGINS: what is signed has to name it."""

    code = "login-place-unknown"


class LoginError(AuthenticationError):
    """This login is not valid: ask for a new message, and sign it with this wallet."""

    code = "login-refused"


class Place(NamedTuple):
    """Where a step of a login comes from.

    Attributes:
        peer: Address of the connection's other end.
    """

    origin: str | None
    host: str
    peer: str


@dataclass(frozen=True, slots=True)
class LoginRules:
    """What the settings say of logins.

    Attributes:
        admin_wallets: Chain and address of each, by the address in lower case.
    """

    origins: Origins
    admin_wallets: dict[str, tuple[Chain, str]]
    session_seconds: float


class LoginService:
    """Logins with wallets."""

    def __init__(
        self, database: Database, rules: LoginRules, principals: Principals, limiter: Limiter
    ) -> None:
        self._database = database
        self._rules = rules
        self._principals = principals
        self._limiter = limiter
        self._changes = ChangeLog()
        self._logins = Together(self._ask_for_logins)
        self._challenges = Together(self._ask_for_challenges)

    async def message(self, wallet: str, place: Place) -> LoginMessage:
        """Return a message for a wallet to sign; it can be used once, for five minutes.

        Raises:
            WalletNotRegisteredError: It logs nobody in.
            LoginPlaceError: Nobody has said that this place is ours.
            TooManyRequestsError: Too many steps of logins with this wallet.
        """
        login = await self._login(wallet)
        await self._limiter.admit_login(place.peer, address_key(wallet))
        origin, is_named = self._origin(place)
        challenge = Challenge(
            chain=login.chain,
            address=login.address,
            origin=origin,
            nonce=secrets.token_hex(_NONCE_BYTES),
            issued_at=datetime.now(UTC).replace(microsecond=0),
        )
        text = challenge.text()

        async def work(connection: Connection) -> None:
            await LoginRepository(connection).insert_challenge(
                ChallengeRow(
                    message_hash=digest_of(text),
                    chain=login.chain,
                    address=login.address,
                    origin=origin if is_named else None,
                ),
                LIFETIME.total_seconds(),
            )

        await self._database.write(work)
        return LoginMessage(message=text, expires_at=challenge.expires_at)

    async def verify(self, proof: LoginProof, place: Place, request_id: str) -> LoggedIn:
        """Begin a session for a signed message, and use the message up.

        Raises:
            LoginError: Anything about it is not as it was asked for.
            WalletNotRegisteredError: It logs nobody in any more.
            TooManyRequestsError: Too many steps of logins with this wallet.
        """
        key = address_key(proof.wallet_address)
        asked = await self._challenges.find(digest_of(proof.message))
        if asked is None or address_key(asked.address) != key:
            raise LoginError
        # Only now: made-up wallets shall not fill the table of buckets.
        await self._limiter.admit_login(place.peer, key)
        refusal = await self._refusal(asked, proof, place)
        begun = None if refusal else await self._begin(asked, request_id)
        if begun is None:
            await self._note_refusal(asked, refusal or "used", request_id)
            raise LoginError
        return begun

    async def _refusal(
        self, asked: ChallengeRow, proof: LoginProof, place: Place
    ) -> Literal["page", "signature"] | None:
        """Return what is wrong with a proof, if anything is."""
        # A page may only bring what it has asked for itself.
        if self._rules.origins.may_read(place.origin) and place.origin != asked.origin:
            return "page"
        # Some milliseconds of arithmetic, in which the loop answers others.
        claim = (asked.chain, asked.address, proof.message, proof.signature)
        return None if await asyncio.to_thread(has_signed, *claim) else "signature"

    async def _begin(self, asked: ChallengeRow, request_id: str) -> LoggedIn | None:
        """Use a message up and begin a session; None when somebody was faster, or it is too late.

        Raises:
            WalletNotRegisteredError: It logs nobody in any more.
        """
        login = await self._login(asked.address)
        token = new_session_token()
        session = NewSession(
            id=uuid4(),
            token_hash=digest_of(token),
            role="admin" if login.client_id is None else "client",
            client_id=login.client_id,
            chain=login.chain,
            address=login.address,
            lifetime_seconds=self._rules.session_seconds,
        )
        principal = _principal(session, login)
        caller = Caller(actor=principal.actor, request_id=request_id)

        async def work(connection: Connection) -> datetime | None:
            stored = LoginRepository(connection)
            if not await stored.consume_challenge(asked.message_hash):
                return None
            expires_at = await stored.insert_session(session)
            detail: dict[str, object] = {"role": session.role}
            change = Change(principal.account, "session.begun", str(session.id), detail)
            await self._changes.note(connection, caller, change)
            return expires_at

        expires_at = await self._database.write(work)
        if expires_at is None:
            return None
        return LoggedIn(
            access_token=token,
            token_type="bearer",  # noqa: S106 - the scheme's name (RFC 6750)
            expires_at=expires_at,
            user=user_view(principal),
        )

    async def _note_refusal(self, asked: ChallengeRow, reason: str, request_id: str) -> None:
        login = await self._login(asked.address)
        # Whoever it was has not shown to be the wallet.
        caller = Caller(actor=_NOBODY, request_id=request_id)
        change = Change(
            login.account_identifier, "login.refused", asked.address, {"reason": reason}
        )

        async def work(connection: Connection) -> None:
            await self._changes.note(connection, caller, change)

        await self._database.write(work)

    async def end(self, principal: Principal, request_id: str) -> None:
        """End a session everywhere; whoever has none is logged out already."""
        session_id = principal.id
        if principal.kind != "session" or session_id is None:
            return
        caller = Caller(actor=principal.actor, request_id=request_id)

        async def work(connection: Connection) -> None:
            if await LoginRepository(connection).delete_session(session_id):
                change = Change(principal.account, "session.ended", str(session_id), {})
                await self._changes.note(connection, caller, change)

        await self._database.write(work)
        self._principals.end(session_id)

    async def ticket(self, principal: Principal) -> StreamTicket:
        """Return what opens one stream within half a minute, in place of the header."""
        ticket = new_ticket()

        async def work(connection: Connection) -> datetime:
            return await LoginRepository(connection).insert_ticket(
                digest_of(ticket),
                principal.id if principal.kind == "api_key" else None,
                principal.id if principal.kind == "session" else None,
                _TICKET_SECONDS,
            )

        return StreamTicket(ticket=ticket, expires_at=await self._database.write(work))

    def _origin(self, place: Place) -> tuple[str, bool]:
        """Return the origin that a message names, and whether a page there has asked for it.

        Never whatever `Host` says: a page that has lured a wallet in sends its own name there, and
        then what the wallet signs looks right to it.
        """
        named = self._rules.origins
        if place.origin is not None and named.may_read(place.origin):
            return place.origin, True
        host = place.host.lower()
        if is_loopback(host):
            return f"http://{host}", False
        for own in (f"https://{host}", f"http://{host}"):
            if named.may_read(own):
                return own, False
        raise LoginPlaceError

    async def _login(self, wallet: str) -> LoginRow:
        if not looks_like_wallet(wallet):
            raise WalletNotRegisteredError
        key = address_key(wallet)
        admin = self._rules.admin_wallets.get(key)
        if admin is not None:
            chain, address = admin
            return LoginRow(chain, address, None, None, address, self_service=False)
        row = await self._logins.find(key)
        if row is None:
            raise WalletNotRegisteredError
        return row

    async def _ask_for_logins(self, address_keys: list[str]) -> dict[str, LoginRow]:
        rows = await LoginRepository(self._database).find_logins(address_keys)
        return {address_key(row.address): row for row in rows}

    async def _ask_for_challenges(self, message_hashes: list[bytes]) -> dict[bytes, ChallengeRow]:
        rows = await LoginRepository(self._database).find_open_challenges(message_hashes)
        return {row.message_hash: row for row in rows}


def _principal(session: NewSession, login: LoginRow) -> Principal:
    return Principal(
        kind="session",
        role=session.role,
        actor=f"wallet:{login.address}",
        name=login.name,
        id=session.id,
        account=login.account_identifier,
        client_id=login.client_id,
        self_service=login.self_service,
        wallet_address=login.address,
    )
