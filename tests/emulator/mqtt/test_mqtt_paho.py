"""The broker as an independent client sees it: paho-mqtt, over TCP and over mutual TLS."""

import asyncio
import queue
import threading

import paho.mqtt.client as paho
import pytest
from mqtt_bench import open_bench
from mqtt_client import GET, GOT
from mqtt_client import TIMEOUT as WAIT


class Broker:
    """A bench in a thread of its own, since paho blocks."""

    def __init__(self, certificates=None):
        self._certificates = certificates
        self._started, self._done = threading.Event(), None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._errors = []

    async def _run(self):
        self.loop, self._done = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with open_bench(self._certificates) as self.bench:
                self._started.set()
                await self._done.wait()
        except BaseException as error:
            self._errors.append(error)
            raise

    def publish(self, topic, payload):
        self.loop.call_soon_threadsafe(self.bench.broker.publish, topic, payload)

    def __enter__(self):
        self._thread.start()
        assert self._started.wait(WAIT)
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self._done.set)
        self._thread.join(WAIT)
        assert self._errors == []


class Paho:
    """A connected client of paho, whose events can be waited for in their order. `present`: the
    broker has a session of it."""

    def __init__(
        self, port, client_id, *, clean=True, will=None, certificates=None, present=False
    ):
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
        if certificates is not None:
            own = certificates.folder / client_id
            client.tls_set(str(certificates.path), f"{own}.pem", f"{own}.key")
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
    with Broker() as broker:
        watcher = Paho(broker.bench.port, "watcher")
        watcher.subscribe("#", 1)

        lamp = Paho(broker.bench.port, "lamp", clean=False, will=("gone", b"lamp", 1, False))
        lamp.subscribe("for/lamp", 1)
        sent = lamp.client.publish("from/lamp", b"hello", qos=1)
        assert lamp.next() == ("published", sent.mid)
        assert watcher.next() == ("message", "from/lamp", b"hello", 1, False)

        lamp.vanish()
        assert watcher.next() == ("message", "gone", b"lamp", 1, False)
        for n in range(3):
            broker.publish("for/lamp", bytes([n]))
            assert watcher.next()[1] == "for/lamp"

        lamp = Paho(broker.bench.port, "lamp", clean=False, present=True)
        for n in range(3):
            assert lamp.next() == ("message", "for/lamp", bytes([n]), 1, False)
        lamp.leave()

        lamp = Paho(broker.bench.port, "lamp", clean=True)
        lamp.leave()
        assert watcher.events.empty()
        watcher.leave()


def test_a_retained_state_and_its_will():
    with Broker() as broker:
        lamp = Paho(broker.bench.port, "lamp", will=("state", b"offline", 0, True))
        lamp.client.publish("state", b"online", qos=1, retain=True)
        assert lamp.next()[0] == "published"
        watcher = Paho(broker.bench.port, "watcher")
        watcher.client.subscribe("state", 1)
        assert sorted([watcher.next(), watcher.next()]) == [
            ("message", "state", b"online", 1, True),
            ("subscribed", [1]),
        ]
        lamp.vanish()
        assert watcher.next() == ("message", "state", b"offline", 0, False)
        watcher.leave()


@pytest.mark.parametrize("qos", [0, 1])
def test_a_request_over_mutual_tls_is_answered_without_subscription(certificates, qos):
    with Broker(certificates) as broker:
        broker.bench.answers[GET] = (GOT, b"{}")
        lamp = Paho(broker.bench.port, "lamp", certificates=certificates)
        sent = lamp.client.publish(GET, b"{}", qos=qos)
        assert [lamp.next(), lamp.next()] == [
            ("published", sent.mid),
            ("message", GOT, b"{}", 0, False),
        ]
        lamp.leave()
