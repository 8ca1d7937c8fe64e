"""Principals as they are shown. Pure."""

from bridge.access.principal import Principal
from bridge.access.structs import UserView


def user_view(principal: Principal) -> UserView:
    """Return a principal as frontends know users."""
    return UserView(
        id=str(principal.client_id or principal.id or principal.actor),
        name=principal.name,
        role="client" if principal.role == "client" else "admin",
        access=principal.role,
        wallet_address=principal.wallet_address,
        account_identifier=principal.account,
        self_service=principal.self_service or principal.role in ("admin", "operator"),
        is_active=True,
    )
