"""`tools/jobs watch`: notifications as lines of JSON, over connections that come and go."""

import functools
import json
import signal
import sys

import pytest
from iotjobs_emulator.provision import CERTIFICATE
from jobs_tool import (
    FAILURE,
    INTERRUPTED,
    MQTT,
    TOOL,
    USAGE,
    Jobs,
    environment_without,
    run,
    says,
    wait_for_fault,
)
from jobs_tool import create as create
from jobs_tool import jobs as jobs
from processes import Process
from testing import ports


def start(processes, jobs, *options):
    connection = jobs.connection(MQTT)[:-1]  # it goes over MQTT unasked
    command = [sys.executable, TOOL, *connection, "watch", "--thing-name=MyThing", *options]
    processes.append(Process(command, env=environment_without()))
    return processes[-1]


@pytest.fixture
def watch(jobs, processes):
    """Start it for MyThing; the process."""
    return functools.partial(start, processes, jobs)


def event(process, name, after=0):
    """The message of the first line from number `after` on that is one of this name."""
    found = process.wait_for(rf'^\{{"event": "{name}", ', after=after)
    return json.loads(found.string)["message"]


def events(lines):
    return [json.loads(line)["event"] for line in lines]


def job_ids(summaries):
    return [summary["jobId"] for summary in summaries]


def test_what_is_pending_and_then_every_notification(watch, emulator, create):
    create("first", '{"text": "é\\u20ac\\ud83d\\ude00"}')
    process = watch()
    pending = event(process, "pending")
    assert (job_ids(pending["queuedJobs"]), pending["inProgressJobs"]) == (["first"], [])
    create("second", {"operation": "blink"})
    assert job_ids(event(process, "notify")["jobs"]["QUEUED"]) == ["first", "second"]
    assert events(process.lines) == ["pending", "notify"]
    emulator.iot.cancel_job(jobId="first", force=True)
    message = event(process, "notify-next")
    assert message["execution"]["jobId"] == "second"
    assert message["execution"]["jobDocument"] == {"operation": "blink"}
    emulator.fault(action="delay", direction="in", packet="DISCONNECT", seconds=0.001)
    process.signal(signal.SIGINT)
    assert process.wait() == INTERRUPTED
    wait_for_fault(emulator)  # it has said goodbye
    *lines, last = process.lines
    assert last == ""
    assert events(lines) == ["pending", "notify", "notify", "notify-next"]


def test_a_service_that_is_gone_is_tried_with_growing_waits(tmp_path, start_emulator, processes):
    state = ("--state", str(tmp_path / "state.db"))
    emulator = start_emulator(*state, ports=ports.take(5))
    process = start(processes, Jobs(emulator, emulator.device_folder("MyThing")))
    event(process, "pending")
    gone = len(process.lines)
    emulator.kill()
    first = process.wait_for(r"^tools/jobs: .*; again in (\d+\.\d) s$", after=gone)
    assert float(first[1]) <= 1
    # Each wait is a random part of a second, of two, of four, ..
    process.wait_for(r"^tools/jobs: .*ECONNREFUSED; again in ([2-9]|\d\d)\.\d s$", after=gone)
    start_emulator(*state, ports=emulator.ports)
    process.wait_for("^tools/jobs: connected again$")
    event(process, "pending", after=gone)


def test_what_is_pending_is_told_again_after_a_lost_connection(watch, emulator, create):
    process = watch()
    assert event(process, "pending") == {"inProgressJobs": [], "queuedJobs": []}
    before = len(process.lines)
    emulator.fault(action="cut", direction="out", operation="notify", times=1)
    create("unheard")
    process.wait_for(r"^tools/jobs: .*; again in \d\.\d s$", after=before)
    process.wait_for("^tools/jobs: connected again$", after=before)
    assert job_ids(event(process, "pending", after=before)["queuedJobs"]) == ["unheard"]
    create("heard")
    queued = event(process, "notify", after=before)["jobs"]["QUEUED"]
    assert job_ids(queued) == ["unheard", "heard"]


def test_what_is_pending_is_the_first_line(watch, emulator, create):
    # Answers are lost, and asked for again, until a notification has come.
    emulator.fault(action="drop", direction="out", operation="GetPendingJobExecutions")
    process = watch("--timeout", "15")  # the third answer that is lost would end the connection
    wait_for_fault(emulator)
    create("early")
    emulator.clear_faults()
    assert job_ids(event(process, "pending")["queuedJobs"]) == ["early"]
    assert job_ids(event(process, "notify")["jobs"]["QUEUED"]) == ["early"]
    assert event(process, "notify-next")["execution"]["jobId"] == "early"
    assert events(process.lines) == ["pending", "notify", "notify-next"]


def test_a_notification_that_cannot_be_read_is_told_of(watch, create):
    process = watch()
    event(process, "pending")
    create("deep", '{"a":' * 40 + "1" + "}" * 40)
    event(process, "notify")
    process.wait_for(r"^tools/jobs: a message notify-next of \d+ bytes cannot be read$")


def test_a_service_that_is_busy_is_asked_again(watch, emulator):
    emulator.fault(action="reject", code="RequestThrottled", times=1)
    process = watch()
    process.wait_for(r"^tools/jobs: RequestThrottled: .*; again in \d\.\d s$")
    event(process, "pending")


def test_it_does_not_begin_where_it_cannot(watch, jobs, emulator):
    for options, told in (
        (["--ca", jobs.folder / CERTIFICATE], "The endpoint's certificate is refused"),
        (
            ["--timeout=30", "--endpoint", f"localhost:{emulator.https}"],
            "The endpoint does not speak as the service does",
        ),
    ):
        process = watch(*options)
        assert process.wait() == FAILURE
        assert told in "\n".join(process.lines)
    for arguments, code, named in (
        ((), USAGE, "--thing-name"),
        (("--thing-name=MyThing", "--job-id=x"), FAILURE, "--job-id=x"),
        (("--thing-name=a/b",), FAILURE, "a/b"),
    ):
        says(run(*jobs.connection(MQTT), "watch", *arguments), named, code=code)
