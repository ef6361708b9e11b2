"""`StreamFetcher`: a file of an AWS IoT stream into a sink, over the agent's own MQTT connection,
whatever that and the service do.

The agent's jobs, its signs of life, and the application's messages go on meanwhile: nothing is
closed for it, and no second TLS session is needed. See `window` for how blocks become a file.
"""

import time

from micropython import const

from ..files.sinks import unwritten
from ..links.link import LinkError
from ..outcomes import JobFailed, JobRejected
from . import stream_client as about
from .filling import Filling
from .of_streams import check_stream, shown
from .sources import check_taken
from .subscription import Subscription
from .window import Window

_MIN_BLOCK = const(256)
_MAX_WINDOW = const(4)
_PATIENCE = const(5)  # times `timeout_ms` longer, while bytes come
_MAX_UPDATES = const(8)  # of the stream, while its file is got
_RETRYABLE = {"retryable": "true"}


class StreamFetcher:
    """Gets files of streams for `thing_name` over `link`, the agent's MQTTLink, one after the
    other. Make one for a link.

    - `block_size`: bytes of a block, 256 to 131,072. The link's `buffer_size` is to have room for
      one, for its topic and what is around it.
    - `window`: how many blocks are asked for at once, 1 to 4.
    - `encoding`: "cbor", or "json", in which blocks are a third longer.
    - `timeout_ms`: how long an answer may take, from the last byte that came.
    - `attempts`: how many requests in a row may bring nothing new.
    - `retry_ms`: the wait before the next one, each time as much more.
    - `progress_ms`: the distance of what is told of the progress.
    - `ticks_ms`: the clock.

    Raises ValueError for these. Allocates `window` times `block_size` bytes here, once.
    """

    _arrived = 0  # when bytes have come last, as far as that is known

    def __init__(
        self,
        link,
        thing_name,
        block_size=2048,
        window=2,
        encoding="cbor",
        timeout_ms=10_000,
        attempts=32,
        retry_ms=1_000,
        progress_ms=5_000,
        ticks_ms=time.ticks_ms,
    ):
        if not hasattr(link, "subscribe"):
            raise ValueError("streams come over an MQTTLink")
        if not _MIN_BLOCK <= block_size <= about.MAX_SENT:
            raise ValueError("block_size %r: not 256 to 131072" % (block_size,))
        if not 1 <= window <= _MAX_WINDOW or attempts < 1:
            raise ValueError("window %r: not 1 to 4, or attempts of less than 1" % (window,))
        if encoding == "cbor":
            from . import in_cbor as language
        elif encoding == "json":
            from . import in_json as language
        else:
            raise ValueError("encoding %r: not 'cbor' or 'json'" % (encoding,))
        self._link = link
        self._client = about.StreamClient(link, thing_name, language)
        room = self._client.room("?", block_size)
        if room > link.buffer_size:
            raise ValueError(
                "block_size %d: a message of %d bytes or more, and the link's buffer_size is %d"
                % (block_size, room, link.buffer_size)
            )
        self.window = Window(window, block_size)
        self.timeout_ms = timeout_ms
        self.attempts = attempts
        self.retry_ms = retry_ms
        self.progress_ms = progress_ms
        self.ticks_ms = ticks_ms
        self._subscription = Subscription(link, self._client.filters())
        link.receivers.insert(0, self._receive)

    def takes(self, source):
        """Whether this is a source that it can get: see sources."""
        return isinstance(source, tuple)

    def fetch(self, job, source, sink, size=None, sha256=None):
        """A generator that gets `source`, (stream, file), into `sink`, and returns how many bytes
        it then holds. Yields None while it waits, and progress, {"received": "123 of 456"}.

        `size` (int) and `sha256` (str of 64 hexadecimal digits) are checked if they are given, the
        size before anything is written. A sink that holds something already is filled up if there
        is a `sha256`, and otherwise anew; so it is when the stream was updated meanwhile. Run it
        by `yield from`. If you loop over it, close it in a `finally` block.

        Raises JobRejected for what is no source, size or SHA-256, and where blocks do not fit
        beside the job's document; JobFailed for all else, with {"retryable": "true"} where a later
        job may succeed. What the sink holds then is the caller's to throw away. While there is no
        connection it waits for the agent to make one: how long is the agent's
        `job_timeout_minutes`. It ends what `job.offline` began. Allocates some hundred bytes per
        connection, and nothing per block.
        """
        check_taken(self, source)
        stream, self._file = source = check_stream(*source)
        self._shown = shown(source)
        self._check_room(stream)
        self._filling = Filling(sink, size, sha256, self.progress_ms, self.ticks_ms())
        try:
            self._client.open(stream, self._file, self.window.size)
        except ValueError as error:
            raise JobRejected(str(error))
        self.window.open(self._filling, self._file)
        self._tries = self._updates = 0
        self._version = self._code = None
        self._described = False
        try:
            job.offline(False)  # a Fetcher may have closed the link, for an earlier file
            yield from self._transfer()
        except OSError as error:
            raise unwritten(error)
        finally:
            self._client.close()
            self._filling = None
        return sink.size

    def _check_room(self, stream):
        link = self._link
        room = self._client.room(stream, self.window.size)
        limit = link.reader.limit
        if room > limit:
            raise JobRejected(
                "block_size %d: messages of %d bytes, and %d fit beside this document. "
                "The link's buffer_size is to be %d"
                % (self.window.size, room, limit, link.buffer_size + room - limit)
            )

    def _transfer(self):
        filling = self._filling
        yield from filling.take_over(self.window.room)
        while True:
            yield from self._fill()
            wrong = filling.wrong()
            if not wrong:
                return
            if not filling.mixed:
                raise JobFailed("%s: %s" % (self._shown, wrong))
            filling.restart()
            self.window.clear()

    def _fill(self):
        # Ask until all is there. A generator is an object: none is made for a request that follows
        # one which was answered.
        filling = self._filling
        subscription = self._subscription
        while self._version is None or filling.held < filling.total:
            if self._tries:
                yield from self._pause()
            self._tries += 1
            try:
                if not subscription.is_made():
                    yield from subscription.make()
                self._ask()
                while self._listens():
                    yield filling.progress(self.ticks_ms())
            except LinkError as error:
                self._why = error.reason
            if self._code:
                self._judge()

    def _pause(self):
        # Before the next request, after some in vain.
        if self._tries >= self.attempts:
            raise JobFailed(
                "%s: given up at %d bytes: %s" % (self._shown, self._filling.held, self._why),
                _RETRYABLE,
            )
        since = self.ticks_ms()
        while 0 <= time.ticks_diff(self.ticks_ms(), since) < self._tries * self.retry_ms:
            yield

    def _ask(self):
        # Make the request for what is missing first.
        client = self._client
        window = self.window
        self._begun = self._since = self.ticks_ms()
        if not self._described:
            client.describe()
            return
        if window.is_written():
            window.slide()
        first = window.missing()
        count = min(window.run(), about.MAX_SENT // window.size)
        self._stop = first + count
        client.get(self._version, first, count)

    def _listens(self):
        # Write what has come, in order; whether there is something to wait for. LinkError where
        # the request was in vain.
        window = self.window
        link = self._link
        now = self.ticks_ms()
        if window.news:
            window.news = False
            self._tries = 0
            self._begun = self._since = now
        elif self._arrived != link.arrived:
            # The deadline counts from the last byte that came, for a while.
            self._arrived = link.arrived
            if 0 <= time.ticks_diff(now, self._begun) < _PATIENCE * self.timeout_ms:
                self._since = now
        if window.write():
            return True
        if self._code:
            return False
        if self._described:
            if window.missing() >= self._stop:
                return False
        elif self._version is not None:
            self._take_description()
            return False
        if not self._subscription.is_made():
            raise LinkError("lost", "the connection was lost")
        if not 0 <= time.ticks_diff(now, self._since) < self.timeout_ms:
            raise LinkError("lost", self._silence())
        return True

    def _silence(self):
        oversized = self._client.oversized
        if oversized:
            return "a message of %d bytes, more than the receive buffer" % oversized
        return "no answer in %d ms" % self.timeout_ms

    def _take_description(self):
        filling = self._filling
        sink = filling.sink
        total = self._total
        if total < 0:
            raise JobFailed("%s: the stream has no such file" % self._shown)
        if filling.size not in (None, total):
            raise JobFailed("%s has %d bytes, not %d" % (self._shown, total, filling.size))
        tag = '"version %d"' % self._version
        if sink.size > total or sink.size and sink.tag not in (None, tag):
            filling.restart()
        filling.total = total
        sink.tag = tag
        sink.begin(total)
        self._client.renew()
        self._described = True
        self._tries = 0

    def _judge(self):
        # What a rejection means.
        code = self._code
        self._code = None
        self._why = "%s: %s" % (code, self._message)
        if code == "VersionMismatch":
            self._updates += 1
            if self._updates > _MAX_UPDATES:
                raise JobFailed("%s: updated again and again" % self._shown, _RETRYABLE)
            self.window.clear()
            self._version = None  # what is held goes when the next one is known
            self._described = False
            self._client.renew()
        elif code in about.FINAL:
            raise JobFailed("%s: %s" % (self._shown, self._why))

    # What comes: called by the link while it polls, so it is short, and raises nothing

    def _receive(self, topic, at, stop, buf, start, end):
        client = self._client
        kind = client.receive(topic, at, stop, buf, start, end)
        answer = client.answer
        if kind == about.DATA:
            self.window.take(answer)
        elif kind == about.DESCRIPTION:
            self._read_description(answer)
        elif kind == about.REJECTED:
            self._code = answer.text(about.CODE) or answer.text(about.LONG_CODE) or "rejected"
            self._message = answer.text(about.MESSAGE) or answer.text(about.LONG_MESSAGE)
        return kind

    def _read_description(self, answer):
        version = answer.number(about.VERSION)
        try:
            total = answer.size_of(self._file)
        except ValueError:  # no list of files
            return
        if version >= 0 and self._version is None:
            self._version = version
            self._total = total
