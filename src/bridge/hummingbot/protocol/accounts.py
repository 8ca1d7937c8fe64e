"""Account profiles: the folder that holds the credentials with which bots are deployed."""

from typing import Final, Literal

import msgspec

from bridge.hummingbot.protocol.messages import Reply, Request, checked_name, path_to
from bridge.hummingbot.protocol.reading import decode, decode_done, is_crash, said, says
from bridge.hummingbot.refusals import InputCrashError, NameRefusedError, ProfileProtectedError
from bridge.hummingbot.scrub import scrub

_NAMES: Final = msgspec.json.Decoder(tuple[str, ...])


def list_accounts() -> Request:
    """Ask for the names of all profiles."""
    return Request("list_accounts", "GET", path_to("accounts", ""), "read")


def decode_accounts(reply: Reply) -> tuple[str, ...]:
    """Return the names; ``master_account`` is always among them [accounts_list]."""
    return decode(reply, _NAMES)


def add_account(account: str) -> Request:
    """Make a profile. Of several at once exactly one is made [parallel_add_account].

    Raises:
        NameRefusedError: The name is none.
    """
    query = (("account_name", checked_name("account", account)),)
    return Request("add_account", "POST", path_to("accounts", "add-account"), "effect", query)


def decode_added_account(reply: Reply) -> Literal["created", "exists"]:
    """Return whether it is new; that it was there already [account_add_duplicate] is success.

    Raises:
        NameRefusedError: The upstream does not take the name [account_add_name:a.b].
        InputCrashError: The name is too long for a folder [account_add_name:aaaa…].
    """
    if says(reply, 400, "already exists"):
        return "exists"
    if says(reply, 400, "Invalid account name"):
        raise NameRefusedError(reason=scrub(said(reply)))
    if is_crash(reply):
        raise InputCrashError
    decode_done(reply, status=201)
    return "created"


def delete_account(account: str) -> Request:
    """Delete a profile. Bots deployed with it keep their copy [account_delete_in_use].

    Raises:
        NameRefusedError: The name is none.
    """
    query = (("account_name", checked_name("account", account)),)
    return Request("delete_account", "POST", path_to("accounts", "delete-account"), "effect", query)


def decode_deleted_account(reply: Reply) -> Literal["deleted", "absent"]:
    """Return whether it was there [account_delete_2, account_delete_again].

    Raises:
        ProfileProtectedError: It is the master account [account_delete_master].
    """
    if says(reply, 404, "Folder '"):
        return "absent"
    if says(reply, 400, "master account"):
        raise ProfileProtectedError
    decode_done(reply)
    return "deleted"
