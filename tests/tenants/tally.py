"""What was done, what was seen, and what nobody should have seen."""

from collections import Counter
from typing import Final

from tests.tenants.canaries import Canaries, secrets_of
from tests.tenants.people import Who

from bridge.access.roles import RULES

_MOST_BREACHES: Final = 50


class Tally:
    """Looks at all that a server sends.

    Attributes:
        operations: By route.
        variants: How many of them were special, by in which way.
        statuses: Of answers.
        own: By route, answers that showed a tenant something of its own that it had not sent.
        staff: By route, answers that showed somebody of the operator's a tenant's things.
        scanned_bytes: Looked through, decompressed.
        messages: Of streams.
        streams: That were opened, by how.
        echoes: By route, foreign texts in an answer that the request itself had brought.
        breaches: What is wrong, in words; the first ones.
        breach_count: All of them.
    """

    def __init__(self, canaries: Canaries) -> None:
        self.canaries = canaries
        self.operations: Counter[str] = Counter()
        self.variants: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.own: Counter[str] = Counter()
        self.staff: Counter[str] = Counter()
        self.scanned_bytes = 0
        self.messages = 0
        self.streams: Counter[str] = Counter()
        self.echoes: Counter[str] = Counter()
        self.breaches: list[str] = []
        self.breach_count = 0

    def look(self, who: Who, route: str, sent: bytes, answered: bytes) -> bool:
        """Search bytes that somebody was sent for what is not theirs; return whether none is there.

        Args:
            who: Got them.
            route: A row of the table of roles, or any other method and path.
            sent: The request: what it holds may come back.
            answered: The bytes.
        """
        self.scanned_bytes += len(answered)
        found = self.canaries.sightings(answered)
        if not found:
            return True
        for text in secrets_of(found.keys()):
            self.breach(f"{route} showed {who} the secret {text.decode()}")
        brought = self.canaries.sightings(sent)
        owners = {owner for text, owner in found.items() if text not in brought}
        if who.sees_all and _reach(who, route) == "all":
            self.staff[route] += bool(owners)
            return True
        own = owners & {who.tenant}
        foreign = owners - own
        self.own[route] += bool(own)
        echoed = [text for text, owner in found.items() if text in brought and owner != who.tenant]
        self.echoes[route] += len(echoed)
        if foreign:
            texts = [text.decode() for text, owner in found.items() if owner in foreign]
            self.breach(f"{route} showed {who} what belongs to {sorted(foreign)}: {texts[:5]}")
        return not foreign

    def breach(self, sentence: str) -> None:
        """Note something that must not be."""
        self.breach_count += 1
        if len(self.breaches) < _MOST_BREACHES:
            self.breaches.append(sentence)

    def never_drawn(self) -> list[str]:
        """Return the rows of the table of roles that nobody called."""
        return [route for route in RULES if not self.operations[route]]

    def never_shown(self) -> list[str]:
        """Return routes that show tenants their own, on which nobody was seen to find it."""
        return [
            route
            for route, rule in RULES.items()
            if rule.reach is not None
            and rule.reach["client"] in ("own", "self-service")
            and route not in _SHOW_NOTHING
            and not self.own[route]
        ]


# Numbers only, and what belongs to no account.
_SHOW_NOTHING: Final = frozenset(
    {
        "GET /bots/health/summary",
        "POST /bots/{bot_id}/health/check",
        "POST /auth/logout",
        "POST /auth/ticket",
    }
)


def _reach(who: Who, route: str) -> str:
    rule = RULES.get(route)
    if rule is None or rule.reach is None or who.role is None:
        return "no"
    return rule.reach[who.role]


def report(tally: Tally) -> str:
    """Return the counts as people read them."""
    lines = ["operations, and answers that showed the tenant's own, by route"]
    lines += [
        f"  {count:9,} {tally.own[route]:9,}  {route}"
        for route, count in sorted(tally.operations.items(), key=lambda each: -each[1])
    ]
    for title, counts in (
        ("among them", tally.variants),
        ("answers by status", tally.statuses),
        ("streams opened by tenants, by", tally.streams),
    ):
        lines.append(title)
        lines += [f"  {count:9,}  {name}" for name, count in counts.most_common()]
    lines += [
        f"bytes looked through       {tally.scanned_bytes:,}",
        f"messages of streams        {tally.messages:,}",
        f"ids and addresses known    {len(tally.canaries):,}",
        f"own things seen            {sum(tally.own.values()):,}",
        f"foreign, but sent          {sum(tally.echoes.values()):,}",
        f"others' things seen        {tally.breach_count:,}",
    ]
    return "\n".join(lines)


def faults(tally: Tally) -> list[str]:
    """Return what is wrong, in words."""
    return [
        *tally.breaches,
        *(f"{route} was never called" for route in tally.never_drawn()),
        *(f"{route} never showed a tenant its own" for route in tally.never_shown()),
    ]
