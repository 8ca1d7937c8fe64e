"""The background part of a server: leads when it can, and begins anew when something breaks."""

import asyncio
from dataclasses import dataclass
from typing import Final, Literal

import structlog

from bridge.db.pool import Database
from bridge.hummingbot.client import HummingbotClient
from bridge.hummingbot.protocol.messages import Request
from bridge.lifecycle.chores import Chores
from bridge.lifecycle.deploys import Deployer
from bridge.lifecycle.facts import Times
from bridge.lifecycle.hands import Hands
from bridge.lifecycle.leader import Leader, Lease, LeaseLostError, Report
from bridge.lifecycle.observer import Observer
from bridge.lifecycle.owner import Owner
from bridge.lifecycle.pace import Pace
from bridge.lifecycle.provisioning import Provisioner
from bridge.lifecycle.reconciler import Reconciler
from bridge.lifecycle.steps import Hook
from bridge.lifecycle.store import Store
from bridge.vault.sealing import Vault

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
_RESTART_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the leader of this process acts.

    Attributes:
        mode: ``observe`` looks and shows, and sends nothing that has an effect.
        image: Of the bots; None for the upstream's default.
    """

    mode: Literal["on", "observe"]
    lease_seconds: float
    speed: float
    times: Times
    image: str | None
    reached: Hook


class Supervisor:
    """Leads whenever it can.

    Args:
        database: Of the lease and of all that is asked for.
        store: Merges and stores.
        vault: Opens credentials; None: they cannot be sent.
        plan: How to act.
    """

    def __init__(self, database: Database, store: Store, vault: Vault | None, plan: Plan) -> None:
        self._database = database
        self._store = store
        self._vault = vault
        self._plan = plan
        self._report = Report()
        self._leader = Leader(database, self._report, plan.lease_seconds, 1 / plan.speed)

    def before_effect(self, request: Request) -> None:
        """Refuse a call with an effect when this process may not act any more.

        Raises:
            LeaseLostError: It may not.
        """
        del request  # whatever it is
        lease = self._leader.lease
        if lease is None:
            raise LeaseLostError
        lease.check()

    async def run(self, client: HummingbotClient) -> None:
        """Work until cancelled; what breaks is logged, and begun anew after a moment."""

        async def lead(lease: Lease) -> None:
            await self._lead(lease, client)

        while True:
            try:
                await self._leader.run(lead)
            except Exception:  # noqa: BLE001 - the supervisor of everything in the background
                _LOG.exception("the lifecycle broke and begins anew")
            await asyncio.sleep(_RESTART_SECONDS)

    async def _lead(self, lease: Lease, client: HummingbotClient) -> None:
        plan = self._plan
        pace = Pace(plan.speed)
        observer = Observer(self._database, client, self._store, self._report, pace)
        async with asyncio.TaskGroup() as group:
            group.create_task(observer.run(lease))
            if plan.mode == "observe":
                return
            hands = Hands(
                database=self._database,
                client=client,
                store=self._store,
                observer=observer,
                owner=Owner(self._database, client),
                pace=pace,
                times=plan.times,
                lease=lease,
                reached=plan.reached,
            )
            provisioner = Provisioner(hands, self._vault)
            reconciler = Reconciler(
                hands,
                Deployer(hands, provisioner, plan.image),
                Chores(hands, provisioner),
                self._report,
            )
            group.create_task(reconciler.run())
