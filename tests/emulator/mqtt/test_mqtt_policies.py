"""What the broker lets a client do by its policies (SERVICE.md, Policies), over mutual TLS."""

import json

import pytest
from mqtt5_client import connect_5, publish_5
from mqtt_client import (
    CONNACK,
    GET,
    GOT,
    NOTIFY,
    Delivered,
    connect_bytes,
    publish_bytes,
    subscribe_bytes,
)
from policy_ground import prepared, rule
from registry_bench import ARN

EVERYTHING = rule("Allow", "*", "*")
CONNECT = rule("Allow", "iot:Connect", "*")
NOT_AUTHORIZED = 5
DENIED_5 = 0x87  # the same in MQTT 5


@pytest.fixture
def ground():
    return prepared()


@pytest.fixture
def open_ground():
    return prepared(is_open=True)


def lamp(ground, *statements):
    """The certificate of the lamp, with a policy `p`."""
    ground.certificate("lamp", "lamp")
    ground.permit("lamp", "p", *statements)


async def connected(ground, *statements, client_id="lamp", **options):
    """The same, connected."""
    lamp(ground, *statements)
    return await ground.connect("lamp", client_id, **options)


async def refusal(ground, certificate, client_id):
    """The return code of a refused CONNECT."""
    client = await ground.open(certificate)
    client.raw(connect_bytes(client_id))
    return await client.refusal()


async def watching(ground, *filters):
    """A client without a certificate that is subscribed."""
    watcher = await ground.plain("watcher")
    await watcher.subscribe(*filters)
    return watcher


async def says(client, topic, payload=b"", **options):
    """Publish, and wait until the broker has done with it."""
    client.raw(publish_bytes(topic, payload, **options))
    await client.ping()


# --- connect


@pytest.mark.parametrize(
    ("client_id", "allowed"), [("lamp", True), ("lamp-2", True), ("pump", False), ("x", False)]
)
async def test_a_policy_decides_over_the_client_id(ground, client_id, allowed):
    lamp(ground, rule("Allow", "iot:Connect", "client/lamp*"))
    if allowed:
        await (await ground.connect("lamp", client_id)).ping()
    else:
        assert await refusal(ground, "lamp", client_id) == NOT_AUTHORIZED
        (closed,) = ground.closed()
        assert closed == (client_id, f"client id {client_id!r}: no policy allows iot:Connect")


async def test_without_a_policy_a_certificate_may_do_nothing_and_is_told_what_it_lacks(ground):
    ground.certificate("lamp", "lamp")
    assert await refusal(ground, "lamp", "lamp") == NOT_AUTHORIZED
    ((client_id, reason),) = ground.closed()
    assert client_id == "lamp"
    assert "has no policy; attach one, or start the emulator with --open" in reason
    ground.permit("lamp", "p", CONNECT)
    await (await ground.connect("lamp", "lamp")).ping()


async def test_in_an_open_emulator_it_may_use_its_own_jobs_and_ordinary_topics(open_ground):
    open_ground.certificate("lamp", "lamp")
    client = await open_ground.connect("lamp", "lamp")
    assert await client.subscribe((NOTIFY, 1), ("a", 0)) == [1, 0]
    client.raw(publish_bytes(GET, b"{}"))
    assert (await client.message()).topic == GOT
    client.raw(publish_bytes("a", b"1"))
    assert await client.message() == Delivered("a", b"1")
    client.raw(publish_bytes("$aws/things/pump/jobs/get", b"{}"))
    assert await client.is_closed()


async def test_a_certificate_without_a_thing_connects_with_a_policy_only(ground):
    ground.certificate("free")
    assert await refusal(ground, "free", "me") == NOT_AUTHORIZED
    ground.permit("free", "p", EVERYTHING)
    # Another thing's name is the policy's matter.
    await (await ground.connect("free", "lamp")).ping()


async def test_a_policy_may_ask_whether_the_client_is_the_thing_of_its_certificate(ground):
    attached = {"Bool": {"iot:Connection.Thing.IsAttached": "true"}}
    await (await connected(ground, {**CONNECT, "Condition": attached})).ping()
    assert await refusal(ground, "lamp", "x") == NOT_AUTHORIZED


# --- publish


OFFENCES = {
    "another topic": publish_bytes("denied"),
    "another topic, QoS 1": publish_bytes("denied", qos=1),
    "a topic that an explicit Deny names": publish_bytes("ok/not"),
    "RETAIN without its own permission": publish_bytes("ok/here", retain=True),
    "its own jobs, which only a policy permits": publish_bytes(GET),
    "a foreign thing's jobs": publish_bytes("$aws/things/pump/jobs/get"),
    "a reserved topic that is no request": publish_bytes("$aws/events/x"),
    "a topic of the broker's own": publish_bytes("$SYS/x"),
    "a filter": subscribe_bytes(("denied", 0)),
    "one denied filter among allowed ones": subscribe_bytes(("ok/here", 0), ("denied", 0)),
    "a wider filter than the one allowed": subscribe_bytes(("ok/#", 0)),
    "its own jobs, to be followed": subscribe_bytes((NOTIFY, 0)),
    "a shared subscription of another group": subscribe_bytes(("$share/no/ok/here", 0)),
    "a shared subscription to what is not the broker's": subscribe_bytes(("$share/g/$SYS/x", 0)),
}


@pytest.mark.parametrize("data", OFFENCES.values(), ids=OFFENCES)
async def test_what_no_policy_allows_closes_the_connection_and_does_nothing_else(ground, data):
    client = await connected(
        ground,
        rule("Allow", ["iot:Connect", "iot:Receive"], "*"),
        rule("Allow", "iot:Publish", "topic/ok/*", "topic/$aws/events/*", "topic/$SYS/*"),
        rule("Deny", "iot:Publish", "topic/ok/not"),
        rule("Allow", "iot:Subscribe", "topicfilter/ok/here", "topicfilter/$share/g/*"),
    )
    watcher = await watching(ground, ("#", 1))
    await says(client, "ok/here", b"1", qos=0)
    assert await watcher.message() == Delivered("ok/here", b"1")
    client.raw(data + publish_bytes("ok/here", b"after"))
    assert await client.is_closed(), "no PUBACK, no SUBACK"
    assert await watcher.drain() == []
    assert [client_id for client_id, _ in ground.closed()] == ["lamp"]


async def test_retain_needs_a_permission_of_its_own(ground):
    client = await connected(ground, EVERYTHING)
    await says(client, "t", b"kept", retain=True)
    watcher = await watching(ground, ("t", 0))
    assert (await watcher.message()).retain


# --- will


@pytest.mark.parametrize(
    ("will", "allowed"),
    [
        (("ok", "gone", 0, False), True),
        (("ok", "gone", 0, True), False),
        (("denied", "gone", 0, False), False),
    ],
)
async def test_a_will_must_be_allowed_at_the_connect(ground, will, allowed):
    lamp(ground, CONNECT, rule("Allow", "iot:Publish", "topic/ok"))
    client = await ground.open("lamp")
    client.raw(connect_bytes("lamp", will=will))
    if allowed:
        assert (await client.receive()).kind == CONNACK
        await client.ping()
    else:
        assert await client.is_closed()


@pytest.mark.parametrize("still", [True, False])
async def test_a_will_must_be_allowed_at_the_end_too(ground, still):
    client = await connected(ground, EVERYTHING, will=("will", "gone", 0, False))
    ground.permit("lamp", "q", CONNECT)
    watcher = await watching(ground, ("will", 0))
    if not still:
        ground.detach("lamp", "p")
    client.raw(b"\xff\xff")
    assert await client.is_closed()
    assert [m.payload for m in await watcher.drain()] == [b"gone"] * still


@pytest.mark.parametrize(
    ("change", "still"),
    [
        (lambda ground: None, True),
        (lambda ground: ground.detach("lamp", "p"), False),
        (lambda ground: inactive(ground), False),
        (lambda ground: without_thing(ground), False),
    ],
)
async def test_a_will_that_waits_must_be_allowed_when_it_is_published(ground, change, still):
    lamp(ground, EVERYTHING)
    ground.permit("lamp", "q", CONNECT)
    ground.certificate("other")
    ground.permit("other", "r", EVERYTHING)
    client = await ground.connect_5(
        "lamp",
        will=("will", "gone", 0, False),
        about_will={"will_delay": 60},
        session_expiry=60,
    )
    watcher = await watching(ground, ("will", 0))
    client.raw(b"\xff\xff")
    assert (await client.farewell())[0] == 0x81
    assert await watcher.drain() == []
    change(ground)
    await ground.connect("other", "lamp")  # which ends the session
    assert [m.payload for m in await watcher.drain()] == [b"gone"] * still


# --- subscribe and receive


async def test_a_filter_is_allowed_as_a_text_and_a_topic_at_its_delivery(ground):
    client = await connected(
        ground,
        CONNECT,
        rule("Allow", "iot:Subscribe", "topicfilter/a/+", "topicfilter/b/*"),
        rule("Allow", "iot:Receive", "topic/a/*", "topic/b/*"),
        rule("Deny", "iot:Receive", "topic/a/secret"),
    )
    plain = await ground.plain("somebody")
    await says(plain, "a/secret", b"old", retain=True)
    await says(plain, "b/x", b"old", retain=True)
    assert await client.subscribe(("a/+", 1), ("b/#", 0)) == [1, 0]
    for qos in (0, 1):
        for topic in ("a/secret", "a/open", "b/x/y"):
            plain.raw(publish_bytes(topic, b"new", qos=qos))
    assert [m.topic for m in await client.drain()] == ["a/open", "b/x/y"] * 2
    assert await client.subscribe(("b/x", 0)) == [0]
    assert await client.message() == Delivered("b/x", b"old", retain=True)
    client.raw(subscribe_bytes(("a/secret", 0)))
    assert await client.is_closed()


async def test_what_waits_for_an_absent_client_is_allowed_when_it_comes_back(ground):
    client = await connected(ground, EVERYTHING, clean=False)
    await client.subscribe(("a", 1), ("b", 1))
    await client.disconnect()
    plain = await ground.plain("somebody")
    for topic in "ab":
        await says(plain, topic, topic.encode())
        plain.raw(publish_bytes(topic, topic.encode(), qos=1))
        await plain.receive()
    ground.permit("lamp", "q", rule("Deny", "iot:Receive", "topic/a"))
    client = await ground.connect("lamp", "lamp", clean=False)
    assert client.session_present
    assert [m.topic for m in await client.drain()] == ["b"]


async def test_a_session_with_a_certificate_that_has_no_thing_is_that_certificates(ground):
    for name in ("one", "two"):
        ground.certificate(name)
        ground.permit(name, name, EVERYTHING)
    await (await ground.connect("one", "me", clean=False)).disconnect()
    client = await ground.connect("one", "me", clean=False)
    assert client.session_present
    await client.disconnect()
    assert not (await ground.connect("two", "me", clean=False)).session_present
    assert not (await ground.plain("me", clean=False)).session_present


# --- the Jobs API


@pytest.mark.parametrize(("receive", "answered"), [("topic/$aws/*", True), ("topic/x", False)])
async def test_an_answer_is_received_without_subscription_but_not_without_permission(
    ground, receive, answered
):
    client = await connected(
        ground,
        CONNECT,
        rule("Allow", "iot:Publish", "topic/$aws/things/${iot:ClientId}/jobs/*"),
        rule("Allow", "iot:Receive", receive),
    )
    client.raw(publish_bytes(GET, b"{}"))
    assert [m.topic for m in await client.drain()] == [GOT] * answered


async def test_a_policy_may_let_a_client_ask_about_another_thing(ground):
    ground.certificate("free")
    ground.permit("free", "p", EVERYTHING)
    client = await ground.connect("free", "me")
    for thing, verdict in (("lamp", "accepted"), ("nobody", "rejected")):
        topic = f"$aws/things/{thing}/jobs/get"
        client.raw(publish_bytes(topic, b"{}"))
        assert (await client.message()).topic == f"{topic}/{verdict}"
    assert await client.subscribe(("$aws/things/+/jobs/notify", 1), ("$aws/events/#", 1)) == [1, 1]
    job = {"jobId": "j", "targets": [f"{ARN}thing/pump"], "document": "{}"}
    ground.emulator.engine.control.create_job(job)
    ground.emulator.settle()
    told = [m for m in await client.drain() if m.topic == "$aws/things/pump/jobs/notify"]
    assert "QUEUED" in json.loads(told[0].payload)["jobs"]


# --- events, without a policy


async def test_only_an_operator_follows_events_without_a_policy(open_ground):
    ground = open_ground
    ground.certificate("lamp", "lamp")
    operator = await ground.plain("operator")
    assert await operator.subscribe(("$aws/events/#", 1)) == [1]
    ground.broker.publish("$aws/events/job/j/completed", b"{}")
    assert (await operator.message()).topic == "$aws/events/job/j/completed"
    for client in (await ground.connect("lamp", "lamp"), await ground.plain("pump")):
        client.raw(subscribe_bytes(("$aws/events/job/#", 1)))
        assert await client.is_closed()
    for data in (subscribe_bytes(("$aws/#", 0)), publish_bytes("$aws/events/job/x")):
        client = await ground.plain("another")
        client.raw(data)
        assert await client.is_closed()


# --- changes


async def test_a_policy_counts_for_live_connections_at_once(ground):
    client = await connected(ground, EVERYTHING)
    await client.subscribe(("a", 0), (NOTIFY, 0))
    ground.permit("lamp", "q", rule("Deny", ["iot:Connect", "iot:Receive"], "*"))
    ground.broker.publish("a", b"1")
    ground.broker.publish(NOTIFY, b"1")
    assert await client.drain() == [], "iot:Connect is asked at a CONNECT only"
    ground.detach("lamp", "q")
    ground.broker.publish("a", b"2")
    assert [m.payload for m in await client.drain()] == [b"2"]


@pytest.mark.parametrize(("is_open", "left"), [(False, []), (True, [NOTIFY])])
async def test_what_a_policy_let_it_subscribe_to_ends_with_the_policy(
    ground, open_ground, is_open, left
):
    ground = open_ground if is_open else ground
    client = await connected(ground, EVERYTHING)
    await client.subscribe(("$aws/things/+/jobs/notify", 1), ("$aws/events/#", 1))
    ground.detach("lamp", "p")
    for topic in ("$aws/things/pump/jobs/notify", "$aws/events/job/x", NOTIFY):
        ground.broker.publish(topic, b"")
    assert [m.topic for m in await client.drain()] == left


async def test_the_policies_of_a_group_come_and_go_with_it(ground):
    group, member = {"thingGroupName": "g"}, {"thingGroupName": "g", "thingName": "lamp"}
    ground.registry.create_thing_group(group)
    ground.permit(f"{ARN}thinggroup/g", "p", EVERYTHING)
    ground.certificate("lamp", "lamp")
    assert await refusal(ground, "lamp", "lamp") == NOT_AUTHORIZED
    ground.registry.add_thing_to_thing_group(member)
    client = await ground.connect("lamp", "lamp")
    await client.subscribe(("a", 0))
    ground.broker.publish("a", b"1")
    assert [m.payload for m in await client.drain()] == [b"1"]
    assert await refusal(ground, "lamp", "lamp-2") == NOT_AUTHORIZED
    ground.registry.delete_thing_group(group)
    ground.broker.publish("a", b"2")
    assert await client.drain() == []
    assert await refusal(ground, "lamp", "lamp") == NOT_AUTHORIZED


def inactive(ground):
    identifier = ground.arns["lamp"].rpartition("/")[2]
    ground.registry.update_certificate({"certificateId": identifier, "newStatus": "INACTIVE"})


def without_thing(ground):
    detach = {"thingName": "lamp", "principal": ground.arns["lamp"]}
    ground.registry.detach_thing_principal(detach)


def without_policy(ground):
    ground.detach("lamp", "p")


@pytest.mark.parametrize(
    ("change", "thing", "policy", "is_open"),
    [
        (inactive, "lamp", False, True),
        (inactive, "lamp", True, False),
        (without_thing, "lamp", False, True),
        (without_thing, "lamp", True, False),
        (without_policy, None, True, True),
    ],
)
async def test_who_is_nobody_any_more_is_disconnected_at_once_without_a_will(
    ground, open_ground, change, thing, policy, is_open
):
    ground = open_ground if is_open else ground
    ground.certificate("lamp", thing)
    ground.certificate("other", "pump")
    ground.permit("other", "other", EVERYTHING)
    if policy:
        ground.permit("lamp", "p", EVERYTHING)
    watcher = await watching(ground, ("will", 0))
    other = await ground.connect("other", "pump")
    client = await ground.connect("lamp", "me", will=("will", "gone", 0, False))
    change(ground)
    assert await client.is_closed()
    assert [client_id for client_id, _ in ground.closed()] == ["me"]
    assert await watcher.drain() == []
    await other.ping()


async def test_a_client_with_another_things_id_needs_its_policy(open_ground):
    client = await connected(open_ground, EVERYTHING, client_id="pump")
    open_ground.detach("lamp", "p")
    assert await client.is_closed()


async def test_a_request_that_is_taken_back_changes_nobody(ground):
    def fail(things):
        raise RuntimeError("no")

    lamp(ground, EVERYTHING)
    ground.registry.create_thing_group({"thingGroupName": "g"})
    ground.permit(f"{ARN}thinggroup/g", "q", rule("Deny", "*", "*"))
    ground.registry.on_membership_changed(fail)
    client = await ground.connect("lamp", "lamp")
    await client.subscribe(("a", 0))
    with pytest.raises(RuntimeError):
        member = {"thingGroupName": "g", "thingName": "lamp"}
        ground.registry.add_thing_to_thing_group(member)
    ground.broker.publish("a", b"1")
    assert (await client.message()).payload == b"1"


# --- in MQTT 5 the client is told


async def connected_5(ground, *statements):
    lamp(ground, *statements)
    return await ground.connect_5("lamp")


async def test_a_connect_that_no_policy_allows_is_refused_with_a_reason(ground):
    lamp(ground, rule("Allow", "iot:Connect", "client/other"))
    client = await ground.open_5("lamp")
    client.raw(connect_5("lamp"))
    reason, said = await client.refusal()
    assert (reason, "no policy allows iot:Connect" in said) == (DENIED_5, True)


async def test_a_message_and_a_filter_that_no_policy_allows_are_refused_in_their_answers(ground):
    client = await connected_5(
        ground,
        CONNECT,
        rule("Allow", "iot:Publish", "topic/ok"),
        rule("Allow", "iot:Subscribe", "topicfilter/ok", "topicfilter/$share/g/ok"),
    )
    filters = ["ok", "no", "$share/g/ok", "$share/no/ok"]
    reasons = await client.subscribe(*((each, 0) for each in filters))
    assert reasons == [0, DENIED_5, 0, DENIED_5]
    client.raw(
        publish_5("no", qos=1) + publish_5("ok", qos=1, retain=True) + publish_5("ok", qos=1)
    )
    told = [await client.puback() for _ in range(3)]
    assert [reason for _, reason, _ in told] == [DENIED_5, DENIED_5, 0]
    assert "iot:Publish" in told[0][2]
    assert "iot:RetainPublish" in told[1][2]
    client.raw(publish_5("no"))
    assert (await client.farewell())[0] == DENIED_5, "QoS 0 has no other answer"


async def test_a_certificate_that_is_no_longer_active_ends_its_connection_with_a_reason(ground):
    client = await connected_5(ground, EVERYTHING)
    certificate = ground.arns["lamp"].split("/")[1]
    ground.registry.update_certificate({"certificateId": certificate, "newStatus": "INACTIVE"})
    assert (await client.farewell())[0] == DENIED_5
