"""Showing a snapshot later than it was read: its states grow stale without the database. Pure."""

from typing import Final

import msgspec
from msgspec.structs import replace

from bridge.bots.structs import BotList
from bridge.bots.views import aged
from bridge.lifecycle.sight import Look, Sight
from bridge.live.snapshots import Label, Snapshot

_BOTS: Final = msgspec.json.Decoder(BotList)


def reaged(snapshot: Snapshot, look: Look, sight: Sight, speed: float) -> Snapshot:
    """Return the snapshot as it is to be shown at the moment of ``look``.

    Args:
        snapshot: What was read, with a look that is not newer.
        look: The newest look, and the moment to show the bots at.
        sight: How the upstream is seen then.
        speed: By how much the lifecycle's times are shortened.
    """
    read = _BOTS.decode(snapshot.plain.body)
    bots = [aged(view, look, speed) for view in read.bots]
    label = Label(snapshot.account, snapshot.version, snapshot.tag, sight)
    return Snapshot(label, msgspec.json.encode(replace(read, bots=bots)))
