"""The tests' own ground: whatever one test stored, the next one begins with nothing."""

import pytest
from tests.api.calls import Api
from tests.api.inputs import Make
from tests.api.stored import Stored


@pytest.mark.parametrize("turn", [1, 2])
async def test_every_test_begins_with_empty_tables(
    api: Api, stored: Stored, make_bot: Make, turn: int
) -> None:
    del turn
    assert await stored.counts() == {}

    await make_bot()

    assert await stored.counts() == {"bots": 1, "clients": 1, "events": 2, "versions": 1}
    assert (await api.get("/bots")).json["bots"]
