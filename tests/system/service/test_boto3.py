"""boto3 as it is, for both planes: over HTTP, signed and not, and with a device's certificate."""

import contextlib
import json
from datetime import datetime

import boto3
import data_plane
import pytest
from authorities import deactivate
from botocore import UNSIGNED, xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from data_plane import DOCUMENT, THING
from mutual_tls import CA_PEM, CERTIFICATE_PEM, KEY_PEM, write_pem

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


@pytest.fixture
def ask(client_of, way):
    """As in data_plane, on this way."""
    return lambda *calls: [asked(client_of(way), *call) for call in calls]


def asked(data, operation, members):
    try:
        answer = getattr(data, xform_name(operation))(**members)
    except ClientError as caught:
        error, metadata = caught.response["Error"], caught.response["ResponseMetadata"]
        assert type(caught) is getattr(data.exceptions, error["Code"])
        return data_plane.Refusal(error["Code"], metadata["HTTPStatusCode"], error["Message"])
    del answer["ResponseMetadata"]
    return answer


@pytest.mark.parametrize("way", WAYS)
def test_a_job_is_found_started_and_finished(emulator, ask, create):
    data_plane.a_job_is_found_started_and_finished(emulator, ask, lambda: create("one"))


@pytest.mark.parametrize("way", WAYS)
def test_what_is_refused_is_a_modelled_exception(emulator, ask):
    data_plane.what_is_refused_says_why(emulator, ask)


@pytest.mark.parametrize("way", WAYS)
def test_that_the_service_cannot_answer_now_is_a_modelled_exception(emulator, ask):
    for code in data_plane.BUSY:
        data_plane.that_the_service_cannot_answer_now_is_told(emulator, ask, code)


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
