"""`Fetcher`: a file over HTTP or HTTPS into a sink, whatever the network and the server do.

A transfer is a row of attempts. The next one asks for the rest only where nothing else can come
of it than the file: with the strong ETag of what is held, or with a SHA-256 that tells in the end.
Otherwise it begins anew. RFC 9110, sections 13 and 14.
"""

import hashlib
import time
from binascii import hexlify

from micropython import const

from . import urls
from .bodies import BodyReader
from .outcomes import JobCanceled, JobFailed, JobRejected
from .sinks import ENOSPC, FileSink, MemorySink  # noqa: F401, who fetches needs one of them
from .stream import LinkError, Stream

_READ = const(1024)  # bytes at once
_READS = const(16)  # in one step at the most
_MOST = const(32)  # times `attempts`, with progress or without
_CLOSED = "the peer closed the connection"


class Fetcher:
    """Gets files over HTTP and HTTPS, one after the other.

    `ca`: the certificate, DER as bytes or the path of such a file, by which servers are verified;
    without it https is refused. `buffer_size`: bytes that are written at once, 512 at least.
    `timeout_ms`: how long a server may take until its head has come, and then between two pieces
    of the body. `attempts`: how many in a row may fail without a byte more than before; 32 times
    as many in all. `retry_ms`: the wait before the next one, each time as much more. `offline`:
    close the agent's link for the transfer, for boards without memory for two TLS sessions.
    `max_redirects`: per attempt; none leads from https to http. `progress_ms`: the distance of
    what is told of the progress. `ticks_ms`: the clock.

    Raises ValueError for these. Allocates its buffers and one SSLContext here, once.
    """

    def __init__(
        self,
        ca=None,
        buffer_size=4096,
        timeout_ms=30_000,
        attempts=8,
        retry_ms=1_000,
        offline=False,
        max_redirects=3,
        progress_ms=5_000,
        ticks_ms=time.ticks_ms,
    ):
        if buffer_size < 512 or attempts < 1:
            raise ValueError("buffer_size of less than 512, or attempts of less than 1")
        self.timeout_ms = timeout_ms
        self.attempts = attempts
        self.retry_ms = retry_ms
        self.offline = offline
        self.max_redirects = max_redirects
        self.progress_ms = progress_ms
        self.ticks_ms = ticks_ms
        self.stream = Stream("", 0, (None, None, ca) if ca else None)
        self._context = self.stream.context
        self._body = BodyReader(buffer_size)
        self._body.write = self._write
        self._chunk = bytearray(_READ)

    def fetch(self, job, url, sink, size=None, sha256=None):
        """A generator that gets `url` (str, see urls.split) into `sink`, and returns how many
        bytes it then holds. Yields None while it waits, and progress, {"received": "123 of 456"}.

        `size` (int) and `sha256` (str of 64 hexadecimal digits) are checked if they are given. A
        sink that holds something already is filled up if there is a `sha256`, and otherwise anew.

        Raises JobRejected for what is no URL, size or SHA-256, JobFailed for all else, with
        {"retryable": "true"} where a later job may succeed. Reasons show no query of a URL. What
        the sink holds then is the caller's to throw away. Waits for DNS only. Allocates per
        attempt a few KiB, and nothing per byte.
        """
        try:
            urls.split(url)
        except ValueError as error:
            raise JobRejected(str(error))
        if size is not None and (not isinstance(size, int) or size < 0):
            raise JobRejected("size %r: not a number of bytes" % (size,))
        if sha256 is not None:
            sha256 = check_sha256(sha256)
        self._job_size = self._total = size
        self._sha256 = sha256
        self._sink = sink
        self._ranges = True
        self._told = self.ticks_ms()
        try:
            if self.offline:
                job.offline()
            yield from self._transfer(url)
        finally:
            self._sink = self._hash = None
            self.stream.close()
            if self.offline:
                try:
                    job.offline(False)
                except JobCanceled:  # the link comes back without it
                    pass
        return sink.size

    def _transfer(self, url):
        sink = self._sink
        best = tries = count = 0
        anew = False  # the SHA-256 was wrong once
        yield from self._take_over()
        while True:
            try:
                yield from self._attempt(url)
                if self._is_right():
                    return
                if anew or not self._mixed:
                    raise JobFailed(
                        "%s: SHA-256 %s..., not %s..."
                        % (urls.shown(url), self._found[:16], self._sha256[:16])
                    )
                anew = True
                self._restart()
                reason = "another SHA-256"
            except LinkError as error:
                reason = error.reason.split("?")[0]  # it may quote what a peer echoes
                if error.stage == "certificate" or error.stage == "clock":
                    raise JobFailed(reason, {"retryable": "true"})
            except OSError as error:
                full = error.errno == ENOSPC
                raise JobFailed("the flash is full" if full else "cannot write: %s" % error)
            self.stream.close()
            count += 1
            tries += 1
            if sink.size > best:
                best = sink.size
                tries = 0
            if tries >= self.attempts or count >= _MOST * self.attempts:
                raise JobFailed(
                    "%s: given up at %d bytes: %s" % (urls.shown(url), sink.size, reason),
                    {"retryable": "true"},
                )
            yield from self._wait((tries + 1) * self.retry_ms)

    def _wait(self, ms):
        since = self.ticks_ms()
        while 0 <= time.ticks_diff(self.ticks_ms(), since) < ms:
            yield

    # What the sink holds

    def _restart(self):
        self._sink.restart()
        self._sink.tag = None
        self._hash = hashlib.sha256() if self._sha256 else None
        self._mixed = False  # it holds bytes of more than one response

    def _take_over(self):
        # Hash what was there before.
        sink = self._sink
        size = sink.size
        if not size or not self._sha256 or size > (size if self._total is None else self._total):
            self._restart()
            return
        self._hash = hashlib.sha256()
        self._mixed = True
        view = memoryview(self._body.buf)
        at = 0
        while at < size:
            try:
                count = min(sink.readinto(at, view), size - at)
            except OSError:
                count = 0
            if not count:
                self._restart()
                return
            self._hash.update(view[:count])
            at += count
            yield

    def _write(self, buf):
        sink = self._sink
        total = self._total
        if total is not None and sink.size + len(buf) > total:
            raise JobFailed("more than the %d bytes that were announced" % total)
        sink.write(buf)
        if self._hash:
            self._hash.update(buf)
        self._wrote = True

    def _is_right(self):
        # Whether it has the SHA-256, if that is known.
        if not self._sha256:
            return True
        self._found = hexlify(self._hash.digest()).decode()
        return self._found == self._sha256

    # One attempt: LinkError means that the next may succeed

    def _attempt(self, url):
        sink = self._sink
        if sink.size:
            if sink.size == self._total:
                return
            if not (self._ranges and (sink.tag or self._sha256)):
                self._restart()
        hops = 0
        at = url
        while True:
            rest, end = yield from self._ask(at)
            if self._body.status not in (301, 302, 303, 307, 308):
                break
            at = self._redirected(at)
            hops += 1
            if hops > self.max_redirects:
                raise JobFailed(
                    "%s: more than %d redirects" % (urls.shown(url), self.max_redirects)
                )
        self._begin(urls.shown(at))
        yield from self._receive(rest, end)

    def _redirected(self, url):
        location = self._body.location
        try:
            if not location:
                raise ValueError("a redirect without a Location")
            location = urls.join(url, location)
            if urls.split(url)[0] > urls.split(location)[0]:
                raise ValueError("a redirect from https to http")
        except ValueError as error:
            raise JobFailed("%s: %s" % (urls.shown(url), error))
        return location

    def _ask(self, url):
        # Make the request and read the head; returns what of the chunk belongs to the body.
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
        sink = self._sink
        if sink.size:
            request += "Range: bytes=%d-\r\n" % sink.size
            if sink.tag:
                request += "If-Range: %s\r\n" % sink.tag
        request += "Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
        request = request.encode()
        body = self._body
        body.begin()
        chunk = self._chunk
        at = rest = count = 0
        stream.open()
        since = self.ticks_ms()
        while not body.complete:
            if not stream.connected():
                what = "connection"
            elif at < len(request):
                at = stream.write(request, at, len(request))
                what = "connection"
            else:
                count = stream.read(chunk, _READ)
                rest = body.take(chunk, 0, count)
                what = "answer"
            if time.ticks_diff(self.ticks_ms(), since) >= self.timeout_ms:
                raise LinkError("lost", "%s:%d: no %s in time" % (host, port, what))
            yield
        return rest, count

    def _begin(self, shown):
        # Decide by the head what becomes of the body.
        body = self._body
        sink = self._sink
        status = body.status
        total = body.total
        held = sink.size
        if status == 206 and held:
            total = self._rest_of(held, total)
        elif status == 206 or status == 416:
            self._ranges = False
            raise LinkError("protocol", "HTTP %d" % status)
        elif status in (408, 425, 429) or status >= 500:
            raise LinkError("lost", "HTTP %d" % status)
        elif status != 200:
            retryable = {"retryable": "true"} if status in (401, 403, 410) else None
            raise JobFailed("HTTP %d from %s" % (status, shown), retryable)
        else:
            if held:  # there are no ranges, or the file has changed
                self._restart()
            self._total = self._job_size
            if total >= 0:
                if self._total not in (None, total):
                    raise JobFailed(
                        "%s has %d bytes, not %d" % (shown, total, self._total),
                    )
                self._total = total
        checked = self._sha256 or self._job_size is not None
        if body.until_close and not checked:
            raise JobFailed("%s: neither the server nor the job says how long it is" % shown)
        if body.encoding not in (None, "identity") and not self._sha256:
            raise JobFailed("%s: encoded, and no sha256 is given" % shown)
        self._mixed = self._mixed or held > 0 and sink.size > 0 or body.until_close
        sink.tag = body.tag
        sink.begin(self._total)
        body.read_body()

    def _rest_of(self, held, length):
        body = self._body
        sink = self._sink
        known = self._total
        # Empty if it is malformed, as is a missing one.
        first, last, total = body.range or (-1, 0, 0)
        if (sink.tag and body.tag != sink.tag) or (first == held and known not in (None, total)):
            self._restart()
            raise LinkError("protocol", "the file has changed")
        if first != held or last + 1 != total or length not in (-1, total - held):
            self._ranges = False
            raise LinkError("protocol", "another Content-Range than asked for")
        self._total = total
        return total

    def _receive(self, rest, end):
        # Take the body in, of which chunk[rest:end] has come.
        body = self._body
        chunk = self._chunk
        stream = self.stream
        since = self.ticks_ms()
        rest = body.take(chunk, rest, end)
        while not body.complete:
            self._wrote = False
            for _ in range(_READS):
                try:
                    end = stream.read(chunk, _READ)
                except LinkError as error:
                    if not (body.until_close and error.reason == _CLOSED):
                        raise
                    body.complete = True
                    break
                if not end:
                    break
                since = self.ticks_ms()
                rest = body.take(chunk, 0, end)
                if body.complete or self._wrote:
                    break
            now = self.ticks_ms()
            if time.ticks_diff(now, since) >= self.timeout_ms:
                raise LinkError("lost", "nothing more in %d ms" % self.timeout_ms)
            yield self._progress(now)
        if body.filled:
            self._write(memoryview(body.buf)[: body.filled])
        sink = self._sink
        if self._total not in (None, sink.size):
            raise LinkError("lost", "%d of %d bytes" % (sink.size, self._total))
        if rest < end or self._is_more():
            self._mixed = True
            if not self._sha256:
                self._restart()
                raise LinkError("protocol", "more than the announced length")

    def _is_more(self):
        try:
            return self.stream.read(self._chunk, 1)
        except LinkError:
            return 0

    def _progress(self, now):
        if 0 <= time.ticks_diff(now, self._told) < self.progress_ms:
            return None
        self._told = now
        text = str(self._sink.size)
        if self._total is not None:
            text += " of %d" % self._total
        return {"received": text}


def check_sha256(sha256):
    """`sha256` in lower case; JobRejected for what is none."""
    text = sha256.lower() if isinstance(sha256, str) else ""
    if len(text) != 64 or [c for c in text if c not in "0123456789abcdef"]:
        raise JobRejected("sha256: not 64 hexadecimal digits")
    return text
