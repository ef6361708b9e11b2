"""`LockstepStream`: what an `MQTTLink` has in place of a `Stream`, whose other end is the host."""

import network
from iotjobs.stream import LinkError


class LockstepStream:
    """`sent` and `received` count packets, over all connections; `power.at(kind, number)` is told
    of each, and may raise.
    """

    hint = ""

    def __init__(self, net, power):
        self._net = net
        self._power = power
        self._opened = False

    def open(self):
        self.close()
        self._length = self._shift = 0  # of the packet that is being read
        self._header = True
        self._first = True
        self._net.exchange(network.OPEN)
        self._net.active = self._opened = True

    def connected(self):
        return True

    def write(self, buf, start, end):
        net = self._net
        if net.ended == "reset":
            raise LinkError("lost", "reset by the peer")
        self._power.at("unsent")
        net.active = True
        net.exchange(network.WRITE, bytes(memoryview(buf)[start:end]))
        self._power.at("sent")
        return end

    def read(self, buf, limit):
        net = self._net
        count = min(limit, len(net.inbox))
        if not count:
            if net.ended:
                raise LinkError("lost", "%s by the peer" % net.ended)
            return 0
        buf[:count] = net.inbox[:count]
        net.inbox = net.inbox[count:]
        net.active = True
        self._count(buf, count)
        return count

    def close(self):
        if self._opened:
            self._opened = False
            self._net.exchange(network.CLOSE)
            self._net.inbox = b""
            self._net.ended = None

    def _count(self, buf, count):
        # Find the ends of packets.
        at = 0
        while at < count:
            if not self._header:
                taken = min(self._length, count - at)
                self._length -= taken
                at += taken
            elif self._first:
                self._first = False
                at += 1
                continue
            else:
                self._length |= (buf[at] & 0x7F) << self._shift
                self._shift += 7
                self._header = buf[at] > 0x7F
                at += 1
            if not (self._header or self._length):
                self._shift = 0
                self._header = self._first = True
                self._power.at("received")
