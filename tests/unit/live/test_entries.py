"""Which lists are held, and which go."""

import asyncio
from typing import Final

from tests.unit.live.parts import Watcher

from bridge.lifecycle.sight import Sight
from bridge.live.entries import Bounds, Entries, Entry, Flight
from bridge.live.snapshots import Label, Snapshot

_FRESH: Final = Sight("fresh", "", 0)


def _snapshot(entry: Entry, body_bytes: int = 100, version: int = 1) -> Snapshot:
    return Snapshot(Label(entry.account, version, "a", _FRESH), b"x" * body_bytes)


def _fill(entries: Entries, *accounts: str, body_bytes: int = 100) -> list[str | None]:
    """Hold these accounts, used once; return which ones had to go."""
    gone: list[str | None] = []
    for account in accounts:
        entry = entries.need(account)
        entry.newest = _snapshot(entry, body_bytes)
        entry.newest.was_used = False
        gone += [each.account for each in entries.counted(entry)]
    return gone


def test_need_makes_what_find_then_finds() -> None:
    entries = Entries(Bounds())
    assert entries.find("a") is None

    entry = entries.need("a")

    assert entries.need("a") is entry is entries.find("a")
    assert entries.need(None).query == b""
    assert entry.query == b"account=a"
    assert entries.accounts() == ["a"]
    assert len(entries) == 2


def test_too_many_entries_push_out_the_oldest() -> None:
    entries = Entries(Bounds(entries=3))

    assert _fill(entries, "a", "b", "c") == []
    assert _fill(entries, "d") == ["a"]
    assert _fill(entries, "e", "f") == ["b", "c"]
    assert entries.accounts() == ["d", "e", "f"]


def test_too_many_bytes_push_out_the_oldest() -> None:
    entries = Entries(Bounds(size_bytes=50_000))

    _fill(entries, "a", "b", "c", body_bytes=10_000)
    assert entries.size_bytes == 3 * (10_000 + 2_048)
    assert _fill(entries, "d", body_bytes=20_000) == ["a"]
    assert _fill(entries, "e", body_bytes=47_000) == ["b", "c", "d"]
    assert entries.size_bytes == 47_000 + 2_048


def test_what_was_used_is_spared_once() -> None:
    entries = Entries(Bounds(entries=3))
    _fill(entries, "a", "b", "c")
    used = entries.need("a").newest
    assert used is not None
    used.was_used = True

    assert _fill(entries, "d") == ["b"]
    assert _fill(entries, "e") == ["c"]
    assert _fill(entries, "f") == ["d"]
    assert _fill(entries, "g") == ["a"]


def test_entries_that_are_all_in_use_do_not_hold_for_ever() -> None:
    entries = Entries(Bounds(entries=2))
    for account in "abc":
        entry = entries.need(account)
        entry.newest = _snapshot(entry)
        entries.counted(entry)

    assert len(entries) == 2


async def test_followed_and_flying_ones_stay_beyond_the_bounds() -> None:
    entries = Entries(Bounds(entries=2))
    entries.need("followed").followers.add(Watcher())
    flying = entries.need("flying")
    flying.flight = Flight(flying)
    _fill(entries, "followed", "flying")

    assert _fill(entries, "a") == ["a"]
    assert _fill(entries, "b") == ["b"]
    assert entries.accounts() == ["followed", "flying"]

    flying.flight = None
    assert _fill(entries, "c") == ["flying"]


def test_entry_that_holds_nothing_goes_first() -> None:
    """Accounts that nobody has are asked for too, and a database that is away tells nothing."""
    entries = Entries(Bounds(entries=2))
    _fill(entries, "a")
    for number in range(10):
        entries.counted(entries.need(f"nobody-{number}"))

    assert len(entries) == 2


def test_bytes_are_counted_as_they_are_now() -> None:
    entries = Entries(Bounds())
    entry = entries.need("a")
    for body_bytes in (1_000, 5_000, 2_000):
        entry.newest = _snapshot(entry, body_bytes)
        entries.counted(entry)
        assert entries.size_bytes == body_bytes + 2_048
    assert entry.newest is not None

    entry.newest.compress()
    entries.counted(entry)

    assert entries.size_bytes == entry.newest.size_bytes > 2_000 + 2_048


def test_entry_that_has_gone_is_counted_no_more() -> None:
    entries = Entries(Bounds(entries=1))
    _fill(entries, "a")
    gone = entries.need("a")
    _fill(entries, "b")
    assert entries.find("a") is None
    before = entries.size_bytes

    gone.newest = _snapshot(gone, 90_000)
    entries.counted(gone)

    assert entries.size_bytes == before


async def test_landing_takes_only_what_holds_all_that_is_known() -> None:
    entry = Entry("a")
    flight = Flight(entry)

    assert entry.land(flight, _snapshot(entry, version=5))
    assert entry.known == 5

    early = Flight(entry)
    entry.epoch += 1
    assert not entry.land(early, _snapshot(entry, version=6))

    early = Flight(entry)
    entry.known = 9
    assert not entry.land(early, _snapshot(entry, version=8))
    assert entry.land(Flight(entry), _snapshot(entry, version=8))
    assert entry.known == 8
    await asyncio.sleep(0)
