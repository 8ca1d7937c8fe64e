"""Which versions were heard of lately: hints come late, and the sweep says the same many times."""

import time
from typing import Final

# Longer than the sweep looks back, so that nothing it repeats counts as new.
_KEPT_SECONDS: Final = 60.0
_PRUNE_SECONDS: Final = 10.0


class Recent:
    """The newest version of each account that changed in the last minute."""

    def __init__(self) -> None:
        self._heard: dict[str, tuple[int, str, float]] = {}
        self._pruned_at = 0.0

    def is_news(self, account: str, version: int, tag: str) -> bool:
        """Note a version; False when it was heard of before."""
        before = self._heard.get(account)
        now = time.monotonic()
        self._heard[account] = (version, tag, now)
        self._prune(now)
        return before is None or before[:2] != (version, tag)

    def is_late(self, account: str, version: int) -> bool:
        """Whether a newer version was heard of."""
        before = self._heard.get(account)
        return before is not None and version < before[0]

    def _prune(self, now: float) -> None:
        if now - self._pruned_at < _PRUNE_SECONDS:
            return
        self._pruned_at = now
        oldest = now - _KEPT_SECONDS
        self._heard = {
            account: heard for account, heard in self._heard.items() if heard[2] >= oldest
        }
