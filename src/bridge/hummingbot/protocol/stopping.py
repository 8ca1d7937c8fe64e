"""Stopping: two calls whose success says only that a message was sent, or a job begun.

The proof is elsewhere: a stopped bot reports ``{}`` [real_status_after_stop], an archived one has
no container left.
"""

from typing import Final

import msgspec

from bridge.hummingbot.errors import UpstreamProtocolError, UpstreamRejectedError
from bridge.hummingbot.protocol.messages import Reply, Request, checked_name, path_to, to_json
from bridge.hummingbot.protocol.reading import decode
from bridge.hummingbot.refusals import BrokerUnavailableError, InstanceUnknownError
from bridge.hummingbot.scrub import scrub
from bridge.hummingbot.wire import Archiving, Stopped

_STOPPED: Final = msgspec.json.Decoder(Stopped)
_ARCHIVING: Final = msgspec.json.Decoder(Archiving)


def stop_bot(instance: str) -> Request:
    """Tell a bot to cancel its orders and stop; the container lives on. Repeats safely.

    Raises:
        NameRefusedError: The name is none.
    """
    body = {
        "bot_name": checked_name("instance", instance),
        "skip_order_cancellation": False,
        "async_backend": True,
    }
    path = path_to("bot-orchestration", "stop-bot")
    return Request("stop_bot", "POST", path, "effect", body=to_json(body))


def decode_stopped_bot(reply: Reply) -> None:
    """Return when the command was published: a frozen bot gets the same answer [stop_frozen_bot].

    Raises:
        InstanceUnknownError: The upstream does not list it [stop_unknown].
        BrokerUnavailableError: It could not be published; no reason is given [broker_down:stop].
        UpstreamRejectedError: Another reason is given.
    """
    published = decode(reply, _STOPPED).response
    if published.success:
        return
    if not published.message:
        raise BrokerUnavailableError
    if "not found" in published.message:
        raise InstanceUnknownError
    raise UpstreamRejectedError(reason=scrub(published.message))


def stop_and_archive(instance: str) -> Request:
    """Begin a job that stops a bot, cancels its orders, and after 15 s removes its container.

    Each call begins another one, also while one runs [archive_twice_while_running]. The upstream
    stands still when the job stops the container.

    Raises:
        NameRefusedError: The name is none.
    """
    path = path_to("bot-orchestration", "stop-and-archive-bot", checked_name("instance", instance))
    query = (("skip_order_cancellation", "false"), ("archive_locally", "true"))
    return Request("stop_and_archive", "POST", path, "effect", query)


def decode_archiving(reply: Reply) -> None:
    """Return when the job has begun [archive_known]; it says so with a dead broker too.

    Raises:
        InstanceUnknownError: The upstream does not list it, perhaps since its container has
            exited already [archive_unknown, archive_stopped_container].
        UpstreamProtocolError: Neither is said.
    """
    archiving = decode(reply, _ARCHIVING)
    if archiving.status == "error":
        raise InstanceUnknownError
    if archiving.status != "success":
        raise UpstreamProtocolError
