"""What the upstream has heard over MQTT, and the bots that are speaking.

Bots speak each second. None of that is an event: what was heard last is worked out when somebody
asks. Only when a bot falls silent is its last word put down.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from bridge.simulator import timings
from bridge.simulator.agenda import Agenda
from bridge.simulator.logs import LogBook

# Of each controller its performance, as it was at a moment.
Reports = dict[str, dict[str, object]]


@dataclass(slots=True)
class Voice:
    """A bot that is connected to the broker.

    Attributes:
        since: Its first message; then one each beat.
        reports: What its messages report, None: it only says that it lives.
        reports_since: From when they do.
        complaint: What it logs as an error each second.
        pulled: Up to when its log lines were put down.
        is_frozen: It says nothing.
    """

    since: float
    reports: Callable[[float], Reports] | None = None
    reports_since: float = 0.0
    complaint: str | None = None
    pulled: float = 0.0
    is_frozen: bool = False

    def last_beat(self, now: float) -> float | None:
        """Return when its last message was sent; None: none yet."""
        if now < self.since:
            return None
        period = timings.BEAT_SECONDS
        return self.since + (now - self.since) // period * period


@dataclass(slots=True)
class Heard:
    """What is remembered of one name; all of it goes when the upstream drops the name."""

    at: float | None = None
    reports: Reports | None = None
    cleared: float = -1.0
    reports_cleared: float = -1.0


class Mailbox:
    """The upstream's MQTT side."""

    def __init__(self, agenda: Agenda, epoch: float) -> None:
        self._agenda = agenda
        self._epoch = epoch
        self._voices: dict[str, Voice] = {}
        self._heard: dict[str, Heard] = {}
        self._logs: dict[str, LogBook] = {}
        self.is_cut = False
        # Called when somebody begins or ceases to speak.
        self.on_change: Callable[[], None] = lambda: None

    def connect(self, name: str, *, complaint: str | None = None) -> None:
        """Let a bot speak from now on; while the broker is dead it waits for it."""
        now = self._agenda.now
        self._voices[name] = Voice(since=now, pulled=now, complaint=complaint)
        self.on_change()

    def disconnect(self, name: str) -> None:
        """A bot will not speak again."""
        self._settle(name)
        self._voices.pop(name, None)
        self.on_change()

    def report(self, name: str, reports: Callable[[float], Reports] | None) -> None:
        """Let a connected bot report figures from now on, or (None) no more."""
        self._settle(name)
        voice = self._voices.get(name)
        if voice is not None:
            voice.reports = reports
            if reports is not None:
                voice.since = voice.reports_since = self._agenda.now

    def deliver(self, name: str, reports: Reports) -> None:
        """Let a connected bot report once."""
        if self._is_heard(name):
            self._of(name).reports = reports

    def log(self, name: str, entry: msgspec.Raw, *, is_error: bool = False) -> None:
        """Let a connected bot log a line."""
        if self._is_heard(name):
            self._logs.setdefault(name, LogBook()).note(entry, is_error=is_error)

    def freeze(self, name: str) -> None:
        """A bot says nothing until ``thaw``."""
        self._settle(name)
        if name in self._voices:
            self._voices[name].is_frozen = True

    def thaw(self, name: str) -> None:
        """A bot speaks again, at once."""
        if name in self._voices:
            self._speak_from(self._voices[name], self._agenda.now)

    def cut(self) -> None:
        """Nothing of any bot arrives: the broker is dead."""
        for name in self._voices:
            self._settle(name)
        self.is_cut = True

    def restore(self) -> None:
        """The broker is back; the bots find it a little later."""
        self.is_cut = False
        for voice in self._voices.values():
            if not voice.is_frozen:
                self._speak_from(voice, self._agenda.now + timings.RECONNECT_SECONDS)

    def last_heard(self, name: str) -> float | None:
        """Return when the last message of a bot arrived that is still remembered."""
        heard = self._of(name)
        beat = self._beat(name)
        return beat if beat is not None and beat > heard.cleared else heard.at

    def is_recent(self, name: str) -> bool:
        """Return whether a bot was heard in the last 30 s."""
        last = self.last_heard(name)
        return last is not None and self._agenda.now - last < timings.SILENT_SECONDS

    def recent_names(self) -> list[str]:
        """Return the bots that were heard in the last 30 s."""
        return [name for name in {**self._heard, **self._voices} if self.is_recent(name)]

    def speakers(self) -> list[str]:
        """Return the bots that are speaking now."""
        return [name for name in self._voices if self._is_heard(name)]

    def reports(self, name: str) -> Reports:
        """Return the last report of each controller that is still remembered."""
        heard = self._of(name)
        voice, beat = self._voices.get(name), self._beat(name)
        if voice is not None and voice.reports is not None and beat is not None:
            cleared = max(heard.cleared, heard.reports_cleared)
            if beat > cleared and beat >= voice.reports_since:
                return voice.reports(beat)
        return heard.reports or {}

    def logs(self, name: str) -> LogBook:
        """Return the log lines that are still remembered."""
        self._pull(name)
        return self._logs.get(name) or LogBook()

    def clear(self, name: str) -> None:
        """Forget all of a bot, until its next message."""
        self._pull(name)
        self._logs.pop(name, None)
        self._heard[name] = Heard(cleared=self._agenda.now, reports_cleared=self._agenda.now)

    def clear_reports(self, name: str) -> None:
        """Forget a bot's figures, until its next report."""
        heard = self._of(name)
        heard.reports = None
        heard.reports_cleared = self._agenda.now

    def forget_everything(self) -> None:
        """Forget all bots: the upstream was restarted."""
        for name in {**self._heard, **self._voices}:
            self.clear(name)

    def _of(self, name: str) -> Heard:
        return self._heard.get(name) or self._heard.setdefault(name, Heard())

    def _is_heard(self, name: str) -> bool:
        voice = self._voices.get(name)
        return voice is not None and not voice.is_frozen and not self.is_cut

    def _beat(self, name: str) -> float | None:
        return self._voices[name].last_beat(self._agenda.now) if self._is_heard(name) else None

    def _settle(self, name: str) -> None:
        """Put down what was heard so far of a bot that will speak otherwise, or not at all."""
        if name not in self._voices:
            return
        self._pull(name)
        heard = self._of(name)
        heard.at, heard.reports = self.last_heard(name), self.reports(name) or None

    def _pull(self, name: str) -> None:
        voice, beat = self._voices.get(name), self._beat(name)
        if voice is None or beat is None or voice.reports is None:
            return
        book = self._logs.setdefault(name, LogBook())
        since = max(voice.pulled, voice.reports_since)
        book.chatter(since, beat, self._epoch, voice.complaint)
        voice.pulled = beat

    def _speak_from(self, voice: Voice, moment: float) -> None:
        voice.is_frozen = False
        self.on_change()
        voice.since = moment
        voice.pulled = max(voice.pulled, moment)
        voice.reports_since = max(voice.reports_since, moment)
