"""Faults of the service itself: requests rejected, lost or disturbed, notifications missing."""

import contextlib
import json

import pytest
from faults_bench import done
from iotjobs_emulator import device_api
from iotjobs_emulator.clock import VirtualClock
from iotjobs_emulator.emulator import Emulator
from iotjobs_emulator.faults import parse_text
from jobs_world import DOCUMENT, START, World, thing_arn
from mqtt_client import GET, JOBS, NOTIFY, publish_bytes
from policy_ground import prepared


class Device:
    """An emulator whose clock stands still, and the lamp connected to it."""

    def __init__(self, emulator, client):
        self.emulator, self.client = emulator, client
        self.faults, self.engine = emulator.faults, emulator.engine

    def add(self, *rules):
        for rule in rules:
            self.faults.add(parse_text(rule))

    def create(self, job_id):
        self.engine.control.create_job(
            {"jobId": job_id, "targets": [thing_arn("lamp")], "document": DOCUMENT}
        )
        self.emulator.settle()

    async def ask(self, rest, **members):
        """The answer to a request: its last topic level and members; None: none came."""
        self.client.raw(publish_bytes(JOBS + rest, json.dumps(members).encode()))
        answers = await self.client.drain()
        if not answers:
            return None
        [answer] = answers
        assert answer.topic.startswith(f"{JOBS}{rest}/")
        return answer.topic.rsplit("/", 1)[1], json.loads(answer.payload)

    def version(self, job_id):
        params = {"jobId": job_id, "thingName": "lamp"}
        return self.engine.control.describe_job_execution(params)["execution"]["versionNumber"]

    async def told(self):
        """What is published to it: the last topic level, packet id, DUP."""
        return [(m.topic.rsplit("/", 1)[1], m.packet_id, m.dup) for m in await self.client.drain()]


@pytest.fixture
@contextlib.asynccontextmanager
async def device():
    async with prepared() as ground:
        yield Device(ground.emulator, await ground.plain("lamp"))


@pytest.mark.parametrize("code", ["RequestThrottled", "InternalError"])
async def test_a_rejection_without_execution(device, code):
    device.create("job")
    device.add(f"reject {code} StartNextPendingJobExecution nth=2")
    assert (await device.ask("start-next"))[0] == "accepted"
    assert await device.ask("start-next", clientToken="t", statusDetails={"a": "b"}) == (
        "rejected",
        {
            "code": code,
            "message": "fault 1: reject answers so",
            "timestamp": START,
            "clientToken": "t",
        },
    )
    answer = (await device.ask("start-next"))[1]
    assert answer["execution"]["versionNumber"] == 2
    assert done(device) == [(1, 2, f"{code}, not executed")]


async def test_a_rejection_of_an_update_leaves_the_execution_alone(device):
    device.create("job")
    device.add("reject RequestThrottled times=1")
    assert (await device.ask("job/update", status="SUCCEEDED"))[1]["code"] == "RequestThrottled"
    assert device.version("job") == 1
    assert (await device.ask("job/update", status="SUCCEEDED"))[0] == "accepted"


SPACED = "job/namespace-n"


def create_in_namespace(device):
    device.engine.control.create_job(
        {
            "jobId": "job",
            "targets": [thing_arn("lamp")],
            "document": DOCUMENT,
            "namespaceId": "n",
        }
    )
    device.emulator.settle()


@pytest.mark.parametrize(
    ("operation", "rest"),
    [("DescribeJobExecution", f"{SPACED}/get"), ("UpdateJobExecution", f"{SPACED}/update")],
)
async def test_a_request_about_a_job_of_a_namespace_is_rejected_as_any_other(
    device, operation, rest
):
    create_in_namespace(device)
    device.add(f"reject InternalError {operation} times=1")
    assert (await device.ask(rest, status="FAILED"))[1]["code"] == "InternalError"
    assert (await device.ask(rest, status="FAILED"))[0] == "accepted"
    seen = device.emulator._whereabouts.of("lamp")
    assert seen.asked.operation == operation
    assert seen.refused.text.startswith(f"{operation}: InternalError")


async def test_the_execution_of_a_job_of_a_namespace_can_be_disturbed_and_its_answer_lost(device):
    create_in_namespace(device)
    device.add("disturb UpdateJobExecution times=1", "drop out DescribeJobExecution")
    assert (await device.ask(f"{SPACED}/update", status="IN_PROGRESS"))[0] == "accepted"
    assert device.version("job") == 3
    assert await device.ask(f"{SPACED}/get") is None


async def test_a_rule_of_notify_knows_that_of_a_namespace(device):
    await device.client.subscribe((f"{NOTIFY}-namespace-n", 1))
    device.add("drop out notify")
    create_in_namespace(device)
    assert await device.told() == []


async def test_the_crueller_twin_executes_and_says_it_failed(device):
    device.create("job")
    device.add("reject InternalError execute UpdateJobExecution times=1")
    update = {"status": "IN_PROGRESS", "expectedVersion": 1}
    assert (await device.ask("job/update", **update))[1]["code"] == "InternalError"
    assert device.version("job") == 2
    verdict, answer = await device.ask("job/update", **update)
    assert (verdict, answer["code"]) == ("rejected", "VersionMismatch")
    assert done(device) == [(1, 1, "InternalError, executed")]


async def test_an_answer_that_is_lost_was_executed(device):
    device.create("job")
    device.add("drop out UpdateJobExecution times=1")
    assert await device.ask("job/update", status="SUCCEEDED") is None
    assert device.version("job") == 2
    verdict, answer = await device.ask("job/update", status="SUCCEEDED")
    assert (verdict, answer["code"]) == ("rejected", "InvalidStateTransition")


async def test_a_rejection_of_what_is_no_json_has_no_token(device):
    device.add("reject InternalError")
    device.client.raw(publish_bytes(GET, b"{"))
    [answer] = await device.client.drain()
    assert answer.topic == GET + "/rejected"
    assert "clientToken" not in json.loads(answer.payload)


async def test_what_is_no_operation_is_no_request_to_reject(device):
    device.add("reject InternalError")
    assert (await device.ask("no/such/thing"))[1]["code"] == "InvalidTopic"
    assert device.faults.list()[0]["matched"] == 0


async def test_the_version_changes_under_the_device(device):
    device.create("job")
    device.add("disturb nth=2")
    first = await device.ask("job/update", status="IN_PROGRESS", expectedVersion=1)
    assert first[0] == "accepted"
    verdict, answer = await device.ask("job/update", status="SUCCEEDED", expectedVersion=2)
    assert (verdict, answer["code"]) == ("rejected", "VersionMismatch")
    assert answer["executionState"]["versionNumber"] == 3
    assert answer["executionState"]["status"] == "IN_PROGRESS"
    assert (await device.ask("job/update", status="SUCCEEDED", expectedVersion=3))[0] == "accepted"
    assert done(device) == [(1, 2, "job: versionNumber 2 became 3")]


async def test_there_must_be_a_pending_execution_to_disturb(device):
    device.create("job")
    device.add("disturb times=1")
    assert (await device.ask("none/update", status="SUCCEEDED"))[1]["code"] == "ResourceNotFound"
    assert (await device.ask("bad id!/update", status="SUCCEEDED"))[1]["code"] == "InvalidRequest"
    assert (await device.ask("job/update", status="SUCCEEDED"))[0] == "accepted"
    assert (await device.ask("job/update", status="SUCCEEDED"))[0] == "rejected"
    assert [(e.match, e.detail) for e in device.faults.log] == [
        (1, "nothing done: no execution of none is pending"),
        (2, "nothing done: no execution of bad id! is pending"),
        (3, "job: versionNumber 1 became 2"),
    ]
    assert device.faults.list()[0]["acted"] == 1


FIRST, NEXT = ("notify", 1, False), ("notify-next", 2, False)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("drop out notify", [NEXT]),
        ("drop out notify-next", [FIRST]),
        ("duplicate out notify", [FIRST, ("notify", 1, True), NEXT]),
        ("duplicate out notify-next new", [FIRST, NEXT, ("notify-next", 3, False)]),
        ("reorder out notify", [NEXT, FIRST]),
    ],
)
async def test_notifications_missing_or_doubled(device, rule, told):
    await device.client.subscribe((NOTIFY, 1), (NOTIFY + "-next", 1))
    device.add(rule)
    device.create("job")
    assert await device.told() == told


async def test_answers_and_notifications_of_one_request_are_addressed_apart(device):
    device.create("job")
    await device.client.subscribe((NOTIFY, 1))
    device.add("drop out UpdateJobExecution")
    device.client.raw(publish_bytes(JOBS + "job/update", b'{"status":"SUCCEEDED"}'))
    assert await device.told() == [("notify", 1, False)]


async def test_the_log_has_the_emulators_clock(device):
    device.emulator.clock.advance(60)
    device.add("drop in GetPendingJobExecutions")
    await device.ask("get")
    assert [event.time for event in device.faults.log] == [START + 60]


def test_disturb_changes_version_and_last_updated_at_and_nothing_else():
    world = World()
    world.bring_to("IN_PROGRESS")
    world.told()
    before = world.execution("job")
    world.clock.advance(10)
    assert world.engine.disturb("lamp", "job") == 3
    changed = {"versionNumber": 3, "lastUpdatedAt": START + 10}
    assert world.execution("job") == {**before, **changed}
    assert world.told() == []
    world.update("job", "SUCCEEDED")
    assert world.engine.disturb("lamp", "job") is None
    assert world.engine.disturb("lamp", "none") is None


def test_without_rules_a_request_takes_the_straight_way():
    emulator = Emulator(clock=VirtualClock(START))
    emulator.registry.create_thing({"thingName": "lamp"})
    straight = device_api.answer(emulator.engine, "lamp", GET, b"{}")
    assert emulator._requests.answer("lamp", "lamp", GET, b"{}") == straight
    emulator.faults.add(parse_text("drop in nth=100"))
    assert emulator._requests.answer("lamp", "lamp", GET, b"{}") == straight
    assert emulator._requests.answer("lamp", "lamp", JOBS + "x/y/z", b"") is not None
    emulator._database.close()
