"""The newer operations and the registry's older ones as an SDK calls them, over HTTP."""

import json

import pytest
from iotjobs_emulator.clock import VirtualClock
from iotjobs_emulator.in_thread import EmulatorThread
from jobs_world import DOCUMENT, LAMP, START, group_arn, thing_arn
from registry_bench import ARN
from rest_client import boto_client

WEEK = 7 * 24 * 3600
NIGHTLY = {"startTime": "cron(0 2 * * ? *)", "durationInMinutes": 60}


@pytest.fixture
def emulator():
    with EmulatorThread(clock=VirtualClock(START)) as running:
        yield running


@pytest.fixture
def iot(emulator):
    with boto_client(emulator.ports.control) as client:
        client.create_thing(thingName="lamp")
        yield client


def test_a_scheduled_job(emulator, iot):
    scheduling = {
        "endTime": "2023-11-20T12:00:00Z",
        "endBehavior": "CANCEL",
        "maintenanceWindows": [NIGHTLY],
    }
    new = {"jobId": "job", "targets": [LAMP], "document": DOCUMENT}
    iot.create_job(**new, targetSelection="CONTINUOUS", schedulingConfig=scheduling)
    job = iot.describe_job(jobId="job")["job"]
    assert (job["status"], job["schedulingConfig"]) == ("SCHEDULED", scheduling)
    nights = [f"2023-11-{day}T02:00:00Z" for day in range(15, 21)]
    assert [rollout["startTime"] for rollout in job["scheduledJobRollouts"]] == nights
    emulator.call(emulator.emulator.advance, WEEK)
    assert iot.describe_job(jobId="job")["job"]["status"] == "COMPLETED"
    found = iot.describe_job_execution(jobId="job", thingName="lamp")["execution"]
    assert (found["status"], found["statusDetails"]) == ("CANCELED", {})


def test_a_continuous_job_with_tags_a_namespace_and_another_group(iot):
    for name in ("lights", "others"):
        iot.create_thing_group(thingGroupName=name)
    iot.add_thing_to_thing_group(thingGroupName="others", thingName="lamp")
    arn = iot.create_job(
        jobId="job",
        targets=[group_arn("lights")],
        document=DOCUMENT,
        targetSelection="CONTINUOUS",
        namespaceId="space",
        tags=[{"Key": "a", "Value": "1"}],
    )["jobArn"]
    others = {"jobId": "job", "targets": [group_arn("others")]}
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.associate_targets_with_job(**others)
    iot.associate_targets_with_job(**others, namespaceId="space", comment="More.")
    job = iot.describe_job(jobId="job")["job"]
    assert (job["namespaceId"], job["comment"]) == ("space", "More.")
    assert job["jobProcessDetails"]["numberOfQueuedThings"] == 1
    iot.tag_resource(resourceArn=arn, tags=[{"Key": "b", "Value": "2"}])
    iot.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert iot.list_tags_for_resource(resourceArn=arn)["tags"] == [{"Key": "b", "Value": "2"}]
    assert iot.list_jobs(namespaceId="space")["jobs"][0]["jobId"] == "job"


def test_a_thing_is_deleted_and_made_anew(iot):
    iot.create_job(jobId="job", targets=[LAMP], document=DOCUMENT)
    iot.delete_thing(thingName="lamp")
    [summary] = iot.list_job_executions_for_job(jobId="job")["executionSummaries"]
    assert summary["thingArn"] == thing_arn("lamp")
    assert summary["jobExecutionSummary"]["status"] == "REMOVED"
    iot.create_thing(thingName="lamp")
    assert iot.list_job_executions_for_thing(thingName="lamp")["executionSummaries"] == []
    assert iot.list_job_executions_for_job(jobId="job")["executionSummaries"] == []


def test_the_older_calls_of_the_registry(iot):
    made = iot.create_keys_and_certificate(setAsActive=True)
    arn = made["certificateArn"]
    iot.attach_thing_principal(thingName="lamp", principal=arn)
    allow = {"Effect": "Allow", "Action": "iot:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": allow})
    iot.create_policy(policyName="p", policyDocument=document)
    iot.attach_principal_policy(policyName="p", principal=arn)
    [policy] = iot.list_principal_policies(principal=arn, ascendingOrder=True)["policies"]
    assert policy == {"policyName": "p", "policyArn": f"{ARN}policy/p"}
    assert iot.list_policy_principals(policyName="p")["principals"] == [arn]
    kind = {"thingPrincipalType": "NON_EXCLUSIVE_THING"}
    listed = iot.list_thing_principals_v2(thingName="lamp")["thingPrincipalObjects"]
    assert listed == [{"principal": arn, **kind}]
    listed = iot.list_principal_things_v2(principal=arn)["principalThingObjects"]
    assert listed == [{"thingName": "lamp", **kind}]
    pem = {"certificatePem": made["certificatePem"]}
    for call in (iot.register_certificate, iot.register_certificate_without_ca):
        with pytest.raises(iot.exceptions.ResourceAlreadyExistsException) as caught:
            call(**pem)
        assert caught.value.response["resourceArn"] == arn
    with pytest.raises(iot.exceptions.CertificateValidationException):
        iot.register_certificate_without_ca(certificatePem="x")
