"""FastAPI over synchronous SQLAlchemy and psycopg2: handlers run in threads, models are checked."""

import os
import secrets
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.middleware.cors import CORSMiddleware
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict
from sqlalchemy import URL, create_engine, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

PAGE = 1000
HEALTH = {"stopped": "stopped", "error": "error", "lost": "error", "conflict": "error"}
STATUS = {"stopped": "stopped", "error": "error", "lost": "error", "conflict": "error"}
BUSY = {"starting", "running", "stopping", "unknown"}
SOLANA = {"jupiter", "orca", "raydium", "meteora"}

engine = create_engine(
    URL.create(
        "postgresql+psycopg2",
        username=os.environ["PGUSER"],
        password=os.environ.get("PGPASSWORD"),
        host=os.environ["PGHOST"],
        port=int(os.environ["PGPORT"]),
        database=os.environ["PGDATABASE"],
    ),
    pool_size=10,
    max_overflow=0,
    connect_args={"options": "-c timezone=UTC"},
)
Sessions = sessionmaker(engine)


class Base(DeclarativeBase):
    """The models."""


class Bot(Base):
    """A row of bots."""

    __tablename__ = "bots"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    client_id: Mapped[UUID]
    account: Mapped[str]
    instance_name: Mapped[str]
    name: Mapped[str]
    connector: Mapped[str]
    pair: Mapped[str]
    strategy: Mapped[str]
    config: Mapped[dict[str, Any]] = mapped_column(JSONB)
    revision: Mapped[int]
    desired_state: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str]
    since: Mapped[datetime]
    known_state: Mapped[str]
    is_stale: Mapped[bool]
    error: Mapped[str | None]
    instance: Mapped[str | None]
    running_revision: Mapped[int | None]
    performance: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    @property
    def bot_type(self) -> str:
        """The strategy's own name."""
        return self.strategy

    @property
    def chain(self) -> str:
        """Where the connector trades."""
        return "solana" if self.connector in SOLANA else "evm"

    @property
    def status(self) -> str:
        """The state in three words."""
        return STATUS.get(self.known_state, "running")

    @property
    def health_status(self) -> str:
        """The state as a verdict."""
        return HEALTH.get(self.state, "stale" if self.is_stale else "healthy")

    @property
    def health_message(self) -> str | None:
        """What a person must do."""
        return None

    @property
    def runtime(self) -> dict[str, Any]:
        """What runs."""
        return {
            "state": self.state,
            "reason": self.reason,
            "since": self.since,
            "instance": self.instance,
            "stale": self.is_stale,
            "stale_reason": None,
            "performance": self.performance,
            "revision": self.running_revision,
        }

    @property
    def allowed_actions(self) -> list[str]:
        """What may be asked of it."""
        return ["stop" if self.state in BUSY else "start", "edit", "delete"]


class RuntimeView(BaseModel):
    """What runs, as it is answered."""

    state: str
    reason: str
    since: datetime
    instance: str | None
    stale: bool
    stale_reason: str | None
    performance: dict[str, Any] | None
    revision: int | None


class BotView(BaseModel):
    """A bot as it is answered."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    client_id: UUID
    account: str
    instance_name: str
    name: str
    connector: str
    pair: str
    strategy: str
    bot_type: str
    chain: str
    config: dict[str, Any]
    revision: int
    status: str
    health_status: str
    health_message: str | None
    desired_state: str
    error: str | None
    runtime: RuntimeView
    allowed_actions: list[str]
    created_at: datetime
    updated_at: datetime


class BotList(BaseModel):
    """A page of bots."""

    model_config = ConfigDict(from_attributes=True)

    bots: list[BotView]
    next_cursor: str | None


def check_key(
    sent: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())],
) -> None:
    """Refuse whoever has not the key."""
    if not secrets.compare_digest(sent.credentials.encode(), os.environ["PEER_KEY"].encode()):
        raise HTTPException(401)


app = FastAPI(openapi_url=None)
app.add_middleware(
    CORSMiddleware,
    allow_origins=[os.environ["PEER_ORIGIN"]],
    allow_credentials=True,
    expose_headers=["ETag", "Retry-After", "X-Request-ID"],
)


@app.get("/bots", dependencies=[Depends(check_key)], response_model=BotList)
def list_bots(account: Annotated[str, Query(max_length=64)]) -> dict[str, Any]:
    """Return the bots of an account.

    The session is no dependency: those are closed in a thread of their own, and all threads may be
    waiting for the connections that would be given back there.
    """
    wanted = (
        select(Bot)
        .where(Bot.account == account, Bot.deleted_at.is_(None))
        .order_by(Bot.created_at, Bot.id)
        .limit(PAGE)
    )
    with Sessions() as session:
        return {"bots": session.scalars(wanted).all(), "next_cursor": None}
