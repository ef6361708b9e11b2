"""`aws iot-jobs-data`, as it is on PyPI: its four commands with all their options."""

import json
import re
import time

import data_plane
import pytest
from aws_results import SERVICE_ERROR, USAGE_ERROR, ok
from botocore import xform_name
from data_plane import DOCUMENT

THING = "cli:thing"
ERROR = re.compile(r"An error occurred \((\w+)\) when calling the \w+ operation: (.*)")


@pytest.fixture
def create(emulator):
    emulator.iot.create_thing(thingName=THING)
    return lambda job_id: emulator.create_job(job_id, DOCUMENT, [THING])


@pytest.fixture
def jobs_data(aws):
    """Run a command for the thing; the finished process."""

    def run(command, *options):
        return aws("iot-jobs-data", command, "--thing-name", THING, *options)

    return run


def test_every_command_with_all_its_options(emulator, jobs_data, create):
    assert ok(jobs_data("start-next-pending-job-execution")) == {}
    create("one")
    pending = ok(jobs_data("get-pending-job-executions"))
    assert [job["jobId"] for job in pending["queuedJobs"]] == ["one"]
    assert pending["inProgressJobs"] == []
    given = ("--status-details", "step=first,of=2", "--step-timeout-in-minutes", "5")
    started = ok(jobs_data("start-next-pending-job-execution", *given))["execution"]
    assert abs(started["startedAt"] - time.time()) < 60
    assert started["statusDetails"] == {"step": "first", "of": "2"}
    assert (started["thingName"], started["jobDocument"]) == (THING, DOCUMENT)
    one = ("--job-id", "one", "--execution-number", "1")
    without = ok(jobs_data("describe-job-execution", *one, "--no-include-job-document"))
    assert "jobDocument" not in without["execution"]
    following = ("--job-id", "$next", "--include-job-document")
    described = ok(jobs_data("describe-job-execution", *following))["execution"]
    assert (described["jobId"], described["jobDocument"]) == ("one", DOCUMENT)
    update = ("update-job-execution", *one, "--status", "IN_PROGRESS")
    short = ok(jobs_data(*update, "--no-include-job-execution-state", "--no-include-job-document"))
    assert short == {}
    end = (
        *("--status", "SUCCEEDED", "--status-details", '{"step": "last"}'),
        *("--expected-version", "3", "--step-timeout-in-minutes", "-1"),
        *("--include-job-execution-state", "--include-job-document"),
    )
    updated = ok(jobs_data("update-job-execution", *one, *end))
    state = {"status": "SUCCEEDED", "statusDetails": {"step": "last"}, "versionNumber": 4}
    assert updated == {"executionState": state, "jobDocument": DOCUMENT}
    assert emulator.execution("one", THING) == ("SUCCEEDED", {"step": "last"})


def test_the_input_may_be_json(emulator, aws, create):
    create("one")
    members = {
        "thingName": THING,
        "jobId": "one",
        "status": "FAILED",
        "statusDetails": {"why": "é"},
        "expectedVersion": 1,
        "includeJobExecutionState": True,
    }
    given = ("--cli-input-json", json.dumps(members))
    # Not signed, the request would be the control plane's: the data plane has a port of its own.
    port = ("--no-sign-request", "--endpoint-url", emulator.data_url)
    answer = ok(aws("iot-jobs-data", "update-job-execution", *given, *port))
    state = {"status": "FAILED", "statusDetails": {"why": "é"}, "versionNumber": 2}
    assert answer == {"executionState": state}


def test_what_the_service_refuses_ends_with_an_exit_code_and_says_why(emulator, aws, jobs_data):
    def asked(operation, members):
        command = ("iot-jobs-data", xform_name(operation, "-"))
        process = aws(*command, "--cli-input-json", json.dumps(members))
        if process.returncode == 0:
            return ok(process)
        assert (process.returncode, process.stdout) == (SERVICE_ERROR, "")
        name, message = ERROR.search(process.stderr).groups()
        return data_plane.Refusal(name, None, message)

    emulator.iot.create_thing(thingName=data_plane.THING)
    data_plane.what_is_refused_says_why(emulator, lambda *calls: [asked(*call) for call in calls])
    process = jobs_data("update-job-execution", "--job-id", "one")
    assert process.returncode == USAGE_ERROR
    assert "--status" in process.stderr
