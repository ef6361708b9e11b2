"""What job events say (SERVICE.md, Job events)."""

from uuid import UUID

import pytest
from jobs_world import START, group_arn, thing_arn


def without_id(message):
    payload = dict(message.payload)
    assert UUID(payload.pop("eventId")).version == 4
    return message.topic, payload


def test_the_payload_of_an_execution(world):
    world.create("job", "lamp", "pump")
    world.clock.advance(2.75)
    world.update("job", "FAILED", statusDetails={"step": "1"})
    world.update("job", "SUCCEEDED", "pump")
    failed, succeeded = map(without_id, world.event_messages()[:2])
    common = {"eventType": "JOB_EXECUTION", "timestamp": START + 2, "jobId": "job"}
    assert failed == (
        "$aws/events/jobExecution/job/failed",
        {
            **common,
            "operation": "failed",
            "thingArn": thing_arn("lamp"),
            "status": "FAILED",
            "statusDetails": {"step": "1"},
        },
    )
    assert succeeded[1] == {
        **common,
        "operation": "succeeded",
        "thingArn": thing_arn("pump"),
        "status": "SUCCEEDED",
    }


def test_a_deleted_execution_tells_the_status_that_it_had(world):
    world.create("job", "lamp", "pump")
    world.start()
    world.control.delete_job_execution(
        {"jobId": "job", "thingName": "lamp", "executionNumber": 1, "force": True}
    )
    (message,) = world.event_messages()
    assert (message.payload["operation"], message.payload["status"]) == ("deleted", "IN_PROGRESS")


def test_the_payload_of_a_completed_job(world):
    world.create("job", "lamp", "pump", description="Blink.")
    world.clock.advance(2.75)
    world.update("job", "FAILED")
    world.update("job", "SUCCEEDED", "pump")
    *_, completed = map(without_id, world.event_messages())
    assert completed == (
        "$aws/events/job/job/completed",
        {
            "eventType": "JOB",
            "timestamp": START + 2,
            "operation": "completed",
            "jobId": "job",
            "status": "COMPLETED",
            "targetSelection": "SNAPSHOT",
            "targets": [thing_arn("lamp"), thing_arn("pump")],
            "description": "Blink.",
            "completedAt": START * 1000 + 2750,
            "createdAt": START * 1000,
            "lastUpdatedAt": START * 1000 + 2750,
            "jobProcessDetails": {
                "numberOfCanceledThings": 0,
                "numberOfSucceededThings": 1,
                "numberOfFailedThings": 1,
                "numberOfRejectedThings": 0,
                "numberOfRemovedThings": 0,
                "numberOfTimedOutThings": 0,
            },
        },
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            "cancel_job",
            [("cancellation_in_progress", "CANCELLATION_IN_PROGRESS"), ("canceled", "CANCELED")],
        ),
        ("delete_job", [("deletion_in_progress", "DELETION_IN_PROGRESS"), ("deleted", "DELETED")]),
    ],
)
def test_the_payloads_of_a_job_that_is_canceled_or_deleted(world, call, words):
    world.join("group")
    world.create("job", groups=["group"], targetSelection="CONTINUOUS")
    world.clock.advance(5)
    if call == "cancel_job":
        world.control.cancel_job({"jobId": "job", "comment": "No good."})
    else:
        world.control.delete_job({"jobId": "job", "force": True})
    messages = map(without_id, world.event_messages())
    for (topic, payload), (operation, status) in zip(messages, words, strict=True):
        assert topic == f"$aws/events/job/job/{operation}"
        assert payload == {
            "eventType": "JOB",
            "timestamp": START + 5,
            "operation": operation,
            "jobId": "job",
            "status": status,
            "targetSelection": "CONTINUOUS",
            "targets": [group_arn("group")],
            "createdAt": START * 1000,
            "lastUpdatedAt": (START + (5 if call == "cancel_job" else 0)) * 1000,
            **({"comment": "No good."} if call == "cancel_job" else {}),
        }


def test_no_two_events_have_the_same_id(world):
    world.create("job", "lamp", "pump")
    world.control.cancel_job({"jobId": "job"})
    ids = [message.payload["eventId"] for message in world.event_messages()]
    assert len(set(ids)) == len(ids) == 4
