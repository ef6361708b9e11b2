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


def ended(link, error):
    """Close `link`, which `error` has ended, maybe in the middle of a step, and let it say so by
    its `failed`. Returns what to raise: a LinkError for one, and for the want of memory; otherwise
    `error`.
    """
    link.close()
    failed = error
    if not isinstance(error, LinkError):
        stage = "memory" if isinstance(error, MemoryError) else "lost"
        failed = LinkError(stage, "in the middle of a step: " + type(error).__name__)
    if link.session_present is None and failed.stage in "handshake lost protocol":
        # With TLS 1.3 the server looks at the client's certificate when the client has finished,
        # so that its refusal comes in the place of CONNACK.
        failed = LinkError(failed.stage, failed.reason + " before CONNACK" + link.sock.hint)
    link.failed = failed
    return failed if isinstance(error, (LinkError, MemoryError)) else error


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
