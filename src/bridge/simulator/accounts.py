"""Credentials profiles of the upstream, with the memory that makes incomplete keys dangerous."""

import re
from typing import Final, NoReturn

from bridge.simulator import timings
from bridge.simulator.connectors import CONNECTORS, config_map, required_fields
from bridge.simulator.exchange import Exchange, fingerprint
from bridge.simulator.replies import CrashError, refuse
from bridge.simulator.worker import Worker

MASTER: Final = "master_account"
_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
# Longest name of a file.
LONGEST_NAME: Final = 255


class Accounts:
    """Which profiles exist, and which keys each holds."""

    def __init__(self, exchange: Exchange, worker: Worker) -> None:
        self._exchange = exchange
        self._worker = worker
        self._keys: dict[str, dict[str, dict[str, str]]] = {MASTER: {}}
        # What was last set for a connector, for whichever account: it fills gaps.
        self._memory: dict[str, dict[str, str]] = {}

    def names(self) -> list[str]:
        """Return all profiles."""
        return list(self._keys)

    def exists(self, account: str) -> bool:
        """Return whether there is such a profile."""
        return account in self._keys

    def connectors(self, account: str) -> list[str]:
        """Return the connectors for which a profile holds keys.

        Raises:
            RefusalError: 404.
        """
        if account not in self._keys:
            refuse(404, _not_found(account))
        return list(self._keys[account])

    def add(self, account: str) -> None:
        """Make an empty profile.

        Raises:
            RefusalError: 400: the name is bad or taken.
            CrashError: The name is too long for a file.
        """
        if _NAME.fullmatch(account) is None:
            refuse(400, _bad_name(account))
        if account in self._keys:
            refuse(400, "Account already exists.")
        if len(account) > LONGEST_NAME:
            raise CrashError
        self._keys[account] = {}

    def delete(self, account: str) -> None:
        """Remove a profile, also one that a bot was deployed with.

        Raises:
            RefusalError: 400: the master; 404.
        """
        if account == MASTER:
            refuse(400, "Cannot delete master account.")
        if account not in self._keys:
            refuse(404, f"Folder '{account}' not found in 'credentials'")
        del self._keys[account]

    def delete_keys(self, account: str, connector: str) -> None:
        """Remove keys; it is not an error when there are none, nor when the profile is unknown."""
        self._keys.get(account, {}).pop(connector, None)

    def set_keys(self, account: str, connector: str, fields: dict[str, object]) -> None:
        """Try keys on the exchange and keep them when it takes them; holds the worker meanwhile.

        Fields that are not given come from the memory, whoever set them.

        Raises:
            RefusalError: 400 in every case.
        """
        if _NAME.fullmatch(account) is None:
            refuse(400, f"400: {_bad_name(account)}")
        if connector not in CONNECTORS:
            self._refuse(f"'{connector}'")
        if account not in self._keys:
            self._refuse(_not_found(account))
        keys = self._complete(connector, fields)
        seconds, refusal = self._exchange.judge(connector, keys)
        if refusal is not None:
            self._refuse(refusal, seconds)
        self._worker.hold(seconds)
        self._keys[account][connector] = keys

    def fingerprints(self) -> dict[str, dict[str, dict[str, str]]]:
        """Return a mark of every value held, to be compared; no value can be read from it."""
        return {
            account: {
                connector: {name: fingerprint(value) for name, value in keys.items()}
                for connector, keys in held.items()
            }
            for account, held in self._keys.items()
        }

    def _complete(self, connector: str, fields: dict[str, object]) -> dict[str, str]:
        memory = self._memory.setdefault(connector, {})
        known = config_map(connector)
        for name, value in fields.items():
            if name not in known:
                self._refuse(f"Object has no attribute '{name}'")
            if not isinstance(value, str):
                self._refuse("Input should be a valid string")
            memory[name] = value
        gaps = [name for name in required_fields(connector) if name not in memory]
        if gaps:
            # Not recorded: the recorder's server had been given all fields before.
            listed = ", ".join(f"'{name}'" for name in gaps)
            self._refuse(f"__init__() missing {len(gaps)} required positional arguments: {listed}")
        return dict(memory)

    def _refuse(self, detail: str, seconds: float = timings.CREDENTIAL_REFUSED_SECONDS) -> NoReturn:
        self._worker.hold(seconds)
        refuse(400, detail)


def _bad_name(account: str) -> str:
    return (
        f"Invalid account name: '{account}'. Only letters, numbers, underscores and hyphens are"
        " allowed."
    )


def _not_found(account: str) -> str:
    return f"Directory 'credentials/{account}/connectors' not found"
