"""Four requests out, ten messages in, told apart by clientToken."""

import json

from iotjobs.client import IGNORED, BufferFull, JobsClient
from iotjobs.topics import (
    ACCEPTED,
    DESCRIBE,
    GET_PENDING,
    NOTIFY,
    NOTIFY_NEXT,
    REJECTED,
    START_NEXT,
    UPDATE,
)
from support import HeapLocked, equal, raises, strict

PREFIX = "$aws/things/MyThing/jobs/"


class Publisher:
    """An application's own MQTT client: only `publish`."""

    def __init__(self):
        self.sent = []

    def publish(self, topic, payload):
        self.sent.append((bytes(topic).decode(), strict(bytes(payload))))
        self.size = len(payload)


def client():
    publisher = Publisher()
    return publisher, JobsClient(publisher, "MyThing")


def ask(jobs, publisher, call):
    """Make a request; returns its token."""
    call(jobs)
    return publisher.sent[-1][1]["clientToken"]


def receive(jobs, tail, message):
    if not isinstance(message, bytes):
        message = json.dumps(message).encode()
    return jobs.receive((PREFIX + tail).encode(), message)


def receive_large(jobs, topic):
    """A message too large to keep."""
    return jobs.receive_from(topic.encode(), 0, len(topic), None, 0, 9999)


REQUESTS = (
    (lambda jobs: jobs.get_pending_job_executions(), "get", {}, GET_PENDING),
    (lambda jobs: jobs.start_next_pending_job_execution(), "start-next", {}, START_NEXT),
    (
        lambda jobs: jobs.start_next_pending_job_execution({"step": "1", "n": 2}, 10080),
        "start-next",
        {"statusDetails": {"step": "1", "n": "2"}, "stepTimeoutInMinutes": 10080},
        START_NEXT,
    ),
    (lambda jobs: jobs.describe_job_execution(), "$next/get", {}, DESCRIBE),
    (
        lambda jobs: jobs.describe_job_execution("022", 7, False),
        "022/get",
        {"executionNumber": 7, "includeJobDocument": False},
        DESCRIBE,
    ),
    (
        lambda jobs: jobs.update_job_execution("022", "SUCCEEDED"),
        "022/update",
        {"status": "SUCCEEDED"},
        UPDATE,
    ),
    (
        lambda jobs: jobs.update_job_execution(
            "022",
            "IN_PROGRESS",
            status_details={"progress": '50 % "é"'},
            expected_version=3,
            execution_number=2,
            include_job_execution_state=True,
            include_job_document=False,
            step_timeout_in_minutes=-1,
        ),
        "022/update",
        {
            "status": "IN_PROGRESS",
            "statusDetails": {"progress": '50 % "é"'},
            "expectedVersion": 3,
            "executionNumber": 2,
            "includeJobExecutionState": True,
            "includeJobDocument": False,
            "stepTimeoutInMinutes": -1,
        },
        UPDATE,
    ),
)


def test_every_request_has_its_topic_and_its_members():
    publisher, jobs = client()
    for call, tail, members, _ in REQUESTS:
        call(jobs)
        topic, request = publisher.sent[-1]
        token = request.pop("clientToken")
        equal((topic, request), (PREFIX + tail, members))
        equal(1 <= len(token) <= 64, True)
    tokens = {ask(jobs, publisher, call) for call, _, _, _ in REQUESTS}
    equal(len(tokens), len(REQUESTS))


def test_an_answer_is_taken_once_and_only_with_the_token_of_the_request():
    publisher, jobs = client()
    for call, tail, _, operation in REQUESTS:
        for verdict, bit in (("accepted", ACCEPTED), ("rejected", REJECTED)):
            topic = tail + "/" + verdict
            equal(receive(jobs, topic, {"clientToken": "x"}), IGNORED)
            earlier = ask(jobs, publisher, call)
            token = ask(jobs, publisher, call)
            equal(receive(jobs, topic, {"clientToken": earlier}), IGNORED)
            equal(receive(jobs, topic, {"clientToken": token + "0"}), IGNORED)
            equal(receive(jobs, topic, {"clientToken": token}), operation | bit)
            equal(jobs.message.client_token, token)
            equal(receive(jobs, topic, {"clientToken": token}), IGNORED)


def test_an_answer_to_another_run_of_the_program_is_not_ours():
    publisher, jobs = client()
    other_publisher, other = client()
    token = ask(jobs, publisher, JobsClient.get_pending_job_executions)
    foreign = ask(other, other_publisher, JobsClient.get_pending_job_executions)
    equal(receive(jobs, "get/accepted", {"clientToken": foreign}), IGNORED)
    equal(receive(jobs, "get/accepted", {"clientToken": token}), GET_PENDING | ACCEPTED)


def test_a_rejection_without_token_answers_the_request_in_flight():
    publisher, jobs = client()
    equal(receive(jobs, "start-next/rejected", {"code": "InvalidJson"}), IGNORED)
    jobs.start_next_pending_job_execution()
    equal(receive(jobs, "start-next/accepted", {}), IGNORED)
    equal(receive(jobs, "start-next/rejected", {"code": "InvalidJson"}), START_NEXT | REJECTED)
    equal(jobs.message.code, "InvalidJson")


def test_answers_of_a_lost_connection_are_forgotten():
    publisher, jobs = client()
    token = ask(jobs, publisher, JobsClient.get_pending_job_executions)
    jobs.forget()
    equal(receive(jobs, "get/accepted", {"clientToken": token}), IGNORED)


def test_other_messages_are_left_to_the_caller():
    _, jobs = client()
    for topic in (b"lamp/set", b"$aws/things/Other/jobs/notify", b"$aws/things/MyThing/jobs/get"):
        equal(jobs.receive(topic, b"{}"), 0, topic)


def test_an_answer_that_cannot_be_read_is_one_and_a_notification_means_nothing():
    publisher, jobs = client()
    for payload, why in (
        (b"", "byte 0"),
        (b"[]", "byte 0"),
        (b"{", "byte 1"),
        (b'{"a":"\\ud800"}', "half a surrogate pair, byte 12"),
        (b'{"a":' + b"[" * 40, "byte"),
        (b"\xff", "byte 0"),
    ):
        equal(receive(jobs, "start-next/accepted", payload), IGNORED, payload)  # to no question
        token = ask(jobs, publisher, JobsClient.start_next_pending_job_execution)
        equal(receive(jobs, "notify", payload), IGNORED, payload)
        equal(receive(jobs, "start-next/accepted", payload), START_NEXT | ACCEPTED, payload)
        equal(
            "cannot be read" in jobs.unreadable and why in jobs.unreadable, True, jobs.unreadable
        )
        equal(receive(jobs, "start-next/accepted", {"clientToken": token}), IGNORED)
        equal(jobs.unreadable, None)


def test_a_message_too_large_to_keep_still_says_what_it_answers():
    _, jobs = client()
    topic = PREFIX + "start-next/accepted"
    equal(receive_large(jobs, topic), IGNORED)
    jobs.start_next_pending_job_execution()
    equal(receive_large(jobs, topic), START_NEXT | ACCEPTED)
    equal(receive_large(jobs, topic), IGNORED)
    equal(receive_large(jobs, "lamp"), 0)
    equal(receive_large(jobs, PREFIX + "notify"), NOTIFY)


EXECUTION = {
    "jobId": "022",
    "thingName": "MyThing",
    "status": "IN_PROGRESS",
    "statusDetails": {"step": "é\n"},
    "queuedAt": 1489096123309,
    "startedAt": 1489096123,
    "lastUpdatedAt": 1489096124,
    "versionNumber": 2,
    "executionNumber": 1234567890,
    "approximateSecondsBeforeTimedOut": 59,
    "jobDocument": {"operation": "blink", "times": [1, 2]},
    "somethingNew": {"jobId": "no"},
}


def check_execution(execution):
    equal(execution.job_id, "022")
    equal(execution.thing_name, "MyThing")
    equal(execution.status, "IN_PROGRESS")
    equal((execution.has_status("IN_PROGRESS"), execution.has_status("IN_PROGRES")), (True, False))
    equal((execution.is_job("022"), execution.is_job("02")), (True, False))
    equal(execution.status_details, {"step": "é\n"})
    equal(execution.queued_at, 1489096123309)
    equal(execution.started_at, 1489096123)
    equal(execution.last_updated_at, 1489096124)
    equal(execution.version_number, 2)
    equal(execution.execution_number, 1234567890)
    equal(execution.approximate_seconds_before_timed_out, 59)
    equal(json.loads(execution.job_document), {"operation": "blink", "times": [1, 2]})


def test_start_next_describe_and_notify_next_carry_an_execution():
    publisher, jobs = client()
    for call, tail in (
        (JobsClient.start_next_pending_job_execution, "start-next/accepted"),
        (JobsClient.describe_job_execution, "$next/get/accepted"),
        (None, "notify-next"),
    ):
        token = ask(jobs, publisher, call) if call else None
        message = {"execution": EXECUTION, "timestamp": 1489088524284, "clientToken": token}
        equal(receive(jobs, tail, message) != IGNORED, True)
        check_execution(jobs.message.execution)
        equal(jobs.message.timestamp, 1489088524284)


def test_nothing_pending_is_no_execution():
    publisher, jobs = client()
    for message in ({}, {"execution": None}):
        token = ask(jobs, publisher, JobsClient.start_next_pending_job_execution)
        message["clientToken"] = token
        equal(receive(jobs, "start-next/accepted", message), START_NEXT | ACCEPTED)
        equal(jobs.message.execution, None)
    equal(receive(jobs, "notify-next", {"timestamp": 1}), NOTIFY_NEXT)
    equal(jobs.message.execution, None)


def summaries(listed):
    found = []
    while listed.next():
        found.append((listed.job_id, listed.execution_number, listed.version_number))
    return found


def test_pending_executions_are_listed():
    publisher, jobs = client()
    first = {"jobId": "a", "executionNumber": 1, "versionNumber": 3, "queuedAt": 5}
    second = {"versionNumber": 1, "startedAt": 6, "jobId": "b", "lastUpdatedAt": 7}
    token = ask(jobs, publisher, JobsClient.get_pending_job_executions)
    message = {"inProgressJobs": [first], "queuedJobs": [second, first], "clientToken": token}
    equal(receive(jobs, "get/accepted", message), GET_PENDING | ACCEPTED)
    equal(summaries(jobs.message.in_progress_jobs), [("a", 1, 3)])
    equal(summaries(jobs.message.queued_jobs), [("b", None, 1), ("a", 1, 3)])
    equal(jobs.message.kind, GET_PENDING | ACCEPTED)
    listed = jobs.message.queued_jobs
    listed.next()
    equal((listed.queued_at, listed.started_at, listed.last_updated_at), (None, 6, 7))
    message = {"jobs": {"QUEUED": [second], "IN_PROGRESS": [first]}, "timestamp": 1}
    equal(receive(jobs, "notify", message), NOTIFY)
    equal(summaries(jobs.message.in_progress_jobs), [("a", 1, 3)])
    equal(summaries(jobs.message.queued_jobs), [("b", None, 1)])
    nothing = {}, None, [], {"QUEUED": []}, {"QUEUED": None}, {"QUEUED": 5}, {"QUEUED": first}
    for jobs_member in nothing:
        receive(jobs, "notify", {"jobs": {"QUEUED": [first, second]}})
        equal(jobs.message.queued_jobs.next(), True)  # and no further
        receive(jobs, "notify", {"jobs": jobs_member})
        equal(summaries(jobs.message.queued_jobs), [], jobs_member)
    receive(jobs, "notify", {"jobs": {"QUEUED": [first, 5]}})
    raises(ValueError, summaries, jobs.message.queued_jobs)


def test_an_update_is_answered_with_state_and_document_if_asked_for():
    publisher, jobs = client()
    update = REQUESTS[-1][0]
    token = ask(jobs, publisher, update)
    message = {
        "executionState": {"status": "FAILED", "statusDetails": {"a": "b"}, "versionNumber": 4},
        "jobDocument": {"x": 1},
        "clientToken": token,
    }
    equal(receive(jobs, "022/update/accepted", message), UPDATE | ACCEPTED)
    state = jobs.message.execution_state
    equal((state.status, state.version_number), ("FAILED", 4))
    equal(state.status_details, {"a": "b"})
    equal(state.has_status("FAILED"), True)
    equal(json.loads(jobs.message.job_document), {"x": 1})
    token = ask(jobs, publisher, update)
    receive(jobs, "022/update/accepted", {"clientToken": token})
    equal((jobs.message.execution_state, jobs.message.job_document), (None, None))


def test_a_rejection_says_why():
    publisher, jobs = client()
    token = ask(jobs, publisher, REQUESTS[-1][0])
    message = {
        "code": "VersionMismatch",
        "message": "Expected version 99 but found version 3",
        "clientToken": token,
        "executionState": {"status": "IN_PROGRESS", "versionNumber": 3},
    }
    equal(receive(jobs, "022/update/rejected", message), UPDATE | REJECTED)
    equal(jobs.message.code, "VersionMismatch")
    equal(jobs.message.message, "Expected version 99 but found version 3")
    equal(jobs.message.execution_state.version_number, 3)


def test_values_beyond_the_limits_are_refused_before_anything_is_sent():
    publisher, jobs = client()
    update = jobs.update_job_execution
    raises(ValueError, jobs.start_next_pending_job_execution, None, 0)
    for minutes in (0, 10081, -2):
        raises(ValueError, update, "j", "IN_PROGRESS", step_timeout_in_minutes=minutes)
    keys = [(key, "x") for key in ("", "k" * 129, "a b", "é")]
    for key, value in keys + [("k", value) for value in ("", "x" * 1025, "a\nb", "\x85")]:
        error = raises(ValueError, update, "j", "IN_PROGRESS", {key: value})
        equal(repr(key) in str(error), True, error)
    raises(TypeError, update, "j", "IN_PROGRESS", {"k": 1.5})
    raises(ValueError, update, "no/job", "IN_PROGRESS")
    raises(BufferFull, update, "j", "IN_PROGRESS", {"a": "x" * 1024})
    raises(ValueError, JobsClient, publisher, "MyThing", 255)
    equal(publisher.sent, [])
    update("j", "IN_PROGRESS", {"k" * 128: "x" * 512, "a:b-c_9": "é"})
    equal(len(publisher.sent), 1)


def test_every_number_of_64_bits_is_written_and_no_other():
    publisher, jobs = client()
    for number in (0, 9, 10, 2**30 - 1, 2**30, 2**31, 2**53, 2**63 - 1, -1, -(2**63)):
        jobs.describe_job_execution("j", number)
        equal(publisher.sent[-1][1]["executionNumber"], number)
    sent = len(publisher.sent)
    for number in (2**63, -(2**63) - 1, 10**300):
        error = raises(ValueError, jobs.describe_job_execution, "j", number)
        equal("executionNumber" in str(error) and str(number) in str(error), True, error)
    for number in (1.5, "1"):
        error = raises(TypeError, jobs.describe_job_execution, "j", number)
        equal("executionNumber" in str(error), True, error)
    equal(len(publisher.sent), sent)


def test_tokens_begin_anew_after_the_last_one():
    publisher, jobs = client()
    request = jobs._requests[GET_PENDING]
    request[25:33] = b"99999998"
    tokens = [ask(jobs, publisher, JobsClient.get_pending_job_executions) for _ in range(3)]
    equal([token[9:] for token in tokens], ["99999999", "00000000", "00000001"])
    request[25:33] = b"19999999"
    equal(ask(jobs, publisher, JobsClient.get_pending_job_executions)[9:], "20000000")
    tokens[2] = ask(jobs, publisher, JobsClient.get_pending_job_executions)
    equal([token[6:9] for token in tokens], ["-1-"] * 3)
    equal(receive(jobs, "get/accepted", {"clientToken": tokens[1]}), IGNORED)
    equal(receive(jobs, "get/accepted", {"clientToken": tokens[2]}), GET_PENDING | ACCEPTED)


def test_a_request_that_was_not_sent_awaits_no_answer():
    publisher, jobs = client()
    token = ask(jobs, publisher, lambda jobs: jobs.update_job_execution("j", "FAILED"))
    error = raises(BufferFull, jobs.update_job_execution, "j", "FAILED", {"a": "x" * 1024})
    equal(str(error), "the message does not fit into 1024 bytes")
    equal(receive_large(jobs, PREFIX + "j/update/accepted"), IGNORED)
    equal(receive(jobs, "j/update/accepted", {"clientToken": token}), IGNORED)


def test_the_longest_request_is_exactly_as_long_as_was_said():
    publisher = Publisher()
    jobs = JobsClient(publisher, "t" * 128, 256)
    room = len(jobs._buf)
    for details in ({"k": "x"}, {"k": "x", "number": 2**62}, {"k": "x", "quoted": '"' * 9}):
        longest = 0
        for size in range(1, 257):
            details["k"] = "x" * size
            before = len(publisher.sent)
            try:
                jobs.update_job_execution("j" * 64, "IN_PROGRESS", details, 2**62, 7, True, False)
            except BufferFull:
                equal((len(publisher.sent), size > longest > 0), (before, True))
            else:
                equal(longest, size - 1)
                longest = size
                last = publisher.size
            equal(len(jobs._buf), room)
        equal(last, 256)
    jobs.update_job_execution("j", "FAILED", {}, step_timeout_in_minutes=1)
    request = publisher.sent[-1][1]
    equal((request["statusDetails"], request["stepTimeoutInMinutes"]), ({}, 1))


class Packets:
    """A publisher that takes requests from where they lie, as MQTTLink does."""

    def publish_from(self, buf, topic_start, topic_end, end):
        equal(topic_start, 7)  # room for the header that a link writes before it
        self.end = end


def test_requests_and_messages_allocate_nothing():
    jobs = JobsClient(Packets(), "MyThing")
    details = {"step": "é", "count": 12}
    messages = []
    for tail, operation, message in (
        ("get/accepted", GET_PENDING, {"queuedJobs": [{"jobId": "a"}]}),
        ("start-next/accepted", START_NEXT, {"execution": EXECUTION}),
        ("$next/get/rejected", DESCRIBE, {"code": "ResourceNotFound"}),
        ("022/update/accepted", UPDATE, {"executionState": {"versionNumber": 3}}),
        ("notify", NOTIFY, {"jobs": {"QUEUED": [{"jobId": "a"}]}}),
        ("notify-next", NOTIFY_NEXT, {"execution": EXECUTION}),
    ):
        message = dict(message)
        if operation < NOTIFY:  # the token of the second request of each kind
            message["clientToken"] = jobs._requests[operation][16:32].decode() + "2"
        topic = (PREFIX + tail).encode()
        messages.append((topic, json.dumps(message).encode()))
    results = [0] * len(messages)

    def everything():
        jobs.get_pending_job_executions()
        jobs.start_next_pending_job_execution(details, 5)
        jobs.describe_job_execution("022", 1, False)
        jobs.update_job_execution("022", "IN_PROGRESS", details, 3, 1, True, False, 5)
        at = 0
        for topic, payload in messages:
            results[at] = jobs.receive_from(topic, 0, len(topic), payload, 0, len(payload))
            at += 1
        listed = jobs.message.queued_jobs
        while listed.next():
            listed.is_job("a")

    everything()
    with HeapLocked():
        everything()
    requests = [GET_PENDING | ACCEPTED, START_NEXT | ACCEPTED, DESCRIBE | REJECTED]
    equal(results, requests + [UPDATE | ACCEPTED, NOTIFY, NOTIFY_NEXT])
