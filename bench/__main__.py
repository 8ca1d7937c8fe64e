"""``make bench``: every measurement, or the one that ARGS names."""

from typing import Final

import click
from bench.decode import decode
from bench.faults import faults
from bench.full import full
from bench.hot import hot
from bench.observer import observer
from bench.poll import poll
from bench.slow import slow
from bench.streams import streams
from bench.targets import targets
from bench.visible import visible

_PARTS: Final = (poll, hot, visible, streams, full, slow, targets, decode, faults, observer)


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Measure, and write what was found into docs/performance.md; without a part, all of them."""
    if context.invoked_subcommand is None:
        for part in _PARTS:
            context.invoke(part)


for _part in _PARTS:
    main.add_command(_part)

if __name__ == "__main__":
    main()
