"""The broker as an independent client sees it: paho-mqtt, over TCP and over mutual TLS."""

import json
import queue

import paho.mqtt.client as paho
import pytest
from iotjobs_emulator.in_thread import EmulatorThread
from iotjobs_emulator.provision import iot_client, make_device
from mqtt_client import GET, GOT
from mqtt_client import TIMEOUT as WAIT
from mutual_tls import CA_PEM, CERTIFICATE_PEM, KEY_PEM, write_pem
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties


class Paho:
    """A connected client of paho, whose events can be waited for in their order. `folder` has its
    certificate; `present`: the broker has a session of it."""

    def __init__(self, port, client_id, *, clean=True, will=None, folder=None, present=False):
        self.events = queue.Queue()
        self.client = client = paho.Client(
            paho.CallbackAPIVersion.VERSION2, client_id, clean_session=clean
        )
        client.on_connect = lambda c, u, flags, code, p: self.events.put(
            ("connected", flags.session_present, code.value)
        )
        client.on_subscribe = lambda c, u, i, codes, p: self.events.put(
            ("subscribed", [code.value for code in codes])
        )
        client.on_message = lambda c, u, m: self.events.put(
            ("message", m.topic, m.payload, m.qos, m.retain)
        )
        client.on_publish = lambda c, u, i, code, p: self.events.put(("published", i))
        client.on_disconnect = lambda c, u, flags, code, p: self.events.put(("disconnected",))
        if will is not None:
            client.will_set(*will)
        if folder is not None:
            client.tls_set(*(str(folder / name) for name in (CA_PEM, CERTIFICATE_PEM, KEY_PEM)))
        client.connect("127.0.0.1", port, keepalive=30)
        client.loop_start()
        assert self.next() == ("connected", present, 0)

    def next(self):
        return self.events.get(timeout=WAIT)

    def subscribe(self, topic_filter, qos):
        self.client.subscribe(topic_filter, qos)
        assert self.next() == ("subscribed", [qos])

    def vanish(self):
        """Close the socket under the client, without DISCONNECT."""
        self.client.loop_stop()
        self.client._sock_close()

    def leave(self):
        self.client.disconnect()
        assert self.next() == ("disconnected",)
        self.client.loop_stop()


def test_qos_1_both_ways_will_and_a_persistent_session():
    with EmulatorThread() as emulator:
        watcher = Paho(emulator.ports.mqtt, "watcher")
        watcher.subscribe("#", 1)

        lamp = Paho(emulator.ports.mqtt, "lamp", clean=False, will=("gone", b"lamp", 1, False))
        lamp.subscribe("for/lamp", 1)
        sent = lamp.client.publish("from/lamp", b"hello", qos=1)
        assert lamp.next() == ("published", sent.mid)
        assert watcher.next() == ("message", "from/lamp", b"hello", 1, False)

        lamp.vanish()
        assert watcher.next() == ("message", "gone", b"lamp", 1, False)
        for n in range(3):
            emulator.call(emulator.emulator.broker.publish, "for/lamp", bytes([n]))
            assert watcher.next()[1] == "for/lamp"

        lamp = Paho(emulator.ports.mqtt, "lamp", clean=False, present=True)
        for n in range(3):
            assert lamp.next() == ("message", "for/lamp", bytes([n]), 1, False)
        lamp.leave()

        lamp = Paho(emulator.ports.mqtt, "lamp", clean=True)
        lamp.leave()
        assert watcher.events.empty()
        watcher.leave()


def test_a_retained_state_and_its_will():
    with EmulatorThread() as emulator:
        lamp = Paho(emulator.ports.mqtt, "lamp", will=("state", b"offline", 0, True))
        lamp.client.publish("state", b"online", qos=1, retain=True)
        assert lamp.next()[0] == "published"
        watcher = Paho(emulator.ports.mqtt, "watcher")
        watcher.client.subscribe("state", 1)
        assert sorted([watcher.next(), watcher.next()]) == [
            ("message", "state", b"online", 1, True),
            ("subscribed", [1]),
        ]
        lamp.vanish()
        assert watcher.next() == ("message", "state", b"offline", 0, False)
        watcher.leave()


@pytest.mark.parametrize("qos", [0, 1])
def test_a_request_over_mutual_tls_is_answered_without_subscription(tmp_path, qos):
    with EmulatorThread() as emulator:
        emulator.call(emulator.emulator.authority.write_ca, tmp_path)
        make_device(iot_client(emulator.control_url), "lamp", tmp_path)
        write_pem(tmp_path)
        lamp = Paho(emulator.ports.mqtts, "lamp", folder=tmp_path)
        sent = lamp.client.publish(GET, b'{"clientToken":"t"}', qos=qos)
        assert lamp.next() == ("published", sent.mid)
        _, topic, payload, *flags = lamp.next()
        assert (topic, json.loads(payload)["clientToken"], flags) == (GOT, "t", [0, False])
        lamp.leave()


# --- MQTT 5


def of(packet, **members):
    """Properties of a packet as paho has them."""
    made = Properties(packet)
    for name, value in members.items():
        setattr(made, name, value)
    return made


class Paho5:
    """A connected client of MQTT 5, which notes what comes: what it is, and what it holds."""

    def __init__(self, port, client_id, **members):
        # Not by way of `self`: a circle keeps paho's sockets open until it is collected.
        self.events = events = queue.Queue()
        self.client = client = paho.Client(
            paho.CallbackAPIVersion.VERSION2,
            client_id,
            protocol=paho.MQTTv5,
            reconnect_on_failure=False,
        )
        client.on_connect = lambda c, u, flags, code, told: events.put(
            ("connected", code.value, told.json())
        )
        client.on_subscribe = lambda c, u, i, codes, told: events.put(
            ("subscribed", [code.value for code in codes])
        )
        client.on_message = lambda c, u, m: events.put(
            ("message", m.topic, m.payload, m.properties.json())
        )
        client.on_publish = lambda c, u, i, code, told: events.put(("published", code.value))
        client.on_disconnect = lambda c, u, flags, code, told: events.put(
            ("disconnected", flags.is_disconnect_packet_from_server, code.value)
        )
        properties = of(PacketTypes.CONNECT, **members)
        client.connect("127.0.0.1", port, clean_start=True, properties=properties)
        client.loop_start()
        what, code, self.told = self.next()
        assert (what, code) == ("connected", 0)

    def next(self):
        return self.events.get(timeout=WAIT)

    def publish(self, topic, payload, **members):
        properties = of(PacketTypes.PUBLISH, **members)
        self.client.publish(topic, payload, qos=1, properties=properties)
        return self.next()


def test_properties_aliases_shared_subscriptions_and_reasons_of_mqtt_5():
    about = {
        "ContentType": "text/plain",
        "ResponseTopic": "answers",
        "CorrelationData": b"\x01\x02",
        "UserProperty": [("a", "1"), ("a", "2")],
        "PayloadFormatIndicator": 1,
    }
    # The broker's time stands still: what is left of an expiry is what was asked for.
    with EmulatorThread(monotonic=lambda: 1000.0) as emulator:
        lamp = Paho5(emulator.ports.mqtt, "lamp", SessionExpiryInterval=9999)
        assert lamp.told["SessionExpiryInterval"] == 3600
        assert lamp.told["TopicAliasMaximum"] == 8
        lamp.client.subscribe([("t/+", 1), ("$share/g/t/#", 0), ("$SYS/x", 0)])
        assert lamp.next() == ("subscribed", [1, 0, 0x87])
        pump = Paho5(emulator.ports.mqtt, "pump")
        told = [pump.publish("t/long", b"1", TopicAlias=1, **about)]
        told += [pump.publish("", b"2", TopicAlias=1, MessageExpiryInterval=5)]
        told += [pump.publish("$aws/things/lamp/jobs/get", b"3")]
        assert told == [("published", 0), ("published", 0), ("published", 0x87)]
        seen = [lamp.next() for _ in range(4)]  # each by both subscriptions
        assert [event[1:3] for event in seen] == [("t/long", b"1")] * 2 + [("t/long", b"2")] * 2
        first, last = seen[0][3], seen[3][3]
        assert (first["ContentType"], first["CorrelationData"]) == ("text/plain", "0102")
        assert [*map(tuple, first["UserProperty"])] == about["UserProperty"]
        assert last == {"MessageExpiryInterval": 5}
        pump.client.publish("t" * 257, b"")
        assert pump.next()[0] == "published"  # QoS 0: it was written
        assert pump.next() == ("disconnected", True, 0x90)
        pump.client.loop_stop()
        lamp.client.disconnect()
        assert lamp.next() == ("disconnected", False, 0)
        lamp.client.loop_stop()
