"""What a simulated bot's status says over time is what was watched on the recorded server.

The recorder polled every few tenths of a second, and both servers look at their bots once a second;
so a change may come a second sooner or later than it was recorded.
"""

from collections.abc import Callable
from functools import partial

import pytest
from tests.contract import simulator_scenes as scenes
from tests.contract.simulator_replay import Stage, observations

from bridge.simulator.faults import Fault
from bridge.simulator.replies import is_config, is_list
from bridge.simulator.timings import CROWDED_BOT, REAL_BOT, RECORDERS_BOT, Pace

SEEN = observations()
TOLERANCE_SECONDS = 1.1
STEP_SECONDS = 0.1
NAME = "mm-alpha-20261122-081044"
GRID = "real-grid-20261122-082525"
# One row: seconds, then what was seen from then on.
Rows = list[list[object]]


def deployed(stage: Stage) -> None:
    stage.account(keys=True)
    stage.bot(NAME)


def running(stage: Stage, name: str = NAME, config: str = "spread_sharp") -> None:
    scenes.real(stage, name, config, seconds=120.6)


def stopped_by_bot(stage: Stage) -> None:
    running(stage)
    stage.world.stop_bot(NAME)


def stopped_grid(stage: Stage) -> None:
    stage.account(keys=True)
    stage.bot(GRID, "grid_sharp")
    stage.wait(60)
    for config in stage.world.instances[GRID].controllers().values():
        config["controller_name"] = "grid_strike"
    stage.world.stop_bot(GRID)


def container_stopped(stage: Stage) -> None:
    running(stage)
    stage.world.engine.stop(NAME)


def container_started(stage: Stage) -> None:
    container_stopped(stage)
    stage.wait(60)
    stage.world.engine.start(NAME)


def killed(stage: Stage) -> None:
    running(stage)
    stage.fault("killed")


def frozen(stage: Stage) -> None:
    running(stage)
    stage.fault("frozen")


def thawed(stage: Stage) -> None:
    frozen(stage)
    stage.wait(60)
    stage.world.faults.end("frozen")


def doomed(stage: Stage) -> None:
    stage.fault("dies_at_boot")
    deployed(stage)


def kill_switch(stage: Stage) -> None:
    running(stage)
    stage.world.update_config(NAME, "spread_sharp", {"manual_kill_switch": True})


def restarted_after_stop(stage: Stage) -> None:
    stopped_by_bot(stage)
    stage.wait(40)
    stage.world.stop_bot(NAME)
    stage.wait(40)
    stage.world.engine.stop(NAME)
    stage.world.engine.start(NAME)


def broker_dead(stage: Stage) -> None:
    running(stage)
    stage.fault("broker_dead")
    stage.wait(1)


def broker_back(stage: Stage) -> None:
    broker_dead(stage)
    stage.wait(60)
    stage.world.faults.end("broker_dead")


def odd(stage: Stage, *, keys: bool = True, **changes: object) -> None:
    """A bot with something wrong in its config, or no keys."""
    stage.account(keys=keys)
    stage.bot(NAME)
    copies = stage.world.instances[NAME].configs
    assert copies is not None
    copies["spread_sharp"].update(changes)


def without_config(stage: Stage) -> None:
    deployed(stage)
    stage.world.instances[NAME].configs = {}


WATCHED: dict[str, tuple[Callable[[Stage], None], Pace]] = {
    "timeline_deploy_to_running": (deployed, RECORDERS_BOT),
    "timeline_stop": (stopped_by_bot, RECORDERS_BOT),
    "timeline_container_stop": (container_stopped, RECORDERS_BOT),
    "timeline_container_start": (container_started, RECORDERS_BOT),
    "timeline_crash": (killed, RECORDERS_BOT),
    "timeline_frozen": (frozen, RECORDERS_BOT),
    "timeline_unfrozen": (thawed, RECORDERS_BOT),
    "timeline_container_dies_at_start_2": (doomed, RECORDERS_BOT),
    "timeline_real_deploy_to_running": (deployed, REAL_BOT),
    "timeline_real_kill_switch": (kill_switch, REAL_BOT),
    "timeline_real_stop": (stopped_by_bot, REAL_BOT),
    "timeline_real_stop_default_body": (stopped_grid, REAL_BOT),
    "timeline_real_docker_restart": (restarted_after_stop, REAL_BOT),
    "timeline_broker_down": (broker_dead, RECORDERS_BOT),
    "timeline_broker_back": (broker_back, RECORDERS_BOT),
    "real_case:slash": (partial(odd, trading_pair="SHARP/USDT"), CROWDED_BOT),
    "real_case:badconn": (partial(odd, connector_name="nowhere"), CROWDED_BOT),
    "real_case:nokey": (partial(odd, keys=False), CROWDED_BOT),
    "real_case:nocfg": (without_config, CROWDED_BOT),
}


@pytest.mark.parametrize("name", sorted(WATCHED))
def test_status_over_time_is_the_recorded_one(name: str) -> None:
    arrange, pace = WATCHED[name]
    stage = Stage(pace)
    arrange(stage)

    seen = watch(stage, partial(status_of, bot=next(iter(stage.world.instances))), seconds=35)

    assert_like(seen, recorded(name))


def test_archive_over_time_is_the_recorded_one() -> None:
    stage = Stage(REAL_BOT)
    running(stage)
    stage.world.jobs.begin(NAME)
    stage.wait(0.1)

    seen = watch(stage, archive_state, seconds=50)

    assert_like(seen, recorded("timeline_real_archive"), tolerance=2.2)


def test_archive_of_a_recorders_bot_leaves_no_container() -> None:
    stage = Stage()
    running(stage)
    stage.world.jobs.begin(NAME)
    stage.wait(0.1)

    seen = watch(stage, lambda stage: [*archive_state(stage), containers(stage)], seconds=20)

    shown = {True: "in all", False: "not in all"}
    rows: Rows = [[*row[:4], shown[bool(row[4])], str(row[5])] for row in seen]
    assert_like(rows, recorded("timeline_archive"), tolerance=1.5)


def test_bots_are_back_a_second_after_the_api_was_restarted() -> None:
    stage = Stage()
    running(stage)
    stage.world.faults.order(Fault("api_restart", until=stage.world.agenda.now + 5))
    stage.wait(5)
    assert status_of(stage, NAME)[0] == "stopped"

    seen = watch(stage, partial(status_of, bot=NAME), seconds=3)

    assert seen[-1][1:] == ["running", True, 1]
    assert float(str(seen[-1][0])) <= 1


def test_list_is_frozen_while_docker_is_dead() -> None:
    stage = Stage()
    running(stage)
    stage.fault("docker_dead")
    stage.world.engine.exits(stage.world.engine.all()[0])

    seen = watch(stage, partial(status_of, bot=NAME), seconds=60)

    assert [row[1] for row in seen] == ["running", "idle"]


def watch(stage: Stage, look: Callable[[Stage], list[object]], seconds: float) -> Rows:
    """Return what is seen, each time that it changes."""
    rows: Rows = []
    for step in range(int(seconds / STEP_SECONDS) + 1):
        now = look(stage)
        if not rows or rows[-1][1:] != now:
            rows.append([round(step * STEP_SECONDS, 1), *now])
        stage.wait(STEP_SECONDS)
    return rows


def status_of(stage: Stage, bot: str) -> list[object]:
    status = stage.world.orchestrator.status_of(bot)
    performance = status.get("performance")
    controllers = len(performance) if is_config(performance) else 0
    return [status["status"], status.get("recently_active"), controllers]


def archive_state(stage: Stage) -> list[object]:
    world = stage.world
    page = world.runs.page({"bot_name": NAME})["data"]
    run = page[0] if is_list(page) else None
    assert is_config(run)
    word = world.orchestrator.status_of(NAME)["status"]
    listed = NAME in world.orchestrator.status_of_all()
    return [word, run["run_status"], run["deployment_status"], listed]


def containers(stage: Stage) -> list[str]:
    return [str(box.status) for box in stage.world.engine.all()]


def recorded(name: str) -> Rows:
    value = SEEN[name]
    rows = value["timeline"] if is_config(value) else value
    assert is_list(rows)
    return [row for row in rows if is_list(row)]


def assert_like(seen: Rows, wanted: Rows, tolerance: float = TOLERANCE_SECONDS) -> None:
    if len(seen) > len(wanted):  # The recorder's next poll came too late for a short "idle".
        seen = [row for row in seen if row[1] != "idle"]
    assert [row[1:] for row in seen] == [row[1:] for row in wanted]
    for mine, theirs in zip(seen, wanted, strict=True):
        assert float(str(mine[0])) == pytest.approx(float(str(theirs[0])), abs=tolerance)
