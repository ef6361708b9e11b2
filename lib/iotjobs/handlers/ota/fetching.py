"""`Files`: all files of an OTA job are fetched and verified, whatever resets come between."""

from ...outcomes import JobFailed, JobRejected
from ...updates.manifest import verify
from ...updates.partitions import BLOCK
from .reports import receive


def _blocks(size):
    return (size + BLOCK - 1) // BLOCK


class Files:
    """Of one job. `document`: a Document; `order`: its files in the order in which they are
    fetched: (number, place) of each. `keep_blocks` (int): after so many blocks of 4 KiB it is kept
    how far a file is. The others are as Ota has them.
    """

    def __init__(self, job, document, order, fetcher, key, sync_bytes, keep_blocks):
        self._job = job
        self._document = document
        self._order = order
        self._fetcher = fetcher
        self._key = key
        self._sync_bytes = sync_bytes
        self._keep_blocks = keep_blocks
        self._all = 0
        for at, place in order:
            size = document.file(at)[1]
            place.check(size)
            self._all += _blocks(size)

    def get(self, state):
        """A generator that fetches and verifies all that a life before this one has not: it has
        kept `state`, a dict. What is not whole in the end is thrown away.
        """
        first = state.get("file", 0)
        self._got = 0  # blocks of the files that are whole
        sinks = []
        whole = False
        try:
            for turn in range(len(self._order)):
                at, place = self._order[turn]
                size = self._document.file(at)[1]
                held = state.get("blocks") if turn == first else None
                sink = yield from place.open(
                    _blocks(size) if turn < first else held, self._sync_bytes
                )
                sinks.append(sink)
                if turn >= first:
                    yield from self._get(turn, sink, state if held is not None else {})
                    self._keep({"file": turn + 1})
                self._got += _blocks(size)
            whole = True
        finally:
            for sink in () if whole else sinks:
                sink.discard()

    def _get(self, turn, sink, state):
        # Fetch and verify one. What is left of a life before this one may be of no use.
        at, place = self._order[turn]
        _, size, source, signature = self._document.file(at)
        sink.proven = self._key is not None
        sink.tag = state.get("tag")
        held = 0
        if sink.proven and sink.size:
            try:
                yield from place.digest(sink)
                held = sink.size
            except OSError:  # it cannot even be read
                sink.restart()
        if held:  # it gets on, however often the board is reset
            self._keep(dict(state, at=held))
        while True:
            if not held or held < size:
                yield from self._fetch(turn, sink, source, size, state)
            sink.close()
            place.check_whole(sink, size)
            if not self._key:
                return
            digest = yield from place.digest(sink)
            try:
                yield from verify(signature, digest, self._key)
                return
            except JobRejected:
                if not held:
                    raise
            sink.restart()
            held = 0

    def _fetch(self, turn, sink, source, size, state):
        kept = sink.size // BLOCK
        tag = state.get("tag")
        begun = False
        steps = self._fetcher.fetch(self._job, source, sink, size)
        try:
            for details in steps:
                blocks = sink.size // BLOCK
                if sink.proven and sink.size:
                    if sink.tag != tag or not 0 <= blocks - kept < self._keep_blocks:
                        kept, tag = blocks, sink.tag
                        self._keep({"file": turn, "blocks": blocks, "tag": tag})
                if details or sink.size and not begun:
                    begun = True
                    details = receive(self._got + _blocks(sink.size), self._all)
                yield details
        finally:
            steps.close()

    def _keep(self, state):
        try:
            self._job.keep(state)
        except (OSError, ValueError):  # after a reset it then begins anew
            pass

    def prove(self, turn):
        """A generator for a file that a life before this one has fetched: JobFailed if the flash
        does not hold what is signed.
        """
        at, place = self._order[turn]
        _, size, _, signature = self._document.file(at)
        sink = yield from place.open(_blocks(size), self._sync_bytes)
        place.check_whole(sink, size)
        if self._key:
            digest = yield from place.digest(sink)
            try:
                yield from verify(signature, digest, self._key)
            except JobRejected:
                raise JobFailed("the flash does not hold what was written to it")
