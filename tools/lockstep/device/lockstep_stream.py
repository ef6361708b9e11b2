"""`LockstepStream`: what a link has in place of a `Stream`, whose other end is the host."""

import network
from iotjobs.links.dns import Address
from iotjobs.links.stream import LinkError


class LockstepStream:
    """`power.at` is told of each packet or request that is sent: each is one write.

    It is also told of each packet or answer that is received: `framing` finds their ends (see
    there). `power.at` may raise.
    """

    hint = ""

    def __init__(self, net, power, framing):
        self._net = net
        self._power = power
        self._framing = framing
        self._opened = False
        self.address = Address()

    def open(self):
        self.close()
        self._framing.begin()
        self._net.exchange(network.OPEN)
        self._net.active = self._opened = True

    def connected(self):
        return True

    def write(self, buf, start, end):
        net = self._net
        net.headroom()
        if net.ended == "reset":
            raise LinkError("lost", "reset by the peer")
        self._power.at("unsent")
        net.active = True
        net.exchange(network.WRITE, bytes(memoryview(buf)[start:end]))
        self._power.at("sent")
        return end

    def late(self, reason):
        return LinkError("lost", reason)

    def read(self, buf, limit):
        net = self._net
        net.headroom()
        count = min(limit, len(net.inbox))
        if not count:
            if net.ended:
                raise LinkError("lost", "%s by the peer" % net.ended)
            return 0
        buf[:count] = net.inbox[:count]
        net.inbox = net.inbox[count:]
        net.active = True
        for _ in range(self._framing.ends(buf, count)):
            self._power.at("received")
        return count

    def close(self):
        if self._opened:
            self._opened = False
            self._net.exchange(network.CLOSE)
            self._net.inbox = b""
            self._net.ended = None
