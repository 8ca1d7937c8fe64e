"""Controller configs: files that a deploy copies. Kept under names that are used once.

Saving replaces the whole file and checks nothing; deleting is never refused, for running bots have
their own copy [config_delete_in_use].
"""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from bridge.hummingbot.protocol.messages import Reply, Request, checked_name, path_to, to_json
from bridge.hummingbot.protocol.reading import decode, decode_done, said, says
from bridge.hummingbot.refusals import ConfigInvalidError, ControllerUnknownError, NameRefusedError
from bridge.hummingbot.scrub import scrub
from bridge.hummingbot.wire import NamedConfig

ControllerType = Literal["market_making", "generic", "directional_trading"]

_CONFIG: Final = msgspec.json.Decoder(dict[str, object])
_CONFIGS: Final = msgspec.json.Decoder(list[NamedConfig])
_REASON_CHARS: Final = 1000  # several fields, each with its own line


def list_configs() -> Request:
    """Ask for all configs; the upstream sends them whole."""
    return Request("list_configs", "GET", path_to("controllers", "configs", ""), "read")


def decode_configs(reply: Reply) -> tuple[str, ...]:
    """Return the names [configs_list]."""
    return tuple(config.id for config in decode(reply, _CONFIGS))


def read_config(name: str) -> Request:
    """Ask for one config.

    Raises:
        NameRefusedError: The name is none.
    """
    return Request("read_config", "GET", _path(name), "read")


def decode_config(reply: Reply) -> dict[str, object] | None:
    """Return the config with its name as ``id`` [config_get]; None when there is none."""
    if _is_absent(reply):
        return None
    return decode(reply, _CONFIG)


def put_config(name: str, config: Mapping[str, object]) -> Request:
    """Save a config, new or not. Its ``id`` should be its name: the bot reports under the id.

    Raises:
        NameRefusedError: The name is none.
    """
    return Request("put_config", "POST", _path(name), "effect", body=to_json(config))


def decode_put_config(reply: Reply) -> None:
    """Return when it is saved [config_create, config_update_full_replace].

    Raises:
        NameRefusedError: The name is too long for a file [config_name:xxxxxxxxxxxx#2].
    """
    if says(reply, 400, "File name too long"):
        raise NameRefusedError
    decode_done(reply, status=201)


def delete_config(name: str) -> Request:
    """Delete a config: a deploy that comes later starts a bot that exits at once.

    Raises:
        NameRefusedError: The name is none.
    """
    return Request("delete_config", "DELETE", _path(name), "effect")


def decode_deleted_config(reply: Reply) -> Literal["deleted", "absent"]:
    """Return whether it was there; either way it is not there now [config_delete_again].

    Only the upstream's own sentence counts: a 404 of something in between proves nothing.
    """
    if _is_absent(reply):
        return "absent"
    decode_done(reply)
    return "deleted"


def validate_config(
    controller_type: ControllerType, controller: str, config: Mapping[str, object]
) -> Request:
    """Have a config checked by its controller's own class; of little use for some.

    For pmm_simple, pmm_dynamic, supertrend_v1 and macd_bb_v1 the upstream takes a base class,
    which refuses their own fields [validate:pmm_dynamic_own_fields]. Pairs, connectors and ranges
    are not checked at all [validate:pair_slash, validate:spreads_negative].

    Raises:
        NameRefusedError: The controller's name is none.
    """
    name = checked_name("controller", controller)
    path = path_to("controllers", controller_type, name, "config", "validate")
    return Request("validate_config", "POST", path, "read", body=to_json(config))


def decode_validated_config(reply: Reply) -> None:
    """Return when the config is valid [validate:pmm_v1_full].

    Raises:
        ConfigInvalidError: It is not; the reason names the fields [validate:unknown_field].
        ControllerUnknownError: There is no such controller [validate:controller_missing].
    """
    if says(reply, 404, "Controller configuration class"):
        raise ControllerUnknownError
    if text := said(reply, 400):
        raise ConfigInvalidError(reason=scrub(text, max_chars=_REASON_CHARS))
    decode_done(reply)


def _path(name: str) -> str:
    return path_to("controllers", "configs", checked_name("controller config", name))


def _is_absent(reply: Reply) -> bool:
    return says(reply, 404, "Configuration '")
