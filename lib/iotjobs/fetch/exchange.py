"""`Exchange`: one request for a file, and its answer. RFC 9110 and 9112."""

import time

from micropython import const

from ..links.stream import LinkError, Stream
from ..outcomes import JobFailed
from . import urls
from .bodies import BodyReader

_READ = const(1024)  # bytes at once
_READS = const(16)  # in one step at the most
_CLOSED = "the peer closed the connection"


class Exchange:
    """A connection for each request, which no call waits for. Of the answer `_body`, a BodyReader,
    has the head, and hands the body on. Its generators raise LinkError where the next request may
    succeed, JobFailed where none will. Allocates its buffers and
    one SSLContext here, once, and a few KiB per request.
    """

    def __init__(self, ca, buffer_size, timeout_ms, max_redirects, ticks_ms):
        self.timeout_ms = timeout_ms
        self.max_redirects = max_redirects
        self.ticks_ms = ticks_ms
        self.stream = Stream("", 0, (None, None, ca) if ca else None)
        self._context = self.stream.context
        self._body = BodyReader(buffer_size)
        self._chunk = bytearray(_READ)
        self._rest = self._end = 0  # what of the chunk was not yet taken

    def _get(self, url, held, tag):
        # Ask for it, and wherever that leads; returns the URL that has answered.
        at = url
        hops = 0
        while True:
            yield from self._ask(at, held, tag)
            if self._body.status not in (301, 302, 303, 307, 308):
                return at
            at = self._redirected(at)
            hops += 1
            if hops > self.max_redirects:
                raise JobFailed("%s: more than %d redirects" % (urls.shown(url), hops - 1))

    def _redirected(self, url):
        location = self._body.location
        try:
            if not location:
                raise ValueError("a redirect without a Location")
            location = urls.join(url, location)
            urls.split(location)
        except ValueError as error:
            raise JobFailed("%s: %s" % (urls.shown(url), error))
        return location

    def _ask(self, url, held, tag):
        # Ask for what follows the first `held` bytes, if the ETag is still this one, and read the
        # head.
        secure, host, port, target = urls.split(url)
        if secure and not self._context:
            raise JobFailed("%s: https, but no ca is set" % urls.shown(url))
        stream = self.stream
        stream.close()
        stream.host = host
        stream.port = port
        stream.context = self._context if secure else None
        request = "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: iotjobs\r\n" % (
            target,
            urls.origin(secure, host, port),
        )
        if held:
            request += "Range: bytes=%d-\r\n" % held
            if tag:
                request += "If-Range: %s\r\n" % tag
        request += "Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
        request = request.encode()
        body = self._body
        body.begin()
        chunk = self._chunk
        at = 0
        stream.open()
        since = self.ticks_ms()
        while not body.complete:
            if not stream.connected():
                what = "connection"
            elif at < len(request):
                at = stream.write(request, at, len(request))
                what = "connection"
            else:
                self._end = body.read_ahead(stream, chunk, _READ)
                self._rest = body.take(chunk, 0, self._end)
                what = "answer"
            if time.ticks_diff(self.ticks_ms(), since) >= self.timeout_ms:
                raise LinkError("lost", "%s:%d: no %s in time" % (host, port, what))
            yield
        if body.status < 400:
            stream.address.proved()

    def _receive(self):
        # Take the body in, all but what is left in the buffer in the end; returns whether there
        # was more than announced.
        body = self._body
        chunk = self._chunk
        stream = self.stream
        body.read_body()
        since = self.ticks_ms()
        self._rest = body.take(chunk, self._rest, self._end)
        body.chunk_rest = self._end - self._rest
        while not body.complete:
            stored = body.length - body.filled
            for _ in range(_READS):
                try:
                    count = body.read_from(stream, chunk)
                except LinkError as error:
                    if body.torn or not (body.until_close and error.reason == _CLOSED):
                        raise
                    body.complete = True
                    break
                if not count or body.complete or body.length - body.filled > stored:
                    break
            now = self.ticks_ms()
            if body.length - body.filled > stored:
                since = now
            elif not body.complete and time.ticks_diff(now, since) >= self.timeout_ms:
                raise LinkError("lost", "less than a buffer in %d ms" % self.timeout_ms)
            yield self._progress(now)
        if body.chunk_rest:
            return True
        try:
            return stream.read(chunk, 1) > 0
        except LinkError:
            return False
