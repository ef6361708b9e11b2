"""Every member of the four MQTT requests: absent, null, at each limit, beyond it, of another type.

The verdicts are those of SERVICE.md: Limits, Payloads, Versions and states, Rejections.
"""

import json

import pytest
from jobs_world import MINUTE, START, World, thing_arn

ABSENT = object()
INVALID, TRANSITION = "InvalidRequest", "InvalidStateTransition"
NOT_FOUND, MISMATCH = "ResourceNotFound", "VersionMismatch"
LONG = 2**63

# request: what makes it valid
GET, START_NEXT = ("get", {}), ("start-next", {})
DESCRIBE, DESCRIBE_NEXT = ("job/get", {}), ("$next/get", {})
UPDATE = ("job/update", {"status": "IN_PROGRESS"})
REQUESTS = (GET, START_NEXT, DESCRIBE, DESCRIBE_NEXT, UPDATE)
NAMES = {"thingName": "pump", "jobId": "other"}

NOT_TOKENS = ["", "x" * 65, "é" * 33, "\U0001f600" * 17, "\ud800", 5, 1.5, True, False, [], {}]
NOT_DETAILS = [
    "x", 5, 1.5, True, [], [{"k": "v"}],
    {"": "v"}, {"k" * 129: "v"}, {"a b": "v"}, {"a.b": "v"}, {"é": "v"}, {"k\n": "v"},
    {"k": ""}, {"k": "v" * 1025}, {"k": "é" * 1025},
    *({"k": f"a{c}b"} for c in "\0\t\n\x7f\x9f\u00ad\u200b\ue000\u0378\ud800"),
    {"k": None}, {"k": 5}, {"k": True}, {"k": []}, {"k": {}}, {"good": "v", "k": ""},
]  # fmt: skip
DETAILS = [
    {}, {"k": "v"}, {"k" * 128: "v"}, {"aZ09:_-": "v"}, {"k": "v" * 1024},
    {"k": "\U0001f600" * 1024}, {"k": " \u2029\u3000é"}, {str(n): "v" for n in range(100)},
]  # fmt: skip
NOT_MINUTES = ["", "5", 0, -2, 10_081, 1.0, 1.5, True, [], {}, LONG, -LONG, 1e300, float("inf")]
NOT_FLAGS = ["", "true", 0, 1, 1.0, [], {}]
NOT_NUMBERS = ["", "1", 1.0, 1.5, True, [], {}, LONG, -LONG - 1, 1e300, float("inf")]
NOT_VERSIONS = [
    "", " 2", "2 ", "+2", "-2", "2.0", "0x2", "\u0662", "two", "9" * 20, str(LONG),
    1.0, 2.0, True, [], {}, LONG, -LONG - 1, 1e300, float("inf"),
]  # fmt: skip

# request, member, {verdict: values}; None: accepted
TABLE = [
    *((request, "clientToken",
       {None: [ABSENT, None, "t", "x" * 64, "é" * 32, "\U0001f600" * 16, "\0\n\u200b"],
        INVALID: NOT_TOKENS})
      for request in REQUESTS),
    *((request, "statusDetails", {None: [ABSENT, None, *DETAILS], INVALID: NOT_DETAILS})
      for request in (START_NEXT, UPDATE)),
    *((request, "stepTimeoutInMinutes",
       {None: [ABSENT, None, 1, 10_080, -1], INVALID: NOT_MINUTES})
      for request in (START_NEXT, UPDATE)),
    *((request, "executionNumber",
       {None: [ABSENT, None, 1], NOT_FOUND: [0, 2, -1, LONG - 1, -LONG], INVALID: NOT_NUMBERS})
      for request in (DESCRIBE, DESCRIBE_NEXT, UPDATE)),
    *((request, "includeJobDocument", {None: [ABSENT, None, True, False], INVALID: NOT_FLAGS})
      for request in (DESCRIBE, DESCRIBE_NEXT, UPDATE)),
    (UPDATE, "includeJobExecutionState",
     {None: [ABSENT, None, True, False], INVALID: NOT_FLAGS}),
    (UPDATE, "status",
     {None: ["IN_PROGRESS", "SUCCEEDED", "FAILED", "REJECTED"],
      TRANSITION: ["QUEUED", "TIMED_OUT", "CANCELED", "REMOVED"],
      INVALID: [ABSENT, None, "", "in_progress", " FAILED", "COMPLETED", 5, True, [], {}]}),
    (UPDATE, "expectedVersion",
     {None: [ABSENT, None, 2, "2", "02", "0" * 18 + "2"],
      MISMATCH: [0, 1, 3, "1", "3", "0", -1, LONG - 1, -LONG, str(LONG - 1)],
      INVALID: NOT_VERSIONS}),
    # Of the topic, whatever the payload calls by these names; and what no request has.
    *((request, name, {None: [ABSENT, None, "", 5, {}, NAMES[name]]})
      for request in REQUESTS for name in NAMES),
    *((request, "whatever", {None: [ABSENT, None, "", 5, [None, {"a": 1e300}], {}]})
      for request in REQUESTS),
    # Members of another request are not looked at.
    (GET, "statusDetails", {None: NOT_DETAILS[:5]}),
    (GET, "executionNumber", {None: NOT_NUMBERS}),
    (DESCRIBE, "status", {None: ["DONE", 5]}),
    (DESCRIBE, "expectedVersion", {None: [99, "x"]}),
    (START_NEXT, "expectedVersion", {None: [99, "x"]}),
    (START_NEXT, "executionNumber", {None: NOT_NUMBERS}),
]  # fmt: skip
CASES = [
    (request, member, value, verdict)
    for request, member, verdicts in TABLE
    for verdict, values in verdicts.items()
    for value in values
]


def world():
    """The lamp has one job, whose execution has version 2 after start-next; the pump another."""
    made = World()
    made.create("other", "pump")
    made.create("job")
    made.start()
    made.told()
    return made


def payload(request, member, value):
    members = {name: item for name, item in request[1].items() if name != member}
    if value is not ABSENT:
        members[member] = value
    return json.dumps(members).replace("Infinity", "1e999").encode()


def books(made):
    return made.execution("job"), made.execution("other", "pump"), made.engine.next_deadline()


@pytest.mark.parametrize(("rest", "members"), REQUESTS)
def test_each_member_has_the_verdict_of_the_page(rest, members):
    wrong = []
    for request, member, value, verdict in CASES:
        if request == (rest, members):
            made = world()
            before = books(made)
            answered, body = made.ask(rest, payload(request, member, value))
            if (body.get("code"), answered == "accepted") != (verdict, verdict is None):
                wrong.append((member, value, verdict, body))
            elif verdict == INVALID and member not in body["message"]:
                wrong.append((member, value, "is not named", body))
            elif verdict == INVALID and "clientToken" in body:
                wrong.append((member, value, "is reflected", body))
            elif verdict is not None and (books(made) != before or made.told()):
                wrong.append((member, value, "left something behind", body))
    assert wrong == []


def test_no_case_is_left_out():
    assert len(CASES) == sum(case[0] == request for case in CASES for request in REQUESTS)
    assert len(CASES) >= 450


def test_a_rejection_has_the_state_exactly_where_the_page_says():
    refused = [case for case in CASES if case[-1] is not None]
    for request, member, value, verdict in refused:
        _, body = world().ask(request[0], payload(request, member, value))
        assert ("executionState" in body) == (verdict == MISMATCH), (member, value)


def test_what_is_accepted_takes_effect():
    made = world()
    made.ask("job/update", {"status": "IN_PROGRESS", "statusDetails": {"k" * 128: "v" * 1024}})
    made.ask("job/update", {"status": "IN_PROGRESS", "stepTimeoutInMinutes": 10_080})
    _, body = made.ask("job/get", {"executionNumber": 1, "includeJobDocument": False})
    execution = body["execution"]
    assert execution["statusDetails"] == {"k" * 128: "v" * 1024}
    assert execution["approximateSecondsBeforeTimedOut"] == 10_080 * MINUTE
    assert "jobDocument" not in execution
    made.ask("job/update", {"status": "IN_PROGRESS", "stepTimeoutInMinutes": -1})
    assert made.engine.next_deadline() is None


@pytest.mark.parametrize("name", ["t", "T" * 128, "a:b_c-9"])
@pytest.mark.parametrize("job_id", ["j", "J" * 64, "a_b-9"])
def test_the_longest_names_of_a_topic_are_served(name, job_id):
    made = World()
    made.things.add(name)
    made.control.create_job({"jobId": job_id, "targets": [thing_arn(name)], "document": "{}"})
    verdict, body = made.ask(f"{job_id}/get", thing=name)
    assert (verdict, body["execution"]["jobId"]) == ("accepted", job_id)
    verdict, body = made.ask(f"{job_id}/update", {"status": "SUCCEEDED"}, thing=name)
    assert (verdict, body) == ("accepted", {"timestamp": START})


NOT_JOB_IDS = ("", "J" * 65, "a b", "a:b", "a.b", "é", "$nex", "$NEXT", "+")


@pytest.mark.parametrize(
    "rest", ["$next/update", *(f"{i}/{name}" for i in NOT_JOB_IDS for name in ("get", "update"))]
)
def test_a_job_id_beyond_its_limits_is_refused_by_name(rest):
    verdict, body = world().ask(rest, {"status": "SUCCEEDED"})
    assert (verdict, body["code"]) == ("rejected", INVALID)
    assert "jobId" in body["message"]
