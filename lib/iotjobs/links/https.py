"""`HTTPSLink`: the four operations over HTTP/1.1, for a device that has no use for a broker.

To a JobsClient it is a link like an MQTTLink: what comes in and goes out are topics and JSON. Each
request is one write, and one connection is kept for many. Specification: the HTTPS sections of
"Jobs device MQTT and HTTPS APIs"; sections in brackets are those of RFC 9112.
"""

import time

from micropython import const

from ..codec import scan
from . import answers, requests
from .link import LinkError, ended
from .responses import ResponseReader
from .stream import Stream

_READ = const(256)  # bytes at once
_READS = const(64)  # in one poll: bounds its time while a large answer comes
_PATIENCE = const(5)  # times `timeout_ms` longer, while bytes come

# In the buffer lie the topic of the answer and the token of the request, and from _BODY on first
# the request, then the answer's body, before which there is room for what makes a message of it.
_TOKEN = const(226 + 9)
_MAX_TOKEN = const(40)  # with what is before it; a JobsClient's has 33
_BODY = const(235 + 40 + 40 + 75)


class HTTPSLink:
    """The way to `server` over TLS with a client certificate, or without if `tls` is False.

    `cert`, `key`, `ca`: DER as bytes, or the paths of DER files. `timeout_ms`: how long a request
    may take until it is answered. On a kept connection it counts from the request, else from when
    the connection begins, behind a `getaddrinfo` that blocks. `buffer_size`: the longest answer
    that is received; a longer one is drained, and counted in `oversized`. An answer has the job
    document as a string. There a quote has two bytes, and what is not ASCII has six, where the
    service escapes it. `request_size`: the longest request of the JobsClient. `idle_ms`: a
    connection is closed when there was nothing to do on it for so long. `ticks_ms`: the clock.

    It serves one JobsClient, one request at a time, and brings it the messages that an MQTTLink
    does: with the request's token, the job document as JSON, and MQTT's codes of rejections. They
    have no timestamp, rejections no execution_state, and there are no notifications. A message is
    true until the next request, which is written where it lies; what is kept of it stays.

    Failures are LinkError (an OSError); the link is then closed, and may be opened again. A kept
    connection that ends before anything of an answer came is none: so a server closes it, and the
    request is made again on a new one, once. Allocates its buffers once, and some memory per
    connection; nothing per request.
    """

    connected = False  # requests can be made: it was opened, and nothing failed
    closed = True  # there is no connection now, nor one in the making
    awaited = 0  # no link's answer but a request's is ever waited for
    clean_session = True  # nothing is kept for it
    session_present = False
    opened = 0  # how often it was opened
    failed = None  # as an MQTTLink's
    arrived = 0  # as an MQTTLink's; also when the time of a request began, with a connection
    # For tools: shown(buf, start, end) is called with the body of each answer, before it becomes a
    # message.
    shown = None
    _asking = False  # a request waits for its answer
    _kept = False  # on this connection a request was answered

    def __init__(
        self,
        server,
        port=8443,
        cert=None,
        key=None,
        ca=None,
        tls=True,
        timeout_ms=10_000,
        buffer_size=4096,
        request_size=1024,
        idle_ms=60_000,
        ticks_ms=time.ticks_ms,
    ):
        self.timeout_ms = timeout_ms
        self.answer_ms = timeout_ms  # a request has its deadline here: nobody gives it up before
        self.idle_ms = idle_ms
        self.oversized = 0  # here: the first time that it is counted takes no memory
        self.ticks_ms = ticks_ms
        self.receivers = []  # as an MQTTLink's
        self.sock = Stream(server, port, (cert, key, ca) if tls else None)
        self._host = (" HTTP/1.1\r\nHost: %s:%d\r\n" % (server, port)).encode()
        room = requests.MAX_TOPIC + requests.MAX_EXTRA + len(self._host) + request_size
        self.reader = ResponseReader(_BODY + buffer_size, room)
        self.request_size = request_size
        self.buffer_size = buffer_size
        self._chunk = bytearray(_READ)

    @property
    def status(self):
        """The status of the last answer, an int."""
        return self.reader.status

    @property
    def error_type(self):
        """The error that the last answer names, a str such as "InvalidRequestException", or None.
        Allocates it.
        """
        reader = self.reader
        return str(reader.error_type[: reader.type_size], "utf-8") if reader.type_size else None

    # Connecting

    def open(self):
        """Let requests be made; the first one connects."""
        self.close()
        self.opened += 1
        self.connected = True

    def close(self):
        """Drop the connection, and the request that waits for its answer."""
        self.connected = self._asking = False
        self._hang_up()

    disconnect = close

    def _hang_up(self):
        self.sock.close()
        self.closed = True
        self._kept = False

    def begin_subscribe(self, topics, qos=0, again=True):
        """As an MQTTLink's: there is nothing to wait for."""

    # Asking

    def publish_from(self, buf, start, stop, end):
        """Make the request with the topic buf[start:stop] and the payload buf[stop:end]: write it
        to the connection, if there is one; `poll` goes on with it. One that still waits for its
        answer is given up. Allocates nothing.

        Raises ValueError for what is no request of a JobsClient, or beyond `request_size`.
        """
        if not self.connected:
            raise LinkError("lost", "not connected")
        if self._asking:
            self._asking = False
            self._hang_up()
        limit = self.request_size
        if end - stop > limit:
            raise ValueError("a request of %d bytes: request_size is %d" % (end - stop, limit))
        buf_out = self.reader.buf
        rest = requests.token_end(buf, stop, end)
        if rest - stop > _MAX_TOKEN:
            raise ValueError("a clientToken of %d bytes" % (rest - stop - 17))
        self._end = requests.write(buf, start, stop, rest, end, self._host, buf_out, _BODY)
        self._topic_end = scan.copy(buf, start, stop, buf_out, 0)
        self._token_end = scan.copy(buf, stop, rest, buf_out, _TOKEN)
        self._asking = True
        self._since = self._asked = self.ticks_ms()
        self._begin()
        if self._kept:
            try:
                self._write()
            except LinkError:  # `poll` makes another connection
                self._hang_up()

    def _begin(self):
        self._at = _BODY  # what is to be written
        self.reader.begin(_BODY)

    def _write(self):
        # Whether all of the request is written.
        sock = self.sock
        if self._at < self._end and sock.connected():
            # What came before it was asked for is no answer to this.
            if self._kept and self._at == _BODY and sock.read(self._chunk, 1):
                raise LinkError("lost", "more than the answer")
            self._at = sock.write(self.reader.buf, self._at, self._end)
        return self._at == self._end

    # Going on

    def poll(self):
        """Do what can be done now: connect, write the request, read the answer, watch the
        deadline. Returns whether an answer was handled.

        Raises LinkError when the request failed; the link is closed then. Waits for nothing but
        the platform's DNS, where `Address` asks that.
        """
        asking = self._asking
        try:
            if self._go_on(asking):
                return True
        except LinkError as error:
            if asking:
                self._failed(error)
            else:  # nobody waits for anything: the next request connects again
                self._hang_up()
        except BaseException as error:
            if not self._asking:  # in what received the answer
                raise
            raise ended(self, error)
        if self.closed and not asking:
            return False
        waited = time.ticks_diff(self.ticks_ms(), self._since)
        if asking:
            if waited >= self.timeout_ms:
                what = "answer"
                if self.reader.started:
                    what = "end of the answer"
                elif self._at == _BODY and not self._kept:
                    what = "connection"
                self._give_up(self.sock.late("no %s within %d ms" % (what, self.timeout_ms)))
        elif waited >= self.idle_ms:
            self._hang_up()
        return False

    def _go_on(self, asking):
        # Whether an answer was handled.
        sock = self.sock
        reader = self.reader
        if asking:
            if self.closed:
                self.closed = False
                sock.open()
                self.arrived = self._since = self._asked = self.ticks_ms()
            if not self._write():
                return False
        elif self.closed:
            return False
        chunk = self._chunk
        for _ in range(_READS):
            count = reader.read_ahead(sock, chunk, _READ)
            if not count:
                return False
            self.arrived = now = self.ticks_ms()
            if time.ticks_diff(now, self._asked) < _PATIENCE * self.timeout_ms:
                self._since = now  # the deadline counts from the last byte, but not without end
            if reader.complete:
                raise LinkError("protocol", "more than the answer")
            at = reader.take(chunk, 0, count)
            if reader.complete:
                self._kept = True
                self._asking = False
                self._since = self.ticks_ms()
                if at < count or not reader.kept_open:
                    self._hang_up()
                self._answered()
                return True
        return False

    def _failed(self, error):
        # Of a request that was made.
        reader = self.reader
        kept = self._kept
        self._hang_up()
        if kept and not reader.started:
            self._begin()
            return
        if not reader.complete and error.stage in "handshake lost":
            where = ", in the middle of an answer"
            if not reader.started:
                where = " before an answer" + self.sock.hint
            error = LinkError(error.stage, error.reason + where)
        self._give_up(error)

    def _give_up(self, error):
        self.close()
        self.failed = error
        raise error

    def _answered(self):
        reader = self.reader
        buf = reader.buf
        stop = self._topic_end
        tail = b"/accepted" if reader.status < 300 else b"/rejected"
        topic_end = scan.copy(tail, 0, 9, buf, stop)
        end = _BODY + reader.length
        if end > reader.limit:
            self.oversized += 1
        elif self.shown:
            self.shown(buf, _BODY, end)
        begin = answers.complete(reader, _BODY, _TOKEN, self._token_end)
        if reader.status < 500:
            self.sock.address.proved()
        end = _BODY + reader.length
        whole = end <= reader.limit
        for receiver in self.receivers:
            if receiver(buf, 0, topic_end, buf if whole else None, begin, end):
                break
