"""The device's side of lockstep: the host at the other end of two pipes, and the time of both.

Every opening, writing and closing of the connection is one exchange, and so is every instant at
which the host has something to do. The host moves its clock to the device's, does what follows,
and answers with all bytes that it has sent meanwhile. Between two exchanges nothing happens
anywhere.
"""

import json
import struct
import sys
import time

from micropython import const

# One byte each; see lockstep/exchange.py, which has the other side of it.
NEXT = const(0x4E)  # what came of the last schedule; answered with the next one
OPEN = const(0x4F)
WRITE = const(0x57)
CLOSE = const(0x43)
PASS = const(0x54)  # time has passed
LOG = const(0x4C)  # a line for the trace; not answered

_CLOSED = const(1)  # flags of an answer
_RESET = const(2)
_DONE = const(4)
_NEVER = const(0xFFFFFFFF)

_BEFORE_WRAP_MS = const(5_000)
_HEADROOM = const(10)  # calls
_LONGEST_LINE = const(500)


class Network:
    """`source` and `sink` are the pipes. `now`: ms since the schedule began. `inbox`: bytes that
    came and were not read. `ended`: None, "closed" or "reset". `done`: whether the service has
    nothing more to do with the device. `active`: set by everything that is sent or read.

    `power`, a Power: while that is cut, nothing goes on. `bite` is called when the watchdog was
    not fed in time.
    """

    power = bite = None

    def __init__(self, source, sink):
        self._in = source
        self._out = sink
        self.begin()

    def begin(self):
        """Begin anew, at 0 ms."""
        self.now = 0
        self._due = None
        self.inbox = b""
        self.ended = None
        self.done = False
        self.active = False
        self.feed(0)

    def feed(self, watchdog_ms):
        """The watchdog bites after so many ms from now; 0: there is none."""
        self._hungry = self.now + watchdog_ms if watchdog_ms else None

    def headroom(self):
        """Raise RuntimeError if the recursion is too deep to do a thing as a whole.

        A board does it in C. What is half done here is lost between the device and the host.
        """
        _deeper(_HEADROOM)

    def ticks_ms(self):
        """As time.ticks_ms, which on a board goes round: here soon after the beginning."""
        return time.ticks_add(0, self.now - _BEFORE_WRAP_MS)

    def schedule(self, result):
        """Hand over what came of the last schedule, None at first, and get the next one."""
        self.power = None
        self._send(NEXT, json.dumps(result).encode())
        return json.loads(self._receive()[2])

    def log(self, text):
        """A line for the trace."""
        self._send(LOG, text[:_LONGEST_LINE].encode())

    def exchange(self, kind, payload=b""):
        """Tell the host, and take what it has sent."""
        self._send(kind, payload)
        flags, due, data = self._receive()
        if kind == OPEN:
            self.inbox = b""
            self.ended = None
        self._due = None if due == _NEVER else self.now + due
        if data:
            self.inbox += data
        if flags & _RESET:
            self.ended = "reset"
        elif flags & _CLOSED:
            self.ended = "closed"
        self.done = flags & _DONE != 0

    def pass_time(self, ms):
        """Let so many ms pass, less if the host has something to do before."""
        if self.power:
            self.power.check()
        later = self.now + ms
        if self._due is not None and self._due <= later:
            self.now = max(self.now, self._due)
            self.exchange(PASS)
        else:
            self.now = later
        if self._hungry is not None and self.now >= self._hungry:
            self._hungry = None
            self.bite()

    def sleep_ms(self, ms):
        """As time.sleep_ms."""
        end = self.now + ms
        while self.now < end:
            self.pass_time(end - self.now)

    def _send(self, kind, payload):
        self.headroom()
        if self.power:
            self.power.check()
        self._out.write(struct.pack(">BIH", kind, self.now, len(payload)) + payload)

    def _receive(self):
        flags, due, size = struct.unpack(">BII", self._read(9))
        return flags, due, self._read(size) if size else b""

    def _read(self, size):
        raw = b""
        while len(raw) < size:
            part = self._in.read(size - len(raw))
            if not part:
                sys.exit()  # the host has ended
            raw += part
        return raw


def _deeper(levels):
    if levels:
        _deeper(levels - 1)
