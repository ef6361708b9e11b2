"""boto3 as it is, for both planes: over HTTP, signed and not, and with a device's certificate."""

import contextlib
import json
from datetime import datetime, timezone

import boto3
import pytest
from authorities import deactivate
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from mutual_tls import CA_PEM, CERTIFICATE_PEM, KEY_PEM, write_pem

THING = "MyThing"
DOCUMENT = '{"operation":"blink","text":"é €"}'
WAYS = ("signed", "unsigned", "certificate")


def jobs_data_client(way, emulator, folder):
    """iot-jobs-data on the control plane's port, on its own, or over HTTPS."""
    settings = {"retries": {"total_max_attempts": 1}}
    if way != "signed":
        settings["signature_version"] = UNSIGNED
    url, verify = emulator.control_url, None
    if way == "unsigned":
        url = emulator.data_url
    if way == "certificate":
        url, verify = f"https://localhost:{emulator.https}", str(folder / CA_PEM)
        settings["client_cert"] = (str(folder / CERTIFICATE_PEM), str(folder / KEY_PEM))
    return boto3.client(
        "iot-jobs-data",
        endpoint_url=url,
        region_name="eu-west-1",
        aws_access_key_id="emulator",
        aws_secret_access_key="emulator",
        verify=verify,
        config=Config(**settings),
    )


@pytest.fixture
def client_of(emulator):
    folder = emulator.device_folder(THING)
    write_pem(folder)
    with contextlib.ExitStack() as made:
        yield lambda way: made.enter_context(
            contextlib.closing(jobs_data_client(way, emulator, folder))
        )


@pytest.fixture
def create(emulator, client_of):
    return lambda job_id: emulator.create_job(job_id, DOCUMENT)


def shown(answer):
    """Without what boto3 adds, and without times, which must be of now."""
    answer.pop("ResponseMetadata", None)
    for name in ("queuedAt", "lastUpdatedAt", "startedAt"):
        for part in (answer.get("execution", {}), *answer.get("queuedJobs", ())):
            moment = part.pop(name, None)
            assert moment is None or abs(moment - datetime.now(timezone.utc).timestamp()) < 60
    return answer


@pytest.mark.parametrize("way", WAYS)
def test_a_job_is_found_started_and_finished(emulator, client_of, create, way):
    data = client_of(way)
    assert shown(data.start_next_pending_job_execution(thingName=THING)) == {}
    assert shown(data.describe_job_execution(thingName=THING, jobId="$next")) == {}
    create("one")
    summary = {"jobId": "one", "versionNumber": 1, "executionNumber": 1}
    pending = shown(data.get_pending_job_executions(thingName=THING))
    assert pending == {"inProgressJobs": [], "queuedJobs": [summary]}
    started = data.start_next_pending_job_execution(
        thingName=THING, statusDetails={"step": "first"}, stepTimeoutInMinutes=5
    )
    left = started["execution"].pop("approximateSecondsBeforeTimedOut", None)
    assert left is None or 290 <= left <= 300
    assert shown(started)["execution"] == {
        "jobId": "one",
        "thingName": THING,
        "status": "IN_PROGRESS",
        "statusDetails": {"step": "first"},
        "versionNumber": 2,
        "executionNumber": 1,
        "jobDocument": DOCUMENT,
    }
    described = data.describe_job_execution(
        thingName=THING, jobId="one", executionNumber=1, includeJobDocument=False
    )["execution"]
    assert (described["status"], "jobDocument" in described) == ("IN_PROGRESS", False)
    updated = data.update_job_execution(
        thingName=THING,
        jobId="one",
        status="SUCCEEDED",
        statusDetails={"step": "last"},
        expectedVersion=2,
        executionNumber=1,
        includeJobExecutionState=True,
        includeJobDocument=True,
    )
    state = {"status": "SUCCEEDED", "statusDetails": {"step": "last"}, "versionNumber": 3}
    assert shown(updated) == {"executionState": state, "jobDocument": DOCUMENT}
    assert emulator.execution("one") == ("SUCCEEDED", {"step": "last"})


@pytest.mark.parametrize("way", WAYS)
def test_what_is_refused_is_a_modelled_exception(client_of, create, way):
    data = client_of(way)
    for job_id in ("one", "ended"):
        create(job_id)
    data.update_job_execution(thingName=THING, jobId="ended", status="SUCCEEDED")
    error = data.exceptions
    describe, update = data.describe_job_execution, data.update_job_execution
    failed = {"status": "FAILED"}
    refused = [
        (describe, {"jobId": "none"}, error.ResourceNotFoundException, 404, "none"),
        (describe, {"jobId": "ended"}, error.TerminalStateException, 410, "SUCCEEDED"),
        (describe, {"jobId": "one", "executionNumber": 9},
         error.ResourceNotFoundException, 404, "9"),
        (update, {"jobId": "one", "expectedVersion": 9, **failed},
         error.InvalidRequestException, 400, "Expected version 9 but found version 1"),
        (update, {"jobId": "one", "statusDetails": {"no key": "x"}, **failed},
         error.InvalidRequestException, 400, "no key"),
        (update, {"jobId": "one", "status": "CANCELED"},
         error.InvalidStateTransitionException, 409, "CANCELED"),
        (update, {"jobId": "ended", **failed},
         error.InvalidStateTransitionException, 409, "SUCCEEDED"),
        (data.start_next_pending_job_execution, {"stepTimeoutInMinutes": 10_081},
         error.InvalidRequestException, 400, "stepTimeoutInMinutes"),
    ]  # fmt: skip
    for operation, members, kind, status, named in refused:
        with pytest.raises(kind) as caught:
            operation(thingName=THING, **members)
        response = caught.value.response
        assert response["ResponseMetadata"]["HTTPStatusCode"] == status
        assert named in response["Error"]["Message"]
    assert describe(thingName=THING, jobId="one")["execution"]["versionNumber"] == 1


@pytest.mark.parametrize("way", WAYS)
def test_that_the_service_cannot_answer_now_is_a_modelled_exception(emulator, client_of, way):
    data = client_of(way)
    for code, kind, status in (
        ("RequestThrottled", data.exceptions.ThrottlingException, 429),
        ("InternalError", data.exceptions.ServiceUnavailableException, 503),
    ):
        emulator.fault(action="reject", code=code, times=1)
        with pytest.raises(kind) as caught:
            data.get_pending_job_executions(thingName=THING)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert data.get_pending_job_executions(thingName=THING)["queuedJobs"] == []


def test_a_certificate_is_for_its_own_thing_while_it_is_active(emulator, client_of):
    data = client_of("certificate")
    emulator.iot.create_thing(thingName="Other")
    with pytest.raises(ClientError) as caught:
        data.get_pending_job_executions(thingName="Other")
    assert caught.value.response["Error"]["Code"] == "ForbiddenException"
    deactivate(emulator.iot, THING)
    with pytest.raises(data.exceptions.CertificateValidationException):
        data.get_pending_job_executions(thingName=THING)


def test_the_control_plane_sees_what_the_data_plane_did(emulator, client_of, create):
    create("one")
    create("two")
    data, iot = client_of("signed"), emulator.iot
    data.start_next_pending_job_execution(thingName=THING)
    data.update_job_execution(
        thingName=THING, jobId="one", status="REJECTED", statusDetails={"why": "é"}
    )
    job = iot.describe_job(jobId="one")["job"]
    assert (job["status"], isinstance(job["createdAt"], datetime)) == ("COMPLETED", True)
    assert job["jobProcessDetails"]["numberOfRejectedThings"] == 1
    listed = iot.list_job_executions_for_thing(thingName=THING)["executionSummaries"]
    status = {found["jobId"]: found["jobExecutionSummary"]["status"] for found in listed}
    assert status == {"one": "REJECTED", "two": "QUEUED"}
    [found] = iot.list_job_executions_for_job(jobId="one")["executionSummaries"]
    assert found["thingArn"].endswith(f":thing/{THING}")
    execution = iot.describe_job_execution(jobId="one", thingName=THING)["execution"]
    assert execution["statusDetails"]["detailsMap"] == {"why": "é"}
    assert json.loads(iot.get_job_document(jobId="one")["document"]) == json.loads(DOCUMENT)
    iot.cancel_job(jobId="two")
    with pytest.raises(data.exceptions.TerminalStateException):
        data.describe_job_execution(thingName=THING, jobId="two")
    iot.delete_job(jobId="two", force=True)
    with pytest.raises(data.exceptions.ResourceNotFoundException):
        data.describe_job_execution(thingName=THING, jobId="two")
    for call, kind in (
        (lambda: iot.describe_job(jobId="none"), iot.exceptions.ResourceNotFoundException),
        (lambda: iot.cancel_job(jobId="a b"), iot.exceptions.InvalidRequestException),
        (lambda: iot.cancel_job_execution(jobId="one", thingName=THING),
         iot.exceptions.InvalidStateTransitionException),
    ):  # fmt: skip
        with pytest.raises(kind):
            call()
