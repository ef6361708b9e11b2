"""What is asked of the emulator itself: the clock."""

import json
import time

import pytest
from iotjobs_emulator.clock import VirtualClock
from iotjobs_emulator.emulator import Emulator
from iotjobs_emulator.steering import Steering
from jobs_world import DOCUMENT, START, thing_arn

CLOCK = "/_emulator/clock"


@pytest.fixture
def emulator():
    return Emulator(clock=VirtualClock(START))


def ask(emulator, method, path, content=None):
    body = content if isinstance(content, bytes) else json.dumps(content or {}).encode()
    return Steering(emulator).answer(method, path, body)


def test_the_clock_is_told_and_moved(emulator):
    assert ask(emulator, "GET", CLOCK) == (200, {"time": START, "mode": "virtual"})
    moved = ask(emulator, "POST", CLOCK, {"advance": 90.5})
    assert moved == (200, {"time": START + 90.5, "mode": "virtual"})


def test_timers_fire_in_order_at_their_instants_when_the_clock_is_moved_past_them(emulator):
    told = []
    emulator.broker.publish = lambda topic, payload, qos: told.append((topic, payload))
    emulator.registry.create_thing({"thingName": "lamp"})
    for job_id, minutes in (("one", 3), ("two", 1)):
        emulator.engine.control.create_job(
            {"jobId": job_id, "targets": [thing_arn("lamp")], "document": DOCUMENT}
        )
        update = {"thingName": "lamp", "jobId": job_id, "status": "IN_PROGRESS"}
        emulator.engine.data.update_job_execution(update | {"stepTimeoutInMinutes": minutes})
    emulator.settle()
    told.clear()
    ask(emulator, "POST", CLOCK, {"advance": 600})
    notified = [
        (json.loads(payload)["timestamp"] - START, len(json.loads(payload)["jobs"]))
        for topic, payload in told
        if topic == "$aws/things/lamp/jobs/notify"
    ]
    assert notified == [(60, 1), (180, 0)]


def test_the_clock_runs_on_wall_time_and_is_stopped_again(emulator):
    assert ask(emulator, "POST", CLOCK, {"mode": "wall"}).content["mode"] == "wall"
    before = emulator.clock.time()
    time.sleep(0.01)
    assert before < emulator.clock.time()
    stopped = ask(emulator, "POST", CLOCK, {"mode": "virtual"}).content["time"]
    time.sleep(0.01)
    assert emulator.clock.time() == stopped


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({"advance": -1}, "advance(-1)"),
        ({"advance": 1e12}, "seconds"),
        ({"advance": True}, "not True"),
        ({"advance": "60"}, "not '60'"),
        ({"mode": "fast"}, "'fast'"),
        ({"speed": 2}, "'speed'; there are mode, advance"),
        (b"{", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"[" * 100_000, "not JSON"),
        (b'{"advance": NaN}', "advance(nan)"),
    ],
)
def test_what_is_wrong_is_named_and_moves_nothing(emulator, content, named):
    status, answer = ask(emulator, "POST", CLOCK, content)
    assert status == 400
    assert named in answer["message"]
    assert emulator.clock.time() == START


def test_other_methods_and_paths(emulator):
    status, answer = ask(emulator, "DELETE", CLOCK)
    assert (status, answer["message"]) == (405, f"{CLOCK} takes GET, POST, not DELETE")
    assert ask(emulator, "GET", "/_emulator/nothing") is None
    assert ask(emulator, "GET", "/jobs") is None
    assert Steering(emulator).answer("POST", CLOCK, None).status == 400
