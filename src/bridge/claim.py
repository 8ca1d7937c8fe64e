"""``bridge claim``: a restored or moved database takes over the Hummingbot API."""

from bridge.db.dsn import parse_database_url
from bridge.db.outages import Limits
from bridge.db.pool import Database
from bridge.lifecycle.owner import claim_for
from bridge.settings import Settings
from bridge.upstream import check_upstream, upstream_client


async def run_claim(settings: Settings) -> str:
    """Claim the upstream for this database, and return what to tell the person who did.

    Raises:
        ConfigurationError: The settings name no database or no upstream.
        DatabaseUnavailableError: The database does not answer.
        UpstreamError: The upstream does not.
    """
    check_upstream(settings)
    dsn = parse_database_url(settings.database_url.reveal() if settings.database_url else "")
    database = Database(dsn, Limits(connections=1))
    await database.open()
    try:
        async with upstream_client(settings) as client:
            installation = await claim_for(database, client)
    finally:
        await database.close()
    return f"Claimed for installation {installation}; a running server acts within seconds."
