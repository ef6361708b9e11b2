"""`Buffer`: what a link receives into, whose end can be lent to a job's document meanwhile."""


class Buffer:
    """Holds `size` bytes of what is received, and `room` more, which are what is left while as
    much as was received at once is kept. Allocates both, once.
    """

    def __init__(self, size, room):
        self.buf = bytearray(size + room)
        self._size = size
        self.release()

    def keep(self, start, end):
        """Move buf[start:end], a part of what was received last, to the end of the buffer.

        Returns its new start. Until `release` it stays there, and what is longer than the rest of
        the buffer, up to `limit`, is dropped. Allocates a view.
        """
        buf = self.buf
        self.limit = len(buf) - (end - start)
        buf[self.limit :] = memoryview(buf)[start:end]
        return self.limit

    def release(self):
        """Give the room of what was kept back, from what is received next on."""
        self.limit = self._size
