"""The run: so many operations over some connections at once, and what is made of the answers."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from tests.tenants.draws import MOST_BOTS, Draws, Operation
from tests.tenants.people import Tenant, Who
from tests.tenants.streams import STREAM, Watch, Watches
from tests.tenants.tally import Tally
from tests.tenants.wire import ClosedError, Line, Reply
from tests.tenants.world import NOBODYS, World

from bridge.access.roles import RULES

CONNECTIONS: Final = 20
# Of so many operations, one revokes a key besides.
_KEY_EVERY: Final = 500
_MOST_NOBODYS: Final = 5
_END_SECONDS: Final = 30.0


def _say_nothing(text: str) -> None:
    del text


class Run:
    """Calls, looks at the answers, and remembers what they say for later calls."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tally = Tally(world.canaries)
        self._draws = Draws(world)
        self._watches = Watches(world.origin, self.tally)
        self._etags: dict[str, int] = {}
        self._left = 0
        self._done = 0
        self._told = 0

    async def operate(
        self, operations: int, say: Callable[[str], None] = _say_nothing, report_every: int = 0
    ) -> None:
        """Do so many operations, while all tenants' streams are open."""
        self._left = operations
        began = time.monotonic()
        watching = [
            asyncio.ensure_future(keep())
            for tenant in self.world.tenants
            for keep in self._watches.of(tenant)
        ]
        calling = [asyncio.create_task(self._call(say, began, report_every)) for _ in _LINES]
        await asyncio.gather(*calling)
        await self._until_ended()
        for task in watching:
            task.cancel()
        for outcome in await asyncio.gather(*watching, return_exceptions=True):
            if not isinstance(outcome, asyncio.CancelledError):
                self.tally.breach(f"a stream's reader failed: {outcome!r}")

    async def _until_ended(self) -> None:
        """Wait for the end of all streams whose key or session has ended."""
        deadline = time.monotonic() + _END_SECONDS
        while outlived := self._watches.outlived():
            if time.monotonic() > deadline:
                self.tally.breach(f"streams have outlived their right: {outlived}")
                return
            await asyncio.sleep(_END_SECONDS / 1_000)

    async def _call(self, say: Callable[[str], None], began: float, report_every: int) -> None:
        line = Line(self.world.origin)
        try:
            while self._left > 0:
                self._left -= 1
                self._done += 1
                done = self._done
                if report_every and done % report_every == 0:
                    say(f"  {done} operations in {time.monotonic() - began:.0f} s")
                    self._tell(say)
                if done % _KEY_EVERY == 0:
                    await self._end_key()
                await self._operate(line, self._draws.draw())
        finally:
            line.close()

    def _tell(self, say: Callable[[str], None]) -> None:
        for sentence in self.tally.breaches[self._told :]:
            say(f"    WRONG: {sentence}")
        self._told = len(self.tally.breaches)

    async def _operate(self, line: Line, operation: Operation) -> None:
        name = operation.route if operation.is_whole else f"other: {operation.request.method}"
        self.tally.operations[name] += 1
        self.tally.variants.update(operation.variants)
        if operation.route == STREAM and operation.is_whole:
            await self._stream(operation)
            return
        try:
            reply = await line.send(operation.request)
        except ClosedError:
            self.tally.breach(f"{name}: no answer")
            return
        self.tally.statuses[reply.status] += 1
        sent = operation.request.encoded("")
        is_clean = self.tally.look(operation.who, operation.route, sent, reply.text)
        self._judge(operation, reply)
        if reply.status < 400 and operation.is_whole and is_clean:
            self._remember(operation, reply)
        if reply.status == 200 and operation.request[:2] == ("POST", "/auth/logout"):
            await self._end_session(operation.who)

    async def _stream(self, operation: Operation) -> None:
        """Open a stream as the operation wants it, and read its first message."""
        watch = Watch(self.world.origin, self.tally, operation.who, "header")
        try:
            request = await watch.opened(operation.request.target)
            if request is not None:
                await watch.read(request, messages=1)
        except ClosedError:
            self.tally.breach(f"{operation.route}: no answer")
        finally:
            watch.close()

    def _judge(self, operation: Operation, reply: Reply) -> None:
        """Hold the status against what the table of roles says."""
        who, route = operation.who, operation.route
        rule = RULES.get(route)
        if reply.status == 500:
            self.tally.breach(f"{route} by {who}: {reply.status} {reply.body[:300]!r}")
        sent = operation.request.headers.get("If-None-Match")
        if reply.status == 304 and who.tenant is not None and sent is not None:
            if self._etags.get(sent, who.tenant) != who.tenant:
                self.tally.breach(f"{route} told {who} that another's ETag is current")
            return
        if rule is None or rule.reach is None or not operation.is_whole or reply.status >= 400:
            return
        if who.role is None or rule.reach[who.role] == "no":
            self.tally.breach(f"{route} answered {who} with {reply.status}")
        elif operation.whose == "foreign" and "{" in route and who.tenant is not None:
            self.tally.breach(f"{route} did for {who} what is another's: {reply.status}")

    def _remember(self, operation: Operation, reply: Reply) -> None:
        who = operation.who
        if who.tenant is not None:
            tenant = self.world.tenants[who.tenant]
            if _is_own(operation.route):
                self.world.canaries.learn(who.tenant, reply.body, operation.request.encoded(""))
            self._remember_list(operation, reply, tenant)
        elif operation.request.method not in ("GET", "HEAD"):
            self._remember_change(operation, reply)

    def _remember_list(self, operation: Operation, reply: Reply, tenant: Tenant) -> None:
        etag = reply.headers.get("etag")
        if operation.route == "GET /bots" and operation.whose == "own" and etag:
            tenant.etags.append(etag)
            self._etags[etag] = tenant.number
            if len(self._etags) > 50_000:
                self._etags.clear()
        if operation.route in _LISTS and operation.request.method == "GET" and reply.body:
            cursor = reply.json["next_cursor"]
            if cursor:
                tenant.cursors.append(cursor)

    def _remember_change(self, operation: Operation, reply: Reply) -> None:
        """Keep the lists of what there is as the operator's people have made it."""
        method, route, subject = operation.request.method, operation.route, operation.subject
        said = reply.json
        own = self.world.canaries.add
        if route in ("POST /clients/create", "POST /api/admin/quick-client"):
            own(NOBODYS, said["id"])
            self.world.nobodys = [*self.world.nobodys, said["id"]][-_MOST_NOBODYS:]
        elif route == "DELETE /clients/{client_id}":
            nobodys = self.world.nobodys
            self.world.nobodys = [each for each in nobodys if each != said["client_id"]]
        elif route == "POST /bots/create":
            tenant = next(each for each in self.world.tenants if each.account == said["account"])
            own(tenant.number, said["id"])
            if said["id"] not in tenant.bots and len(tenant.bots) < MOST_BOTS:
                tenant.bots.append(said["id"])
        elif subject is None:
            return
        elif route == "DELETE /bots/{bot_id}":
            subject.bots = [each for each in subject.bots if each != said["bot_id"]]
        elif route == "DELETE /clients/{client_id}/wallet/{wallet_id}":
            subject.wallets = [each for each in subject.wallets if each != said["wallet_id"]]
        elif method != "DELETE" and route.startswith("PUT /clients/"):
            self._remember_parts(subject, said)

    def _remember_parts(self, tenant: Tenant, said: "dict[str, list[dict[str, str]]]") -> None:
        if "wallets" not in said:
            return
        login = tenant.signer.address.lower()
        rest = [each for each in said["wallets"] if each["address"].lower() != login]
        tenant.wallets = [each["id"] for each in rest]
        tenant.addresses = [tenant.signer.address, *(each["address"] for each in rest)]
        tenant.connectors = [each["id"] for each in said["connectors"] if each["name"] != "bitmart"]
        ids = [each["id"] for each in (*said["wallets"], *said["connectors"])]
        self.world.canaries.add(tenant.number, *ids, *tenant.addresses)

    async def _end_session(self, ended: Who) -> None:
        tenant = None if ended.tenant is None else self.world.tenants[ended.tenant]
        if tenant is None or ended is not tenant.session or ended.has_ended:
            return  # a key is still one, or somebody else was faster
        ended.has_ended = True
        self._draws.ended(ended)
        tenant.session = await self.world.log_in(tenant.number, tenant.signer)
        self.tally.variants["sessions ended"] += 1

    async def _end_key(self) -> None:
        tenant = self.world.random.choice(self.world.tenants)
        if tenant.key.has_ended:
            return  # it is being replaced
        self._draws.ended(tenant.key)
        await self.world.new_key(tenant)
        self.tally.variants["keys revoked"] += 1


_LINES: Final = range(CONNECTIONS)
_LISTS: Final = frozenset({"GET /clients", "GET /bots", "GET /events", "GET /bots/{bot_id}/events"})


def _is_own(route: str) -> bool:
    rule = RULES[route]
    return rule.reach is not None and rule.reach["client"] in ("own", "self-service")
