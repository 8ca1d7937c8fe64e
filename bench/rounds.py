"""Rounds of all contenders in turn, each round in an order of its own. Writes nothing."""

import random
from collections.abc import Callable, Sequence
from typing import Final

from bench.contenders import Contender
from bench.load import Round

_WARM_UP_SECONDS: Final = 2


async def interleaved(
    contenders: Sequence[Contender],
    rounds: int,
    seconds: int,
    say: Callable[[str], None],
) -> dict[str, list[Round]]:
    """Measure each contender once a round; return what was found by name.

    The order is drawn anew for every round, so that nobody always follows the same other one.

    Raises:
        LoadError: Some answer was not the expected one.
    """
    found: dict[str, list[Round]] = {each.name: [] for each in contenders}
    for each in contenders:
        await each.run(_WARM_UP_SECONDS)
    order = list(contenders)
    for number in range(1, rounds + 1):
        random.Random(number).shuffle(order)  # noqa: S311 - the same orders in every run
        for each in order:
            await each.run(1)  # what the others left in caches and clocks does not count
            found[each.name].append(await each.run(seconds))
        rates = (f"{name} {made[-1].requests_per_second:,.0f}" for name, made in found.items())
        say(f"round {number}/{rounds}: {', '.join(rates)}")
    return found
