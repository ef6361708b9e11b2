"""`Filling`: a sink into which a file comes, whichever way: what of it is held, its SHA-256, and
how far it is.
"""

import hashlib
from binascii import hexlify
from time import ticks_diff

from ..files.digests import check_sha256, check_size


class Filling:
    """`sink` is to hold a file of `size` bytes (int) with this `sha256` (str); None: that is not
    known. `now`: ticks, and `progress_ms`, the distance of what is told.

    `total` (int or None): how long the file is, as far as is known. `mixed` (bool): what is held
    may be of more than one version of it. `held` (int): the bytes of the sink.

    JobRejected for what is no size or SHA-256. Bytes that are added allocate nothing.
    """

    mixed = False
    _hash = None

    def __init__(self, sink, size, sha256, progress_ms, now):
        if size is not None:
            check_size(size)
        if sha256 is not None:
            sha256 = check_sha256(sha256)
        self.sink = sink
        self.size = self.total = size
        self.sha256 = sha256
        self._progress_ms = progress_ms
        self._told = now

    @property
    def held(self):
        return self.sink.size

    def restart(self):
        """Throw away what is held."""
        self.sink.restart()
        self.sink.tag = None
        self._hash = hashlib.sha256() if self.sha256 else None
        self.mixed = False

    def take_over(self, buf):
        """A generator that hashes what the sink held before, by way of `buf` (memoryview). Without
        a SHA-256, which tells in the end whether it is of this file, it is thrown away; so is what
        cannot be read. It stays in a `proven` sink, whose tag says what it is of.
        """
        sink = self.sink
        size = sink.size
        if size and not self.sha256 and getattr(sink, "proven", False) and sink.tag:
            self.mixed = True
            return
        if not size or not self.sha256:
            self.restart()
            return
        self._hash = hashlib.sha256()
        self.mixed = True
        at = 0
        while at < size:
            try:
                count = min(sink.readinto(at, buf), size - at)
            except OSError:
                count = 0
            if not count:
                self.restart()
                return
            self._hash.update(buf[:count])
            at += count
            yield

    def add(self, buf):
        """Append all of `buf`. What the sink raises passes."""
        self.sink.write(buf)
        if self._hash:
            self._hash.update(buf)

    def wrong(self):
        """What is wrong with the SHA-256 of what is held, in words (str); None if it is right, or
        is not known.
        """
        if self.sha256:
            found = hexlify(self._hash.digest()).decode()
            if found != self.sha256:
                return "SHA-256 %s..., not %s..." % (found[:16], self.sha256[:16])
        return None

    def progress(self, now):
        """{"received": "123 of 456"} where that is due at `now` (ticks), else None."""
        if 0 <= ticks_diff(now, self._told) < self._progress_ms:
            return None
        self._told = now
        text = str(self.held)
        if self.total is not None:
            text += " of %d" % self.total
        return {"received": text}
