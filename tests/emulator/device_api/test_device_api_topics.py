"""Topics of the MQTT API: levels decide, never substrings (SERVICE.md, Topics)."""

import pytest
from iotjobs_emulator import device_api
from jobs_world import World

# Names that are words of the topics themselves.
WORDS = ("get", "update", "start-next", "notify", "notify-next", "accepted", "rejected", "jobs")


@pytest.mark.parametrize("job_id", WORDS)
def test_a_job_may_be_called_like_a_word_of_the_topics(world, job_id):
    world.create(job_id)
    verdict, answer = world.ask(f"{job_id}/get")
    assert (verdict, answer["execution"]["jobId"]) == ("accepted", job_id)
    verdict, answer = world.ask(f"{job_id}/update", {"status": "SUCCEEDED"})
    assert (verdict, world.execution(job_id)["status"]) == ("accepted", "SUCCEEDED")


@pytest.mark.parametrize(
    ("rest", "member"),
    [("get", "queuedJobs"), *((r, "execution") for r in ("start-next", "$next/get", "job/get"))],
)
def test_each_topic_is_its_operation(world, rest, member):
    world.create("job")
    verdict, answer = world.ask(rest)
    assert (verdict, member in answer) == ("accepted", True)


@pytest.mark.parametrize(
    "rest",
    [
        "", "/", "update", "job", "job/", "job/delete", "job/start-next", "get/", "/start-next",
        "GET", "job/get/get", "a/b/update", "notify", "notify-next", "get/accepted",
        "get/rejected", "start-next/accepted", "job/get/accepted", "job/update/rejected",
        "$next", "#", "+",
    ],
)  # fmt: skip
@pytest.mark.parametrize("payload", [b"{}", b"", b"not json", b'{"clientToken":5}'])
def test_a_topic_that_is_no_operation_is_an_invalid_topic_whatever_it_carries(rest, payload):
    verdict, answer = World().ask(rest, payload)
    assert (verdict, answer["code"]) == ("rejected", "InvalidTopic")
    assert "clientToken" not in answer


def test_an_invalid_topic_reflects_the_token():
    _, answer = World().ask("nonsense", {"clientToken": "t"})
    assert (answer["code"], answer["clientToken"]) == ("InvalidTopic", "t")


@pytest.mark.parametrize(
    "topic",
    [
        "$aws/things/pump/jobs/get", "$aws/things/lamp/jobs", "$aws/things/lamp",
        "$aws/things/lamp/shadow/get", "$aws/things/lampion/jobs/get",
        "$aws/things/Lamp/jobs/get", "things/lamp/jobs/get", "/$aws/things/lamp/jobs/get", "",
    ],
)  # fmt: skip
def test_a_topic_that_is_not_below_the_things_own_jobs_has_no_answer(topic):
    assert device_api.answer(World().engine, "lamp", topic, b"{}") is None


def test_the_members_of_the_payload_cannot_name_another_thing_or_job(world):
    world.create("job")
    world.create("other", "pump")
    payload = {"thingName": "pump", "jobId": "other", "status": "SUCCEEDED"}
    verdict, _ = world.ask("job/update", payload)
    assert verdict == "accepted"
    assert world.execution("job")["status"] == "SUCCEEDED"
    assert world.execution("other", "pump")["status"] == "QUEUED"


def test_a_notification_has_its_topic_and_compact_json(world):
    world.create("job")
    messages = [device_api.notification_message(n) for n in world.engine.take_notifications()]
    assert messages == [
        (
            "$aws/things/lamp/jobs/notify",
            b'{"timestamp":1700000000,"jobs":{"QUEUED":[{"jobId":"job","queuedAt":1700000000,'
            b'"lastUpdatedAt":1700000000,"versionNumber":1,"executionNumber":1}]}}',
        ),
        (
            "$aws/things/lamp/jobs/notify-next",
            b'{"timestamp":1700000000,"execution":{"jobId":"job","status":"QUEUED",'
            b'"queuedAt":1700000000,"lastUpdatedAt":1700000000,"versionNumber":1,'
            b'"executionNumber":1,"jobDocument":{"operation":"blink","times":3}}}',
        ),
    ]
