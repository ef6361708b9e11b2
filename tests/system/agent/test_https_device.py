"""An agent over HTTPS with mutual TLS: it runs once, or polls."""

import time

import pytest
from https_relay import UNASKED
from https_service import ended
from https_service import relay as relay
from https_service import running as running
from https_service import service as service
from https_service import start as start

PATIENCE_MS = 5_000  # until then a job must have begun, on a busy machine too
MOMENT_S = 0.3  # in which nothing is to be tried

# It runs once


def test_without_a_job_it_ends(start, service, relay):
    assert ended(start(once=1, port=relay.port), "more", "begin", "error") == ["more False"]
    assert relay.requests == [f"PUT /things/{service.thing}/jobs/$next HTTP/1.1"]


def test_one_job_is_run_and_reported(start, service):
    job = service.create("one", operation="told", times=2)
    assert ended(start(once=1), "more", "begin", "error") == [f"begin {job}", "more False"]
    assert service.execution(job) == ("SUCCEEDED", {"step": "2"}, 5)


def test_of_two_jobs_one_is_run_at_a_time(start, service):
    first = service.create("first", operation="told", times=1)
    second = service.create("second", operation="told", times=1)
    assert ended(start(once=1), "more", "begin", "error") == [f"begin {first}", "more True"]
    assert service.execution(second)[0] == "QUEUED"
    assert ended(start(once=1), "more", "begin", "error") == [f"begin {second}", "more False"]
    assert service.execution(second)[0] == "SUCCEEDED"


def test_two_jobs_by_one_program(start, service):
    for name in ("first", "second"):
        service.create(name, operation="told", times=1)
    assert ended(start(once=2), "more") == ["more True", "more False"]


def test_a_job_that_fails_is_reported(start, service):
    job = service.create("fails", operation="fail", why="no power")
    assert ended(start(once=1), "more", "error") == ["more False"]
    assert service.execution(job) == ("FAILED", {"reason": "no power"}, 3)


def test_what_could_not_be_reported_is_by_the_next_program(start, service, relay):
    job = service.create("kept", operation="told", times=1)
    relay.cuts = dict.fromkeys(range(3, 1000), UNASKED)  # the outcome
    lines = ended(start(once=1, port=relay.port, patience_ms=PATIENCE_MS), "given up", "begin")
    assert lines[0] == f"begin {job}"
    assert lines[1].startswith(f"given up lost no end within {PATIENCE_MS} ms: LinkError ")
    assert service.execution(job)[0] == "IN_PROGRESS"
    relay.cuts = {}
    lines = ended(start(once=1, port=relay.port), "more", "begin", "end")
    assert lines == ["end SUCCEEDED", "more False"]
    assert service.execution(job) == ("SUCCEEDED", {"step": "1"}, 4)
    assert not (service.folder / "iotjobs.json").exists()


def test_its_patience_is_limited(start, service):
    service.fault("drop in HTTP")
    (line,) = ended(start(once=1, patience_ms=200), "more", "given up")
    assert line == "given up lost no end within 200 ms"


# It polls


def finish(device, job_id):
    """Wait until the job was run, and the device is idle again."""
    device.wait_for(f"^begin {job_id}")
    device.wait_for("^state IDLE", after=device.lines.index(f"begin {job_id}"))


def test_it_asks_as_often_as_it_is_told_to_over_one_connection(start, service, relay):
    device = start(port=relay.port, resync_ms=50)
    device.wait_for("state IDLE")
    for name in ("first", "second"):
        job = service.create(name, operation="told", times=2)
        finish(device, job)
        assert service.execution(job) == ("SUCCEEDED", {"step": "2"}, 5)
    assert relay.connections == 1
    asked = [request.split()[0] for request in relay.requests]
    assert asked.count("POST") == 6
    assert not [line for line in device.lines if line.startswith("error")]


def test_a_connection_that_the_server_has_closed_is_opened_again(start, service, relay):
    device = start(port=relay.port, resync_ms=50)
    for number in range(1, 4):
        job = service.create(f"job-{number}", operation="told", times=1)
        finish(device, job)
        assert relay.connections == number
        relay.cut_soon()
    assert not [line for line in device.lines if line.startswith("error")]


@pytest.mark.parametrize("resume", [False, True])
def test_a_job_that_resets_the_device_is_succeeded_by_the_next_program(resume, start, service):
    job = service.create("reboot", operation="reboot", resume=resume)
    for resumed in [False, True] if resume else [False]:
        device = start()
        assert device.wait() == 3
        assert f"begin {job} {resumed}" in device.lines
        assert service.execution(job)[:2] == ("IN_PROGRESS", {"boot": "soon"})
    assert ended(start(once=1), "begin", "more", "error") == ["more False"]
    assert service.execution(job)[:2] == ("SUCCEEDED", {"boot": "soon"})


def test_nothing_is_tried_while_the_network_is_away(start, service, relay, tmp_path):
    network = tmp_path / "network"
    job = service.create("job", operation="told", times=1)
    device = start(port=relay.port, network=network, resync_ms=50)
    device.wait_for("^state OFFLINE$")
    time.sleep(MOMENT_S)
    assert (relay.connections, device.lines) == (0, ["state OFFLINE"])
    network.touch()
    finish(device, job)
    network.unlink()
    relay.cut_soon()
    time.sleep(MOMENT_S)
    assert relay.connections == 1
    assert not [line for line in device.lines if line.startswith("error")]
