"""`MQTTLink`: umqtt.simple's MQTTClient for a device that must not stop. One packet is one write.
The reader takes what is there and returns. Every answer has a deadline.

What an application knows of MQTTClient goes on working: set_callback, set_last_will, connect,
subscribe, publish, ping, check_msg, wait_msg, disconnect. The agent uses `open` and `poll`, which
do not wait. It is one long file, because connecting, sending and receiving change the state of one
connection. Sections in brackets are those of the MQTT 3.1.1 specification.
"""

import time

from micropython import const
from umqtt.simple import MQTTClient

from . import packets
from .link import LinkError, ended
from .stream import Stream

_CONNECT = const(0x10)
_CONNACK = const(0x20)
_PUBLISH = const(0x30)
_PUBACK = const(0x40)
_SUBSCRIBE = const(0x82)
_SUBACK = const(0x90)
_PINGRESP = const(0xD0)
_DUP = const(0x08)  # of PUBLISH: it was sent before [3.3.1.1]

_READS = const(64)  # in one poll: bounds its time while messages rush in
_MAX_FILTERS = const(8)  # in one SUBSCRIBE (AWS IoT quotas)
_HANDED = const(100)  # messages that AWS IoT sends without an acknowledgement
_MAX_BLOCKED = const(5_000)  # ms from one poll to the next: no watchdog of 8 s bites
_PATIENCE = const(6)  # times `timeout_ms`, while bytes come
_MAX_KEPT = const(8)  # subscriptions that are made again
_MAX_WAITING = const(512)  # messages, while the callback waits for an acknowledgement
_MAX_AGAIN = const(5)  # connections on which a message is sent again

# CONNACK's codes, from 1 on [3.2.2.3].
_REFUSALS = const(
    "protocol version|client id|server unavailable|user name or password"
    "|not authorized: is the certificate this thing's own, with a policy?|unknown"
)


class MQTTLink(MQTTClient):
    """A connection to a broker, over TLS with mutual authentication unless `tls` is False.

    `cert`, `key`, `ca`: DER as bytes, or the paths of DER files. `keepalive`: seconds (AWS IoT
    takes 30 to 1200). When nothing was sent for half of it, or nothing came, a ping is sent; 0
    turns that off. `timeout_ms`: the longest that connecting, an acknowledgement or a blocked
    write may take, the last one 5 s at the most. `buffer_size`: the longest packet that is
    received; a longer one is drained, and counted in `oversized`. While a job runs its document
    stays in this buffer, and what is left of it, at least 1024 bytes, is for messages. To receive
    larger ones meanwhile, set it to the size of the largest document plus that of the largest
    message. `ticks_ms`: the clock.

    Failures are LinkError (an OSError); the link is then closed, and may be opened again. If an
    application's call meets the end of a connection, the agent counts it as if it had done so.
    What else ends a step in its middle, such as Ctrl-C, closes the link too. Only what the
    application's callback raises leaves it as it is.
    Allocates its buffers once, and some memory per connection and subscription; per message only
    what `publish` copies, and what is handed to the application's callback.
    """

    connected = False  # the broker has accepted the connection
    closed = True  # there is no connection, nor one in the making
    session_present = None  # whether the broker has kept the session; None before it accepts
    oversized = 0
    opened = 0  # how many connections have been begun
    failed = None  # the LinkError with which the last one ended, until the agent has taken it
    awaited = 0  # the type of the packet that the broker owes as an answer
    arrived = 0  # when bytes have come last, in ticks
    _pending = None  # the QoS 1 message that waits for its PUBACK
    _handed = None  # the last messages that came at QoS 1
    _calling = False  # the callback runs
    _raised = None  # what it has raised
    _owed = 0  # the packet id of the message that it got last, until that is acknowledged
    _again = None  # what the application had subscribed to, until that is done again
    _blocked = 0  # ms for which writes have waited: since a poll, or `publish`, began
    _polled = False  # a poll goes on

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
        if not 0 <= keepalive <= 0xFFFF:
            raise ValueError("keepalive %d: not 0 to 65535" % keepalive)
        super().__init__(client_id, server, port, None, None, keepalive, tls)
        self.timeout_ms = timeout_ms
        self.clean_session = clean_session
        self.ticks_ms = ticks_ms
        self.sock = Stream(server, self.port, (cert, key, ca) if tls else None)
        self.buffer_size = buffer_size
        self.reader = packets.PacketReader(buffer_size)
        # Asked about every message one after the other, until one returns true; the callback gets
        # what none does. receiver(topic, at, stop, buf, start, end), for topic[at:stop] and
        # buf[start:end]. `buf` is None where a message was too large to be kept.
        self.receivers = []
        self._puback = bytearray(b"\x40\x02\x00\x00")
        self._kept = []  # (filter, qos) of the application's subscriptions
        self._asking = ()  # of the SUBSCRIBE that waits for its answer
        self._waiting = []  # (topic, message, packet id or None), until the callback returns

    # Connecting

    def open(self):
        """Begin to connect; `poll` goes on with it until `connected`. Waits for nothing but the
        platform's DNS, where `Address` asks that.
        """
        self.close()
        self.opened += 1
        field = packets.field
        flags = 0x02 if self.clean_session else 0
        tail = field(self.client_id)
        if self.lw_topic:
            flags |= 0x04 | self.lw_qos << 3 | self.lw_retain << 5
            tail += field(self.lw_topic) + field(self.lw_msg)
        if self.user is not None:
            flags |= 0x80
            tail += field(self.user)
            if self.pswd is not None:
                flags |= 0x40
                tail += field(self.pswd)
        head = b"\x00\x04MQTT\x04" + bytes((flags, self.keepalive >> 8, self.keepalive & 0xFF))
        self._hello = packets.packet(_CONNECT, head, tail)
        self._packets = self.reader.read(self.sock)
        if self.clean_session:
            self._pending = None
        self.session_present = None
        self.sock.open()
        self.closed = False
        self.awaited = _CONNACK
        # Of what is awaited, the last byte that came, or that it was asked for, the last write.
        self._asked = self._heard = self._sent = self.ticks_ms()

    def connect(self, clean_session=None, timeout=None):
        """Connect, and wait for it at most `timeout` seconds, by default `timeout_ms`. Returns
        whether the broker has kept the session.
        """
        if clean_session is not None:
            self.clean_session = clean_session
        if timeout:
            self.timeout_ms = int(timeout * 1000)
        self.open()
        self._settle()
        return self.session_present

    def close(self):
        """Drop the connection without a word: the broker publishes the last will."""
        self.sock.close()
        self.connected = False
        self.closed = True
        self.awaited = 0

    def disconnect(self):
        """Say goodbye, then drop the connection. Raises nothing."""
        try:
            self._send(b"\xe0\x00")
        except LinkError:
            pass
        self.close()

    # Going on

    def poll(self):
        """Do what can be done now: connect further, read, acknowledge, ping, watch the deadlines.
        Returns whether a message was handled.

        Raises LinkError when the connection failed; it is closed then. What the callback raises
        comes as it is, and closes nothing. Waits only for a full send buffer, at most `timeout_ms`
        or 5 s, and where the address is asked of `getaddrinfo`.
        """
        handled = False
        if self.closed:
            return handled
        outermost = not self._polled
        if outermost:
            self._blocked = 0
            self._polled = True
        try:
            if (self._owed or self._waiting) and not self._calling:  # the callback failed
                self._call()
            if self._hello and self.sock.connected():
                self._hello = self._hello[self.sock.write(self._hello, 0, len(self._hello)) :]
            if not self._hello:
                for _ in range(_READS):
                    try:
                        count = next(self._packets)
                    except StopIteration:  # what it raised before, such as Ctrl-C, has ended it
                        raise LinkError("lost", "its reader has ended")
                    if count:
                        self.arrived = self._heard = self.ticks_ms()
                    if count < 0 and self._handle(self.reader):
                        handled = True
                    if not count or self.closed:  # closed by what received it
                        break
            now = self.ticks_ms()
            silent = time.ticks_diff(now, self._heard)
            if self.awaited:
                limit = self.timeout_ms
                # The deadline counts from the last byte, but not without end.
                if max(silent, time.ticks_diff(now, self._asked) // _PATIENCE) >= limit:
                    raise self.sock.late("no answer 0x%02x within %d ms" % (self.awaited, limit))
            elif self.connected and self._again:
                if self._asking is self._again:  # and it was answered
                    self._again = None
                else:
                    self._subscribe(self._again)
            elif self.connected and self.keepalive:
                # What is sent is a sign of life for the broker only.
                if max(silent, time.ticks_diff(now, self._sent)) >= self.keepalive * 500:
                    self.ping()
        except BaseException as error:
            if error is self._raised and not self.closed:
                raise
            raise ended(self, error)
        finally:
            if outermost:
                self._polled = False
        return handled

    check_msg = poll

    def wait_msg(self):
        """Poll until a message was handled, at most `timeout_ms`."""
        started = self.ticks_ms()
        while not self.poll():
            if time.ticks_diff(self.ticks_ms(), started) >= self.timeout_ms:
                break
            time.sleep_ms(1)

    def ping(self):
        """Ask for a sign of life; `poll` does so by itself, and wants it within `timeout_ms`."""
        self._send(b"\xc0\x00", _PINGRESP)

    # Sending

    def publish_from(self, buf, start, stop, end):
        """Publish at QoS 0 on the topic buf[start:stop] the payload buf[stop:end]. The seven bytes
        before the topic are overwritten. One write, and no allocation. It may be blocked for what
        the last `poll` has left of its time.
        """
        size = stop - start
        buf[start - 2] = size >> 8
        buf[start - 1] = size & 0xFF
        self._send(buf, 0, packets.put_header(buf, _PUBLISH, start - 2, end), end)

    def publish(self, topic, msg, retain=False, qos=0):
        """Publish bytes or str. At QoS 1 waits for the acknowledgement, at most `timeout_ms`,
        or six times as long while bytes come.

        Without it that is a LinkError, and the message may or may not have arrived. With
        `clean_session` off it is then kept, and goes out again after the next connection, before
        anything else of QoS 1; if that ends too, after the next four. It may be what ends them:
        AWS closes a connection on which something comes that its policy forbids.
        """
        if not self._polled:
            self._blocked = 0
        pid = self._next_pid(qos) if qos else b""
        first = _PUBLISH | qos << 1 | retain
        packet = packets.packet(first, packets.field(topic), pid, msg)
        if qos:
            self._pending = packet
            self._left = _MAX_AGAIN
            self._send(packet, _PUBACK)
            self._settle()
        else:
            self._send(packet)

    def subscribe(self, topic, qos=0):
        """Subscribe, and wait for the acknowledgement, at most `timeout_ms`."""
        self.begin_subscribe((topic,), qos)
        self._settle()

    def begin_subscribe(self, topics, qos=0, again=True):
        """Subscribe to one to eight filters with one packet; that is done when `awaited` is 0
        again, and a filter that is refused is a LinkError from `poll`.

        What the broker has accepted, the last eight filters, is subscribed to again after a later
        connection, if the broker has kept no session. `again` False: it is not.
        """
        if not 0 < len(topics) <= _MAX_FILTERS:
            raise ValueError("%d filters: not 1 to 8" % len(topics))
        self._subscribe([(topic, qos) for topic in topics], again)

    def _subscribe(self, wanted, again=True):
        body = b""
        for topic, qos in wanted:
            body += packets.field(topic) + bytes((qos,))
        body = self._next_pid(wanted[0][1]) + body
        self._send(packets.packet(_SUBSCRIBE, body), _SUBACK)
        self._asking = wanted if again else ()

    def _next_pid(self, qos):
        # The packet id, two bytes, for something at this quality of service.
        if not 0 <= qos <= 1:
            raise ValueError("QoS %d: not 0 or 1" % qos)
        self._check()
        self._settle()  # one at a time
        self.pid = self.pid + 1 if self.pid < 0xFFFF else 1
        return self.pid.to_bytes(2, "big")

    def _settle(self):
        # Wait for the answer that is awaited.
        while self.awaited:
            self.poll()
            time.sleep_ms(1)
        self._check()

    def _check(self):
        if not self.connected:
            raise LinkError("lost", "not connected")

    def _send(self, buf, awaited=0, start=0, end=None):
        # Write buf[start:end]. `awaited`: the type of the packet that must answer it, 0 for none.
        self._check()
        end = end or len(buf)
        self._sent = self.ticks_ms()
        before = self._blocked
        try:
            while start < end:
                start = self.sock.write(buf, start, end)
                if start < end:
                    waited = before + time.ticks_diff(self.ticks_ms(), self._sent)
                    self._blocked = waited
                    limit = min(self.timeout_ms, _MAX_BLOCKED)
                    if waited >= limit:
                        raise LinkError("lost", "no data taken for %d ms" % limit)
                    time.sleep_ms(1)
        except BaseException as error:  # also Ctrl-C: a part of the packet may have gone out
            raise ended(self, error)
        if awaited and not self.awaited:
            self.awaited = awaited
            self._asked = self._heard = self._sent

    # Receiving

    def _handle(self, reader):
        # Whether it is a message.
        first = reader.first
        length = reader.length
        buf = reader.buf
        if first == _CONNACK == self.awaited and length == 2:
            code = buf[1]
            if code:
                why = _REFUSALS.split("|")[min(code, 6) - 1]
                raise LinkError("connack", "code %d: %s" % (code, why))
            self.sock.address.proved()
            self.awaited = 0
            self.connected = True
            self.session_present = buf[0] & 1 == 1
            if self._again or not self.session_present:
                self._again = self._kept[:]
            if not (self.clean_session or self.session_present and self._handed):
                self._handed = [0] * _HANDED
            if self._pending and self._left:
                self._left -= 1
                if self.session_present:
                    self._pending[0] |= _DUP
                self._send(self._pending, _PUBACK)
            return False
        if self.connected:
            if first & 0xF0 == _PUBLISH:
                if self._deliver(first, length, reader.kept, buf):
                    return True
            elif (
                first == _PINGRESP
                and length == 0
                or first == _PUBACK
                and length == 2
                or first == _SUBACK
                and length > 2
            ):
                # One that nobody awaits is the late answer to something that was given up.
                if first == self.awaited and (not length or buf[0] << 8 | buf[1] == self.pid):
                    self.awaited = 0
                    self._pending = None
                    for at in range(reader.kept - 2):  # of SUBACK: the answer to each filter
                        code = buf[at + 2]
                        if at < len(self._asking):
                            pair = self._asking[at]
                            if pair in self._kept:
                                self._kept.remove(pair)
                            if code < 2:
                                self._kept.append(pair)
                                del self._kept[:-_MAX_KEPT]
                        if code > 1:
                            raise LinkError("protocol", "filter %d was refused" % at)
                return False
        raise LinkError(
            "protocol",
            "packet 0x%02x, %d of %d bytes" % (first, reader.kept, length),
        )

    def _deliver(self, first, length, kept, buf):
        # Whether it is well-formed, and its topic was kept.
        stop = 2 + (buf[0] << 8 | buf[1])
        qos = first >> 1 & 3
        start = stop + (2 if qos else 0)
        if qos > 1 or stop < 3 or start > kept:
            return False
        # What receives the message may use the link, and with it the buffer.
        pid = buf[start - 2] << 8 | buf[start - 1] if qos else 0
        whole = kept == length
        if not whole:
            self.oversized += 1
        key = packets.key(buf, length) if whole and qos and not self.clean_session else 0
        known = key and first & _DUP and key in self._handed
        taken = known
        for receiver in self.receivers:
            taken = taken or receiver(buf, 2, stop, buf if whole else None, start, length)
        waits = whole and self.cb and not taken
        if waits:
            self._waiting.append((bytes(buf[2:stop]), bytes(buf[start:length]), pid))
        if key and not known:  # it is handed over, whatever the callback does
            self._handed.pop(0)
            self._handed.append(key)
        if waits:
            if not self._calling:
                self._call()
            elif len(self._waiting) > _MAX_WAITING:
                raise LinkError("lost", "512 messages came while a callback waited")
        elif qos:
            self._acknowledge(pid)
        return True

    def _call(self):
        # Hand what waits for the callback to it. It may publish and wait for the acknowledgement:
        # what comes meanwhile waits until it has returned.
        self._calling = True
        try:
            while self._owed or self._waiting:
                if self._owed:
                    self._acknowledge(self._owed)
                    self._owed = 0
                else:
                    topic, message, self._owed = self._waiting.pop(0)
                    try:
                        self.cb(topic, message)
                    except BaseException as error:
                        self._raised = error
                        raise
        finally:
            self._calling = False

    def _acknowledge(self, pid):
        if self.connected:
            self._puback[2] = pid >> 8
            self._puback[3] = pid & 0xFF
            self._send(self._puback)
