"""A process that starts a cluster, prints the server's process id, and waits to be killed."""

import asyncio
import sys
from pathlib import Path

from tests.embedded.clusters import usual_launcher

from bridge.embedded.binaries import locate
from bridge.embedded.cluster import EmbeddedCluster


async def supervise(data_dir: Path, pg_bin: Path, *, follows_parent: bool) -> None:
    cluster = EmbeddedCluster(
        data_dir,
        binaries=locate(pg_bin),
        durable=False,
        launchers=[usual_launcher(follows_parent=follows_parent)],
    )
    await cluster.start()
    sys.stdout.write(f"{cluster.process_id}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(
        supervise(Path(sys.argv[1]), Path(sys.argv[2]), follows_parent=sys.argv[3] == "yes")
    )
