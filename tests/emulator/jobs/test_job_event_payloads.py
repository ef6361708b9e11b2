"""What job events say (SERVICE.md, Job events)."""

from uuid import UUID

import pytest
from jobs_world import START, World, group_arn, thing_arn


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
    of_lamp = {"operation": "failed", "thingArn": thing_arn("lamp"), "status": "FAILED"}
    of_pump = {"operation": "succeeded", "thingArn": thing_arn("pump"), "status": "SUCCEEDED"}
    assert failed == (
        "$aws/events/jobExecution/job/failed",
        {**common, **of_lamp, "statusDetails": {"step": "1"}},
    )
    assert succeeded[1] == {**common, **of_pump}


def test_a_deleted_execution_tells_the_status_that_it_had(world):
    world.create("job", "lamp", "pump")
    world.start()
    world.delete_execution(force=True)
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
    ("call", "params", "words", "updated"),
    [
        (World.cancel, {"comment": "No good."}, ("cancellation_in_progress", "canceled"), 5),
        (World.delete, {"force": True}, ("deletion_in_progress", "deleted"), 0),
    ],
)
def test_the_payloads_of_a_job_that_is_canceled_or_deleted(world, call, params, words, updated):
    world.join("group")
    world.create("job", groups=["group"], targetSelection="CONTINUOUS")
    world.clock.advance(5)
    call(world, **params)
    messages = map(without_id, world.event_messages())
    for (topic, payload), operation in zip(messages, words, strict=True):
        assert topic == f"$aws/events/job/job/{operation}"
        assert payload == {
            "eventType": "JOB",
            "timestamp": START + 5,
            "operation": operation,
            "jobId": "job",
            "status": operation.upper(),
            "targetSelection": "CONTINUOUS",
            "targets": [group_arn("group")],
            "createdAt": START * 1000,
            "lastUpdatedAt": (START + updated) * 1000,
            **{name: value for name, value in params.items() if name == "comment"},
        }


def test_no_two_events_have_the_same_id(world):
    world.create("job", "lamp", "pump")
    world.cancel()
    ids = [message.payload["eventId"] for message in world.event_messages()]
    assert len(set(ids)) == len(ids) == 4
