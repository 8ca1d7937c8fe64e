"""How long things took on the recorded server, in seconds; each was measured, not guessed.

The two kinds of bot differ: the recorder ran its own small MQTT bots for most calls, and genuine
headless Hummingbot processes for the rest. Only the tests use the first kind.
"""

from dataclasses import dataclass
from typing import Final

# The upstream asks Docker for its list of bots this often.
REFRESH_SECONDS: Final = 1.0
# A connected bot sends something this often.
BEAT_SECONDS: Final = 1.0
# Silence after which a bot is "not recently active".
SILENT_SECONDS: Final = 30.0
# Bots are heard again this long after the broker has come back.
RECONNECT_SECONDS: Final = 1.5
# Open orders are gone this long after a stop; of a kill switch, at the next reading of the config.
CANCEL_SECONDS: Final = 1.0
CONFIG_POLL_SECONDS: Final = 10.0

# stop-and-archive: grace for the bot, then tries to stop its container.
ARCHIVE_GRACE_SECONDS: Final = 15.0
ARCHIVE_RETRY_SECONDS: Final = 2.0
ARCHIVE_TRIES: Final = 10
ARCHIVE_BEGINS_SECONDS: Final = 0.05

# While these run every other request waits.
DEPLOY_SECONDS: Final = 0.06
DOCKER_LIST_SECONDS: Final = 0.01
DOCKER_STOP_SECONDS: Final = 0.08
DOCKER_START_SECONDS: Final = 0.01
DOCKER_REMOVE_SECONDS: Final = 0.064
CREDENTIAL_REFUSED_SECONDS: Final = 0.22
CREDENTIAL_UNREACHABLE_SECONDS: Final = 2.4
CREDENTIAL_SECONDS: Final = 3.5
CREDENTIAL_SLOW_EXCHANGE_SECONDS: Final = 33.2
# 2.25 MB of status took 0.16 s of the only worker, 43 kB 15 ms.
STATUS_SECONDS: Final = 0.012
STATUS_SECONDS_PER_BYTE: Final = 6.5e-8


@dataclass(frozen=True, slots=True)
class Pace:
    """How one kind of bot behaves; seconds from the start of its process.

    Attributes:
        is_real: It reads its config and exits when it cannot run it; a start command does not
            start it again; a stopped one reports empty figures some seconds later.
        reads_config: When it decides whether it can run.
        dies: When it exits if it cannot.
        connects: When its first message arrives.
        reports: When its first figures arrive.
        restart_reports: The same after docker stop and start.
    """

    is_real: bool
    reads_config: float
    dies: float
    connects: float
    reports: float
    restart_reports: float


REAL_BOT: Final = Pace(
    is_real=True, reads_config=1.0, dies=6.0, connects=4.5, reports=7.0, restart_reports=9.4
)
# Nine real bots starting at once on two cores.
CROWDED_BOT: Final = Pace(
    is_real=True, reads_config=1.0, dies=29.3, connects=26.1, reports=28.2, restart_reports=28.2
)
RECORDERS_BOT: Final = Pace(
    is_real=False, reads_config=1.0, dies=6.0, connects=3.3, reports=7.3, restart_reports=7.2
)

# A stopped real bot is "running" again, with figures {}, this long after stop-bot: 8 s for two of
# the strategies seen, 20 s for a grid that sold its position first.
FLIP_SECONDS: Final = 8.2
FLIP_SECONDS_OF_GRID: Final = 20.1
# The recorder's bots obeyed start-bot.
RESTART_BY_COMMAND_SECONDS: Final = 0.6
