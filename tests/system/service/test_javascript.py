"""AWS's SDK for JavaScript, as it is on npm, under Node."""

import json
import os
import subprocess

import pytest
from authorities import deactivate
from mutual_tls import CA_PEM, CERTIFICATE_PEM, KEY_PEM, write_pem
from processes import PROGRAMS
from testing import external

pytestmark = pytest.mark.exhaustive

THING = "MyThing"
DOCUMENT = '{"operation":"blink","text":"é €"}'
ONE = {"thingName": THING, "jobId": "one"}
ENDED = {"thingName": THING, "jobId": "ended"}
WAYS = ("signed", "data port", "certificate")


@pytest.fixture(scope="session")
def node_command():
    modules = external.prepare_javascript()
    return [external.node(), PROGRAMS / "jobs_data.cjs"], {**os.environ, "NODE_PATH": str(modules)}


@pytest.fixture
def ask(emulator, node_command):
    """Have Node make these calls on one of the ways; what each came to."""
    folder = emulator.device_folder(THING)
    write_pem(folder)

    def run(way, *calls):
        tls = None
        endpoint = emulator.data_url if way == "data port" else emulator.control_url
        if way == "certificate":
            endpoint = f"https://localhost:{emulator.https}"
            names = {"cert": CERTIFICATE_PEM, "key": KEY_PEM, "ca": CA_PEM}
            tls = {name: str(folder / file) for name, file in names.items()}
        command, variables = node_command
        done = subprocess.run(
            command,
            input=json.dumps({"endpoint": endpoint, "tls": tls, "calls": calls}),
            env=variables,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)

    return run


def data(command, **members):
    return "iot-jobs-data", command, members


@pytest.mark.parametrize("way", WAYS)
def test_a_job_is_created_found_started_and_finished(emulator, ask, way):
    arn = emulator.iot.describe_thing(thingName=THING)["thingArn"]
    job = {"jobId": "one", "targets": [arn], "document": DOCUMENT}
    [made] = ask("signed", ("iot", "CreateJob", job))
    assert made["output"]["jobArn"].endswith(":job/one")
    start = {"statusDetails": {"step": "first"}, "stepTimeoutInMinutes": 5}
    update = {
        "status": "SUCCEEDED",
        "statusDetails": {"step": "last"},
        "expectedVersion": 2,
        "executionNumber": 1,
        "includeJobExecutionState": True,
        "includeJobDocument": True,
    }
    came = ask(
        way,
        data("GetPendingJobExecutions", thingName=THING),
        data("StartNextPendingJobExecution", thingName=THING, **start),
        data("DescribeJobExecution", thingName=THING, jobId="$next", includeJobDocument=False),
        data("DescribeJobExecution", **ONE, executionNumber=1),
        data("UpdateJobExecution", **ONE, **update),
        data("StartNextPendingJobExecution", thingName=THING),
    )
    pending, started, short, described, updated, nothing = (one["output"] for one in came)
    assert [found["jobId"] for found in pending["queuedJobs"]] == ["one"]
    assert pending["inProgressJobs"] == []
    execution = started["execution"]
    assert (execution["status"], execution["versionNumber"]) == ("IN_PROGRESS", 2)
    assert (execution["statusDetails"], execution["jobDocument"]) == ({"step": "first"}, DOCUMENT)
    assert "jobDocument" not in short["execution"]
    assert described["execution"]["jobDocument"] == DOCUMENT
    state = {"status": "SUCCEEDED", "statusDetails": {"step": "last"}, "versionNumber": 3}
    assert updated == {"executionState": state, "jobDocument": DOCUMENT}
    assert nothing == {}
    assert emulator.execution("one") == ("SUCCEEDED", {"step": "last"})


@pytest.mark.parametrize("way", WAYS)
def test_what_is_refused_is_an_exception_of_its_class(emulator, ask, way):
    for job_id in ("one", "ended"):
        emulator.create_job(job_id, DOCUMENT)
    [ended] = ask(way, data("UpdateJobExecution", **ENDED, status="SUCCEEDED"))
    assert ended == {"output": {}}
    refused = [
        (data("DescribeJobExecution", thingName=THING, jobId="none"),
         "ResourceNotFoundException", 404, "none"),
        (data("DescribeJobExecution", **ENDED), "TerminalStateException", 410, "SUCCEEDED"),
        (data("UpdateJobExecution", **ONE, status="FAILED", expectedVersion=9),
         "InvalidRequestException", 400, "Expected version 9 but found version 1"),
        (data("UpdateJobExecution", **ENDED, status="FAILED"),
         "InvalidStateTransitionException", 409, "SUCCEEDED"),
        (data("StartNextPendingJobExecution", thingName=THING, stepTimeoutInMinutes=10_081),
         "InvalidRequestException", 400, "stepTimeoutInMinutes"),
    ]  # fmt: skip
    came = ask(way, *(call for call, *_ in refused))
    for (_, name, status, named), answer in zip(refused, came, strict=True):
        error = answer["error"]
        assert (error["name"], error["status"], error["modelled"]) == (name, status, True)
        assert named in error["message"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("fault", "name", "status"),
    [
        ("RequestThrottled", "ThrottlingException", 429),
        ("InternalError", "ServiceUnavailableException", 503),
    ],
)
def test_that_the_service_cannot_answer_now_is_one_too(emulator, ask, way, fault, name, status):
    emulator.fault(action="reject", code=fault, times=1)
    call = data("GetPendingJobExecutions", thingName=THING)
    refused, answered = ask(way, call, call)
    error = refused["error"]
    assert (error["name"], error["status"], error["modelled"]) == (name, status, True)
    assert answered["output"]["queuedJobs"] == []


def test_a_certificate_that_is_not_active_is_refused(emulator, ask):
    deactivate(emulator.iot, THING)
    [came] = ask("certificate", data("GetPendingJobExecutions", thingName=THING))
    assert came["error"]["name"] == "CertificateValidationException"
    assert came["error"]["modelled"]
