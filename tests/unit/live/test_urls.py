"""Which requests ask for a list of bots as it is held."""

import pytest

from bridge.live.urls import NOT_HELD, account_of


def test_no_query_asks_for_all() -> None:
    assert account_of(b"") is None


@pytest.mark.parametrize("account", ["a", "desk-7", "client_Sharp-2", "0", "x" * 64])
def test_account_alone_asks_for_its_list(account: str) -> None:
    assert account_of(b"account=" + account.encode()) == account


@pytest.mark.parametrize(
    "query",
    [
        b"account=",
        b"account",
        b"account=" + b"x" * 65,
        b"account=a&limit=1",
        b"limit=1&account=a",
        b"account=a&account=b",
        b"account=a&",
        b"&account=a",
        b"?account=a",
        b"Account=a",
        b"account=%61",
        b"account=a%20",
        b"account=a+b",
        b"account= a",
        b"account=a\n",
        b"account=a#",
        b"account=\xc3\xa9",
        b"account=a.b",
        b"status=running",
        b"x",
        b"&",
    ],
)
def test_every_other_spelling_is_for_the_controllers(query: bytes) -> None:
    assert account_of(query) is NOT_HELD
