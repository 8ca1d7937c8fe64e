"""A cache over a database of one dict."""

import pytest
from tests.unit.live.parts import ACCOUNT, Shelf, edition, opened

from bridge.live.cache import Cache


@pytest.fixture
def shelf() -> Shelf:
    """A database whose one account has version 1."""
    shelf = Shelf()
    shelf.editions[ACCOUNT] = edition(1)
    return shelf


@pytest.fixture
def cache(shelf: Shelf) -> Cache:
    """A cache that is told of every change."""
    return opened(shelf)
