"""Controller configs as files of the upstream: anything is stored, nothing is looked at."""

import copy

from bridge.simulator.accounts import LONGEST_NAME
from bridge.simulator.catalogue import CLASSES, CLASSLESS, CONTROLLERS, TYPES
from bridge.simulator.replies import Config, refuse, unprocessable
from bridge.simulator.validation import complaints


class ControllerConfigs:
    """The shared configs; a bot is given copies of its own when it is deployed."""

    def __init__(self) -> None:
        self._files: dict[str, Config] = {}

    def put(self, name: str, config: Config) -> None:
        """Write a file, over the one before.

        Raises:
            RefusalError: 400: the name is too long for a file.
        """
        file = f"{name}.yml"
        if len(file.encode()) > LONGEST_NAME:
            refuse(400, f"[Errno 36] File name too long: 'bots/conf/controllers/{file}'")
        self._files[name] = copy.deepcopy(config)

    def get(self, name: str) -> Config:
        """Return a file; its ``id`` is the name of the file, whatever was written.

        Raises:
            RefusalError: 404.
        """
        if name not in self._files:
            refuse(404, f"Configuration '{name}' not found")
        return _read(name, self._files[name])

    def everything(self) -> list[Config]:
        """Return all files."""
        return [_read(name, config) for name, config in self._files.items()]

    def delete(self, name: str) -> None:
        """Remove a file, also one that bots use: they have copies.

        Raises:
            RefusalError: 404.
        """
        if self._files.pop(name, None) is None:
            refuse(404, f"Configuration '{name}' not found")

    def copies(self, names: list[str]) -> dict[str, Config]:
        """Return copies of those files among these that are there now."""
        found = {name: self._files[name] for name in names if name in self._files}
        return copy.deepcopy(found)


def _read(name: str, config: Config) -> Config:
    return dict(sorted({**config, "id": name}.items()))


def template(controller_type: str, controller: str) -> dict[str, object]:
    """Return what is known of a controller's fields; ``required`` is always false.

    Raises:
        RefusalError: 422: no such type; 404: no such controller.
    """
    _check(controller_type, controller)
    known = CLASSES.get(controller)
    if known is None:
        return {}
    return {
        field.name: {"default": field.default, "type": TYPES[field.kind], "required": False}
        for field in known.fields
    }


def validate(controller_type: str, controller: str, config: Config) -> dict[str, str]:
    """Say that a config is valid.

    Raises:
        RefusalError: 422, 404 as ``template``; 400 with the validator's text.
    """
    _check(controller_type, controller)
    known = CLASSES.get(controller)
    text = None
    if known is not None:
        text = complaints(known, config)
    elif "id" not in config:
        text = f"1 validation error for {controller}\nid\n  Field required"
    if text is not None:
        refuse(400, text)
    return {"message": "Configuration is valid"}


def source(controller_type: str, controller: str) -> dict[str, str]:
    """Return a controller's source, which the simulator has not.

    Raises:
        RefusalError: 422: no such type; 404: no such controller.
    """
    _check_type(controller_type)
    if controller not in CONTROLLERS[controller_type]:
        refuse(404, f"Controller '{controller}' not found in '{controller_type}'")
    return {"name": controller, "type": controller_type, "content": ""}


def _check(controller_type: str, controller: str) -> None:
    _check_type(controller_type)
    if controller not in CONTROLLERS[controller_type] or controller in CLASSLESS:
        refuse(404, f"Controller configuration class for '{controller}' not found")


def _check_type(controller_type: str) -> None:
    if controller_type not in CONTROLLERS:
        expected = "'directional_trading', 'market_making' or 'generic'"
        loc: list[str | int] = ["path", "controller_type"]
        entry = unprocessable("enum", loc, f"Input should be {expected}", controller_type)
        refuse(422, [{**entry, "ctx": {"expected": expected}}])
