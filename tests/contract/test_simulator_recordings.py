"""The simulator answers recorded requests with the recorded status and shape, over a real socket.

Every recorded exchange is replayed, on the scene that ``simulator_scenes`` sets for it, but for
those in ``NOT_REPLAYED``. Answers in ``SHAPE_ONLY`` must have the recorded shape; all others must
be equal to the letter but for ids and dates.
"""

from base64 import b64encode

import pytest
from tests.contract.simulator_likeness import difference, scrub
from tests.contract.simulator_replay import exchanges
from tests.contract.simulator_scenes import SCENES, set_stage

RECORDED = exchanges()

NOT_REPLAYED = {
    "docker_hung:status_all": "only the number of bots was kept of the answer",
    "run_of_frozen_bot": "only two fields were kept of the answer",
}
# They hold figures, logs, or what else was on the recorder's server.
SHAPE_ONLY = {
    "archive_stopped_container",
    "broker_down:run_after_archive",
    "broker_down:status_one",
    "configs_list",
    "connectors_list",
    "containers_active",
    "db_back:runs",
    "mqtt_status",
    "real_history",
    "real_status:real-mm",
    "real_status_after_docker_restart",
    "real_status_after_fills:real-v1",
    "real_status_after_start",
    "real_status_after_stop",
    "real_status_killed",
    "run_after_archive",
    "run_after_restart",
    "run_after_stop",
    'runs_filter:{"bogus": "1", "limit": 1}',
    'runs_filter:{"run_status": "CREATED", "limit": 2}',
    "runs_stats",
    "script_configs_after_failed_deploy",
    "status_all",
    "status_idle",
    "status_right_after_archive",
    "status_right_after_stop",
    "status_running",
}


def wrong_password() -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(b'admin:wrong').decode()}"}


HEADERS = {"auth_missing": {}, "auth_wrong": wrong_password()}


def test_every_scene_and_exception_is_of_a_recording() -> None:
    assert {*SCENES, *NOT_REPLAYED, *SHAPE_ONLY} <= RECORDED.keys()


@pytest.mark.parametrize("name", sorted(RECORDED.keys() - NOT_REPLAYED.keys()))
async def test_answer_is_the_recorded_one(name: str) -> None:
    recorded = RECORDED[name]
    stage = set_stage(name)

    status, actual = await stage.replay(recorded, HEADERS.get(name))

    assert status == recorded.status
    assert difference(recorded.response, actual) is None
    if name not in SHAPE_ONLY:
        assert scrub(actual) == scrub(recorded.response)
