"""Where each thing's device is, and what keeps it from its jobs: what the page is told."""

import asyncio

import pytest
from iotjobs_emulator.console.whereabouts import TEXT_CHARACTERS, Whereabouts
from iotjobs_emulator.mqtt.watch import Ending
from jobs_world import DOCUMENT, START, thing_arn
from mqtt5_client import connect_5, publish_5
from mqtt_client import connect_bytes, publish_bytes
from policy_ground import prepared, rule
from rest_client import ask

J = "$aws/things/lamp/jobs/"
NO_POLICY = "its certificate has no policy; attach one, or start the emulator with --open"
CONNECT = rule("Allow", "iot:Connect", "*")
EVERYTHING = rule("Allow", "*", "*")
DATA_PLANE = {"Authorization": "AWS4-HMAC-SHA256 Credential=a/b/c/iot-jobs-data/aws4_request, "}


@pytest.fixture
def ground():
    return prepared()


def device(ground, thing="lamp"):
    """What the page is told of a thing's device, without what is nothing."""
    found = ground.emulator.console.reader.things()["things"]
    told = next(each["device"] for each in found if each["thingName"] == thing)
    assert (told.pop("watchedSince"), told.pop("hasForgotten")) == (START, False)
    return {name: value for name, value in told.items() if value}


def later(ground, seconds=10):
    ground.emulator.advance(seconds)


async def test_a_device_that_was_never_there(ground):
    assert device(ground) == {}


async def test_a_device_is_connected_since_then_asks_and_goes(ground):
    later(ground)
    lamp = await ground.plain("lamp")
    connected = {"connectionCount": 1, "connectedSince": START + 10}
    assert device(ground) == connected
    later(ground)
    lamp.raw(publish_bytes(J + "start-next"))
    await lamp.message()
    operation = "StartNextPendingJobExecution"
    asked = {"asked": {"time": START + 20, "operation": operation, "over": "MQTT"}}
    assert device(ground) == connected | asked
    later(ground)
    await lamp.disconnect()
    gone = {"gone": {"time": START + 30, "text": "disconnected by the client"}}
    assert device(ground) == asked | gone
    assert device(ground, "pump") == {}


async def test_the_device_is_told_from_other_clients_of_its_thing(ground):
    ground.certificate("lamp", "lamp")
    ground.permit("lamp", "all", EVERYTHING)
    await ground.connect("lamp", "debugger")
    later(ground)
    await ground.connect("lamp", "lamp")
    assert device(ground) == {"connectionCount": 2, "connectedSince": START + 10}


async def test_a_client_without_a_thing_counts_for_the_one_that_it_is_called_after(ground):
    ground.certificate("nobody")
    ground.permit("nobody", "all", EVERYTHING)
    client = await ground.connect("nobody", "lamp")
    assert device(ground) == {"connectionCount": 1, "connectedSince": START}
    await client.disconnect()
    assert device(ground)["gone"]["time"] == START


@pytest.mark.parametrize(
    ("thing", "client_id", "statements", "text"),
    [
        ("lamp", "lamp", (), f"CONNACK 5: client id 'lamp': {NO_POLICY}"),
        ("lamp", "other", (), f"CONNACK 5: client id 'other': {NO_POLICY}"),
        (None, "lamp", (), f"CONNACK 5: client id 'lamp': {NO_POLICY}"),
        (
            "lamp",
            "lamp",
            [rule("Allow", "iot:Connect", "client/else")],
            "CONNACK 5: client id 'lamp': no policy allows iot:Connect",
        ),
    ],
)
async def test_a_refused_connection_is_told_with_its_reason(
    ground, thing, client_id, statements, text
):
    ground.certificate("one", thing)
    if statements:
        ground.permit("one", "some", *statements)
    client = await ground.open("one")
    client.raw(connect_bytes(client_id))
    assert await client.refusal() == 5
    assert device(ground) == {"refused": {"time": START, "client": client_id, "text": text}}
    assert device(ground, "pump") == {}


async def test_a_connection_in_mqtt_5_that_is_refused_has_its_code(ground):
    ground.certificate("lamp", "lamp")
    client = await ground.open_5("lamp")
    client.raw(connect_5("lamp"))
    assert (await client.refusal())[0] == 0x87
    assert device(ground)["refused"]["text"] == f"CONNACK 135: client id 'lamp': {NO_POLICY}"


async def test_a_connection_that_ends_without_connack_says_no_code(ground):
    ground.certificate("one", "lamp")
    ground.permit("one", "some", CONNECT)
    client = await ground.open("one")
    client.raw(connect_bytes("lamp", will=("a", b"", 0, False)))
    assert await client.is_closed()
    text = device(ground)["refused"]["text"]
    assert text == "CONNECT: will for 'a': no policy allows iot:Publish"


async def test_a_connection_that_the_service_ends_says_why(ground):
    ground.certificate("lamp", "lamp")
    ground.permit("lamp", "some", CONNECT)
    client = await ground.connect("lamp", "lamp")
    client.raw(publish_bytes(J + "get"))
    assert await client.is_closed()
    text = f"PUBLISH for '{J}get': no policy allows iot:Publish"
    assert device(ground) == {"gone": {"time": START, "text": text}}


async def test_a_client_of_mqtt_5_that_is_refused_and_stays(ground):
    ground.certificate("lamp", "lamp")
    ground.permit("lamp", "some", CONNECT)
    client = await ground.connect_5("lamp")
    await client.suback((J + "notify", 1))
    text = f"SUBSCRIBE to '{J}notify': no policy allows iot:Subscribe"
    assert device(ground)["refused"]["text"] == text
    client.raw(publish_5(J + "get", qos=1))
    await client.puback()
    text = f"PUBLISH for '{J}get': no policy allows iot:Publish"
    assert device(ground)["refused"] == {"time": START, "client": "lamp", "text": text}


async def test_a_client_of_mqtt_5_that_is_allowed_everything_is_refused_nothing(ground):
    ground.certificate("lamp", "lamp")
    ground.permit("lamp", "all", EVERYTHING)
    client = await ground.connect_5("lamp")
    await client.suback((J + "notify", 1))
    client.raw(publish_5("a", qos=1))
    await client.puback()
    assert "refused" not in device(ground)


async def test_a_rejected_request_is_told_with_its_error(ground):
    create(ground)
    lamp = await ground.plain("lamp")
    lamp.raw(publish_bytes(J + "job/update", b'{"status":"IN_PROGRESS","expectedVersion":"7"}'))
    await lamp.message()
    refused = device(ground)["refused"]
    assert (refused["time"], refused["client"]) == (START, "lamp")
    assert refused["text"].startswith("UpdateJobExecution: VersionMismatch: ")
    assert "asked" not in device(ground)
    lamp.raw(publish_bytes(J + "nothing"))
    await lamp.message()
    assert device(ground)["refused"]["text"].startswith("request: InvalidTopic: ")


def create(ground, job_id="job", *things):
    targets = [thing_arn(name) for name in things or ("lamp",)]
    ground.emulator.engine.control.create_job(
        {"jobId": job_id, "targets": targets, "document": DOCUMENT}
    )


async def test_a_request_that_a_fault_rejects_is_a_refusal_too(ground):
    rejecting = {"action": "reject", "operation": "GetPendingJobExecutions"}
    ground.emulator.faults.add({**rejecting, "code": "RequestThrottled"})
    lamp = await ground.plain("lamp")
    lamp.raw(publish_bytes(J + "get"))
    await lamp.message()
    assert "RequestThrottled: " in device(ground)["refused"]["text"]


def update(ground, job_id, status, **details):
    asked = {"jobId": job_id, "thingName": "lamp", "status": status, "statusDetails": details}
    ground.emulator.engine.data.update_job_execution(asked)


async def test_the_last_failure_that_it_reported(ground):
    for job_id, status in (("a", "FAILED"), ("b", "REJECTED"), ("c", "SUCCEEDED"), ("d", None)):
        later(ground)
        create(ground, job_id, "lamp", "pump")
        if status:
            update(ground, job_id, status, reason=f"no {job_id}")
    assert device(ground)["failure"] == {
        "time": START + 20,
        "jobId": "b",
        "executionNumber": 1,
        "status": "REJECTED",
        "reason": "no b",
    }
    assert "failure" not in device(ground, "pump")
    update(ground, "d", "FAILED")
    assert device(ground)["failure"]["reason"] == ""


async def test_an_execution_has_its_things_device(ground):
    create(ground, "job", "lamp", "pump")
    await ground.plain("pump")
    executions = ground.emulator.console.reader.executions("job")["executions"]
    found = {each["thingName"]: each["device"]["connectedSince"] for each in executions}
    assert found == {"lamp": None, "pump": START}


async def test_a_thing_that_is_deleted_and_made_again_is_another_one(ground):
    create(ground)
    update(ground, "job", "FAILED")
    lamp = await ground.plain("lamp")
    await lamp.disconnect()
    assert set(device(ground)) == {"gone", "failure"}
    ground.registry.delete_thing({"thingName": "lamp"})
    ground.registry.create_thing({"thingName": "lamp"})
    assert device(ground) == {}


# over HTTP


async def asked(*arguments, **options):
    """`ask`, while the emulator runs in this thread."""
    return await asyncio.to_thread(ask, *arguments, **options)


async def test_a_device_that_asks_over_http(ground):
    ports = ground.emulator.ports
    await asked(ports.data, "GET", "/things/lamp/jobs")
    operation = "GetPendingJobExecutions"
    told = {"time": START, "operation": operation, "over": "HTTP"}
    assert device(ground) == {"asked": told}
    later(ground)
    await asked(ports.control, "GET", "/things/lamp/jobs/job", headers=DATA_PLANE)
    refused = device(ground)["refused"]
    assert (refused["time"], refused["client"]) == (START + 10, "127.0.0.1")
    assert refused["text"].startswith("DescribeJobExecution: 404 ResourceNotFoundException: ")


@pytest.mark.parametrize(
    "target",
    [
        "/things/lamp/jobs",
        "/things/lamp/jobs?maxResults=0",
        "/things/lamp/jobs/job",
        "/things/lamp",
    ],
)
async def test_what_the_control_plane_is_asked_is_no_devices_request(ground, target):
    await asked(ground.emulator.ports.control, "GET", target)
    assert device(ground) == {}


async def test_a_device_that_may_not_ask_over_https(ground):
    ground.certificate("lamp", "lamp")
    port, target = ground.emulator.ports.https, "/things/lamp/jobs/%24next?x=1"
    status, *_ = await asked(port, "GET", target, tls=ground.tls("lamp"))
    assert status == 403
    text = "GET: 403 ForbiddenException: Forbidden"
    assert device(ground) == {"refused": {"time": START, "client": "lamp", "text": text}}


# how much is kept


class Clock:
    now = START

    def __call__(self):
        self.now += 1
        return self.now


def test_so_many_things_are_kept_and_those_that_were_seen_last():
    whereabouts = Whereabouts(Clock(), lambda name: True, max_things=3)
    start = whereabouts.since
    for name in ("a", "b", "c", "a", "d"):
        whereabouts.accepted(name, "GetPendingJobExecutions", "MQTT")
    assert len(whereabouts) == 3
    assert [name for name in "abcd" if whereabouts.of(name).asked] == ["a", "c", "d"]
    assert whereabouts.has_forgotten
    # Of what is not known nothing was seen after that: b was seen before it.
    assert start < whereabouts.since < whereabouts.of("c").at


def test_of_what_is_no_thing_nothing_is_kept():
    whereabouts = Whereabouts(Clock(), {"lamp"}.__contains__)
    whereabouts.ended(Ending("app", None, True, 0, "closed"))
    whereabouts.ended(Ending("", None, False, 0, "no CONNECT"))
    whereabouts.rejected("pump", "lamp", "GET", "403")
    whereabouts.refused("app", "no")
    assert len(whereabouts) == 0


def test_a_long_reason_is_cut():
    whereabouts = Whereabouts(Clock(), lambda name: True)
    whereabouts.rejected("lamp", "lamp", "GET", "x" * 10_000)
    text = whereabouts.of("lamp").refused.text
    assert (len(text), text[-1]) == (TEXT_CHARACTERS, "…")
