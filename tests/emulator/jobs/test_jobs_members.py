"""Every member of every request: absent, null, at each limit, beyond it, of the wrong type."""

import pytest
from iotjobs_emulator.errors import InvalidRequestError
from jobs_world import DOCUMENT, LAMP, job_arn, job_template_arn, managed_template_arn, retries

EXECUTION = {"jobId": "job", "thingName": "lamp"}
NEW = {"jobId": "new", "targets": [LAMP]}
START_NEXT = ("data", "start_next_pending_job_execution", {"thingName": "lamp"})
DESCRIBE = ("data", "describe_job_execution", EXECUTION)
UPDATE = ("data", "update_job_execution", EXECUTION | {"status": "IN_PROGRESS"})
PENDING = ("data", "get_pending_job_executions", {"thingName": "lamp"})
CREATE = ("control", "create_job", NEW | {"document": DOCUMENT})
UPDATE_JOB = ("control", "update_job", {"jobId": "job", "description": "y"})
JOB = ("control", "describe_job", {"jobId": "job"})
FROM_RUN_COMMAND = {"jobTemplateArn": managed_template_arn("AWS-Run-Command")}
RUN_COMMAND = (
    "control", "create_job", NEW | FROM_RUN_COMMAND | {"documentParameters": {"command": "x"}},
)  # fmt: skip
TEMPLATE = (
    "control", "create_job_template",
    {"jobTemplateId": "new", "description": "x", "document": DOCUMENT},
)  # fmt: skip
DESCRIBE_TEMPLATE = ("control", "describe_job_template", {"jobTemplateId": "template"})
DELETE_TEMPLATE = ("control", "delete_job_template", {"jobTemplateId": "template"})
LIST_TEMPLATES = ("control", "list_job_templates", {})
DESCRIBE_MANAGED = ("control", "describe_managed_job_template", {"templateName": "AWS-Reboot"})
LIST_MANAGED = ("control", "list_managed_job_templates", {})
GET_DOCUMENT = ("control", "get_job_document", {"jobId": "job"})
LIST = ("control", "list_jobs", {})
CANCEL = ("control", "cancel_job", {"jobId": "job"})
DELETE = ("control", "delete_job", {"jobId": "job", "force": True})
DESCRIBE_EXECUTION = ("control", "describe_job_execution", EXECUTION)
LIST_FOR_JOB = ("control", "list_job_executions_for_job", {"jobId": "job"})
LIST_FOR_THING = ("control", "list_job_executions_for_thing", {"thingName": "lamp"})
CANCEL_EXECUTION = ("control", "cancel_job_execution", EXECUTION)
DELETE_EXECUTION = (
    "control", "delete_job_execution", EXECUTION | {"executionNumber": 1, "force": True},
)  # fmt: skip

ROLE = "arn:aws:iam::123456789012:role/s"


def tag(key, value="x"):
    return {"Key": key, "Value": value}


REQUIRED = object()
NOT_NAMES = ("", "a b", "a/b", "a+", "#", "é", 5, True, ["x"], {})
NOT_JOB_IDS = (*NOT_NAMES, "a:b", "x" * 65, "$nex", "$next2", "job\n")
NOT_THING_NAMES = (*NOT_NAMES, "x" * 129, "lamp\n")
NOT_FLAGS = ("true", "", 0, 1, [], {})
NOT_NUMBERS = ("1", 1.0, 1.5, True, [], {}, 2**63, -(2**63) - 1)
NOT_MINUTES = ("5", 0, -2, 10_081, 1.0, True, [], 2**70)
NOT_TEXTS = ("", "x" * 2029, "a\nb", "\u200b", "\ud800", 5, [])
NOT_DETAILS = (
    [], "a", 5, {"": "x"}, {"k" * 129: "x"}, {"a b": "x"}, {"k": ""}, {"k": "x" * 1025},
    *({"k": text} for text in ("a\tb", "\x7f", "\u200e", "\ue000", "\ud800")),
    {"k": 5}, {"k": None}, {"k": {}},
)  # fmt: skip
DETAILS = ({}, {"k" * 128: "x" * 1024}, {"a:b_c-9": "é € \U0001f600"})
MANY_DETAILS = {str(n): "x" for n in range(50)}

# request, member, values that are accepted, values that are refused
TABLE = [
    *((request, "thingName", ["lamp"], [REQUIRED, *NOT_THING_NAMES])
      for request in (START_NEXT, PENDING, DESCRIBE, UPDATE, DESCRIBE_EXECUTION, LIST_FOR_THING,
                      CANCEL_EXECUTION, DELETE_EXECUTION)),
    *((request, "jobId", ["job"], [REQUIRED, *NOT_JOB_IDS])
      for request in (DESCRIBE, UPDATE, JOB, GET_DOCUMENT, CANCEL, DELETE, DESCRIBE_EXECUTION,
                      LIST_FOR_JOB, CANCEL_EXECUTION, DELETE_EXECUTION)),
    (UPDATE, "jobId", [], ["$next"]),
    (START_NEXT, "statusDetails", [None, *DETAILS, MANY_DETAILS], NOT_DETAILS),
    (START_NEXT, "stepTimeoutInMinutes", [None, 1, 10_080, -1], NOT_MINUTES),
    (DESCRIBE, "executionNumber", [None, 1], NOT_NUMBERS),
    (DESCRIBE, "includeJobDocument", [None, True, False], NOT_FLAGS),
    (UPDATE, "status", ["IN_PROGRESS", "SUCCEEDED", "FAILED", "REJECTED"], [REQUIRED, "", "X", 1]),
    (UPDATE, "statusDetails", [None, *DETAILS, MANY_DETAILS], NOT_DETAILS),
    (UPDATE, "stepTimeoutInMinutes", [None, 1, 10_080, -1], NOT_MINUTES),
    (UPDATE, "expectedVersion", [None, 1, "1"],
     ["", "x", "1.0", "-1", " 1", "\u0661", "1" * 20, "9" * 19, 1.0, True, [], {}, 2**63]),
    (UPDATE, "executionNumber", [None, 1], NOT_NUMBERS),
    (UPDATE, "includeJobExecutionState", [None, True, False], NOT_FLAGS),
    (UPDATE, "includeJobDocument", [None, True, False], NOT_FLAGS),
    (CREATE, "jobId", ["n", "N" * 64, "get", "a_b-9"], [REQUIRED, *NOT_JOB_IDS]),
    (CREATE, "targets", [], [REQUIRED, [], "x", {}, 5]),
    (CREATE, "document", ["{}"], [REQUIRED, 5, {}, "x"]),
    (CREATE, "description", [None, "x", "é" * 2028], NOT_TEXTS),
    (CREATE, "targetSelection", [None, "SNAPSHOT", "CONTINUOUS"], ["", "snapshot", 5, []]),
    (CREATE, "timeoutConfig",
     [None, {}, *({"inProgressTimeoutInMinutes": n} for n in (None, 1, 10_080))],
     [5, [], "x", *({"inProgressTimeoutInMinutes": n} for n in (*NOT_MINUTES, -1))]),
    (CREATE, "jobExecutionsRetryConfig",
     [None, retries(ALL=0), retries(FAILED=10, TIMED_OUT=1)],
     [5, [], {}, *({"criteriaList": criteria} for criteria in (
         [], {}, ["FAILED"], [None], [{}], [{"failureType": "FAILED"}], [{"numberOfRetries": 1}],
         [{"failureType": "ALL", "numberOfRetries": 1}] * 2)),
      retries(REJECTED=1), retries(ALL=11), retries(ALL=-1), retries(ALL=True),
      retries(ALL=1, FAILED=1, TIMED_OUT=1)]),
    *((CREATE, name, [None], [{}, "x", []]) for name in
      ("documentSource", "destinationPackageVersions")),
    (CREATE, "namespaceId", [None, "x", "a_b-9" * 12], ["", "a b", "x" * 65, 5, [], "a/b", "+"]),
    *((request, "tags",
       [None, [], [tag("a")], [tag("aéß 9_.:/=+-@" * 9)], [tag("a", ""), tag("b", "é" * 256)],
        [tag("a", None)], [tag(f"key {n}") for n in range(50)]],
       [{}, "x", 5, ["a"], [None], [{}], [{"Value": "x"}], [tag("")], [tag("x" * 129)],
        [tag("a#")], [tag("a\u0300")], [tag("\ud800")], [tag(5)], [tag("a", "x" * 257)],
        [tag("a", 5)], [tag("a"), tag("a", "y")], [tag("aws:x")], [tag("AWS:x")],
        [tag(f"key {n}") for n in range(51)]])
      for request in (CREATE, TEMPLATE)),
    *((request, "presignedUrlConfig",
       [{}, *({"roleArn": ROLE, "expiresInSec": n} for n in (None, 60, 3600))],
       ["x", [], *({"expiresInSec": n} for n in (59, 3601, "60", 60.5, True)),
        *({"roleArn": arn} for arn in ("", "x" * 20, ROLE[:-1], LAMP, 5, ROLE + "r" * 2001))])
      for request in (CREATE, TEMPLATE, UPDATE_JOB)),
    (CREATE, "jobTemplateArn", [None],
     ["", "x", {}, 5, job_arn("job"), job_template_arn(""), job_template_arn("a/b"),
      job_template_arn("x" * 65), job_template_arn("\ud800"),
      job_template_arn("x").replace("eu-west-1", "us-east-1"),
      job_template_arn("x").replace("123456789012", "210987654321")]),
    (CREATE, "documentParameters", [None, {}], [{"key": "value"}, "x", [], 5]),
    (RUN_COMMAND, "documentParameters",
     [{"command": "x"}, {"command": "é" * 15_000}, {"command": "x", "runAsUser": "x" * 256}],
     [REQUIRED, {}, {"runAsUser": "x"}, {"command": "x", "other": "x"}, {"command": ""},
      {"command": "x" * 30_721}, {"command": "a\nb"}, {"command": "\ud800"}, {"command": 5},
      {"command": None}, {"": "x"}, {"k" * 129: "x"}, {"a b": "x"},
      {"command": "x", "runAsUser": "x" * 257}, {"command": "x", "runAsUser": ""}]),
    (RUN_COMMAND, "document", [None], [DOCUMENT, "{}"]),
    (RUN_COMMAND, "description", [None, "x", "é" * 2028], NOT_TEXTS),
    (TEMPLATE, "jobTemplateId", ["t", "T" * 64], [REQUIRED, *NOT_JOB_IDS]),
    (TEMPLATE, "description", ["x", "é" * 2028], [REQUIRED, *NOT_TEXTS]),
    (TEMPLATE, "document", ["{}"], [REQUIRED, 5, {}, "x"]),
    (TEMPLATE, "jobArn", [None, job_arn("job")],
     ["", "job", 5, {}, job_arn(""), job_arn("\ud800"), job_arn("x" * 65),
      job_template_arn("job"), job_arn("job").replace("eu-west-1", "us-east-1")]),
    (TEMPLATE, "timeoutConfig", [None, {}, {"inProgressTimeoutInMinutes": 10_080}],
     [5, {"inProgressTimeoutInMinutes": 10_081}]),
    (TEMPLATE, "jobExecutionsRetryConfig", [None, retries(ALL=10)], [5, retries(ALL=11)]),
    *((TEMPLATE, name, [None], [{}, "x", []]) for name in
      ("documentSource", "destinationPackageVersions")),
    *((request, "jobTemplateId", ["template"], [REQUIRED, *NOT_JOB_IDS])
      for request in (DESCRIBE_TEMPLATE, DELETE_TEMPLATE)),
    (DESCRIBE_MANAGED, "templateName", ["AWS-Reboot"], [REQUIRED, 5, []]),
    (DESCRIBE_MANAGED, "templateVersion", [None, "1.0"], [1.0, []]),
    (LIST_MANAGED, "templateName", [None, "AWS-Reboot"], [5, []]),
    (UPDATE_JOB, "jobId", [], [REQUIRED, *NOT_JOB_IDS]),
    (UPDATE_JOB, "description", ["x"], NOT_TEXTS),
    (UPDATE_JOB, "timeoutConfig", [None, {}, {"inProgressTimeoutInMinutes": 10_080}],
     [5, {"inProgressTimeoutInMinutes": 0}]),
    *((request, "beforeSubstitution", [None, True, False], NOT_FLAGS)
      for request in (JOB, GET_DOCUMENT)),
    (LIST, "status", [None, "IN_PROGRESS", "CANCELED", "COMPLETED", "SCHEDULED",
                      "DELETION_IN_PROGRESS"], ["", "QUEUED", 5]),
    (LIST, "targetSelection", [None, "SNAPSHOT", "CONTINUOUS"], ["", "X", 5]),
    (LIST, "thingGroupName", [None, "lamps"], ["", "a b", "x" * 129, 5]),
    (LIST, "thingGroupId", [None, "id-of-lamps"], ["", "a_b", "x" * 129, 5]),
    *((request, "maxResults", [None, 1, 250], [0, 251, "5", 1.0, True])
      for request in (LIST, LIST_FOR_JOB, LIST_FOR_THING, LIST_TEMPLATES, LIST_MANAGED)),
    *((request, "status", [None, "QUEUED", "REMOVED"], ["", "COMPLETED", 5])
      for request in (LIST_FOR_JOB, LIST_FOR_THING)),
    (LIST_FOR_THING, "jobId", [None, "job", "other"], NOT_JOB_IDS),
    *((request, "namespaceId", [None], ["", "a b", "x" * 65, 5])
      for request in (LIST, LIST_FOR_THING, DELETE, DELETE_EXECUTION, UPDATE_JOB)),
    *((request, "force", [None, True, False], NOT_FLAGS)
      for request in (CANCEL, CANCEL_EXECUTION)),
    *((request, "force", [True], NOT_FLAGS) for request in (DELETE, DELETE_EXECUTION)),
    (CANCEL, "reasonCode", [None, "A", "CODE_9", "X" * 128], ["", "a", "A B", "X" * 129, 5]),
    (CANCEL, "comment", [None, "x", "é" * 2028], NOT_TEXTS),
    (DESCRIBE_EXECUTION, "executionNumber", [None, 1], NOT_NUMBERS),
    (CANCEL_EXECUTION, "expectedVersion", [None, 1, "1"], ["", "x", 1.0, True]),
    (CANCEL_EXECUTION, "statusDetails", [None, *DETAILS], [*NOT_DETAILS, MANY_DETAILS]),
    (DELETE_EXECUTION, "executionNumber", [1], [REQUIRED, *NOT_NUMBERS]),
]  # fmt: skip


def cases(column):
    found = []
    for request, member, *values in TABLE:
        for value in values[column]:
            shown = "absent" if value is REQUIRED else ascii(value)[:30]
            name = f"{request[1]}-{member}-{shown}"
            found.append(pytest.param(request, member, value, id=name))
    return found


def call(world, request, **members):
    plane, name, params = request
    world.join("lamps", "lamp")
    world.create("job")
    world.create_template("template")
    return getattr(getattr(world, plane), name)({**params, **members})


@pytest.mark.parametrize(("request_", "member", "value"), cases(0))
def test_a_value_within_the_limits_is_accepted(world, request_, member, value):
    call(world, request_, **{member: value})


@pytest.mark.parametrize(("request_", "member", "value"), cases(1))
def test_a_value_beyond_the_limits_is_refused_by_its_members_name(world, request_, member, value):
    named = {member: None if value is REQUIRED else value}
    if member == "tags":
        member += "|Key|Value"
    if member.endswith("Config") and isinstance(value, dict):
        member += "|criteriaList|failureType|numberOfRetries|inProgressTimeoutInMinutes"
        member += "|roleArn|expiresInSec"
    with pytest.raises(InvalidRequestError, match=member) as caught:
        call(world, request_, **named)
    assert caught.value.message.isascii()
    assert len(caught.value.message) < 300


@pytest.mark.parametrize(
    "request_", [START_NEXT, DESCRIBE, UPDATE, CREATE, UPDATE_JOB, LIST, CANCEL], ids=str
)
def test_an_unknown_member_is_ignored(world, request_):
    call(world, request_, whatever={"nested": [1]})
