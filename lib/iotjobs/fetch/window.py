"""`Window`: the blocks of a file that are asked for now. They come in any order, some twice, some
never, and go into a Filling in theirs. No I/O, no clock.

Nothing out of order ever reaches the flash: a block waits in RAM until those before it have been
written. So a file's length says what is there. A bitmap of blocks would be a second record, which
would have to agree with the file after each power cut. The file would have holes, and its SHA-256
could only be had by reading all of it back. What a reset loses is a window, four blocks at the
most, which are asked for again.
"""

from . import stream_client as about


class Window:
    """`slots` blocks of `size` bytes at a time. Allocates room for them, once; blocks allocate
    nothing, but for a view of the last one of a file.

    `news` (bool): a block has come since that was set to False.
    """

    news = False
    _count = 0

    def __init__(self, slots, size):
        self.size = size
        self._slots = slots
        self._buf = bytearray(slots * size)
        whole = memoryview(self._buf)
        self._views = [whole[at : at + size] for at in range(0, len(whole), size)]

    @property
    def room(self):
        """A memoryview of the first slot, for other uses while no block is awaited."""
        return self._views[0]

    def open(self, filling, file):
        """The blocks that follow are of this file (int), and go into `filling`."""
        self._filling = filling
        self._file = file
        self.clear()

    def clear(self):
        """No block is awaited."""
        # `_count` blocks from `_first` on: `_written` of them are in the filling, and the bits of
        # `_came` say which have been in their slots.
        self._first = self._count = self._written = self._came = 0
        self.news = False

    def is_written(self):
        """Whether all that was awaited has come, and was written."""
        return self._written == self._count

    def slide(self):
        """Await those that follow what the filling holds, whose `total` is known. Of the first one
        it may hold a part, from before a reset.
        """
        size = self.size
        blocks = (self._filling.total + size - 1) // size
        self._first = self._filling.held // size
        self._count = min(self._slots, blocks - self._first)
        self._written = self._came = 0

    def missing(self):
        """The number of the first block that is missing, when all before it were written."""
        return self._first + self._written

    def run(self):
        """How many are missing in a row from there."""
        stop = self._written
        while stop < self._count and not self._came >> stop & 1:
            stop += 1
        return stop - self._written

    def take(self, answer):
        """Copy the block of an answer into its slot, if it is awaited and as it must be."""
        at = answer.number(about.BLOCK) - self._first
        if not 0 <= at < self._count or self._came >> at & 1:
            return
        size = self._size_of(self._first + at)
        if (
            answer.number(about.FILE) == self._file
            and answer.number(about.LENGTH) == size
            and answer.take(about.PAYLOAD, self._buf, at * self.size, size)
        ):
            self._came |= 1 << at
            self.news = True

    def write(self):
        """Write the next block, if it has come; whether it had. What the sink raises passes."""
        at = self._written
        if not self._came >> at & 1:
            return False
        self._written += 1
        filling = self._filling
        block = self._first + at
        begin = filling.held - block * self.size
        end = self._size_of(block)
        view = self._views[at]
        filling.add(view if end - begin == self.size else view[begin:end])
        return True

    def _size_of(self, block):
        return min(self.size, self._filling.total - block * self.size)
