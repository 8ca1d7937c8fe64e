"""The whole upstream with its Docker, broker, exchange and bots: a state machine, no I/O.

Somebody else has the clock: nothing moves until ``agenda.run_until`` says how late it is.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from bridge.simulator.accounts import Accounts
from bridge.simulator.agenda import Agenda
from bridge.simulator.archive import ArchiveJobs, Archivist
from bridge.simulator.containers import Container, Engine
from bridge.simulator.controllers import ControllerConfigs
from bridge.simulator.deploy import Deployer
from bridge.simulator.docker_door import DockerDoor
from bridge.simulator.exchange import Exchange
from bridge.simulator.faults import Fault, Faults
from bridge.simulator.figures import trades
from bridge.simulator.instances import Instance
from bridge.simulator.ledger import Ledger, Life
from bridge.simulator.mailbox import Mailbox
from bridge.simulator.orchestrator import Orchestrator
from bridge.simulator.process import Process, Surroundings
from bridge.simulator.replies import Config, refuse
from bridge.simulator.runs import BotRuns
from bridge.simulator.timings import CROWDED_BOT, REAL_BOT, Pace
from bridge.simulator.worker import Worker


class World:
    """Everything that there is.

    Args:
        epoch: The date of moment 0, in the local time of the simulated server.
        pace: How bots behave.
        images: Images that can be pulled besides those called ``*/hummingbot``.
    """

    def __init__(
        self, epoch: datetime, *, pace: Pace = REAL_BOT, images: Iterable[str] = ()
    ) -> None:
        self.agenda = Agenda()
        self.worker = Worker(self.agenda)
        self.faults = Faults(self.agenda)
        self.exchange = Exchange(self.faults)
        self.ledger = Ledger()
        self.accounts = Accounts(self.exchange, self.worker)
        self.configs = ControllerConfigs()
        self.instances: dict[str, Instance] = {}
        self.scripts: dict[str, Config] = {}
        self.archived: list[str] = []
        self.runs = BotRuns(self.faults)
        self.engine = Engine(self._run, images=set(images))
        self.door = DockerDoor(self.faults, self.worker)
        self.mailbox = Mailbox(self.agenda, epoch.timestamp())
        self.orchestrator = Orchestrator(
            self.agenda, self.engine, self.mailbox, self.faults, self.door
        )
        self.jobs = ArchiveJobs(self._archivist())
        self.deployer = self._deployer()
        self._epoch = epoch
        self._pace = pace
        self._around = Surroundings(self.agenda, self.mailbox, self.exchange, epoch.timestamp())
        self._wire()

    def date(self) -> datetime:
        """Return the date of the moment that the world has reached."""
        return self._epoch + timedelta(seconds=self.agenda.now)

    def stamp(self) -> str:
        """Return that date as the upstream stores it."""
        return self.date().astimezone(UTC).isoformat(timespec="microseconds")

    def stop_bot(self, name: str) -> dict[str, object]:
        """Send the stop command, and note it in the run with what the status was before."""
        status = self.orchestrator.status_of(name)
        answer = self.orchestrator.stop_bot(name)
        if answer["success"]:
            self.runs.stopped(name, self.stamp(), status)
        return answer

    def configs_of(self, bot: str) -> list[Config]:
        """Return a bot's copies of the controller configs, each with the name it was under.

        Raises:
            RefusalError: 404: it has no folder, or one that was never filled.
        """
        return [
            {**dict(sorted(config.items())), "_config_name": name}
            for name, config in self._copies_of(bot).items()
        ]

    def update_config(self, bot: str, name: str, change: Config) -> None:
        """Merge a change into a bot's copy, key by key; nothing of it is checked.

        Raises:
            RefusalError: 404.
        """
        copies = self._copies_of(bot)
        if name not in copies:
            refuse(404, f"Controller configuration '{name}' not found for bot '{bot}'")
        copies[name].update(change)
        process = self.process_of(bot)
        if process is not None:
            process.reread_config()

    def trades_of(self, bot: str) -> list[dict[str, object]] | None:
        """Return the trades that a bot answers with; None: it does not answer."""
        process = self.process_of(bot)
        if process is None or not process.answers():
            return None
        seconds = process.traded_seconds(self.agenda.now)
        now_ms = int(self.date().timestamp() * 1000)
        configs = self.instances[bot].controllers().values()
        return [trade for config in configs for trade in trades(config, seconds, now_ms)]

    def process_of(self, bot: str) -> Process | None:
        """Return the living process of a bot."""
        container = self.engine.find(bot)
        return None if container is None else container.process

    def take_folder(self, name: str) -> bool:
        """Move a bot's folder to the archive; False: there is none."""
        if self.instances.pop(name, None) is None:
            return False
        self.archived.append(name)
        return True

    def restart_api(self) -> None:
        """Start the upstream anew: its memory and its jobs are gone, files and bots are not."""
        self.jobs.forget()
        self.orchestrator.restart()

    def _archivist(self) -> Archivist:
        return Archivist(
            agenda=self.agenda,
            engine=self.engine,
            door=self.door,
            orchestrator=self.orchestrator,
            runs=self.runs,
            stamp=self.stamp,
            take_folder=self.take_folder,
        )

    def _deployer(self) -> Deployer:
        return Deployer(
            accounts=self.accounts,
            configs=self.configs,
            engine=self.engine,
            door=self.door,
            runs=self.runs,
            instances=self.instances,
            scripts=self.scripts,
            local_stamp=self._local_stamp,
            stamp=self.stamp,
        )

    def _copies_of(self, bot: str) -> dict[str, Config]:
        instance = self.instances.get(bot)
        if instance is None or instance.configs is None:
            refuse(404, f"Bot '{bot}' not found")
        return instance.configs

    def _local_stamp(self) -> str:
        return self.date().strftime("%Y%m%d-%H%M%S")

    def _run(self, container: Container) -> Process | None:
        self.orchestrator.refresh_soon()
        instance = self.instances.get(container.name)
        if instance is None:
            return None
        life = self.ledger.open(
            Life(
                instance=instance.name,
                instance_name=instance.instance_name,
                account=instance.account,
                configs=instance.wanted,
                started_at=self.agenda.now,
            )
        )
        pace = CROWDED_BOT if self.faults.is_on("slow_boot") else self._pace
        process = Process(self._around, instance, life, pace, lambda: self.engine.exits(container))
        is_restart = instance.lives > 0
        instance.lives += 1
        process.start(is_doomed=self.faults.is_on("dies_at_boot"), is_restart=is_restart)
        return process

    def _wire(self) -> None:
        self.mailbox.on_change = self.orchestrator.refresh_soon
        on = self.faults.react
        on(
            "broker_dead",
            begin=lambda _: self.mailbox.cut(),
            end=lambda _: self.mailbox.restore(),
        )
        on("docker_dead", begin=None, end=lambda _: self.orchestrator.refresh_soon())
        on("docker_hung", begin=None, end=lambda _: self.orchestrator.refresh_soon())
        on("frozen", begin=self._freeze, end=self._thaw)
        on("killed", begin=self._kill, end=None)
        on("api_restart", begin=lambda _: self.jobs.forget(), end=lambda _: self.restart_api())

    def _freeze(self, fault: Fault) -> None:
        for process in self._processes(fault):
            process.freeze()

    def _thaw(self, fault: Fault) -> None:
        for process in self._processes(fault):
            process.thaw()

    def _kill(self, fault: Fault) -> None:
        for container in self.engine.all():
            if container.process is not None and fault.bot in {"", container.name}:
                self.engine.exits(container)

    def _processes(self, fault: Fault) -> list[Process]:
        boxes = [box for box in self.engine.all() if fault.bot in {"", box.name}]
        return [box.process for box in boxes if box.process is not None]
