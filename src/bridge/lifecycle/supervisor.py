"""The part of a server that leads when it can."""

import asyncio
from dataclasses import dataclass
from typing import Literal

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
        """Lead whenever possible, until cancelled."""

        async def lead(lease: Lease) -> None:
            await self._lead(lease, client)

        await self._leader.run(lead)

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
