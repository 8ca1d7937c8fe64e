"""``make bench``: every measurement, or the one that ARGS names."""

import click
from bench.decode import decode
from bench.faults import faults
from bench.full import full
from bench.observer import observer
from bench.poll import poll
from bench.slow import slow
from bench.streams import streams
from bench.visible import visible


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Measure, and write what was found into docs/performance.md; without a part, all of them."""
    if context.invoked_subcommand is None:
        for part in (poll, visible, streams, slow, full, decode, faults, observer):
            context.invoke(part)


main.add_command(poll)
main.add_command(visible)
main.add_command(streams)
main.add_command(slow)
main.add_command(full)
main.add_command(decode)
main.add_command(faults)
main.add_command(observer)

if __name__ == "__main__":
    main()
