"""FastAPI over asyncpg, answers written by orjson: no models, no threads."""

import os
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import asyncpg
import orjson
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

HEALTH = {"stopped": "stopped", "error": "error", "lost": "error", "conflict": "error"}
STATUS = {"stopped": "stopped", "error": "error", "lost": "error", "conflict": "error"}
BUSY = {"starting", "running", "stopping", "unknown"}
SOLANA = {"jupiter", "orca", "raydium", "meteora"}
BOTS = """
SELECT
    id, client_id, account, instance_name, name, connector, pair, strategy, config, revision,
    desired_state, state, reason, since, known_state, is_stale, error, instance, running_revision,
    performance, created_at, updated_at
FROM bots
WHERE account = $1 AND deleted_at IS NULL
ORDER BY created_at, id
LIMIT 1000
"""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    """Hold the pool; asyncpg reads its variables PGHOST and so on by itself."""
    async with asyncpg.create_pool(
        min_size=10, max_size=10, server_settings={"timezone": "UTC"}
    ) as pool:
        app.state.pool = pool
        yield


async def check_key(
    sent: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())],
) -> None:
    """Refuse whoever has not the key."""
    if not secrets.compare_digest(sent.credentials.encode(), os.environ["PEER_KEY"].encode()):
        raise HTTPException(401)


app = FastAPI(openapi_url=None, lifespan=lifespan)
app.add_middleware(
    CORSMiddleware,
    allow_origins=[os.environ["PEER_ORIGIN"]],
    allow_credentials=True,
    expose_headers=["ETag", "Retry-After", "X-Request-ID"],
)


@app.get("/bots", dependencies=[Depends(check_key)])
async def list_bots(account: Annotated[str, Query(max_length=64)], request: Request) -> Response:
    """Return the bots of an account."""
    rows = await request.app.state.pool.fetch(BOTS, account)
    found = {"bots": [view(row) for row in rows], "next_cursor": None}
    return Response(
        orjson.dumps(found, option=orjson.OPT_UTC_Z, default=str), media_type="application/json"
    )


def view(row: asyncpg.Record) -> dict[str, Any]:
    """Return a bot as it is answered; stored JSON goes out as it came."""
    state = row["state"]
    performance = row["performance"]
    return {
        "id": row["id"],
        "client_id": row["client_id"],
        "account": row["account"],
        "instance_name": row["instance_name"],
        "name": row["name"],
        "connector": row["connector"],
        "pair": row["pair"],
        "strategy": row["strategy"],
        "bot_type": row["strategy"],
        "chain": "solana" if row["connector"] in SOLANA else "evm",
        "config": orjson.Fragment(row["config"]),
        "revision": row["revision"],
        "status": STATUS.get(row["known_state"], "running"),
        "health_status": HEALTH.get(state, "stale" if row["is_stale"] else "healthy"),
        "health_message": None,
        "desired_state": row["desired_state"],
        "error": row["error"],
        "runtime": {
            "state": state,
            "reason": row["reason"],
            "since": row["since"],
            "instance": row["instance"],
            "stale": row["is_stale"],
            "stale_reason": None,
            "performance": None if performance is None else orjson.Fragment(performance),
            "revision": row["running_revision"],
        },
        "allowed_actions": ["stop" if state in BUSY else "start", "edit", "delete"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }
