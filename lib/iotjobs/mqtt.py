"""`MQTTLink`: umqtt.simple's MQTTClient for a device that must not stop: one packet is one write,
the reader takes what is there and returns, every answer has a deadline.

What an application knows of MQTTClient goes on working: set_callback, set_last_will, connect,
subscribe, publish, ping, check_msg, wait_msg, disconnect. The agent uses `open` and `poll`, which
do not wait. One file of 400 lines, because connecting, sending and receiving change the state of
one connection. Sections in brackets are those of the MQTT 3.1.1 specification.
"""

import time

from micropython import const
from umqtt.simple import MQTTClient

from . import packets
from .stream import CONNACK, HANDSHAKE, LOST, PROTOCOL, LinkError, Stream, tls_context

_CLOSED = const(0)
_CONNECTING = const(1)
_GREETING = const(2)
_AWAITING = const(3)
_CONNECTED = const(4)

_PINGREQ = b"\xc0\x00"
_DISCONNECT = b"\xe0\x00"
_READS = const(64)  # in one poll: bounds its time while messages rush in
_MAX_FILTERS = const(8)  # in one SUBSCRIBE (AWS IoT quotas)

_REFUSALS = (
    "",
    "unacceptable protocol version",
    "client id rejected",
    "server unavailable",
    "bad user name or password",
    "not authorized: is the certificate this thing's own?",
)


class MQTTLink(MQTTClient):
    """A connection to a broker, over TLS with mutual authentication unless `tls` is False.

    `cert`, `key`, `ca`: DER as bytes, or the paths of DER files. `keepalive`: seconds, 0 turns it
    off (AWS IoT takes 30 to 1200). `timeout_ms`: the longest that connecting, an acknowledgement
    or a blocked write may take. `buffer_size`: the longest packet that is received; a longer one
    is drained, and counted in `oversized`. `ticks_ms`: the clock.

    Failures are LinkError (an OSError); the link is then closed, and may be opened again.
    Allocates its buffers once, and some memory per connection and subscription; per message only
    what `publish` copies, and what is handed to the application's callback.
    """

    def __init__(
        self,
        server,
        client_id,
        port=0,
        cert=None,
        key=None,
        ca=None,
        tls=True,
        keepalive=60,
        timeout_ms=10_000,
        buffer_size=4096,
        clean_session=True,
        ticks_ms=time.ticks_ms,
    ):
        if tls and ca is None:
            raise ValueError("ca is missing (tls=False is for a connection without TLS)")
        port = port or (8883 if tls else 1883)
        super().__init__(client_id, server, port, None, None, keepalive)
        self.timeout_ms = timeout_ms
        self.clean_session = clean_session
        self.session_present = False
        self.oversized = 0
        # Asked about every message before the callback, which gets what it returns false for:
        # receiver(topic_buf, topic_start, topic_end, buf, start, end).
        self.receiver = None
        # Told of every message too large to keep: on_oversized(buf, topic_start, topic_end, size).
        self.on_oversized = None
        self.sock = Stream(server, port, tls_context(cert, key, ca) if tls else None)
        self._hint = ""
        if tls:
            known = " (is the client certificate known there?)"
            self._hint = known if cert is not None else " (no client certificate is set)"
        self._ticks_ms = ticks_ms
        self._state = _CLOSED
        self._opened = 0  # these three: ticks of the last time
        self._sent = 0
        self._asked = 0
        self._pinged = False
        self._hello = None  # CONNECT, while it is not wholly written
        self._written = 0
        self._handled = False
        self._awaited = 0  # the acknowledgement under way: its type << 16 | packet id
        self._unacknowledged = None  # the QoS 1 message that waits for it
        self._handed = None  # without a clean session: what came at QoS 1
        self._reader = packets.PacketReader(buffer_size)
        self._puback = bytearray(b"\x40\x02\x00\x00")

    # Connecting

    def open(self):
        """Begin to connect; `poll` goes on with it until `connected`. Waits for DNS only."""
        self.close()
        self._hello = packets.connect_packet(
            self.client_id,
            self.keepalive,
            self.clean_session,
            self.user,
            self.pswd,
            self.lw_topic and (self.lw_topic, self.lw_msg),
            self.lw_qos,
            self.lw_retain,
        )
        self._written = 0
        self._awaited = 0
        self._pinged = False
        self._reader.reset()
        if self.clean_session:
            self._unacknowledged = self._handed = None
        elif self._handed is None:
            self._handed = packets.Handed()
        self._opened = self._ticks_ms()
        self._state = _CONNECTING
        try:
            self.sock.open()
        except LinkError:
            self.close()
            raise

    @property
    def connected(self):
        """Whether the broker has accepted the connection."""
        return self._state == _CONNECTED

    @property
    def closed(self):
        """Whether there is no connection, nor one in the making."""
        return self._state == _CLOSED

    def connect(self, clean_session=None, timeout=None):
        """Connect, and wait for it at most `timeout` seconds, by default `timeout_ms`. Returns
        whether the broker has kept the session.
        """
        if clean_session is not None:
            self.clean_session = bool(clean_session)
        if timeout:
            self.timeout_ms = int(timeout * 1000)
        self.open()
        while self._state != _CONNECTED:
            self.poll()
            time.sleep_ms(1)
        return self.session_present

    def close(self):
        """Drop the connection without a word: the broker publishes the last will."""
        self.sock.close()
        self._state = _CLOSED

    def disconnect(self):
        """Say goodbye, then drop the connection. Raises nothing."""
        if self._state == _CONNECTED:
            try:
                self._write(_DISCONNECT, 0, 2)
            except LinkError:
                pass
        self.close()

    def _connect_further(self):
        if self._late(self._opened):
            raise LinkError(LOST, "not connected within %d ms" % self.timeout_ms)
        if self._state == _CONNECTING:
            if not self.sock.connected():
                return
            self._state = _GREETING
        try:
            if self._state == _GREETING:
                self._written = self.sock.write(self._hello, self._written, len(self._hello))
                if self._written < len(self._hello):
                    return
                self._hello = None
                self._state = _AWAITING
                self._sent = self._ticks_ms()
            self._read()
        except LinkError as error:
            # With TLS 1.3 the server looks at the client's certificate when the client has
            # finished, so that its refusal comes in the place of CONNACK.
            if error.stage == LOST or error.stage == HANDSHAKE:
                raise LinkError(error.stage, "%s before CONNACK%s" % (error.reason, self._hint))
            raise

    # Going on

    def poll(self):
        """Do what can be done now: connect further, read, acknowledge, ping, watch the deadlines.

        Raises LinkError when the connection failed; it is closed then. Waits for nothing but a
        full send buffer, and for that at most `timeout_ms`.
        """
        try:
            if self._state == _CONNECTED:
                self._read()
                if self._state == _CONNECTED:
                    self._watch()
            elif self._state:
                self._connect_further()
        except LinkError:
            self.close()
            raise

    check_msg = poll

    def wait_msg(self):
        """Poll until a message was handled, at most `timeout_ms`."""
        started = self._ticks_ms()
        self._handled = False
        while not (self._handled or self._late(started)):
            self.poll()
            time.sleep_ms(1)

    def ping(self):
        """Ask for a sign of life; `poll` does so by itself, and wants it within `timeout_ms`."""
        self._write(_PINGREQ, 0, 2)
        if not self._pinged:
            self._pinged = True
            self._asked = self._sent

    def _watch(self):
        if (self._pinged or self._awaited) and self._late(self._asked):
            what = "PINGRESP" if self._pinged else "acknowledgement"
            raise LinkError(LOST, "no %s within %d ms" % (what, self.timeout_ms))
        if self.keepalive and not self._pinged and not self._awaited:
            if time.ticks_diff(self._ticks_ms(), self._sent) >= self.keepalive * 500:
                self.ping()

    def _late(self, since):
        return time.ticks_diff(self._ticks_ms(), since) >= self.timeout_ms

    # Sending

    def publish_from(self, buf, topic_start, topic_end, end):
        """Publish at QoS 0 the topic buf[topic_start:topic_end] and the payload behind it, up to
        `end`. The seven bytes before the topic are overwritten. One write, and no allocation.
        """
        self._write(buf, packets.put_publish(buf, topic_start, topic_end, end, 0), end)

    def publish(self, topic, msg, retain=False, qos=0):
        """Publish bytes or str. At QoS 1 waits for the acknowledgement, at most `timeout_ms`.

        Without it that is a LinkError, and the message may or may not have arrived. With
        `clean_session` off it is then kept, and goes out again after the next connection, before
        anything else of QoS 1.
        """
        if not 0 <= qos <= 1:
            raise ValueError("QoS %d: the service has 0 and 1" % qos)
        topic = packets.raw(topic)
        msg = msg.encode() if isinstance(msg, str) else msg
        pid = self._next_pid() if qos else 0
        buf = bytearray(packets.HEADROOM) + topic + pid.to_bytes(2 * qos, "big") + msg
        end = packets.HEADROOM + len(topic)
        start = packets.put_publish(buf, packets.HEADROOM, end, len(buf), qos << 1 | bool(retain))
        if not qos:
            self._write(buf, start, len(buf))
            return
        self._unacknowledged = memoryview(buf)[start:]
        self._publish_again(pid)
        self._wait_for_acknowledgement()

    def _publish_again(self, pid):
        self._write(self._unacknowledged, 0, len(self._unacknowledged))
        self._await(packets.PUBACK, pid)

    def subscribe(self, topic, qos=0):
        """Subscribe, and wait for the acknowledgement, at most `timeout_ms`."""
        self.begin_subscribe((topic,), qos)
        self._wait_for_acknowledgement()

    def begin_subscribe(self, filters, qos=0):
        """Subscribe to one to eight filters with one packet; `acknowledged` says when that is
        done, and a filter that is refused is a LinkError from `poll`.
        """
        if not 0 < len(filters) <= _MAX_FILTERS or not 0 <= qos <= 1:
            raise ValueError("%d filters at QoS %d: not 1 to 8 at 0 or 1" % (len(filters), qos))
        pid = self._next_pid()
        packet = packets.subscribe_packet(pid, filters, qos)
        self._write(packet, 0, len(packet))
        self._await(packets.SUBACK, pid)

    @property
    def acknowledged(self):
        """Whether no acknowledgement is under way."""
        return self._awaited == 0

    def _next_pid(self):
        if self._state != _CONNECTED:
            raise LinkError(LOST, "not connected")
        if self._awaited:  # one at a time
            self._wait_for_acknowledgement()
        self.pid = self.pid + 1 if self.pid < 0xFFFF else 1
        return self.pid

    def _await(self, kind, pid):
        self._awaited = kind << 16 | pid
        self._asked = self._sent

    def _wait_for_acknowledgement(self):
        while self._awaited:
            self.poll()
            if self._state != _CONNECTED:
                raise LinkError(LOST, "closed before the acknowledgement")
            time.sleep_ms(1)

    def _write(self, buf, start, end):
        if self._state != _CONNECTED:
            raise LinkError(LOST, "not connected")
        self._sent = self._ticks_ms()
        try:
            start = self.sock.write(buf, start, end)
            while start < end:
                if self._late(self._sent):
                    raise LinkError(LOST, "the broker took no data for %d ms" % self.timeout_ms)
                time.sleep_ms(1)
                start = self.sock.write(buf, start, end)
        except LinkError:
            self.close()
            raise

    # Receiving

    def _read(self):
        reader = self._reader
        for _ in range(_READS):
            if reader.read(self.sock):
                self._handle(reader)
                if not self._state:  # closed by what received it
                    return
            elif not reader.took:
                return

    def _handle(self, reader):
        first = reader.first
        length = reader.length
        kept = reader.kept
        buf = reader.buf
        reader.reset()
        kind = first & 0xF0
        if kind == packets.PUBLISH and self._state == _CONNECTED:
            self._handle_publish(first, length, kept, buf)
            return
        if self._state == _AWAITING and first == packets.CONNACK and length == 2:
            if buf[1]:
                code = buf[1] if buf[1] < len(_REFUSALS) else 0
                raise LinkError(CONNACK, "refused with code %d: %s" % (buf[1], _REFUSALS[code]))
            self.session_present = bool(buf[0] & 1)
            self._state = _CONNECTED
            if self._handed and not self.session_present:
                self._handed.clear()
            if self._unacknowledged:
                if self.session_present:
                    self._unacknowledged[0] |= packets.DUP
                self._publish_again(self.pid)
        elif self._state != _CONNECTED:
            raise LinkError(PROTOCOL, "packet 0x%02x before CONNACK" % first)
        elif first == packets.PINGRESP and length == 0:
            self._pinged = False
        elif first == packets.PUBACK and length == 2 or first == packets.SUBACK and length > 2:
            # One that nobody awaits is the late answer to something that was given up.
            if self._awaited == first << 16 | buf[0] << 8 | buf[1]:
                self._awaited = 0
                if first == packets.PUBACK:
                    self._unacknowledged = None
                if first == packets.SUBACK:
                    for at in range(2, kept):
                        if buf[at] > 1:
                            raise LinkError(PROTOCOL, "filter %d was refused" % (at - 2))
        else:
            raise LinkError(PROTOCOL, "packet 0x%02x of %d bytes" % (first, length))

    def _handle_publish(self, first, length, kept, buf):
        qos = first >> 1 & 3
        topic_end = 2 + (buf[0] << 8 | buf[1]) if kept > 2 else 0
        start = topic_end + (2 if qos else 0)
        if qos > 1 or topic_end < 3 or start > length:
            raise LinkError(PROTOCOL, "PUBLISH 0x%02x of %d bytes" % (first, length))
        # What handles the message may use the link, and with it the buffers.
        pid = buf[start - 2] << 8 | buf[start - 1] if start <= kept else 0
        if kept < length:
            self.oversized += 1
            if start > kept:
                raise LinkError(PROTOCOL, "a topic beyond the buffer of %d bytes" % len(buf))
            if self.on_oversized:
                self.on_oversized(buf, 2, topic_end, length - start)
        elif not (qos and self._handed and self._handed.again(first, pid, buf, 2, length)):
            if not (self.receiver and self.receiver(buf, 2, topic_end, buf, start, length)):
                if self.cb:
                    self.cb(bytes(buf[2:topic_end]), bytes(buf[start:length]))
        self._handled = True
        if qos and self._state == _CONNECTED:
            self._puback[2] = pid >> 8
            self._puback[3] = pid & 0xFF
            self._write(self._puback, 0, 4)
