"""The requests and answers of the state machine are those of the service models."""

import botocore.session
import pytest
from iotjobs_emulator.jobs import new_job, template_control, templates
from iotjobs_emulator.jobs.event_control import NOT_PUBLISHED
from iotjobs_emulator.jobs.events import EVENT_TYPES
from jobs_world import (
    DOCUMENT,
    LAMP,
    MINUTE,
    abort,
    exponential,
    group_arn,
    job_arn,
    managed_template_arn,
    retries,
)

SESSION = botocore.session.get_session()
MODELS = {
    "control": SESSION.get_service_model("iot"),
    "data": SESSION.get_service_model("iot-jobs-data"),
}
TYPES = {
    "string": str, "boolean": bool, "integer": int, "long": int, "double": int | float,
    "timestamp": int | float, "list": list, "map": dict, "structure": dict,
}  # fmt: skip


def check(shape, value, where):
    """`value` has the types of the shape and no member that it has not."""
    assert isinstance(value, TYPES[shape.type_name]), where
    if shape.type_name == "structure":
        for name, member in value.items():
            assert name in shape.members, f"{where}.{name}"
            check(shape.members[name], member, f"{where}.{name}")
    elif shape.type_name == "list":
        for member in value:
            check(shape.member, member, where)
    elif shape.type_name == "map":
        for member in value.values():
            check(shape.value, member, where)


EXECUTION = {"jobId": "job", "thingName": "lamp"}
REQUESTS = [
    ("data", "GetPendingJobExecutions", {"thingName": "lamp"}),
    ("data", "StartNextPendingJobExecution", {"thingName": "lamp", "stepTimeoutInMinutes": 5}),
    ("data", "DescribeJobExecution", EXECUTION),
    ("data", "UpdateJobExecution",
     EXECUTION | {"status": "FAILED", "includeJobExecutionState": True,
                  "includeJobDocument": True}),
    ("control", "CreateJob",
     {"jobId": "new", "targets": [LAMP], "document": DOCUMENT, "description": "x"}),
    *(("control", "DescribeJob", {"jobId": n})
      for n in ("job", "managed", "canceled", "slow", "planned")),
    ("control", "AssociateTargetsWithJob", {"jobId": "continuous", "targets": [group_arn("all")]}),
    ("control", "TagResource", {"resourceArn": job_arn("job"), "tags": [{"Key": "a"}]}),
    ("control", "UntagResource", {"resourceArn": job_arn("planned"), "tagKeys": ["a"]}),
    ("control", "ListTagsForResource", {"resourceArn": job_arn("planned")}),
    ("control", "UpdateJob", {"jobId": "job", "description": "y"}),
    ("control", "DescribeEventConfigurations", {}),
    ("control", "UpdateEventConfigurations", {"eventConfigurations": {"JOB": {"Enabled": True}}}),
    ("control", "ListJobs", {"maxResults": 1}),
    ("control", "CancelJob", {"jobId": "job"}),
    ("control", "DeleteJob", {"jobId": "job", "force": True}),
    ("control", "GetJobDocument", {"jobId": "job"}),
    ("control", "GetJobDocument", {"jobId": "managed", "beforeSubstitution": True}),
    ("control", "CreateJobTemplate",
     {"jobTemplateId": "new", "description": "x", "document": DOCUMENT}),
    ("control", "DescribeJobTemplate", {"jobTemplateId": "template"}),
    ("control", "ListJobTemplates", {"maxResults": 1}),
    ("control", "DeleteJobTemplate", {"jobTemplateId": "template"}),
    ("control", "DescribeManagedJobTemplate", {"templateName": "AWS-Reboot"}),
    ("control", "ListManagedJobTemplates", {"maxResults": 1}),
    ("control", "DescribeJobExecution", EXECUTION),
    ("control", "DescribeJobExecution", {"jobId": "canceled", "thingName": "lamp"}),
    ("control", "ListJobExecutionsForJob", {"jobId": "job", "maxResults": 1}),
    ("control", "ListJobExecutionsForThing", {"thingName": "lamp", "maxResults": 1}),
    ("control", "CancelJobExecution", EXECUTION | {"force": True}),
    ("control", "DeleteJobExecution", EXECUTION | {"executionNumber": 1, "force": True}),
]  # fmt: skip


@pytest.mark.parametrize(("plane", "operation", "params"), REQUESTS)
def test_an_answer_has_only_what_the_model_has(world, plane, operation, params):
    world.create_template("template", timeoutConfig={"inProgressTimeoutInMinutes": 1})
    world.create_template("other")
    run_command = managed_template_arn("AWS-Run-Command")
    world.create_from(run_command, "managed", "pump", documentParameters={"command": "x"})
    world.create("canceled", description="x")
    world.cancel("canceled", force=True, reasonCode="R", comment="x")
    timeout = {"inProgressTimeoutInMinutes": 1}
    world.create("job", timeoutConfig=timeout, jobExecutionsRetryConfig=retries(TIMED_OUT=1))
    rollout = {"jobExecutionsRolloutConfig": exponential(1, 1.5, notified=2)}
    world.create("slow", "pump", "lamp", **rollout, abortConfig=abort("ALL", 12.5, 3))
    world.join("all", "lamp")
    world.create("continuous", "pump", targetSelection="CONTINUOUS")
    world.create(
        "planned",
        targetSelection="CONTINUOUS",
        schedulingConfig={
            "endTime": "2024-01-01 00:00",
            "endBehavior": "CANCEL",
            "maintenanceWindows": [{"startTime": "cron(0 0 * * ? *)", "durationInMinutes": 5}],
        },
        namespaceId="space",
        tags=[{"Key": "a", "Value": "b"}],
    )
    world.start()
    world.wait(1.5 * MINUTE)
    world.control.update_event_configurations({"eventConfigurations": {}})
    world.start(statusDetails={"step": "1"})
    model = MODELS[plane].operation_model(operation)
    answer = getattr(getattr(world, plane), snake(operation))(params)
    if model.output_shape is None:
        assert answer == {}
    else:
        check(model.output_shape, answer, operation)


def snake(name):
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


CONFIGS = (
    "timeoutConfig",
    "jobExecutionsRetryConfig",
    "jobExecutionsRolloutConfig",
    "abortConfig",
    "presignedUrlConfig",
)
CREATED = (
    *("targets", "document", "documentSource", "targetSelection"),
    *("jobTemplateArn", "documentParameters", "schedulingConfig", "tags", "namespaceId"),
)


@pytest.mark.parametrize(
    ("operation", "built", "not_supported"),
    [
        ("CreateJob", ["jobId", "description", *CREATED, *CONFIGS], new_job.NOT_SUPPORTED),
        ("UpdateJob", ["jobId", "description", "namespaceId", *CONFIGS], ()),
        (
            "CreateJobTemplate",
            [
                *("jobTemplateId", "jobArn", "document", "documentSource", "description", "tags"),
                *templates.CONFIGS,
            ],
            template_control.NOT_SUPPORTED,
        ),
    ],
)
def test_no_member_is_silently_ignored(operation, built, not_supported):
    members = set(MODELS["control"].operation_model(operation).input_shape.members)
    assert members == {*built, *not_supported}


def test_the_types_of_events_are_those_of_the_model():
    shape = MODELS["control"].shape_for("EventType")
    assert set(shape.enum) == {*EVENT_TYPES, *NOT_PUBLISHED}
