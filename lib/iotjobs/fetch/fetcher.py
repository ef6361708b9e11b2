"""`Fetcher`: a file over HTTP or HTTPS into a sink, whatever the network and the server do.

A transfer is a row of attempts. The next one asks for the rest only where nothing else can come
of it than the file. That is so with the strong ETag of what is held, or with a SHA-256 that tells
in the end. Otherwise it begins anew. RFC 9110, sections 13 and 14.
"""

import time

from micropython import const

from ..files.sinks import unwritten
from ..links.link import LinkError
from ..outcomes import JobFailed, JobRejected
from . import urls
from .exchange import Exchange
from .filling import Filling
from .sources import check_taken

_PATIENCE_MS = const(900_000)  # with a network that the program says is not there
_MOST = const(32)  # times `attempts`, with progress or without


class Fetcher(Exchange):
    """Gets files over HTTP and HTTPS, one after the other.

    - `ca`: the certificate by which servers are verified, or a tuple of several. Each is DER as
      bytes, or the path of such a file. Without it https is refused.
    - `buffer_size`: bytes that are written at once, 512 at least.
    - `timeout_ms`: how long a server may take until its head has come, and then for each buffer.
    - `attempts`: how many in a row may fail without a byte more than before. In all 32 times as
      many may.
    - `retry_ms`: the wait before the next one, each time as much more.
    - `offline`: close the agent's link from the first transfer of a job to the end of its handler,
      or to a file that a StreamFetcher gets. Set it on boards without memory for two TLS sessions.
      Otherwise this is done when an attempt fails for want of memory.
    - `max_redirects`: per attempt. None leads from https to http.
    - `progress_ms`: the distance of what is told of the progress.
    - `ticks_ms`: the clock.

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
        super().__init__(ca, buffer_size, timeout_ms, max_redirects, ticks_ms)
        self._body.write = self._write
        self.attempts = attempts
        self.retry_ms = retry_ms
        self.offline = offline
        self.progress_ms = progress_ms

    def takes(self, source):
        """Whether this is a source that it can get: see sources."""
        return not isinstance(source, tuple)

    def fetch(self, job, url, sink, size=None, sha256=None):
        """A generator that gets `url` (str, see urls.split) into `sink`, and returns how many
        bytes it then holds. Yields None while it waits, and progress, {"received": "123 of 456"}.

        `size` (int) and `sha256` (str of 64 hexadecimal digits) are checked if they are given. A
        sink that holds something already is filled up if there is a `sha256`, and otherwise anew.
        Run it by `yield from`. If you loop over it, close it in a `finally` block.

        Raises JobRejected for what is no URL, size or SHA-256, JobFailed for all else, with
        {"retryable": "true"} where a later job may succeed. Reasons show no query of a URL. What
        the sink holds then is the caller's to throw away. Waits for nothing but the platform's
        DNS, where `Address` asks that. While `job.network` says that there is no network, up to
        15 minutes, no attempt is made.
        Allocates per attempt a few KiB, and nothing per byte.
        """
        check_taken(self, url)
        try:
            urls.split(url)
        except ValueError as error:
            raise JobRejected(str(error))
        self._filling = Filling(sink, size, sha256, self.progress_ms, self.ticks_ms())
        self._ranges = True
        try:
            if self.offline:
                job.offline()
            yield from self._transfer(job, url)
        finally:
            self._filling = None
            self.stream.close()
        return sink.size

    def _transfer(self, job, url):
        filling = self._filling
        best = tries = count = 0
        anew = False  # the SHA-256 was wrong once
        yield from filling.take_over(memoryview(self._body.buf))
        while True:
            # Without it DNS may block, on an RP2 of before 2026 for ever.
            since = self.ticks_ms()
            while not job.network():
                if not 0 <= time.ticks_diff(self.ticks_ms(), since) < _PATIENCE_MS:
                    reason = "%s: no network for %d s" % (urls.shown(url), _PATIENCE_MS // 1000)
                    raise JobFailed(reason, {"retryable": "true"})
                yield
            try:
                yield from self._attempt(url)
                wrong = filling.wrong()
                if not wrong:
                    return
                if anew or not filling.mixed:
                    raise JobFailed("%s: %s" % (urls.shown(url), wrong))
                anew = True
                filling.restart()
                reason = "another SHA-256"
            except LinkError as error:
                reason = error.reason.split("?")[0]  # it may quote what a peer echoes
                if error.stage == "clock":
                    raise JobFailed(reason, {"retryable": "true"})
                if error.stage == "certificate" and self.stream.address.named:
                    raise JobFailed(reason)
                if error.stage == "memory":
                    job.offline()  # the next attempt has what the agent's link took
            except OSError as error:
                raise unwritten(error)
            self.stream.close()
            count += 1
            tries += 1
            if filling.held > best:
                best = filling.held
                tries = 0
            if tries >= self.attempts or count >= _MOST * self.attempts:
                raise JobFailed(
                    "%s: given up at %d bytes: %s" % (urls.shown(url), filling.held, reason),
                    {"retryable": "true"},
                )
            yield from self._wait((tries + 1) * self.retry_ms)

    def _wait(self, ms):
        since = self.ticks_ms()
        while 0 <= time.ticks_diff(self.ticks_ms(), since) < ms:
            yield

    def _write(self, buf):
        filling = self._filling
        total = filling.total
        if total is not None and filling.held + len(buf) > total:
            reason = "more than the %d bytes that were announced" % total
            if filling.mixed:
                self._ranges = False
                raise LinkError("protocol", reason)
            raise JobFailed(reason)
        filling.add(buf)

    # One attempt: LinkError means that the next may succeed

    def _attempt(self, url):
        filling = self._filling
        sink = filling.sink
        if sink.size:
            if sink.size == filling.total:
                return
            if not (self._ranges and (sink.tag or filling.sha256)):
                filling.restart()
        at = yield from self._get(url, sink.size, sink.tag)
        self._begin(urls.shown(at))
        more = yield from self._receive()
        body = self._body
        if body.filled:
            self._write(memoryview(body.buf)[: body.filled])
        if filling.total not in (None, sink.size):
            raise LinkError("lost", "%d of %d bytes" % (sink.size, filling.total))
        if more:
            filling.mixed = True
            if not filling.sha256:
                filling.restart()
                raise LinkError("protocol", "more than the announced length")

    def _begin(self, shown):
        # Decide by the head what becomes of the body.
        body = self._body
        filling = self._filling
        sink = filling.sink
        status = body.status
        total = body.total
        held = sink.size
        if status == 206 and held:
            total = self._rest_of(held, total)
        elif status == 206 or status == 416:
            self._ranges = False
            raise LinkError("protocol", "HTTP %d" % status)
        elif status != 200:
            # An address of before may have become another's.
            if status in (408, 425, 429) or status >= 500 or not self.stream.address.named:
                raise LinkError("lost", "HTTP %d" % status)
            retryable = {"retryable": "true"} if status in (401, 403, 410) else None
            raise JobFailed("HTTP %d from %s" % (status, shown), retryable)
        else:
            if held:  # there are no ranges, or the file has changed
                filling.restart()
            filling.total = filling.size
            if total >= 0:
                if filling.total not in (None, total):
                    raise JobFailed(
                        "%s has %d bytes, not %d" % (shown, total, filling.total),
                    )
                filling.total = total
        if body.until_close and filling.total is None and not filling.sha256:
            raise JobFailed("%s: neither the server nor the job says how long it is" % shown)
        if body.encoded and not filling.sha256:
            raise JobFailed("%s: encoded, and no sha256 is given" % shown)
        filling.mixed = filling.mixed or held > 0 and sink.size > 0 or body.until_close
        sink.tag = body.tag
        sink.begin(filling.total)

    def _rest_of(self, held, length):
        body = self._body
        filling = self._filling
        tag = filling.sink.tag
        known = filling.total
        # Empty if it is malformed, as is a missing one.
        first, last, total = body.range or (-1, 0, 0)
        if (tag and body.tag != tag) or (first == held and known not in (None, total)):
            filling.restart()
            raise LinkError("protocol", "the file has changed")
        if first != held or last + 1 != total or length not in (-1, total - held):
            self._ranges = False
            raise LinkError("protocol", "another Content-Range than asked for")
        filling.total = total
        return total

    def _progress(self, now):
        return self._filling.progress(now)
