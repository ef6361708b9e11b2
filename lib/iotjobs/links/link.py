"""What links have in common: how they fail, and what they receive into, whose end can be lent to a
job's document meanwhile.
"""


class LinkError(OSError):
    """A connection cannot be made, or is over. `reason` (str) tells a person why, `stage` (str)
    says where:

    "dns": the name has no address, or no network is there; "tcp": nobody listens, or nobody
    answers; "certificate": this side refused the peer's certificate, or its name; "clock": that is
    not valid yet by this board's clock, which is to be set; "memory": there is too little, or none
    in one piece; "handshake": the peer refused this side, or speaks no TLS; "connack": the broker
    refused the connection; "lost": the connection ended, or the peer fell silent; "protocol": the
    peer said what it must not say.
    """

    def __init__(self, stage, reason):
        self.stage = stage
        self.reason = reason

    def __str__(self):
        return self.stage + ": " + self.reason


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
