"""The AWS CLI, as it is on PyPI, against the emulator.

Fixtures (conftest.py): `emulator`, a running `tools/emulator` with `.control_url`; `aws`, called
with the arguments of the CLI, which runs it against that emulator, with any credentials and JSON
output, and returns the CompletedProcess (text).
"""

import json

import pytest
from aws_results import SERVICE_ERROR, ok, refused

DOCUMENT = '{"operation": "blink", "times": 3}'


@pytest.fixture
def thing_arn(aws):
    return ok(aws("iot", "create-thing", "--thing-name", "cli:thing"))["thingArn"]


def create_job(aws, target, job_id="cli-job", document=DOCUMENT):
    named = ("--job-id", job_id, "--targets", target, "--document", document)
    return aws("iot", "create-job", *named)


def execution(aws, operation: str, *more: str):
    named = ("--thing-name", "cli:thing", "--job-id", "cli-job")
    return aws("iot", f"{operation}-job-execution", *named, *more)


def test_a_job_is_created_described_and_cancelled(aws, thing_arn):
    made = ok(create_job(aws, thing_arn))
    assert made["jobId"] == "cli-job"
    assert made["jobArn"].endswith(":job/cli-job")

    described = ok(execution(aws, "describe"))["execution"]
    assert described["jobId"] == "cli-job"
    assert described["thingArn"] == thing_arn
    assert (described["status"], described["versionNumber"]) == ("QUEUED", 1)
    assert described["executionNumber"] == 1

    assert ok(execution(aws, "cancel", "--expected-version", "1")) == {}
    assert ok(execution(aws, "describe"))["execution"]["status"] == "CANCELED"
    assert ok(aws("iot", "describe-job", "--job-id", "cli-job"))["job"]["status"] == "COMPLETED"


def test_the_document_comes_back_as_it_was_given(aws, thing_arn):
    ok(create_job(aws, thing_arn))
    answer = ok(aws("iot", "get-job-document", "--job-id", "cli-job"))
    assert json.loads(answer["document"]) == json.loads(DOCUMENT)


def test_what_the_service_refuses_is_a_modelled_error(aws, thing_arn):
    nobody = thing_arn.replace("cli:thing", "nobody")
    for process, code, named in (
        (create_job(aws, thing_arn, job_id="a b"), "InvalidRequestException", "'a b' at 'jobId'"),
        (create_job(aws, nobody), "ResourceNotFoundException", "nobody"),
        (create_job(aws, thing_arn, document="no JSON"), "InvalidRequestException", "document"),
        (execution(aws, "describe"), "ResourceNotFoundException", "cli-job"),
        (execution(aws, "cancel"), "ResourceNotFoundException", "cli-job"),
    ):
        refused(process, code, named)
    assert ok(aws("iot", "list-jobs"))["jobs"] == []


def test_an_execution_of_another_version_or_already_cancelled_is_not_cancelled(aws, thing_arn):
    ok(create_job(aws, thing_arn))
    refused(execution(aws, "cancel", "--expected-version", "9"), "VersionConflictException")
    ok(execution(aws, "cancel"))
    refused(execution(aws, "cancel"), "InvalidStateTransitionException")


def test_a_device_is_made_ready_with_the_cli_alone(aws, thing_arn):
    made = ok(aws("iot", "create-keys-and-certificate", "--set-as-active"))
    assert "PRIVATE KEY" in made["keyPair"]["PrivateKey"]
    arn = made["certificateArn"]
    named = ("--thing-name", "cli:thing", "--principal", arn)
    ok(aws("iot", "attach-thing-principal", *named))
    listed = ok(aws("iot", "list-thing-principals", "--thing-name", "cli:thing"))
    assert listed["principals"] == [arn]
    endpoint = ok(aws("iot", "describe-endpoint", "--endpoint-type", "iot:Data-ATS"))
    assert endpoint["endpointAddress"]


def test_unsigned_requests_are_accepted(aws, thing_arn):
    listed = ok(aws("--no-sign-request", "iot", "list-things"))["things"]
    assert [thing["thingArn"] for thing in listed] == [thing_arn]


def test_an_operation_that_the_emulator_does_not_have_says_so(aws):
    process = aws("iot", "list-billing-groups")
    assert process.returncode == SERVICE_ERROR
    assert "ListBillingGroups" in process.stderr
