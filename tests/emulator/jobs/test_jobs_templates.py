"""Own job templates, and jobs made from them (SERVICE.md, Job templates)."""

import pytest
from iotjobs_emulator.errors import ConflictError, InvalidRequestError, ResourceNotFoundError
from iotjobs_emulator.in_thread import EmulatorThread
from jobs_world import DOCUMENT, LAMP, MINUTE, START, World, job_arn, job_template_arn, retries
from rest_client import boto_client

TIMEOUT = {"inProgressTimeoutInMinutes": 5}
CONFIGS = {"timeoutConfig": TIMEOUT, "jobExecutionsRetryConfig": retries(FAILED=1)}


def described(world, template_id):
    return world.control.describe_job_template({"jobTemplateId": template_id})


def test_a_template_is_described_as_it_was_given(world):
    answer = world.create_template("t", description="Blink.", **CONFIGS)
    identity = {"jobTemplateArn": job_template_arn("t"), "jobTemplateId": "t"}
    assert answer == identity
    shown = {"description": "Blink.", "createdAt": START, "document": DOCUMENT, **CONFIGS}
    assert described(world, "t") == {**identity, **shown}


def test_a_template_id_is_taken_once(world):
    world.create_template("t")
    with pytest.raises(ConflictError, match="t already exists") as caught:
        world.create_template("t", document="{}")
    assert caught.value.members == {"resourceId": "t"}
    assert described(world, "t")["document"] == DOCUMENT


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"document": "no json"}, "document"),
        ({"document": '{"x":"' + "y" * 32_768 + '"}'}, "32776 bytes"),
        ({"timeoutConfig": {"inProgressTimeoutInMinutes": 0}}, "inProgressTimeoutInMinutes"),
        ({"jobExecutionsRetryConfig": {"criteriaList": []}}, "criteriaList"),
        ({"presignedUrlConfig": {"expiresInSec": 59}}, "expiresInSec must be 60 to 3600"),
        ({"maintenanceWindows": {}}, "maintenanceWindows"),
        ({"maintenanceWindows": [{"startTime": "daily", "durationInMinutes": 1}]}, "daily"),
    ],
)
def test_what_create_job_would_not_take_is_refused_and_leaves_nothing(world, members, why):
    with pytest.raises(InvalidRequestError, match=why):
        world.create_template("t", **members)
    assert world.control.list_job_templates({}) == {"jobTemplates": []}


def test_the_list_is_in_pages_the_newest_first(world):
    for number in range(5):
        world.create_template(f"t-{number}")
    whole = world.control.list_job_templates({})["jobTemplates"]
    assert [summary["jobTemplateId"] for summary in whole] == ["t-4", "t-3", "t-2", "t-1", "t-0"]
    identity = {"jobTemplateArn": job_template_arn("t-4"), "jobTemplateId": "t-4"}
    assert whole[0] == {**identity, "description": "A template.", "createdAt": START}
    first = world.control.list_job_templates({"maxResults": 3})
    second = world.control.list_job_templates({"nextToken": first.pop("nextToken")})
    assert first["jobTemplates"] + second.pop("jobTemplates") == whole
    assert second == {}


def test_a_job_has_the_templates_document_and_configurations_and_not_its_description(world):
    world.create_template("t", **CONFIGS)
    answer = world.create_from(job_template_arn("t"))
    assert answer == {"jobArn": job_arn("job"), "jobId": "job"}
    job = world.job("job")
    assert {name: job[name] for name in CONFIGS} == CONFIGS
    assert job["jobTemplateArn"] == job_template_arn("t")
    assert not {"description", "documentParameters"} & job.keys()
    assert world.describe("job")["jobDocument"] == DOCUMENT


def test_the_configurations_of_a_template_are_at_work(world):
    world.create_template("t", **CONFIGS)
    world.create_from(job_template_arn("t"))
    assert world.start()["approximateSecondsBeforeTimedOut"] == 5 * MINUTE
    world.update("job", "FAILED")
    assert world.execution("job")["executionNumber"] == 2


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("timeoutConfig", {"inProgressTimeoutInMinutes": 9}),
        ("jobExecutionsRetryConfig", retries(TIMED_OUT=3)),
        ("description", "Mine."),
        ("targetSelection", "CONTINUOUS"),
    ],
)
def test_a_member_of_the_request_replaces_the_templates(world, member, value):
    world.create_template("t", **CONFIGS)
    world.create_from(job_template_arn("t"), **{member: value})
    job = world.job("job")
    assert job[member] == value
    others = CONFIGS.keys() - {member}
    assert {name: job[name] for name in others} == {name: CONFIGS[name] for name in others}


def test_a_document_of_the_request_replaces_the_templates_and_a_null_member_does_not(world):
    world.create_template("t", **CONFIGS)
    template = {"jobTemplateArn": job_template_arn("t"), "timeoutConfig": None}
    world.create("job", document='{"mine":1}', **template)
    assert world.describe("job")["jobDocument"] == '{"mine":1}'
    assert world.job("job")["timeoutConfig"] == TIMEOUT


def test_parameters_do_not_go_with_an_own_template_whose_places_stay(world):
    document = '{"user":"${aws:iot:parameter:user}"}'
    world.create_template("t", document=document)
    with pytest.raises(InvalidRequestError, match=r"^documentParameters .* managed"):
        world.create_from(job_template_arn("t"), documentParameters={"user": "x"})
    world.create_from(job_template_arn("t"))
    for before in (False, True):
        params = {"jobId": "job", "beforeSubstitution": before}
        assert world.control.get_job_document(params) == {"document": document}


def test_a_job_outlives_its_template_and_its_id_may_be_used_again(world):
    world.create_template("t")
    world.create_from(job_template_arn("t"))
    assert world.control.delete_job_template({"jobTemplateId": "t"}) == {}
    assert world.control.list_job_templates({}) == {"jobTemplates": []}
    assert world.job("job")["jobTemplateArn"] == job_template_arn("t")
    with pytest.raises(ResourceNotFoundError, match="template t not found"):
        world.create_from(job_template_arn("t"), "other")
    world.create_template("t", document="{}")
    world.create_from(job_template_arn("t"), "other")
    assert world.describe("other")["jobDocument"] == "{}"


def test_a_template_of_a_job_has_its_document_and_configurations(world):
    world.create("job", description="The job's.", targetSelection="CONTINUOUS", **CONFIGS)
    params = {"jobTemplateId": "t", "description": "Mine.", "jobArn": job_arn("job")}
    world.control.create_job_template(params)
    template = described(world, "t")
    assert (template["description"], template["document"]) == ("Mine.", DOCUMENT)
    assert {name: template[name] for name in CONFIGS} == CONFIGS
    assert "targetSelection" not in template


def test_the_request_replaces_what_comes_from_the_job(world):
    world.create("job", **CONFIGS)
    longer = {"inProgressTimeoutInMinutes": 100}
    world.create_template("t", document="{}", jobArn=job_arn("job"), timeoutConfig=longer)
    template = described(world, "t")
    assert (template["document"], template["timeoutConfig"]) == ("{}", longer)
    assert template["jobExecutionsRetryConfig"] == CONFIGS["jobExecutionsRetryConfig"]


def test_a_template_of_an_unknown_job_is_not_made(world):
    with pytest.raises(ResourceNotFoundError, match="ghost"):
        world.create_template("t", jobArn=job_arn("ghost"))
    assert world.control.list_job_templates({}) == {"jobTemplates": []}


def test_templates_and_the_origin_of_jobs_are_in_the_state_file(tmp_path):
    first = World(str(tmp_path / "state"))
    first.create_template("t", **CONFIGS)
    first.create_from(job_template_arn("t"))
    before = described(first, "t"), first.job("job")
    second = first.restarted()
    assert (described(second, "t"), second.job("job")) == before


def test_the_origin_goes_with_the_job(world):
    world.create_template("t")
    world.create_from(job_template_arn("t"))
    world.delete(force=True)
    world.create("job")
    assert "jobTemplateArn" not in world.job("job")


def test_the_whole_way_by_boto3():
    with EmulatorThread() as emulator, boto_client(emulator.ports.control) as client:
        client.create_thing(thingName="lamp")
        template = {"jobTemplateId": "t", "description": "Blink.", "document": DOCUMENT}
        arn = client.create_job_template(**template, **CONFIGS)["jobTemplateArn"]
        with pytest.raises(client.exceptions.ConflictException) as caught:
            client.create_job_template(**template)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
        (summary,) = client.list_job_templates()["jobTemplates"]
        assert summary["jobTemplateArn"] == arn
        assert client.describe_job_template(jobTemplateId="t")["timeoutConfig"] == TIMEOUT
        client.create_job(jobId="job", targets=[LAMP], jobTemplateArn=arn)
        client.delete_job_template(jobTemplateId="t")
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.describe_job_template(jobTemplateId="t")
        named = {"templateName": "AWS-Reboot", "templateVersion": "1.0"}
        reboot = client.describe_managed_job_template(**named)
        new = {"jobId": "reboot", "targets": [LAMP]}
        root = {"documentParameters": {"runAsUser": "root"}}
        client.create_job(**new, jobTemplateArn=reboot["templateArn"], **root)
        job = client.describe_job(jobId="reboot")["job"]
        assert job["documentParameters"] == {"runAsUser": "root"}
        shown = client.get_job_document(jobId="reboot", beforeSubstitution=True)
        assert shown["document"] == reboot["document"]
        assert len(client.list_managed_job_templates()["managedJobTemplates"]) == 8
        listed = client.list_job_executions_for_thing(thingName="lamp")["executionSummaries"]
        assert [summary["jobId"] for summary in listed] == ["reboot", "job"]


def test_what_a_job_from_a_template_lacks_takes_nothing(world):
    world.create_template("t")
    with pytest.raises(ResourceNotFoundError, match="ghost"):
        world.create_from(job_template_arn("t"), thing="ghost")
    world.create("job")
    assert "jobTemplateArn" not in world.job("job")
