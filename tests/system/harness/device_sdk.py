"""What a device made of one of AWS's device SDKs does, and what the emulator must say to it.

`device` is a SdkDevice, and `create` makes a job for it. An SDK subscribes to an operation's
answers before it asks, and the service sends answers without a subscription: the device tells of
every message, so that a second copy would be seen.
"""

import json
import time

import pytest

THING = "MyThing"
VERSIONS = ["3.1.1", "5"]  # of MQTT
JOBS = f"$aws/things/{THING}/jobs/"
DOCUMENT = {"operation": "blink", "times": 3, "text": "é €"}
NEXT = "next_job_execution_changed"
CHANGED = "job_executions_changed"


@pytest.fixture(params=VERSIONS)
def version(request):
    return request.param


@pytest.fixture
def create(emulator, device):
    return lambda job_id: emulator.create_job(job_id, DOCUMENT)


def attach_policy(iot, name, *allowed):
    """A policy for the device's certificate, which replaces the one that it has: pairs of an
    action and a resource of iot's.
    """
    statements = [
        {"Effect": "Allow", "Action": action, "Resource": resource}
        for action, resource in zip(allowed[::2], allowed[1::2], strict=True)
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iot.create_policy(policyName=name, policyDocument=document)
    [principal] = iot.list_thing_principals(thingName=THING)["principals"]
    for policy in iot.list_attached_policies(target=principal)["policies"]:
        iot.detach_policy(policyName=policy["policyName"], target=principal)
    iot.attach_policy(policyName=name, target=principal)


def test_a_job_is_found_started_reported_and_finished(emulator, device, create):
    nothing = {"in_progress_jobs": [], "queued_jobs": []}
    assert device.answer("get_pending_job_executions") == nothing
    assert device.answer("start_next_pending_job_execution") == {}
    assert device.answer("describe_job_execution", job_id="$next") == {}
    create("one")
    create("two")
    queued = device.answer("get_pending_job_executions")["queued_jobs"]
    assert [(job["job_id"], job["version_number"]) for job in queued] == [("one", 1), ("two", 1)]
    started = device.answer(
        "start_next_pending_job_execution",
        status_details={"step": "first"},
        step_timeout_in_minutes=5,
    )["execution"]
    times = {started.pop(name) for name in ("queued_at", "started_at", "last_updated_at")}
    assert all(abs(moment - time.time()) < 60 for moment in times)
    started.pop(
        "approximate_seconds_before_timed_out", None
    )  # which the SDK for Python leaves out
    assert started == {
        "job_id": "one",
        "status": "IN_PROGRESS",
        "status_details": {"step": "first"},
        "version_number": 2,
        "execution_number": 1,
        "job_document": DOCUMENT,
    }, started
    pending = device.answer("get_pending_job_executions")
    assert [job["job_id"] for job in pending["in_progress_jobs"]] == ["one"]
    described = device.answer(
        "describe_job_execution", job_id="$next", execution_number=1, include_job_document=True
    )["execution"]
    assert (described["job_id"], described["version_number"]) == ("one", 2)
    assert described["job_document"] == DOCUMENT
    updated = device.answer(
        "update_job_execution",
        job_id="one",
        status="SUCCEEDED",
        status_details={"step": "last"},
        expected_version=2,
        execution_number=1,
        include_job_execution_state=True,
        include_job_document=True,
    )
    state = {"status": "SUCCEEDED", "status_details": {"step": "last"}, "version_number": 3}
    assert updated == {"execution_state": state, "job_document": DOCUMENT}
    assert emulator.execution("one") == ("SUCCEEDED", {"step": "last"})
    assert device.answer("describe_job_execution", job_id="two")["execution"]["status"] == "QUEUED"
    assert device.answer("update_job_execution", job_id="two", status="REJECTED") == {}


def test_every_answer_arrives_once(device, create):
    create("one")
    one = {"job_id": "one"}
    asked = [
        ("get/accepted", "get_pending_job_executions", {}),
        ("start-next/accepted", "start_next_pending_job_execution", {}),
        ("$next/get/accepted", "describe_job_execution", {"job_id": "$next"}),
        ("one/get/accepted", "describe_job_execution", one),
        ("one/update/accepted", "update_job_execution", {**one, "status": "IN_PROGRESS"}),
        ("no/get/rejected", "describe_job_execution", {"job_id": "no"}),
        ("no/update/rejected", "update_job_execution", {"job_id": "no", "status": "FAILED"}),
    ]
    for _, operation, members in asked:
        device.ask(operation, **members)
    device.answer("get_pending_job_executions")  # what comes after all of theirs
    expected = [JOBS + tail for tail, _, _ in asked] + [JOBS + "get/accepted"]
    assert device.seen("message", len(expected)) == expected


def test_each_operation_is_refused_with_a_code_and_a_reason(emulator, device, create):
    create("one")
    create("ended")
    device.answer("update_job_execution", job_id="ended", status="SUCCEEDED")
    ended = {"status": "SUCCEEDED", "version_number": 2}
    queued = {"status": "QUEUED", "version_number": 1}
    refused = [
        ("start_next_pending_job_execution", {"step_timeout_in_minutes": 10_081},
         "InvalidRequest", "10081", None),
        ("start_next_pending_job_execution", {"status_details": {"no key": "value"}},
         "InvalidRequest", "no key", None),
        ("describe_job_execution", {"job_id": "none"}, "ResourceNotFound", "none", None),
        ("describe_job_execution", {"job_id": "ended"}, "TerminalStateReached", "ended", None),
        ("describe_job_execution", {"job_id": "one", "execution_number": 9},
         "ResourceNotFound", "9", None),
        ("update_job_execution", {"job_id": "one", "status": "FAILED", "expected_version": 9},
         "VersionMismatch", "version 9 but found version 1", queued),
        ("update_job_execution", {"job_id": "ended", "status": "FAILED"},
         "InvalidStateTransition", "SUCCEEDED", ended),
        ("update_job_execution", {"job_id": "one", "status": "CANCELED"},
         "InvalidStateTransition", "CANCELED", None),
        ("update_job_execution", {"job_id": "one", "status": "DONE"},
         "InvalidRequest", "DONE", None),
        ("update_job_execution", {"job_id": "none", "status": "FAILED"},
         "ResourceNotFound", "none", None),
    ]  # fmt: skip
    for operation, members, code, named, state in refused:
        error = device.rejection(operation, **members)
        assert (error["code"], error.get("execution_state")) == (code, state), error
        assert named in error["message"]
        assert abs(error["timestamp"] - time.time()) < 60
    attach_policy(emulator.iot, "all", "iot:*", "*")  # it may ask about other things then
    for operation in ("get_pending_job_executions", "start_next_pending_job_execution"):
        error = device.rejection(operation, thing_name="Nobody")
        assert (error["code"], "Nobody" in error["message"]) == ("ResourceNotFound", True)


def test_what_the_service_cannot_do_now_is_refused_and_done_later(emulator, device, create):
    create("one")
    for code in ("RequestThrottled", "InternalError"):
        for operation, members in (
            ("get_pending_job_executions", {}),
            ("start_next_pending_job_execution", {}),
            ("describe_job_execution", {"job_id": "$next"}),
            ("update_job_execution", {"job_id": "one", "status": "FAILED"}),
        ):
            emulator.fault(action="reject", code=code, times=1)
            assert device.rejection(operation, **members)["code"] == code
    described = device.answer("describe_job_execution", job_id="one")["execution"]
    assert (described["status"], described["version_number"]) == ("QUEUED", 1)


def test_the_streams_tell_what_joins_leaves_and_comes_next(device, create):
    device.say("stream")
    established = [[name, "SUBSCRIPTION_ESTABLISHED"] for name in (CHANGED, NEXT)]
    assert sorted(device.seen("status", 2)) == established
    create("one")
    create("two")
    device.answer("start_next_pending_job_execution")
    device.answer("update_job_execution", job_id="one", status="SUCCEEDED")
    device.answer("update_job_execution", job_id="two", status="FAILED")
    events = device.seen("event", 7)
    # Each stream has its order. The SDK does not say which of two streams is told first.
    told = [(name, shortened(event)) for name, event in events]
    changed = [event for name, event in told if name == CHANGED]
    following = [event for name, event in told if name == NEXT]
    assert changed == [
        {"QUEUED": ["one"]},
        {"QUEUED": ["one", "two"]},
        {"QUEUED": ["two"]},
        {},
    ], told
    assert following == [("one", "QUEUED", DOCUMENT), ("two", "QUEUED", DOCUMENT), None], told
    assert all(abs(event["timestamp"] - time.time()) < 60 for _, event in events)
    device.answer("get_pending_job_executions")
    assert len(device.told("event")) == 7
    assert device.told("failed") == []


def test_the_client_speaks_the_version_that_it_was_told(emulator, device, version):
    [thing] = emulator.steer("state/things")["things"]
    [connection] = thing["connections"]
    name = {"3.1.1": "MQTT over TLS", "5": "MQTT 5 over TLS"}[version]
    assert (connection["clientId"], connection["protocol"]) == (THING, name)


def test_a_policy_for_its_own_jobs_is_enough(emulator, device, create):
    arn, own = "arn:aws:iot:eu-west-1:123456789012:", "${iot:Connection.Thing.ThingName}"
    attach_policy(
        emulator.iot,
        "own-jobs",
        *("iot:Connect", f"{arn}client/{own}"),
        *("iot:Subscribe", f"{arn}topicfilter/$aws/things/{own}/jobs/*"),
        *("iot:Publish", f"{arn}topic/$aws/things/{own}/jobs/*"),
        *("iot:Receive", f"{arn}topic/$aws/things/{own}/jobs/*"),
    )
    device.say("stream")
    device.seen("status", 2)
    create("one")
    device.seen("event", 2)
    device.answer("start_next_pending_job_execution")
    device.answer("update_job_execution", job_id="one", status="SUCCEEDED")
    assert emulator.execution("one")[0] == "SUCCEEDED"


def shortened(event):
    if "jobs" in event:
        return {status: [job["job_id"] for job in jobs] for status, jobs in event["jobs"].items()}
    found = event.get("execution")
    return found and (found["job_id"], found["status"], found["job_document"])


def test_a_round_of_the_older_client(device, create):
    create("one")
    one = {"job_id": "one"}
    done = {**one, "status": "SUCCEEDED", "expected_version": 2}
    rounds = [
        ("get_pending_job_executions", "accepted", {}),
        ("start_next_pending_job_execution", "accepted", {"client_token": "mine"}),
        ("describe_job_execution", "accepted", {"job_id": "$next"}),
        ("describe_job_execution", "rejected", {"job_id": "none"}),
        ("update_job_execution", "accepted", done),
        ("update_job_execution", "rejected", {**one, "status": "FAILED"}),
        ("get_pending_job_executions", "accepted", {}),
    ]
    for number, (operation, _, members) in enumerate(rounds, 1):
        device.say("old", operation=operation, **members)
        device.seen("callback", number)
    told = device.seen("callback", len(rounds))
    assert [(name, verdict) for name, verdict, _ in told] == [
        (operation, verdict) for operation, verdict, _ in rounds
    ]
    pending, started, described, unknown, _, ended, empty = (answer for _, _, answer in told)
    assert [job["job_id"] for job in pending["queued_jobs"]] == ["one"]
    assert started["client_token"] == "mine"
    assert started["execution"]["job_document"] == DOCUMENT
    assert described["execution"]["version_number"] == 2
    assert unknown["code"] == "ResourceNotFound"
    assert ended["code"] == "InvalidStateTransition"
    assert ended["execution_state"]["version_number"] == 3
    assert (empty["queued_jobs"], empty["in_progress_jobs"]) == ([], [])


@pytest.mark.parametrize("version", ["5"])  # 3.1.1 has no answer for it but to hang up
def test_a_stream_that_no_policy_allows_is_given_up(emulator, device, version):
    attach_policy(
        emulator.iot,
        "no-subscriptions",
        *("iot:Connect", "*"),
        *("iot:Publish", "*"),
        *("iot:Receive", "*"),
    )
    device.say("stream")
    halted = [[name, "SUBSCRIPTION_HALTED"] for name in (CHANGED, NEXT)]
    assert sorted(device.seen("status", 2)) == halted
    assert device.ask("get_pending_job_executions")[0] == "failed"
    [thing] = emulator.steer("state/things")["things"]
    assert thing["device"]["connectionCount"] == 1, "the connection stays"
