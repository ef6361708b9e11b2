"""The link against a broker that is a list of bytes: deadlines, acknowledgements, and peers that
misbehave.
"""

from binascii import unhexlify

from afterwards import replaced
from iotjobs.links import mqtt
from iotjobs.links.mqtt import MQTTLink
from iotjobs.links.stream import LinkError, Stream
from support import Clock, FakeStream, HeapLocked, PreparedStream, equal, publish, raises

ACCEPTED = b"\x20\x02\x00\x00"
CONNECT = b"\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x03dev"
PINGREQ = b"\xc0\x00"


def fresh(**settings):
    clock = Clock()
    link = MQTTLink("host", "dev", tls=False, ticks_ms=clock, **settings)
    link.sock = FakeStream()
    return link, link.sock, clock


def opened(**settings):
    link, stream, clock = fresh(**settings)
    link.open()
    return link, stream, clock


def online(**settings):
    link, stream, clock = fresh(**settings)
    connect(link)
    equal(link.connected, True)
    stream.written = []
    return link, stream, clock


def connect(link, session_present=0):
    """A new connection, which is accepted; what was written since the CONNECT."""
    link.open()
    link.poll()
    link.sock.written = []
    receive(link, b"\x20\x02" + bytes((session_present, 0)))
    return link.sock.written


def receive(link, data):
    link.sock.inbox = data
    link.poll()


def payloads(link):
    """A list of the payloads that come from now on."""
    seen = []
    link.set_callback(lambda topic, payload: seen.append(payload))
    return seen


def ticking(clock, step):
    """A clock that goes on by `step` whenever it is looked at."""

    def tick():
        clock.now += step
        return clock.now

    return tick


def unanswered(link, *payloads):
    """Publish each of them at QoS 1, to a broker that acknowledges none."""
    clock = link.ticks_ms
    link.ticks_ms = ticking(clock, 1000)
    for payload in payloads:
        raises(LinkError, link.publish, "t", payload, qos=1)
    link.ticks_ms = clock


def later(link, ms):
    """Poll when so many milliseconds have passed."""
    link.ticks_ms.now += ms
    link.poll()


def fails(link, stage, part, inbox=b""):
    """The poll that reads this fails, says why, and closes the link."""
    link.sock.inbox += inbox
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
    equal(stream.written, [CONNECT])
    link.poll()
    equal((link.connected, link.closed), (False, False))
    receive(link, b"\x20\x02\x01\x00")
    equal((link.connected, link.session_present), (True, True))


def test_a_connect_that_is_taken_in_pieces_is_finished():
    link, stream, clock = opened()
    for _ in range(17):
        stream.room = 1
        link.poll()
    equal(b"".join(stream.written), CONNECT)


def test_a_refusal_says_its_code():
    for code, part in ((1, "protocol version"), (2, "client id"), (5, "not authorized"), (9, "9")):
        link, stream, clock = opened()
        fails(link, "connack", part, bytes((0x20, 2, 0, code)))


def test_an_address_at_which_the_broker_accepts_is_good_and_no_other():
    for inbox, good in ((ACCEPTED, [True]), (b"\x20\x02\0\3", []), (ACCEPTED[:3], []), (b"H", [])):
        link, stream, clock = opened()
        said = []
        stream.address.proved = lambda said=said: said.append(True)
        try:
            receive(link, inbox)
        except LinkError:
            pass
        equal(said, good, inbox)


def test_every_step_of_connecting_has_the_deadline():
    for step in range(3):
        link, stream, clock = fresh(timeout_ms=5000)
        stream.reachable = step > 0
        stream.room = 5 if step == 1 else 1000
        link.open()
        later(link, 4999)
        clock.now += 1
        fails(link, "lost" if step else "tcp", "5000 ms")


def test_a_connection_that_ends_while_it_is_made_is_told_from_a_lost_one():
    for stage, reason, shown in (
        ("tcp", "refused", "refused"),
        ("certificate", "expired", "expired"),
        ("memory", "no memory for TLS", "no memory for TLS"),
        ("handshake", "alert", "alert before CONNACK"),
        ("lost", "closed", "closed before CONNACK"),
    ):
        for begin in (fresh, online):  # and again, after a connection that was there
            link, stream, clock = begin()
            link.open()
            stream.read_error = LinkError(stage, reason)
            fails(link, stage, shown)


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
    equal(bytes(buf), b"###\x30\x07\x00\x03a/b{}##")


def test_publish_at_qos_1_waits_for_its_own_acknowledgement():
    link, stream, clock = online()
    stream.inbox = b"\x40\x02\x00\x63" + b"\x40\x02\x00\x01"
    link.publish("a", "é", qos=1)
    equal(stream.written, [b"\x32\x07\x00\x01a\x00\x01\xc3\xa9"])
    equal(stream.inbox, b"")
    for qos in (2, -1):
        error = raises(ValueError, link.publish, "a", "b", qos=qos)
        equal(str(error), "QoS %d: not 0 or 1" % qos)
        raises(ValueError, link.begin_subscribe, ("a",), qos)


def test_the_acknowledgement_of_something_else_is_not_the_one_awaited():
    link, stream, clock = online()
    link.begin_subscribe(("a",))
    for pid, awaited in ((0x0002, 0x90), (0x0101, 0x90), (0x0001, 0)):
        receive(link, b"\x90\x03" + pid.to_bytes(2, "big") + b"\x00")
        equal(link.awaited, awaited, pid)


def test_an_acknowledgement_that_does_not_come_is_an_error_in_time_whatever_is_sent_meanwhile():
    for send in (MQTTLink.poll, lambda link: link.publish("t", "x"), MQTTLink.ping):
        link, stream, clock = online()
        link.begin_subscribe(("a",))
        clock.now += 9_999
        send(link)
        equal(link.awaited, 0x90)
        link.poll()
        clock.now += 1
        fails(link, "lost", "no answer 0x90 within 10000 ms")


def test_subscriptions_are_acknowledged_or_refused():
    link, stream, clock = online()
    link.begin_subscribe(("a", "b"), 1)
    equal(stream.written, [b"\x82\x0a\x00\x01\x00\x01a\x01\x00\x01b\x01"])
    receive(link, b"\x90\x04\x00\x01\x01\x00")
    equal(link.awaited, 0)
    link.begin_subscribe(("a", "b"), 1)
    fails(link, "protocol", "filter 1 was refused", b"\x90\x04\x00\x02\x01\x80")
    link.pid = 256
    connect(link)
    link.poll()  # what was accepted is subscribed to again
    equal(stream.written[-1], b"\x82\x06\x01\x01\x00\x01a\x01")
    receive(link, b"\x90\x03\x01\x01\x01")
    link.begin_subscribe(("a/b", b"#"), 1)
    equal(stream.written[-1], b"\x82\x0c\x01\x02\x00\x03a/b\x01\x00\x01#\x01")
    link, stream, clock = online()
    link.begin_subscribe(("a",) * 8)
    fails(link, "protocol", "filter 0 was refused", b"\x90\x0a\x00\x01\x80" + bytes(7))
    for filters in ((), ("a",) * 9):
        link, stream, clock = online()
        raises(ValueError, link.begin_subscribe, filters)


def test_the_calls_of_umqtt_wait_for_their_answers():
    link, stream, clock = fresh()
    stream.answers = {0x10: b"\x20\x02\x01\x00", 0x82: b"\x90\x03\x00\x01\x01"}
    equal(link.connect(), True)
    equal(stream.written[0][9], 0x02)
    link.subscribe("a", 1)
    equal(link.awaited, 0)
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
        link.ticks_ms = ticking(clock, 100)
        error = raises(LinkError, link.connect, timeout=timeout)
        equal((error.stage, shown in error.reason), ("lost", True), error.reason)


def test_wait_msg_returns_with_a_message_or_in_time():
    link, stream, clock = online(timeout_ms=1000)
    link.ticks_ms = ticking(clock, 10)
    stream.inbox = publish(b"t", b"x")
    for least, most in ((0, 99), (1000, 1099)):
        before = clock.now
        link.wait_msg()
        equal(least <= clock.now - before <= most, True)


def test_a_write_that_is_taken_in_pieces_is_whole():
    link, stream, clock = online()
    stream.room = 1

    class Slow(Clock):
        def __call__(self):
            stream.room += 1
            return 0

    link.ticks_ms = Slow()
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
    equal("no answer 0x90 within 10000 ms" in error.reason, True)


def test_what_closes_the_link_ends_the_poll():
    link, stream, clock = online()
    seen = []

    def callback(topic, payload):
        seen.append(payload)
        link.disconnect()

    link.set_callback(callback)
    receive(link, publish(b"t", b"1", 1) + publish(b"t", b"2", 1))
    equal((seen, stream.written), ([b"1"], [b"\xe0\x00"]))
    raises(LinkError, link.publish, "a", "b", qos=1)


def test_a_new_connection_begins_with_nothing_left_of_the_last_one():
    link, stream, clock = online()
    link.begin_subscribe(("a",))
    link.ping()
    connect(link)
    equal(link.awaited, 0)
    later(link, 10_000)
    stream.room = 5
    link.open()
    link.poll()
    stream.room = 1000
    stream.written = []
    link.open()
    link.poll()
    equal(stream.written, [CONNECT])


def test_an_idle_poll_is_one_read():
    link, stream, clock = online()
    stream.reads = 0
    link.poll()
    equal(stream.reads, 1)


def test_messages_that_nobody_wants_are_dropped():
    link, stream, clock = online(buffer_size=64)
    receive(link, publish(b"t", b"x") + publish(b"t", bytes(100)))
    equal(link.oversized, 1)


def test_a_refused_client_is_told_what_its_certificate_may_be():
    given = []
    mqtt.Stream = lambda *arguments: given.append(arguments)
    try:
        link = MQTTLink("host", "dev", cert=b"\x30", key=b"\x32", ca=b"\x31")
    finally:
        mqtt.Stream = Stream
    equal((link.port, given), (8883, [("host", 8883, (b"\x30", b"\x32", b"\x31"))]))
    for stage in ("lost", "handshake"):
        link.sock = FakeStream()
        link.sock.hint = " (is it known?)"
        link.open()
        link.sock.read_error = LinkError(stage, "gone")
        fails(link, stage, "gone before CONNACK (is it known?)")


def test_a_link_that_is_closed_while_it_waits_ends_the_waiting():
    link, stream, clock = online()
    link.set_callback(lambda topic, payload: link.disconnect())
    stream.inbox = publish(b"t", b"x")
    error = raises(LinkError, link.publish, "t", "x", qos=1)
    equal((error.stage, error.reason), ("lost", "not connected"))


def test_a_message_that_is_kept_is_not_replaced_while_the_broker_is_out_of_reach():
    link, stream, clock = online(clean_session=False)
    unanswered(link, "kept")
    stream.open_error = LinkError("dns", "no address")
    raises(LinkError, link.open)
    error = raises(LinkError, link.publish, "t", "other", qos=1)
    equal(error.reason, "not connected")
    stream.open_error = None
    equal(connect(link, 1)[0][-4:], b"kept")


def test_topics_and_payloads_are_utf8():
    link, stream, clock = online()
    link.publish("é", "ü")
    link.publish("é".encode(), "ü".encode())
    equal(stream.written, [b"\x30\x06\x00\x02\xc3\xa9\xc3\xbc"] * 2)
    equal(MQTTLink.check_msg, MQTTLink.poll)


def test_without_a_clean_session_an_unacknowledged_message_goes_out_again():
    for present, first in ((1, b"\x3a"), (0, b"\x32")):
        link, stream, clock = online(clean_session=False)
        unanswered(link, "x", "offline")  # which takes no place
        message = first + b"\x06\x00\x01t\x00\x01x"
        equal((connect(link, present), link.awaited), ([message], 0x40))
        equal(connect(link, present), [message])
        receive(link, b"\x40\x02\x00\x01")
        equal(link.awaited, 0)
        equal(connect(link, present), [])
        stream.answers = {0x32: b"\x40\x02\x00\x02"}
        link.publish("t", "y", qos=1)


def test_with_a_clean_session_nothing_is_sent_again():
    link, stream, clock = online()
    unanswered(link, "x")
    equal((connect(link), link.awaited), ([], 0))


def test_a_message_that_comes_again_is_acknowledged_and_handed_over_once():
    link, stream, clock = online(clean_session=False)
    seen = payloads(link)
    receive(link, publish(b"t", b"1", 1, 5) + publish(b"t", b"2", 1, 6))
    connect(link, 1)
    again = publish(b"t", b"1", 1, 5, 8) + publish(b"t", b"2", 1, 6, 8)
    receive(link, again + publish(b"t", b"3", 1, 7, 8))
    equal(seen, [b"1", b"2", b"3"])
    equal([packet[3] for packet in stream.written], [5, 6, 7])
    # The packet id of one that was acknowledged may be another message's by now.
    receive(link, publish(b"t", b"1", 1, 5) + publish(b"t", b"4", 1, 6, 8))
    equal(seen[3:], [b"1", b"4"])
    connect(link, 0)  # a new session: what it sends is new
    receive(link, publish(b"t", b"3", 1, 7, 8))
    equal(seen[5:], [b"3"])
    # As many as AWS IoT sends without an acknowledgement.
    hundred = [(b"%d" % number, 100 + number) for number in range(100)]
    for flags in (0, 8):
        for payload, pid in hundred:
            receive(link, publish(b"t", payload, 1, pid, flags))
    receive(link, publish(b"t", b"3", 1, 7, 8))
    equal(seen[6:], [payload for payload, _ in hundred] + [b"3"])


def test_a_message_for_which_there_was_no_memory_is_handed_over_when_it_comes_again():
    link, stream = prepared(publish(b"t", b"1", 1, 5), 100, clean_session=False)
    seen = payloads(link)
    failed = False
    with HeapLocked():
        try:
            link.poll()
        except MemoryError:
            failed = True
    equal(failed, True)
    link.close()
    link.open()
    stream.data = b"\x20\x02\x01\x00" + publish(b"t", b"1", 1, 5, 8)
    stream.at = stream.written = 0
    while stream.at < len(stream.data):
        link.poll()
    equal(seen, [b"1"])


def test_a_session_that_is_older_than_the_link_is_taken_up():
    link, stream, clock = fresh(clean_session=False)
    seen = payloads(link)
    link.open()
    receive(link, b"\x20\x02\x01\x00" + publish(b"t", b"1", 1, 5, 8) * 2)
    equal((link.session_present, seen), (True, [b"1"]))


def test_a_connection_that_breaks_later_is_not_told_as_refused():
    link, stream, clock = online()
    stream.inbox = publish(b"t", b"1", 1, 5)
    stream.write_error = LinkError("lost", "gone")
    link.set_callback(lambda topic, payload: None)
    equal(raises(LinkError, link.poll).reason, "gone")


def test_in_a_clean_session_every_message_is_a_new_one():
    link, stream, clock = online()
    seen = payloads(link)
    receive(link, publish(b"t", b"1", 1, 5, 8) * 2)
    equal(seen, [b"1", b"1"])


def test_the_session_may_be_chosen_when_connecting():
    link, stream, clock = fresh()
    stream.answers = {0x10: ACCEPTED}
    link.connect(False)
    seen = payloads(link)
    receive(link, publish(b"t", b"1", 1, 5) + publish(b"t", b"1", 1, 5, 8))
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
    seen = []
    link.set_callback(lambda topic, payload: seen.append((topic, payload)))
    acknowledgements = b"\x40\x02\x00\x09" + b"\x90\x03\x00\x09\x80" + b"\xd0\x00"
    receive(link, acknowledgements + publish(b"t", b"x"))
    equal(seen, [(b"t", b"x")])


def test_a_silent_connection_is_pinged_and_a_dead_one_noticed():
    link, stream, clock = online(keepalive=60)
    later(link, 29_999)
    equal(stream.written, [])
    later(link, 1)
    link.poll()
    equal(stream.written, [PINGREQ])
    receive(link, b"\xd0\x00")
    later(link, 30_000)
    equal(stream.written, [PINGREQ] * 2)
    clock.now += 10_003  # the limit is told, not how late this poll is
    fails(link, "lost", "no answer 0xd0 within 10000 ms")


def test_without_keepalive_nothing_is_sent():
    link, stream, clock = online(keepalive=0)
    later(link, 10_000_000)
    equal(stream.written, [])


def test_a_keepalive_that_a_packet_cannot_say_is_refused():
    for keepalive in (-1, 65_536):
        error = raises(ValueError, MQTTLink, "host", "dev", tls=False, keepalive=keepalive)
        equal(str(error), "keepalive %d: not 0 to 65535" % keepalive)
    MQTTLink("host", "dev", tls=False, keepalive=65_535)


def test_what_is_sent_and_answered_spares_the_ping():
    link, stream, clock = online(keepalive=60)
    for pid in range(1, 6):
        clock.now += 29_000
        stream.inbox = b"\x40\x02\x00" + bytes((pid,))
        link.publish("a", "b", qos=1)
    equal((PINGREQ in stream.written, link.connected), (False, True))


def test_what_is_only_sent_or_only_comes_does_not():
    for sends in (True, False):
        link, stream, clock = online(keepalive=60)
        stream.answers = {0xC0: b"\xd0\x00"}
        for _ in range(9):
            clock.now += 20_000
            if sends:
                link.publish("a", "b")
                link.poll()
            else:
                receive(link, publish(b"a", b"b"))
            link.poll()
        equal(stream.written.count(PINGREQ), 4, sends)  # in three minutes, each other time
        stream.answers = {}
        if sends:  # into a connection that is dead
            clock.now += 20_000
            link.publish("a", "b")
            link.poll()
            clock.now += 9_999
            link.publish("a", "b")
            link.poll()
            clock.now += 1
            fails(link, "lost", "no answer 0xd0 within 10000 ms")


def test_messages_go_to_the_receiver_and_what_it_leaves_to_the_callback():
    link, stream, clock = online()
    seen = []

    def receiver(topic_buf, topic_start, topic_end, buf, start, end):
        topic = bytes(topic_buf[topic_start:topic_end])
        seen.append((topic, bytes(buf[start:end])))
        return topic == b"mine"

    def second(topic_buf, topic_start, topic_end, buf, start, end):
        seen.append("second")
        return topic_end - topic_start == 6

    link.receivers = [receiver, second]
    link.set_callback(lambda topic, payload: seen.append(("callback", topic, payload)))
    receive(link, publish(b"mine", b"1") + publish(b"other", b"", 1, 258))
    equal(seen, [(b"mine", b"1"), (b"other", b""), "second", ("callback", b"other", b"")])
    equal(stream.written, [b"\x40\x02\x01\x02"])
    del seen[:]
    receive(link, publish(b"second", b"2"))
    equal(seen, [(b"second", b"2"), "second"])


def test_a_callback_may_use_the_link():
    link, stream, clock = online()

    def callback(topic, payload):
        stream.inbox = publish(b"other", b"xyz", 1, 0x0505) + b"\x40\x02\x00\x01" + stream.inbox
        link.set_callback(lambda topic, payload: None)
        link.publish("answer", "now", qos=1)

    link.set_callback(callback)
    receive(link, publish(b"t", b"x", 1, 0x0404))
    # What came meanwhile waits until it has returned.
    equal(stream.written[1:], [b"\x40\x02\x04\x04", b"\x40\x02\x05\x05"])


def test_a_callback_that_publishes_and_waits_is_not_called_within_itself():
    link, stream, clock = online(timeout_ms=5000)
    depth = [0]
    heard = []

    def callback(topic, payload):
        equal(depth[0], 0)
        depth[0] += 1
        link.publish("answer", payload, qos=1)
        heard.append(payload)
        depth[0] -= 1

    link.set_callback(callback)
    messages = [b"%d" % number for number in range(400)]
    stream.answers = {0x32: b""}
    write = stream.write

    def acknowledging(buf, start, end):
        if buf[start] == 0x32:  # behind all that has come before
            stream.inbox += b"\x40\x02" + link.pid.to_bytes(2, "big")
        return write(buf, start, end)

    stream.write = acknowledging
    stream.inbox = b"".join([publish(b"t", message) for message in messages])
    for _ in range(40):
        link.poll()
    equal(heard, messages)


def test_512_messages_may_come_while_a_callback_waits_and_more_end_the_connection():
    for count, ends in ((512, False), (513, True)):
        link, stream, clock = online()
        heard = []

        def callback(topic, payload, count=count, link=link, stream=stream, heard=heard):
            heard.append(payload)
            for number in range(0 if len(heard) > 1 else count):
                receive(link, publish(b"t", b"%d" % number))

        link.set_callback(callback)
        stream.inbox = publish(b"t", b"first")
        if ends:
            fails(link, "lost", "512 messages came")
        else:
            link.poll()
            equal(heard, [b"first"] + [b"%d" % number for number in range(count)])


def test_what_came_behind_a_callback_that_fails_is_handed_over_by_the_next_poll():
    link, stream, clock = online()
    heard = []

    def callback(topic, payload):
        heard.append(payload)
        if payload == b"1":
            receive(link, publish(b"t", b"2", 1, 7))
            raise KeyError

    link.set_callback(callback)
    stream.inbox = publish(b"t", b"1")
    raises(KeyError, link.poll)
    equal((heard, stream.written), ([b"1"], []))
    link.poll()
    equal((heard, stream.written), ([b"1", b"2"], [b"\x40\x02\x00\x07"]))


def test_a_callback_that_fails_leaves_the_stream_in_order():
    link, stream, clock = online()

    def callback(topic, payload):
        raise KeyError(payload)

    link.set_callback(callback)
    stream.inbox = publish(b"t", b"1") + publish(b"t", b"2")
    for payload in (b"1", b"2"):
        equal(raises(KeyError, link.poll).args, (payload,))
    link.poll()


def test_a_message_too_large_for_the_buffer_is_drained_counted_and_told():
    link, stream, clock = online(buffer_size=64)
    told = []

    def receiver(topic_buf, topic_start, topic_end, buf, start, end):
        if buf is None:
            told.append((bytes(topic_buf[topic_start:topic_end]), end - start))

    link.receivers = [receiver]
    link.set_callback(lambda topic, payload: told.append(payload))
    receive(link, publish(b"big", bytes(1000), 1, 3) + publish(b"t", b"next"))
    equal(told, [(b"big", 1000), b"next"])
    equal(link.oversized, 1)
    equal(stream.written, [b"\x40\x02\x00\x03"])
    fails(link, "protocol", "64 of 72 bytes", publish(b"x" * 70, b""))


def test_a_document_that_is_kept_outlives_messages_and_connections():
    document = bytes(range(256)) * 11
    link, stream, clock = online(buffer_size=3000)
    kept = []

    def receiver(topic_buf, topic_start, topic_end, buf, start, end):
        if bytes(topic_buf[topic_start:topic_end]) != b"job":
            return False
        kept.append(link.reader.keep(start, end))
        kept.append(buf)
        return True

    def intact():
        return bytes(kept[1][kept[0] :]) == document

    link.receivers = [receiver]
    seen = payloads(link)
    receive(link, publish(b"job", document))
    room = kept[0] - 2 - 3
    equal((intact(), room > 1024), (True, True))
    for size in (0, 1, 300, 1024, room, room + 1, 3000, 9000):
        del seen[:]
        oversized = link.oversized
        payload = b"\xaa" * size
        receive(link, publish(b"app", payload) + publish(b"app", b"next"))
        link.poll()
        fits = size <= room
        equal((seen, intact()), ([payload] * fits + [b"next"], True), size)
        equal(link.oversized - oversized, 0 if fits else 1, size)
        # The connection is lost within the message.
        receive(link, publish(b"app", payload)[: size // 2])
        connect(link)
        equal((link.connected, intact()), (True, True), size)
    link.reader.release()
    del seen[:]
    receive(link, publish(b"app", bytes(2995)) + publish(b"app", bytes(2996)))
    link.poll()
    equal(seen, [bytes(2995)])


def test_what_the_protocol_forbids_is_an_error_that_names_it():
    messages = [publish(b"t", b"x", 2), publish(b"t", b"x", 3), publish(b"", b"x")]
    digits = "3000 300100 30020005 3203000174 320400017400 20020000 4003000100 41020001 90020001"
    digits += " b003000100 b1020001 d00100 e000 1000 0000 62020001"
    for inbox in messages + [unhexlify(packet) for packet in digits.split()]:
        link, stream, clock = online()
        fails(link, "protocol", "0x%02x" % inbox[0], inbox)


def test_a_write_that_nobody_takes_blocks_for_five_seconds_at_the_most():
    for timeout_ms, blocked in ((30_000, 5_000), (5_001, 5_000), (2_000, 2_000)):
        link, stream, clock = online(timeout_ms=timeout_ms)

        def write(buf, start, end, clock=clock):
            clock.now += 500
            return start

        stream.write = write
        begun = clock.now
        error = raises(LinkError, link.ping)
        equal((error.stage, "no data taken" in error.reason), ("lost", True))
        equal((clock.now - begun, link.closed), (blocked, True))


def test_before_connack_nothing_else_is_taken():
    for inbox in (b"\xd0\x00", publish(b"t", b"x"), b"\x20\x03\x00\x00\x00"):
        link, stream, clock = opened()
        fails(link, "protocol", "before CONNACK", inbox)


def test_the_end_of_the_stream_anywhere_in_a_packet_is_a_lost_connection():
    message = publish(b"topic", b"payload", 1)
    for cut in range(len(message)):
        link, stream, clock = online()
        link.set_callback(lambda topic, payload: None)
        stream.inbox = message[:cut]
        stream.read_error = LinkError("lost", "the peer closed the connection")
        fails(link, "lost", "closed")


def test_a_peer_that_takes_no_data_is_given_up_in_time():
    link, stream, clock = online(timeout_ms=20)
    stream.room = 3
    link.ticks_ms = ticking(clock, 7)
    error = raises(LinkError, link.publish, "topic", "payload")
    equal((error.stage, "20 ms" in error.reason, link.closed), ("lost", True, True))


def test_a_packet_of_which_a_part_was_written_is_the_last_of_its_connection():
    for error in (KeyboardInterrupt(), LinkError("lost", "gone")):
        link, stream, clock = online()
        stream.room = 3

        class Time:
            ticks_diff = staticmethod(mqtt.time.ticks_diff)

            def sleep_ms(self, ms, error=error):
                raise error

        replaced(mqtt, "time", Time())
        raises(type(error), link.publish, "topic", "payload")
        equal((link.closed, link.connected, len(stream.written)), (True, False, 1), error)


def test_one_poll_ends_however_much_comes_in():
    link, stream, clock = online()
    seen = payloads(link)
    receive(link, publish(b"t", b"x") * 1000)
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
    equal(raises(LinkError, link.publish, "a", "b").reason, "not connected")


def test_after_a_failure_it_connects_again_from_the_start():
    link, stream, clock = online()
    receive(link, b"\x30\x50\x00")
    connect(link)
    equal(link.connected, True)


def test_the_last_will_of_umqtt_is_sent_along():
    link, stream, clock = fresh(keepalive=0)
    link.set_last_will("w", "gone", qos=1)
    link.open()
    link.poll()
    wanted = b"\x10\x18\x00\x04MQTT\x04\x0e\x00\x00\x00\x03dev\x00\x01w\x00\x04gone"
    equal(stream.written, [wanted])


def test_connect_has_the_members_that_are_set():
    for settings, wanted in (
        ({}, CONNECT),
        (
            {"client_id": "", "keepalive": 0, "clean_session": False, "user": "u", "pswd": "pw"},
            b"\x10\x13\x00\x04MQTT\x04\xc0\x00\x00\x00\x00\x00\x01u\x00\x02pw",
        ),
        (
            {"keepalive": 300, "lw_topic": "t", "lw_msg": "bye", "lw_qos": 1, "lw_retain": True},
            b"\x10\x17\x00\x04MQTT\x04\x2e\x01\x2c\x00\x03dev\x00\x01t\x00\x03bye",
        ),
        (
            {"keepalive": 1, "user": "u"},
            b"\x10\x12\x00\x04MQTT\x04\x82\x00\x01\x00\x03dev\x00\x01u",
        ),
    ):
        link, stream, clock = fresh()
        for name in settings:
            setattr(link, name, settings[name])
        link.open()
        link.poll()
        equal(stream.written, [wanted], settings)


def test_tls_needs_a_ca_unless_it_is_turned_off():
    equal(str(raises(ValueError, MQTTLink, "host", "dev")), "ca: missing, or not DER")
    for given, part in (
        ({"cert": b"\x30", "key": b"\x30"}, ""),
        ({"ca": "no/such/file.der"}, "no/such/file.der"),
        ({"ca": b"-----BEGIN CERTIFICATE-----"}, "not DER"),
    ):
        equal(part in str(raises(ValueError, MQTTLink, "host", "dev", **given)), True, given)
    equal(MQTTLink("host", "dev", tls=False).port, 1883)


def prepared(data, piece, **settings):
    """A link that is online, with `data` to come, and its stream."""
    link, _, clock = fresh(**settings)
    stream = link.sock = PreparedStream(piece, ACCEPTED)
    link.open()
    while not link.connected:
        link.poll()
    stream.data = data
    stream.at = stream.written = 0
    return link, stream


def test_idle_polls_allocate_nothing():
    link, stream = prepared(b"", 1)
    link.poll()
    with HeapLocked():
        for _ in range(100):
            link.poll()
    equal(link.connected, True)


def test_messages_and_their_acknowledgements_allocate_nothing():
    for clean_session in (True, False):
        for piece in (1, 7, 100_000):
            taken = [0]

            def receiver(topic_buf, topic_start, topic_end, buf, start, end, taken=taken):
                if buf:
                    taken[0] += end - start
                return 1

            data = publish(b"small", b"abc") + publish(b"t" * 40, bytes(600), 1, 500)
            data += publish(b"large", bytes(5000), 1, 501) + b"\x40\x02\x00\x09\xd0\x00"
            link, stream = prepared(data, piece, buffer_size=700, clean_session=clean_session)
            link.receivers = [receiver]
            with HeapLocked():
                while stream.at < len(stream.data):
                    link.poll()
                link.poll()
            equal((taken[0], stream.written, link.oversized), (603, 8, 1), piece)


def test_whatever_ends_the_reader_closes_the_link_and_it_can_be_opened_again():
    for error in (KeyboardInterrupt, RuntimeError, MemoryError):
        link, stream, clock = online()
        stream.read_error = error()
        failed = raises(LinkError if error is MemoryError else error, link.poll)
        stream.read_error = None
        equal(link.failed.stage, "memory" if failed is link.failed else "lost", error)
        equal((link.closed, link.connected), (True, False), error)
        connect(link)
        seen = payloads(link)
        receive(link, publish(b"t", b"1"))
        equal(seen, [b"1"], error)


def fails_and_cannot_close(link, error):
    """A poll with this `error` of the stream, where the recursion is too deep for closing too."""
    stream = link.sock

    def too_deep():
        raise RuntimeError("maximum recursion depth exceeded")

    setattr(stream, error, RuntimeError())
    stream.close = too_deep
    raises(RuntimeError, link.poll)
    setattr(stream, error, None)
    del stream.close
    equal((link.closed, link.connected), (False, True))


def test_what_could_not_be_closed_where_its_reader_ended_is_closed_by_the_next_poll():
    link, stream, clock = online()
    fails_and_cannot_close(link, "read_error")
    fails(link, "lost", "its reader has ended")
    equal((link.closed, link.connected), (True, False))
    connect(link)


def test_what_could_not_be_sent_nor_closed_is_subscribed_to_by_the_next_poll():
    link, stream, clock = online()
    link.begin_subscribe(("a",))
    receive(link, b"\x90\x03" + link.pid.to_bytes(2, "big") + b"\0")
    link.open()
    link.poll()
    stream.written, stream.inbox = [], ACCEPTED
    fails_and_cannot_close(link, "write_error")
    equal(stream.written, [])
    link.poll()
    equal([bytes(packet[4:]) for packet in stream.written], [b"\0\x01a\0"])


def test_a_deadline_counts_from_the_last_byte_but_not_without_end():
    link, stream, clock = online(timeout_ms=5000, buffer_size=70_000)
    link.ping()
    message = publish(b"t", b"x" * 60_000)
    for at in range(0, 24_000, 1000):  # half a kB a second, and then the answer
        stream.inbox = message[at : at + 1000]
        later(link, 1000)
    stream.inbox = message[24_000:] + b"\xd0\0"
    for _ in range(20):
        link.poll()
    equal((link.awaited, link.connected), (0, True))
    link.ping()
    for at in range(0, 25_000, 1000):
        stream.inbox = message[at : at + 1000]
        later(link, 1000)
    clock.now += 5_003
    stream.inbox = message[25_000:26_000]
    fails(link, "lost", "no answer 0xd0 within 5000 ms")


def test_what_was_subscribed_to_is_so_again_where_the_broker_kept_no_session():
    link, stream, clock = online()
    stream.answers = {0x82: b""}
    for number, topic in enumerate("abcdefghi"):
        link.begin_subscribe((topic,), number % 2)
        receive(link, b"\x90\x03" + link.pid.to_bytes(2, "big") + b"\x01")
    link.begin_subscribe(("jobs",), 1, False)  # by who does so itself
    receive(link, b"\x90\x03" + link.pid.to_bytes(2, "big") + b"\x01")
    connect(link, 1)
    link.poll()
    equal(stream.written, [])  # the session has it
    connect(link)
    link.poll()
    body = b"".join(
        [b"\0\x01" + topic.encode() + bytes((n % 2,)) for n, topic in enumerate("abcdefghi")][1:]
    )
    equal([bytes(packet[4:]) for packet in stream.written], [body])
    receive(link, b"\x90\x0a" + link.pid.to_bytes(2, "big") + bytes(8))
    link.poll()
    equal(len(stream.written), 1)


def test_what_is_subscribed_to_again_is_so_until_the_broker_has_answered():
    link, stream, clock = online()
    stream.answers = {0x82: b""}
    link.begin_subscribe(("a",))
    receive(link, b"\x90\x03" + link.pid.to_bytes(2, "big") + b"\0")
    for session_present in (0, 1, 1):  # the session is new, and each SUBSCRIBE is lost
        connect(link, session_present)
        link.poll()
        equal([bytes(packet[4:]) for packet in stream.written], [b"\0\x01a\0"])
    receive(link, b"\x90\x03" + link.pid.to_bytes(2, "big") + b"\0")
    link.poll()
    equal(len(stream.written), 1)
    connect(link, 1)
    link.poll()
    equal(stream.written, [])


def test_connections_are_counted_when_they_are_begun():
    link, stream, clock = fresh()
    equal(link.opened, 0)
    connect(link)
    equal(link.opened, 1)
    stream.open_error = LinkError("dns", "no name")
    raises(LinkError, link.open)
    equal(link.opened, 2)


def test_a_filter_that_is_refused_is_not_tried_again():
    link, stream, clock = online()
    link.begin_subscribe(("a", "b"))
    receive(link, b"\x90\x04\0\x01\0\0")
    connect(link)
    link.poll()
    fails(
        link,
        "protocol",
        "filter 1 was refused",
        b"\x90\x04" + link.pid.to_bytes(2, "big") + b"\0\x80",
    )
    connect(link)
    link.poll()
    equal([bytes(packet[4:]) for packet in stream.written], [b"\0\x01a\0"])


def test_one_poll_has_one_bound_however_much_it_writes():
    link, stream, clock = online(timeout_ms=60_000)
    link.ticks_ms = ticking(clock, 100)
    link.set_callback(lambda topic, payload: None)
    stream.inbox = b"".join([publish(b"t", b"x", 1, pid) for pid in range(1, 13)])
    write = stream.write
    waits = [0]

    def slow(buf, start, end):  # each packet only after two seconds
        waits[0] += 1
        return write(buf, start, end) if waits[0] % 20 == 0 else start

    stream.write = slow
    before = clock.now
    raises(LinkError, link.poll)
    equal(clock.now - before < 8_000, True, clock.now - before)


def test_what_one_poll_has_waited_for_writes_does_not_count_in_the_next():
    link, stream, clock = online()
    link.set_callback(lambda topic, payload: None)
    write = stream.write
    tries = [0]

    def slow(buf, start, end):  # each packet after three seconds
        tries[0] += 1
        if tries[0] % 2 == 0:
            return write(buf, start, end)
        clock.now += 3_000
        return start

    stream.write = slow
    for pid in range(1, 5):
        receive(link, publish(b"t", b"x", 1, pid))
    equal((len(stream.written), link.connected), (4, True))
    for _ in range(4):  # nor in a message of the application's
        link.publish("t", "x")
    equal((len(stream.written), link.connected), (8, True))
