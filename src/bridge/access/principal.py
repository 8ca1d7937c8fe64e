"""Who makes a request, once that is known. Immutable, so that it can be kept and shared."""

from dataclasses import dataclass
from typing import Final, Literal, get_args
from uuid import UUID

Role = Literal["admin", "operator", "viewer", "client"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
Kind = Literal["open", "admin_key", "api_key", "session"]


@dataclass(frozen=True, slots=True, eq=False)
class Principal:
    """Somebody with a role.

    Attributes:
        kind: What proved it.
        id: Of the API key or the session; None for what is not stored.
        actor: Stable name for events and limits, such as ``key:4fKx…``, ``wallet:0x…``, ``open``.
        name: For people.
        account: The only account that it may see; None: all.
        client_id: The client of that account.
        self_service: Whether it may start and stop the bots of its account.
        wallet_address: Of a session.
    """

    kind: Kind
    role: Role
    actor: str
    name: str
    id: UUID | None = None
    account: str | None = None
    client_id: UUID | None = None
    self_service: bool = False
    wallet_address: str | None = None

    @property
    def shows(self) -> tuple[object, ...]:
        """What may change of it while it stays the same."""
        return (self.name, self.self_service)


OPEN: Final = Principal(kind="open", role="admin", actor="open", name="Open")
ADMIN_KEY: Final = Principal(
    kind="admin_key", role="admin", actor="admin-key", name="BRIDGE_ADMIN_KEY"
)
