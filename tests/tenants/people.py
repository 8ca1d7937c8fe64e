"""Who calls: tenants with their keys and sessions, the operator's people, and nobody."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.api.signing import Signer
from tests.tenants.wire import Request

from bridge.access.principal import Role


@dataclass(eq=False)
class Who:
    """Somebody who calls.

    Attributes:
        role: None for somebody without a key.
        tenant: Whose account it may see; None: it has none.
        token: What it sends.
        has_ended: The key was revoked, or the session is over.
    """

    role: Role | None
    tenant: int | None = None
    token: str = ""
    has_ended: bool = False

    @property
    def sees_all(self) -> bool:
        """Whether the table lets it see more than one account."""
        return self.role in ("admin", "operator", "viewer")

    @property
    def headers(self) -> Mapping[str, str]:
        """What says who it is."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def __str__(self) -> str:
        """Return what a person can tell it by."""
        return f"{self.role or 'nobody'}{'' if self.tenant is None else f' {self.tenant}'}"


@dataclass(eq=False)
class Tenant:
    """A client with all that it has, as far as the API or the tests' own statements made it.

    Attributes:
        number: Whose canaries are its own.
        signer: The wallet that logs in.
        wallets: Ids of those that may be changed and deleted; likewise of the other lists.
        addresses: Of all of its wallets.
        shown_bot: Has figures, an error and a past, and stays.
        instances: Orphans in its account.
        asked: Requests that it has made with a key of their own.
        etags: Of its own lists.
        cursors: By list.
    """

    number: int
    account: str
    signer: Signer
    client_id: str
    key: Who
    session: Who
    wallets: list[str]
    addresses: list[str]
    connectors: list[str]
    bots: list[str]
    shown_bot: str
    instances: list[str]
    asked: deque[Request] = field(default_factory=lambda: deque(maxlen=20))
    etags: deque[str] = field(default_factory=lambda: deque(maxlen=10))
    cursors: deque[str] = field(default_factory=lambda: deque(maxlen=10))

    def ids(self, name: str) -> list[str]:
        """Return what may stand in a path under this name."""
        return {
            "client_id": [self.client_id],
            "wallet_id": self.wallets,
            "connector_id": self.connectors,
            "bot_id": [self.shown_bot, *self.bots],
            "instance": self.instances,
            "address": self.addresses,
            "wallet": [self.signer.address],
        }[name]
