"""The link against a broker that is a list of bytes: deadlines, acknowledgements, and peers that
misbehave.
"""

import micropython
from iotjobs import mqtt
from iotjobs import stream as stream_module
from iotjobs.mqtt import MQTTLink
from iotjobs.packets import packet
from iotjobs.stream import CERTIFICATE, CONNACK, HANDSHAKE, LOST, PROTOCOL, TCP, LinkError
from support import Clock, equal, raises

ACCEPTED = b"\x20\x02\x00\x00"


class FakeStream:
    """What a link sees of the network: `inbox` is to be read, `written` has the writes."""

    def __init__(self):
        self.secure = True
        self.inbox = b""
        self.written = []
        self.room = 1 << 30  # bytes that may still be written
        self.reachable = True
        self.open_error = self.read_error = self.write_error = None
        self.closed = 0
        self.reads = 0
        self.answers = {}  # what comes in when a packet of this type was written

    def open(self):
        self.inbox = b""
        if self.open_error:
            raise self.open_error

    def connected(self):
        return self.reachable

    def write(self, buf, start, end):
        if self.write_error:
            raise self.write_error
        assert 0 <= start < end <= len(buf)
        size = min(end - start, self.room)
        self.room -= size
        if size:
            self.written.append(bytes(buf[start : start + size]))
            self.inbox += self.answers.get(buf[start], b"")
        return start + size

    def read(self, buf, size):
        self.reads += 1
        part = self.inbox[:size]
        self.inbox = self.inbox[size:]
        if not part and self.read_error:
            raise self.read_error
        buf[: len(part)] = part
        return len(part)

    def close(self):
        self.closed += 1


def fresh(**settings):
    clock = Clock()
    link = MQTTLink("host", "dev", tls=False, ticks_ms=clock, **settings)
    link.sock = FakeStream()
    return link, link.sock, clock


def online(**settings):
    link, stream, clock = fresh(**settings)
    link.open()
    link.poll()
    stream.inbox = ACCEPTED
    link.poll()
    equal(link.connected, True)
    stream.written = []
    return link, stream, clock


def publish(topic, payload, qos=0, pid=1, flags=0):
    pid = pid.to_bytes(2, "big") if qos else b""
    body = len(topic).to_bytes(2, "big") + topic + pid + payload
    return bytes(packet(0x30 | qos << 1 | flags, body))


def fails(link, stage, part=""):
    error = raises(LinkError, link.poll)
    equal((error.stage, part in error.reason), (stage, True), error.reason)
    equal((link.closed, link.connected), (True, False))


def test_connect_is_one_write_and_waits_for_connack():
    link, stream, clock = fresh()
    stream.reachable = False
    link.open()
    link.poll()
    equal(stream.written, [])
    stream.reachable = True
    link.poll()
    equal(stream.written, [b"\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x03dev"])
    link.poll()
    equal((link.connected, link.closed), (False, False))
    stream.inbox = b"\x20\x02\x01\x00"
    link.poll()
    equal((link.connected, link.session_present), (True, True))


def test_a_connect_that_is_taken_in_pieces_is_finished():
    link, stream, clock = fresh()
    link.open()
    for _ in range(17):
        stream.room = 1
        link.poll()
    equal(b"".join(stream.written), b"\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x03dev")


def test_a_refusal_says_its_code():
    for code, part in ((1, "protocol version"), (2, "client id"), (5, "not authorized"), (9, "9")):
        link, stream, clock = fresh()
        link.open()
        stream.inbox = bytes((0x20, 2, 0, code))
        fails(link, CONNACK, part)


def test_every_step_of_connecting_has_the_deadline():
    for step in range(3):
        link, stream, clock = fresh(timeout_ms=5000)
        stream.reachable = step > 0
        stream.room = 5 if step == 1 else 1000
        link.open()
        clock.now += 4999
        link.poll()
        clock.now += 1
        fails(link, LOST, "5000 ms")


def test_a_connection_that_ends_while_it_is_made_is_told_from_a_lost_one():
    for error, stage in (
        (LinkError(TCP, "refused"), TCP),
        (LinkError(CERTIFICATE, "expired"), CERTIFICATE),
        (LinkError(HANDSHAKE, "alert"), HANDSHAKE),
        (LinkError(LOST, "closed"), LOST),
    ):
        link, stream, clock = fresh()
        link.open()
        stream.read_error = error
        fails(
            link, stage, error.reason + (" before CONNACK" if stage in (HANDSHAKE, LOST) else "")
        )


def test_without_an_address_open_fails_and_the_link_is_closed():
    link, stream, clock = fresh()
    stream.open_error = LinkError("dns", "no address")
    raises(LinkError, link.open)
    equal(link.closed, True)


def test_a_request_is_one_write_from_where_it_lies():
    link, stream, clock = online()
    buf = bytearray(b"#######a/b{}##")
    link.publish_from(buf, 7, 10, 12)
    equal(stream.written, [b"\x30\x07\x00\x03a/b{}"])


def test_publish_at_qos_1_waits_for_its_own_acknowledgement():
    link, stream, clock = online()
    stream.inbox = b"\x40\x02\x00\x63" + b"\x40\x02\x00\x01"
    link.publish("a", "é", qos=1)
    equal(stream.written, [b"\x32\x07\x00\x01a\x00\x01\xc3\xa9"])
    equal(stream.inbox, b"")
    raises(ValueError, link.publish, "a", "b", qos=2)


def test_an_acknowledgement_that_does_not_come_is_an_error_in_time():
    link, stream, clock = online()
    link.begin_subscribe(("a",))
    equal(link.acknowledged, False)
    clock.now += 9_999
    link.poll()
    clock.now += 1
    fails(link, LOST, "no acknowledgement within 10000 ms")


def test_subscriptions_are_acknowledged_or_refused():
    link, stream, clock = online()
    link.begin_subscribe(("a", "b"), 1)
    equal(stream.written, [b"\x82\x0a\x00\x01\x00\x01a\x01\x00\x01b\x01"])
    stream.inbox = b"\x90\x04\x00\x01\x01\x00"
    link.poll()
    equal(link.acknowledged, True)
    link.begin_subscribe(("a", "b"), 1)
    stream.inbox = b"\x90\x04\x00\x02\x01\x80"
    fails(link, PROTOCOL, "filter 1 was refused")
    link, stream, clock = online()
    link.begin_subscribe(("a",) * 8)
    stream.inbox = b"\x90\x0a\x00\x01\x80" + bytes(7)
    fails(link, PROTOCOL, "filter 0 was refused")
    for filters in ((), ("a",) * 9):
        link, stream, clock = online()
        raises(ValueError, link.begin_subscribe, filters)


def ticking(clock, step):
    """A clock that goes on by `step` whenever it is looked at."""

    def tick():
        clock.now += step
        return clock.now

    return tick


def test_the_calls_of_umqtt_wait_for_their_answers():
    link, stream, clock = fresh()
    stream.answers = {0x10: b"\x20\x02\x01\x00", 0x82: b"\x90\x03\x00\x01\x01"}
    equal(link.connect(), True)
    equal(stream.written[0][9], 0x02)
    link.subscribe("a", 1)
    equal(link.acknowledged, True)
    equal(stream.written[1], b"\x82\x06\x00\x01\x00\x01a\x01")
    link, stream, clock = fresh()
    stream.answers = {0x10: ACCEPTED}
    equal(link.connect(False), False)
    equal(stream.written[0][9], 0x00)
    link.connect()  # the setting stays
    equal(stream.written[1][9], 0x00)


def test_connect_gives_up_in_time():
    for timeout, shown in ((None, "5000 ms"), (2, "2000 ms"), (0.5, "500 ms")):
        link, stream, clock = fresh(timeout_ms=5000)
        link._ticks_ms = ticking(clock, 100)
        error = raises(LinkError, link.connect, timeout=timeout)
        equal((error.stage, shown in error.reason), (LOST, True), error.reason)


def test_wait_msg_returns_with_a_message_or_in_time():
    link, stream, clock = online(timeout_ms=1000)
    link._ticks_ms = ticking(clock, 10)
    stream.inbox = publish(b"t", b"x")
    before = clock.now
    link.wait_msg()
    equal(clock.now - before < 100, True)
    before = clock.now
    link.wait_msg()
    equal(1000 <= clock.now - before < 1100, True)


def test_a_write_that_is_taken_in_pieces_is_whole():
    link, stream, clock = online()
    stream.room = 1

    class Slow(Clock):
        def __call__(self):
            stream.room += 1
            return 0

    link._ticks_ms = Slow()
    link.publish("topic", "payload")
    equal(len(stream.written) > 3, True)
    equal(b"".join(stream.written), b"\x30\x0e\x00\x05topicpayload")


def test_one_acknowledgement_is_awaited_at_a_time():
    link, stream, clock = online()
    link.begin_subscribe(("a",))
    stream.inbox = b"\x90\x03\x00\x01\x00"
    stream.answers = {0x32: b"\x40\x02\x00\x02"}
    link.publish("t", "x", qos=1)
    equal([packet[0] for packet in stream.written], [0x82, 0x32])
    link.begin_subscribe(("a",))
    clock.now += 10_000
    error = raises(LinkError, link.publish, "t", "x", qos=1)
    equal("no acknowledgement" in error.reason, True)


def test_what_closes_the_link_ends_the_poll():
    link, stream, clock = online()
    seen = []

    def callback(topic, payload):
        seen.append(payload)
        link.disconnect()

    link.set_callback(callback)
    stream.inbox = publish(b"t", b"1", 1) + publish(b"t", b"2", 1)
    link.poll()
    equal((seen, stream.written), ([b"1"], [b"\xe0\x00"]))
    raises(LinkError, link.publish, "a", "b", qos=1)


def test_a_new_connection_begins_with_nothing_left_of_the_last_one():
    link, stream, clock = online()
    link.begin_subscribe(("a",))
    link.ping()
    link.open()
    link.poll()
    stream.inbox = ACCEPTED
    link.poll()
    equal(link.acknowledged, True)
    clock.now += 10_000
    link.poll()
    stream.room = 5
    link.open()
    link.poll()
    stream.room = 1000
    stream.written = []
    link.open()
    link.poll()
    equal(stream.written, [b"\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x03dev"])


def test_an_idle_poll_is_one_read():
    link, stream, clock = online()
    stream.reads = 0
    link.poll()
    equal(stream.reads, 1)


def test_messages_that_nobody_wants_are_dropped():
    link, stream, clock = online(buffer_size=64)
    stream.inbox = publish(b"t", b"x") + publish(b"t", bytes(100))
    link.poll()
    equal(link.oversized, 1)


def test_a_refused_client_is_told_what_its_certificate_may_be():
    for cert, hint in (
        (None, "(no client certificate is set)"),
        (b"\x30", "(is the client certificate known there?)"),
    ):
        mqtt.tls_context = lambda cert, key, ca: "context"
        try:
            link = MQTTLink("host", "dev", ca=b"\x30", cert=cert, key=cert)
        finally:
            mqtt.tls_context = stream_module.tls_context
        equal(link.port, 8883)
        for stage in (LOST, HANDSHAKE):
            link.sock = FakeStream()
            link.open()
            link.sock.read_error = LinkError(stage, "gone")
            fails(link, stage, "gone before CONNACK " + hint)


def reconnect(link, stream, present):
    link.open()
    stream.inbox = b""
    link.poll()
    stream.inbox = b"\x20\x02" + bytes((present, 0))
    stream.written = []
    link.poll()


def test_a_link_that_is_closed_while_it_waits_ends_the_waiting():
    link, stream, clock = online()
    link.set_callback(lambda topic, payload: link.disconnect())
    stream.inbox = publish(b"t", b"x")
    error = raises(LinkError, link.publish, "t", "x", qos=1)
    equal(error.reason, "closed before the acknowledgement")


def test_a_message_that_is_kept_is_not_replaced_while_the_broker_is_out_of_reach():
    link, stream, clock = online(clean_session=False)
    link._ticks_ms = ticking(clock, 1000)
    raises(LinkError, link.publish, "t", "kept", qos=1)
    link._ticks_ms = clock
    stream.open_error = LinkError("dns", "no address")
    raises(LinkError, link.open)
    error = raises(LinkError, link.publish, "t", "other", qos=1)
    equal(error.reason, "not connected")
    stream.open_error = None
    reconnect(link, stream, 1)
    equal(stream.written[0][-4:], b"kept")


def test_topics_and_payloads_are_utf8():
    link, stream, clock = online()
    link.publish("é", "ü")
    link.publish("é".encode(), "ü".encode())
    equal(stream.written, [b"\x30\x06\x00\x02\xc3\xa9\xc3\xbc"] * 2)
    equal(MQTTLink.check_msg, MQTTLink.poll)


def test_without_a_clean_session_an_unacknowledged_message_goes_out_again():
    for present, first in ((1, b"\x3a"), (0, b"\x32")):
        link, stream, clock = online(clean_session=False)
        link._ticks_ms = ticking(clock, 1000)
        raises(LinkError, link.publish, "t", "x", qos=1)
        raises(LinkError, link.publish, "t", "offline", qos=1)  # and takes no place
        link._ticks_ms = clock
        rest = b"\x06\x00\x01t\x00\x01x"
        reconnect(link, stream, present)
        equal((stream.written, link.acknowledged), ([first + rest], False))
        reconnect(link, stream, present)
        equal(stream.written, [first + rest])
        stream.inbox = b"\x40\x02\x00\x01"
        link.poll()
        equal(link.acknowledged, True)
        reconnect(link, stream, present)
        equal(stream.written, [])
        stream.answers = {0x32: b"\x40\x02\x00\x02"}
        link.publish("t", "y", qos=1)


def test_with_a_clean_session_nothing_is_sent_again():
    link, stream, clock = online()
    link._ticks_ms = ticking(clock, 1000)
    raises(LinkError, link.publish, "t", "x", qos=1)
    link._ticks_ms = clock
    reconnect(link, stream, 0)
    equal((stream.written, link.acknowledged), ([], True))


def test_a_message_that_comes_again_is_acknowledged_and_handed_over_once():
    link, stream, clock = online(clean_session=False)
    seen = []
    link.set_callback(lambda topic, payload: seen.append(payload))
    stream.inbox = publish(b"t", b"1", 1, 5) + publish(b"t", b"2", 1, 6)
    link.poll()
    reconnect(link, stream, 1)
    stream.inbox = publish(b"t", b"1", 1, 5, 8) + publish(b"t", b"2", 1, 6, 8)
    stream.inbox += publish(b"t", b"3", 1, 7, 8)
    link.poll()
    equal(seen, [b"1", b"2", b"3"])
    equal([packet[3] for packet in stream.written], [5, 6, 7])
    # The packet id of one that was acknowledged may be another message's by now.
    stream.inbox = publish(b"t", b"1", 1, 5) + publish(b"t", b"4", 1, 6, 8)
    link.poll()
    equal(seen[3:], [b"1", b"4"])
    reconnect(link, stream, 0)  # a new session: what it sends is new
    stream.inbox = publish(b"t", b"3", 1, 7, 8)
    link.poll()
    equal(seen[5:], [b"3"])
    for number in range(16):
        stream.inbox += publish(b"t", b"%d" % number, 1, 100 + number)
    link.poll()
    stream.inbox = publish(b"t", b"0", 1, 100, 8) + publish(b"t", b"3", 1, 7, 8)
    link.poll()
    equal(seen[6:], [b"%d" % number for number in range(16)] + [b"3"])


def test_the_session_may_be_chosen_when_connecting():
    link, stream, clock = fresh()
    stream.answers = {0x10: ACCEPTED}
    link.connect(False)
    seen = []
    link.set_callback(lambda topic, payload: seen.append(payload))
    stream.inbox = publish(b"t", b"1", 1, 5) + publish(b"t", b"1", 1, 5, 8)
    link.poll()
    equal(seen, [b"1"])


def test_packet_ids_wrap_and_are_never_zero():
    link, stream, clock = online()
    link.pid = 65534
    for wanted in (65535, 1, 2):
        stream.inbox = b"\x40\x02" + wanted.to_bytes(2, "big")
        link.publish("a", "", qos=1)
        equal(link.pid, wanted)


def test_acknowledgements_that_nobody_awaits_are_consumed():
    link, stream, clock = online()
    stream.inbox = (
        b"\x40\x02\x00\x09" + b"\x90\x03\x00\x09\x80" + b"\xd0\x00" + publish(b"t", b"x")
    )
    seen = []
    link.set_callback(lambda topic, payload: seen.append((topic, payload)))
    link.poll()
    equal(seen, [(b"t", b"x")])


def test_a_silent_connection_is_pinged_and_a_dead_one_noticed():
    link, stream, clock = online(keepalive=60)
    clock.now += 29_999
    link.poll()
    equal(stream.written, [])
    clock.now += 1
    link.poll()
    link.poll()
    equal(stream.written, [b"\xc0\x00"])
    stream.inbox = b"\xd0\x00"
    link.poll()
    clock.now += 30_000
    link.poll()
    equal(stream.written, [b"\xc0\x00"] * 2)
    clock.now += 10_000
    fails(link, LOST, "no PINGRESP within 10000 ms")


def test_without_keepalive_nothing_is_sent():
    link, stream, clock = online(keepalive=0)
    clock.now += 10_000_000
    link.poll()
    equal(stream.written, [])


def test_what_is_sent_spares_the_ping():
    link, stream, clock = online(keepalive=60)
    for _ in range(5):
        clock.now += 29_000
        link.publish("a", "b")
        link.poll()
    equal(b"\xc0\x00" in stream.written, False)


def test_messages_go_to_the_receiver_and_what_it_leaves_to_the_callback():
    link, stream, clock = online()
    seen = []

    def receiver(topic_buf, topic_start, topic_end, buf, start, end):
        topic = bytes(topic_buf[topic_start:topic_end])
        seen.append((topic, bytes(buf[start:end])))
        return topic == b"mine"

    link.receiver = receiver
    link.set_callback(lambda topic, payload: seen.append(("callback", topic, payload)))
    stream.inbox = publish(b"mine", b"1") + publish(b"other", b"", 1, 258)
    link.poll()
    equal(seen, [(b"mine", b"1"), (b"other", b""), ("callback", b"other", b"")])
    equal(stream.written, [b"\x40\x02\x01\x02"])


def test_a_callback_may_use_the_link():
    link, stream, clock = online()

    def callback(topic, payload):
        stream.inbox = publish(b"other", b"xyz", 1, 0x0505) + b"\x40\x02\x00\x01" + stream.inbox
        link.set_callback(lambda topic, payload: None)
        link.publish("answer", "now", qos=1)

    link.set_callback(callback)
    stream.inbox = publish(b"t", b"x", 1, 0x0404)
    link.poll()
    equal(stream.written[1:], [b"\x40\x02\x05\x05", b"\x40\x02\x04\x04"])


def test_a_callback_that_fails_leaves_the_stream_in_order():
    link, stream, clock = online()

    def callback(topic, payload):
        raise KeyError(payload)

    link.set_callback(callback)
    stream.inbox = publish(b"t", b"1") + publish(b"t", b"2")
    equal(raises(KeyError, link.poll).args, (b"1",))
    equal(raises(KeyError, link.poll).args, (b"2",))
    link.poll()


def test_a_message_too_large_for_the_buffer_is_drained_counted_and_told():
    link, stream, clock = online(buffer_size=64)
    told = []
    link.on_oversized = lambda buf, start, end, size: told.append((bytes(buf[start:end]), size))
    link.set_callback(lambda topic, payload: told.append(payload))
    stream.inbox = publish(b"big", bytes(1000), 1, 3) + publish(b"t", b"next")
    link.poll()
    equal(told, [(b"big", 1000), b"next"])
    equal(link.oversized, 1)
    equal(stream.written, [b"\x40\x02\x00\x03"])
    stream.inbox = publish(b"x" * 70, b"")
    fails(link, PROTOCOL, "64 bytes")


def test_what_the_protocol_forbids_is_an_error_that_names_it():
    for inbox in (
        publish(b"t", b"x", 2),
        publish(b"t", b"x", 3),
        publish(b"", b"x"),
        b"\x30\x00",
        b"\x30\x01\x00",
        b"\x30\x02\x00\x05",
        b"\x32\x03\x00\x01t",
        b"\x32\x04\x00\x01t\x00",
        b"\x20\x02\x00\x00",
        b"\x40\x03\x00\x01\x00",
        b"\x41\x02\x00\x01",
        b"\x90\x02\x00\x01",
        b"\xd0\x01\x00",
        b"\xe0\x00",
        b"\x10\x00",
        b"\x00\x00",
        b"\x62\x02\x00\x01",
    ):
        link, stream, clock = online()
        stream.inbox = inbox
        fails(link, PROTOCOL, "0x%02x" % inbox[0])


def test_before_connack_nothing_else_is_taken():
    for inbox in (b"\xd0\x00", publish(b"t", b"x"), b"\x20\x03\x00\x00\x00"):
        link, stream, clock = fresh()
        link.open()
        stream.inbox = inbox
        fails(link, PROTOCOL, "before CONNACK")


def test_the_end_of_the_stream_anywhere_in_a_packet_is_a_lost_connection():
    message = publish(b"topic", b"payload", 1)
    for cut in range(len(message)):
        link, stream, clock = online()
        link.set_callback(lambda topic, payload: None)
        stream.inbox = message[:cut]
        stream.read_error = LinkError(LOST, "the peer closed the connection")
        fails(link, LOST, "closed")


def test_a_peer_that_takes_no_data_is_given_up_in_time():
    link, stream, clock = online(timeout_ms=20)
    stream.room = 3

    link._ticks_ms = ticking(clock, 5)
    error = raises(LinkError, link.publish, "topic", "payload")
    equal((error.stage, "20 ms" in error.reason, link.closed), (LOST, True, True))


def test_one_poll_ends_however_much_comes_in():
    link, stream, clock = online()
    seen = []
    link.set_callback(lambda topic, payload: seen.append(payload))
    stream.inbox = publish(b"t", b"x") * 1000
    link.poll()
    equal(0 < len(seen) < 64, True)
    for _ in range(1000):
        link.poll()
    equal(len(seen), 1000)


def test_disconnect_says_goodbye_and_a_closed_link_sends_nothing():
    link, stream, clock = online()
    link.disconnect()
    equal((stream.written, link.closed), ([b"\xe0\x00"], True))
    link.disconnect()
    equal(len(stream.written), 1)
    link.poll()
    error = raises(LinkError, link.publish, "a", "b")
    equal(error.reason, "not connected")


def test_after_a_failure_it_connects_again_from_the_start():
    link, stream, clock = online()
    stream.inbox = b"\x30\x50\x00"
    link.poll()
    link.open()
    link.poll()
    stream.inbox = ACCEPTED
    link.poll()
    equal(link.connected, True)


def test_the_last_will_of_umqtt_is_sent_along():
    link, stream, clock = fresh(keepalive=0)
    link.set_last_will("w", "gone", qos=1)
    link.open()
    link.poll()
    wanted = b"\x10\x18\x00\x04MQTT\x04\x0e\x00\x00\x00\x03dev\x00\x01w\x00\x04gone"
    equal(stream.written, [wanted])


def test_tls_needs_a_ca_unless_it_is_turned_off():
    error = raises(ValueError, MQTTLink, "host", "dev")
    equal(str(error), "ca is missing (tls=False is for a connection without TLS)")
    raises(ValueError, MQTTLink, "host", "dev", cert=b"\x30", key=b"\x30")
    error = raises(ValueError, MQTTLink, "host", "dev", ca="no/such/file.der")
    equal("no/such/file.der" in str(error), True)
    error = raises(ValueError, MQTTLink, "host", "dev", ca=b"-----BEGIN CERTIFICATE-----")
    equal("not DER" in str(error), True)
    equal(MQTTLink("host", "dev", tls=False).port, 1883)


def test_idle_polls_allocate_nothing():
    link, stream, clock = online()

    class Quiet:
        def read(self, buf, size):
            return 0

    link.sock = Quiet()
    link.poll()
    micropython.heap_lock()
    try:
        for _ in range(100):
            link.poll()
    finally:
        micropython.heap_unlock()


class Prepared:
    """A stream that allocates nothing itself: `data` comes in, in pieces of at most `piece`."""

    def __init__(self, data, piece):
        self.data = data
        self.at = 0
        self.piece = piece
        self.written = 0

    def read(self, buf, size):
        size = min(size, self.piece, len(self.data) - self.at)
        i = 0
        while i < size:
            buf[i] = self.data[self.at]
            self.at += 1
            i += 1
        return size

    def write(self, buf, start, end):
        self.written += end - start
        return end


def test_messages_and_their_acknowledgements_allocate_nothing():
    for piece in (1, 7, 100_000):
        link, _, clock = online(buffer_size=700)
        taken = [0]

        def receiver(topic_buf, topic_start, topic_end, buf, start, end, taken=taken):
            taken[0] += end - start
            return 1

        link.receiver = receiver
        link.on_oversized = lambda buf, start, end, size: None
        data = publish(b"small", b"abc") + publish(b"t" * 40, bytes(600), 1, 500)
        data += publish(b"large", bytes(5000), 1, 501) + b"\x40\x02\x00\x09\xd0\x00"
        stream = link.sock = Prepared(data, piece)
        link.poll()
        stream.at = taken[0] = stream.written = 0
        link._reader.reset()
        micropython.heap_lock()
        try:
            while stream.at < len(data):
                link.poll()
            link.poll()
        finally:
            micropython.heap_unlock()
        equal((taken[0], stream.written, link.oversized > 0), (603, 8, True), piece)
