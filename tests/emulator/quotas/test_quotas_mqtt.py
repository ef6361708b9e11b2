"""What the broker does beyond each quota, and that it goes on afterwards."""

import json
import time

import pytest
from iotjobs_emulator.mqtt.limits import MAX_QUEUED_MESSAGES
from iotjobs_emulator.mqtt.reasons import QUOTA_EXCEEDED
from jobs_world import DOCUMENT, START, thing_arn
from mqtt5_client import Client5, connect_5
from mqtt_client import (
    JOBS,
    NOTIFY,
    PUBACK,
    Client,
    connect_bytes,
    number,
    publish_bytes,
    subscribe_bytes,
)

READS = ("get", "$next/get", "job/get", "job/namespace-n/get")
WRITES = ("start-next", "job/update", "job/namespace-n/update")


async def ask(client, rest, **members):
    """What a request is answered with: accepted or rejected, and its members."""
    client.raw(publish_bytes(JOBS + rest, json.dumps(members).encode()))
    [answer] = await client.drain()
    assert answer.topic.startswith(f"{JOBS}{rest}/")
    return answer.topic.rsplit("/", 1)[1], json.loads(answer.payload)


async def refused(ground, client_id):
    """The code with which a CONNECT is refused; 0: it is not."""
    client = await Client.open(ground.emulator.ports.mqtt, connect_bytes(client_id))
    _, _, body = await client.receive()
    return body[1]


def pass_time(ground, seconds):
    ground.emulator.advance(seconds)
    ground.broker.run_timers()


def shown(ground):
    """What the trace shows of quotas: client and detail."""
    return [(e.client_id, e.detail) for e in ground.trace if e.packet == "QUOTA"]


# --- requests


@pytest.mark.parametrize(("name", "requests"), [("reads", READS), ("writes", WRITES)])
async def test_requests_that_share_a_quota_are_throttled_together(limited, name, requests):
    async with limited(f"{name}={len(requests)}") as ground:
        client = await ground.plain("lamp")
        for rest in requests:
            _, answer = await ask(client, rest, status="FAILED")
            assert answer.get("code") != "RequestThrottled"
        for rest in (*READS, *WRITES):
            verdict, answer = await ask(client, rest, status="FAILED", clientToken="t")
            if rest not in requests:
                assert answer.get("code") != "RequestThrottled"
                continue
            assert (verdict, answer["code"], answer["clientToken"]) == (
                "rejected", "RequestThrottled", "t",
            )  # fmt: skip
            assert answer["message"] == (
                f"Rate exceeded: the quota {name}={len(requests)} is used up"
            )
        assert ground.emulator.quotas.throttled == {name: len(requests)}
        assert [client_id for client_id, _ in shown(ground)] == ["lamp"] * len(requests)


async def test_a_throttled_request_has_no_effect_and_is_served_later(limited):
    async with limited("writes=1") as ground:
        target = {"jobId": "job", "targets": [thing_arn("lamp")], "document": DOCUMENT}
        ground.emulator.engine.control.create_job(target)
        client = await ground.plain("lamp")
        assert (await ask(client, "job/update", status="IN_PROGRESS"))[0] == "accepted"
        assert (await ask(client, "job/update", status="SUCCEEDED"))[0] == "rejected"
        _, told = await ask(client, "job/get")
        assert (told["execution"]["status"], told["execution"]["versionNumber"]) == (
            "IN_PROGRESS", 2,
        )  # fmt: skip
        pass_time(ground, 1)
        assert (await ask(client, "job/update", status="SUCCEEDED"))[0] == "accepted"


async def test_what_is_no_operation_costs_nothing(limited):
    async with limited("reads=1,writes=1") as ground:
        client = await ground.plain("lamp")
        for _ in range(3):
            assert (await ask(client, "nothing"))[1]["code"] == "InvalidTopic"
        assert (await ask(client, "get"))[0] == "accepted"


async def test_a_person_is_told_of_the_thing_that_was_throttled(limited):
    async with limited("reads=1") as ground:
        client = await ground.plain("lamp")
        for _ in range(2):
            await ask(client, "get")
        refused = ground.emulator._whereabouts.of("lamp").refused
        text = "RequestThrottled: Rate exceeded: the quota reads=1 is used up"
        assert refused.text == f"GetPendingJobExecutions: {text}"


# --- connections


async def test_connects_beyond_the_account_s_rate_are_refused(limited):
    async with limited("connects=2") as ground:
        assert [await refused(ground, f"client {n}") for n in range(3)] == [0, 0, 3]
        pass_time(ground, 0.5)
        assert [await refused(ground, f"client {n}") for n in range(2, 4)] == [0, 3]
        assert shown(ground)[0] == ("client 2", "the quota connects=2 is used up: refused")


async def test_one_client_id_connects_once_a_second(limited):
    async with limited("client-connects=1") as ground:
        assert [await refused(ground, name) for name in ("lamp", "lamp", "pump")] == [0, 3, 0]
        pass_time(ground, 1)
        assert await refused(ground, "lamp") == 0


async def test_a_refused_connect_does_not_end_the_connection_that_there_is(limited):
    async with limited("client-connects=1") as ground:
        first = await ground.plain("lamp")
        assert await refused(ground, "lamp") == 3
        await first.ping()


async def test_no_more_clients_than_that_are_connected_at_once(limited):
    async with limited("connections=2") as ground:
        lamp = await ground.plain("lamp")
        pump = await ground.plain("pump")
        assert await refused(ground, "third") == 3
        again = await ground.plain("lamp")  # in the place of its own connection
        assert await lamp.is_closed()
        await pump.disconnect()
        assert await refused(ground, "third") == 0
        await again.ping()


@pytest.mark.parametrize("account", ["connections=1", "connects=1"])
async def test_a_connect_that_the_account_does_not_take_costs_the_client_nothing(limited, account):
    async with limited(f"client-connects=0.1,{account}") as ground:
        pump = await ground.plain("pump")
        assert await refused(ground, "lamp") == 3
        await pump.disconnect()
        pass_time(ground, 1)
        assert await refused(ground, "lamp") == 0


async def test_a_client_of_mqtt_5_is_told_the_reason(limited):
    async with limited("connects=1") as ground:
        port = ground.emulator.ports.mqtt
        await Client5.connect(port, "lamp")
        client = await Client5.open(port, connect_5("pump"))
        assert await client.refusal() == (QUOTA_EXCEEDED, "the quota connects=1 is used up")


# --- subscriptions


async def test_filters_beyond_the_rate_are_met_with_silence(limited):
    async with limited("filters=3") as ground:
        client = await ground.plain("lamp")
        assert await client.subscribe((NOTIFY, 1), (JOBS + "notify-next", 1)) == [1, 1]
        client.raw(subscribe_bytes(("a", 0), ("b", 0), packet_id=9))
        assert await client.drain() == []  # no SUBACK either
        ground.emulator.broker.publish("a", b"")
        assert await client.drain() == []
        pass_time(ground, 0.5)
        assert await client.subscribe(("a", 0), ("b", 0)) == [0, 0]
        text = "the quota filters=3 is used up: no SUBACK, without effect"
        assert shown(ground) == [("lamp", text)]
        assert ground.emulator._whereabouts.of("lamp").refused.text == text


async def test_subscriptions_of_all_clients_are_bounded_together(limited):
    async with limited("subscriptions=3") as ground:
        lamp = await ground.plain("lamp")
        pump = await ground.plain("pump")
        assert await lamp.subscribe(("a", 0), ("b", 0)) == [0, 0]
        assert await pump.subscribe(("a", 0)) == [0]
        assert await pump.subscribe(("a", 1)) == [1]  # no new one
        await lamp.unsubscribe("b", "nothing")
        assert await pump.subscribe(("b", 0)) == [0]
        pump.raw(subscribe_bytes(("c", 0)))
        assert await pump.is_closed()
        assert await lamp.subscribe(("c", 0), ("d", 0)) == [0, 0]  # of what the other one had
        other = await Client5.connect(ground.emulator.ports.mqtt, "pump")
        text = "the quota subscriptions=3 is used up"
        assert await other.suback(("e", 0)) == ([QUOTA_EXCEEDED], text)


# --- messages


@pytest.mark.parametrize("name", ["publishes", "client-publishes"])
async def test_publishes_beyond_the_rate_are_discarded_without_a_puback(limited, name):
    async with limited(f"{name}=2") as ground:
        client = await ground.plain("pump")
        for packet_id in range(1, 5):
            client.raw(publish_bytes("a", qos=1, packet_id=packet_id))
        for packet_id in (1, 2):
            assert await client.receive() == (PUBACK, 0, number(packet_id))
        await client.ping()
        pass_time(ground, 0.5)
        client.raw(publish_bytes("a", qos=1, packet_id=9))
        assert await client.receive() == (PUBACK, 0, number(9))


async def test_a_publish_that_the_account_does_not_take_costs_the_client_nothing(limited):
    async with limited("client-publishes=3,publishes=1") as ground:
        client = await ground.plain("pump")
        for packet_id in range(1, 5):
            client.raw(publish_bytes("a", qos=1, packet_id=packet_id))
        assert await client.receive() == (PUBACK, 0, number(1))
        await client.subscribe(("a", 0))
        for _ in range(2):
            ground.broker.publish("a", b"", 0)
        assert len(await client.drain()) == 2


async def test_a_discarded_request_is_not_served(limited):
    async with limited("publishes=1") as ground:
        client = await ground.plain("lamp")
        assert (await ask(client, "get"))[0] == "accepted"
        client.raw(publish_bytes(JOBS + "get"))
        assert await client.drain() == []
        assert shown(ground) == [
            ("lamp", "the quota publishes=1 is used up: discarded, no PUBACK"),
        ]


async def test_answers_and_messages_beyond_the_rate_are_not_sent(limited):
    async with limited("deliveries=2") as ground:
        client = await ground.plain("lamp")
        await client.subscribe(("a", 0))
        for payload in (b"1", b"2", b"3"):
            ground.emulator.broker.publish("a", payload, 0)
        assert [message.payload for message in await client.drain()] == [b"1", b"2"]
        client.raw(publish_bytes(JOBS + "get"))
        assert await client.drain() == []
        pass_time(ground, 0.5)
        assert (await ask(client, "get"))[0] == "accepted"


async def test_what_was_not_sent_with_qos_1_comes_with_the_next_connection(limited):
    async with limited("deliveries=1") as ground:
        client = await ground.plain("lamp", clean=False)
        await client.subscribe(("a", 1))
        for payload in (b"1", b"2"):
            ground.emulator.broker.publish("a", payload)
        assert [message.payload for message in await client.drain()] == [b"1"]
        await client.disconnect()
        pass_time(ground, 1)
        again = await ground.plain("lamp", clean=False)
        assert [message.payload for message in await again.drain()] == [b"2"]


@pytest.mark.parametrize("name", ["deliveries", "client-publishes"])
async def test_what_was_not_sent_with_qos_1_comes_late_in_its_order(limited, name):
    async with limited(f"{name}=50") as ground:
        client = await ground.plain("lamp")
        await client.subscribe((NOTIFY, 1))
        payloads = [b"%d" % n for n in range(190)]
        for payload in payloads:  # more than the window holds
            ground.broker.publish(NOTIFY, payload)
        shares = [[message.payload for message in await client.drain()]]
        while len(shares) < 4:
            pass_time(ground, 1)
            shares.append([message.payload for message in await client.drain()])
        assert [len(share) for share in shares] == [50, 50, 50, 40]
        assert [payload for share in shares for payload in share] == payloads


async def test_what_waits_for_a_quota_is_sent_without_anybody_s_doing(limited):
    async with limited("deliveries=1") as ground:
        client = await ground.plain("lamp")
        await client.subscribe(("a", 1))
        for payload in (b"1", b"2"):
            ground.broker.publish("a", payload)
        assert (await client.message()).payload == b"1"
        ground.emulator.advance(1)
        assert (await client.message()).payload == b"2"


@pytest.mark.parametrize("name", ["deliveries", "client-publishes"])
async def test_what_waits_is_counted_and_shown_once_as_late(limited, name):
    async with limited(f"{name}=0.1") as ground:
        client = await ground.plain("lamp")
        await client.subscribe(("a", 1))
        for payload in (b"1", b"2"):
            ground.broker.publish("a", payload)
        for _ in range(3):
            pass_time(ground, 1)
        assert [message.payload for message in await client.drain()] == [b"1"]
        text = f"the quota {name}=0.1 is used up: not sent yet, waits until it may pass"
        assert shown(ground) == [("lamp", text)]
        assert ground.emulator.quotas.throttled == {name: 1}
        pass_time(ground, 7)
        assert [message.payload for message in await client.drain()] == [b"2"]
        assert ground.emulator.quotas.throttled == {name: 1}


@pytest.mark.parametrize("name", ["deliveries", "client-publishes"])
async def test_what_waits_comes_at_its_time_by_a_clock_that_runs(limited, name):
    async with limited(f"{name}=4") as ground:
        client = await ground.plain("lamp")
        await client.subscribe(("a", 1))
        ground.emulator.run_clock(True)
        began = time.monotonic()
        for n in range(6):
            ground.broker.publish("a", b"%d" % n)
        came = []
        for n in range(6):
            assert (await client.message()).payload == b"%d" % n
            came.append(time.monotonic() - began)
        assert came[4] >= 0.24
        assert came[5] >= 0.49


@pytest.mark.parametrize("name", ["deliveries", "client-publishes"])
@pytest.mark.parametrize("change", ["set", "clear"])
async def test_what_waits_goes_on_by_other_quotas(limited, name, change):
    async with limited(f"{name}=1") as ground:
        clients = [await ground.plain(client_id) for client_id in ("lamp", "pump")]
        for client in clients:
            await client.subscribe(("a", 1))
        for payload in (b"1", b"2", b"3"):
            ground.broker.publish("a", payload)
        quotas = ground.emulator.quotas
        quotas.clear() if change == "clear" else quotas.set({name: 50})
        for client in clients:
            assert [m.payload for m in await client.drain()] == [b"1", b"2", b"3"]


async def test_clients_for_which_something_waits_take_turns(limited):
    async with limited("deliveries=2") as ground:
        clients = [await ground.plain(client_id) for client_id in ("lamp", "pump")]
        for client in clients:
            await client.subscribe(("a", 1))
        for _ in range(3):
            ground.broker.publish("a", b"")
        shares = [[len(await client.drain()) for client in clients]]
        for _ in range(4):
            pass_time(ground, 0.5)
            shares.append([len(await client.drain()) for client in clients])
        assert shares == [[1, 1], [1, 0], [0, 1], [1, 0], [0, 1]]


async def test_one_client_s_quota_holds_nobody_else_back(limited):
    async with limited("client-publishes=1") as ground:
        lamp, pump = [await ground.plain(client_id) for client_id in ("lamp", "pump")]
        await lamp.subscribe(("a", 1))
        await pump.subscribe(("b", 1))
        for topic in ("a", "a"):
            ground.broker.publish(topic, b"")
        assert len(await lamp.drain()) == 1
        pass_time(ground, 0.5)
        for topic in ("b", "b"):
            ground.broker.publish(topic, b"")
        assert len(await pump.drain()) == 1
        pass_time(ground, 0.5)
        assert (len(await lamp.drain()), len(await pump.drain())) == (1, 0)
        pass_time(ground, 0.5)
        assert (len(await lamp.drain()), len(await pump.drain())) == (0, 1)


async def test_what_waits_for_a_client_that_went_away_waits_for_its_return(limited):
    async with limited("deliveries=1") as ground:
        client = await ground.plain("lamp", clean=False)
        pump = await ground.plain("pump")
        await client.subscribe(("a", 1))
        for payload in (b"1", b"2"):
            ground.broker.publish("a", payload)
        assert len(await client.drain()) == 1
        await client.disconnect()
        await pump.subscribe(("a", 1))
        ground.broker.publish("a", b"3")
        pass_time(ground, 1)
        assert [message.payload for message in await pump.drain()] == [b"3"]
        again = await ground.plain("lamp", clean=False)
        assert await again.drain() == []
        for payload in (b"2", b"3"):
            pass_time(ground, 1)
            assert [message.payload for message in await again.drain()] == [payload]


async def test_what_goes_in_and_what_comes_out_count_together_for_one_client(limited):
    async with limited("client-publishes=3") as ground:
        lamp = await ground.plain("lamp")
        pump = await ground.plain("pump")
        await lamp.subscribe(("a", 0))
        assert (await ask(lamp, "get"))[0] == "accepted"
        for payload in (b"1", b"2"):
            pump.raw(publish_bytes("a", payload))
        await pump.ping()
        assert [message.payload for message in await lamp.drain()] == [b"1"]


async def leave_session(ground, *filters):
    """The lamp subscribes, and is away then."""
    client = await ground.plain("lamp", clean=False)
    await client.subscribe(*filters)
    await client.disconnect()


async def test_no_more_is_queued_a_second_for_clients_that_are_away(limited):
    async with limited("queued=2") as ground:
        await leave_session(ground, ("a", 1))
        for payload in (b"1", b"2", b"3"):
            ground.emulator.broker.publish("a", payload)
        assert ground.emulator.broker.dropped_messages == 1
        again = await ground.plain("lamp", clean=False)
        assert [message.payload for message in await again.drain()] == [b"1", b"2"]
        for payload in (b"4", b"5", b"6"):
            ground.emulator.broker.publish("a", payload)  # it is there: nothing is queued
        assert len(await again.drain()) == 3


@pytest.mark.parametrize(("sent", "wanted"), [(0, 1), (1, 0)])
async def test_what_is_not_kept_takes_nothing_of_what_may_be_queued(limited, sent, wanted):
    async with limited("queued=1") as ground:
        await leave_session(ground, ("a", wanted), ("b", 1))
        ground.broker.publish("a", b"0", sent)
        ground.broker.publish("b", b"1")
        assert ground.emulator.quotas.throttled == {"queued": 0}
        again = await ground.plain("lamp", clean=False)
        assert [message.payload for message in await again.drain()] == [b"1"]


async def test_a_message_for_which_there_is_no_room_takes_nothing_either(limited):
    async with limited("queued=2000") as ground:
        await leave_session(ground, ("a", 1))
        for _ in range(MAX_QUEUED_MESSAGES + 1500):
            ground.broker.publish("a", b"")
        assert ground.emulator.quotas.throttled == {"queued": 0}
        assert ground.broker.dropped_messages == 1500


async def test_without_quotas_nothing_is_counted(limited):
    async with limited("reads=1") as ground:
        ground.emulator.quotas.clear()
        client = await ground.plain("lamp")
        for _ in range(300):
            client.raw(publish_bytes(JOBS + "get"))
        assert len(await client.drain()) == 300
        assert shown(ground) == []


async def test_the_time_of_the_quotas_is_the_emulator_s(limited):
    async with limited("reads=1") as ground:
        client = await ground.plain("lamp")
        verdicts = [(await ask(client, "get"))[0]]
        for seconds in (0.5, 0.5, 3600):
            pass_time(ground, seconds)
            verdicts.append((await ask(client, "get"))[0])
        assert verdicts == ["accepted", "rejected", "accepted", "accepted"]
        assert ground.emulator.clock.time() == START + 3601
