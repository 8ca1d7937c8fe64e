"""An instance's own copy of its controller configs: which attempt it is, and live changes."""

from collections.abc import Mapping
from typing import Final

import msgspec

from bridge.hummingbot.protocol.messages import Reply, Request, checked_name, path_to, to_json
from bridge.hummingbot.protocol.reading import decode, decode_done, says
from bridge.hummingbot.refusals import ConfigUnknownError, InstanceUnknownError
from bridge.hummingbot.wire import InstanceConfig

_CONFIGS: Final = msgspec.json.Decoder(list[InstanceConfig])


def read_instance_configs(instance: str) -> Request:
    """Ask which controller configs an instance was deployed with.

    Raises:
        NameRefusedError: The name is none.
    """
    path = path_to("controllers", "bots", checked_name("instance", instance), "configs")
    return Request("read_instance_configs", "GET", path, "read")


def decode_instance_configs(reply: Reply) -> tuple[InstanceConfig, ...]:
    """Return the copies, with the names under which they were saved [bot_configs].

    None at all means that the config was gone when the deploy came: such a bot exits while it
    boots.

    Raises:
        InstanceUnknownError: Its folder is not there: never made, or archived
            [bot_configs_unknown, bot_configs_after_archive].
    """
    if says(reply, 404, "Bot '"):
        raise InstanceUnknownError
    return tuple(decode(reply, _CONFIGS))


def update_instance_config(
    instance: str, config_name: str, changes: Mapping[str, object]
) -> Request:
    """Merge changes, key by key, into an instance's copy; a running bot reads it within 10 s.

    The upstream checks nothing [bot_config_update_garbage], and the bot ignores what it cannot
    change, such as its pair (read).

    Raises:
        NameRefusedError: A name is none.
    """
    path = path_to(
        "controllers",
        "bots",
        checked_name("instance", instance),
        checked_name("controller config", config_name),
        "config",
    )
    return Request("update_instance_config", "POST", path, "effect", body=to_json(changes))


def decode_updated_instance_config(reply: Reply) -> None:
    """Return when the copy is changed [bot_config_update].

    Raises:
        InstanceUnknownError: Its folder is not there [bot_config_update_unknown_bot].
        ConfigUnknownError: It has no config of this name [bot_config_update_unknown_controller].
    """
    if says(reply, 404, "Controller configuration '"):
        raise ConfigUnknownError
    if says(reply, 404, "Bot '"):
        raise InstanceUnknownError
    decode_done(reply)
