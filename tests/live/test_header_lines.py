"""Headers that are lists, sent on several lines: they count as one (RFC 9110, 5.3)."""

import pytest
from tests.live.streams import opened
from tests.live.world import World


@pytest.fixture
async def account(world: World) -> str:
    """An account with a bot, whose list is held."""
    account = await world.make_client()
    await world.make_bot(account)
    await world.poll(account)
    return account


async def _asked(world: World, account: str, **lines: str) -> dict[str, str]:
    """Return what is said past the front and from memory; ``a`` and ``A`` are lines of one name."""
    said: dict[str, str] = {}
    headers = {name.replace("_", "-"): value for name, value in lines.items()}
    for more in ({"X-Request-ID": "mine"}, {}, {}):
        stream = await opened(world.api.origin, f"/bots?account={account}", headers | more)
        told = {name: stream.headers.get(name, "") for name in ("etag", "content-encoding")}
        told |= {"status": str(stream.status)}
        told["applied"] = stream.headers.get("preference-applied", "")
        assert said in ({}, told), "it depends on who answers"
        said = told
        await stream.close()
    return said


@pytest.mark.parametrize("others", ['"x"', 'W/"x", "y"', '"z" ,'])
async def test_tag_on_any_line_is_taken(world: World, account: str, others: str) -> None:
    etag = (await world.poll(account)).headers["ETag"]

    first = await _asked(world, account, If_None_Match=etag, if_none_match=others)
    last = await _asked(world, account, If_None_Match=others, if_none_match=etag)
    none = await _asked(world, account, If_None_Match=others, if_none_match='"w"')

    assert (first["status"], last["status"], none["status"]) == ("304", "304", "200")


async def test_wait_on_any_line_is_applied(world: World, account: str) -> None:
    etag = (await world.poll(account)).headers["ETag"]

    for one, other in (("wait=1", "respond-async"), ("respond-async", "wait=1")):
        lines = {"Prefer": one, "prefer": other}
        said = await _asked(world, account, If_None_Match=etag, **lines)
        assert (said["status"], said["applied"]) == ("304", "wait=1")
