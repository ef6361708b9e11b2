"""`Address`: where a host is, by DNS over UDP (RFC 1035), without waiting for the answer.

The platform's `getaddrinfo` waits: with lwIP up to 14 s where no server of names answers, which a
watchdog of 8 s does not survive. It is asked where it does not wait, or where nothing else is.
"""

import os
import select
import socket
import time

from micropython import const

PORT = 53
_AGAIN = const(1_000)  # ms, after which a question is sent once more
_SENDS = const(2)  # without an answer, before an address that was good is taken
_UNKNOWN = const(-2)  # as lwIP says of a name that has no address: EAI_NONAME there
_SIZE = const(512)  # bytes of an answer, at most: RFC 1035, 4.2.1


def server():
    """The address (str) of the network's first server of names; None where the firmware does not
    say, having no `network.ipconfig`.
    """
    try:
        import network

        return network.ipconfig("dns")
    except (ImportError, AttributeError, ValueError, OSError):
        return None


def question(host):
    """What asks for the IPv4 address of `host`; None for what is no name. Allocates it."""
    asked = os.urandom(2) + b"\1\0\0\1\0\0\0\0\0\0"
    for label in host.encode().split(b"."):
        if not 0 < len(label) < 64:
            return None
        asked += bytes((len(label),)) + label
    return asked + b"\0\0\1\0\1"


def answer(data, asked):
    """The first IPv4 address (str) in `data`, an answer to `asked`; "" if there is none in it,
    None if it is no answer to that. OSError if it says that it failed (RFC 1035, 4.1.1: RCODE).
    """
    size = len(data)
    at = len(asked)
    if size < at or data[:2] != asked[:2] or data[12:at] != asked[12:] or not data[2] & 0x80:
        return None
    if data[3] & 15:
        raise OSError(_UNKNOWN)
    for _ in range(data[6] << 8 | data[7]):
        while at < size and 0 < data[at] < 0xC0:
            at += 1 + data[at]
        at += 2 if at < size and data[at] else 1  # the rest of the name is elsewhere; its end
        data_at = at + 10
        if data_at + 4 > size:
            break
        length = data[at + 8] << 8 | data[at + 9]
        if data[at : at + 4] == b"\0\1\0\1" and length == 4:
            return "%d.%d.%d.%d" % tuple(data[data_at : data_at + 4])
        at = data_at + length
    return ""


class Address:
    """Of one host at a time. The network's first server of names is asked. If it says nothing for
    2 s, or fails, the last address that was good is taken: see `proved`.

    That address is taken at once:
    - after an attempt for which the server said nothing, or an address that was no good
    - instead of `getaddrinfo`, until an attempt at it was no good

    So each second attempt asks, if the service has moved, and a wrong answer does not keep a board
    from an address that is good.

    `getaddrinfo` is asked for:
    - what is an address already
    - any name, where that server is not known
    - names in .local, for which it may ask the neighbours
    - a name of which the server says that it has no IPv4 address

    If the server is silent, or fails, only that one is asked again: of others the firmware does
    not tell, and the platform would wait.

    `named`: whether what was found is what names say of the host now.
    """

    named = False
    _of = None
    _good = None
    _found = None
    _at_once = False  # the next attempt takes the good one, and does not ask
    _waits = False  # it is `getaddrinfo` that was asked
    _socket = None  # while an answer is awaited

    def ask(self, host, port):
        """Begin to find it. Raises OSError or ValueError for what has no address."""
        self.close()
        if self._of != (host, port):
            self._of = host, port
            self._good = None
        self.named = False
        self._found = self._good
        at_once = self._good and self._at_once
        self._at_once = not at_once
        if at_once:
            return
        self._question = None
        if not (":" in host or host.replace(".", "").isdigit() or host.endswith(".local")):
            self._question = question(host)
        by = self._question and server()
        self._waits = not by
        try:
            if not by:
                self._resolve(host)
                return
            where = socket.getaddrinfo(by, PORT)[0]
            self._socket = socket.socket(where[0], socket.SOCK_DGRAM)
            self._socket.setblocking(False)
            self._socket.connect(where[-1])
            self._sends = 0
            self._send()
        except OSError as error:
            self._failed(error)

    def found(self):
        """It, as getaddrinfo has it; None as long as the answer has not come. Raises OSError."""
        if not self._socket:
            return self._found
        try:
            poller = select.poll()
            poller.register(self._socket, select.POLLIN)
            if poller.poll(0):
                host = answer(self._socket.recv(_SIZE), self._question)
                if host is not None:
                    self.close()
                    self._resolve(host or self._of[0])
                    return self._found
            if time.ticks_diff(time.ticks_ms(), self._sent) >= _AGAIN:
                if self._good and self._sends == _SENDS:
                    self.close()
                else:
                    self._send()
        except OSError as error:
            self._failed(error)
        return None if self._socket else self._found

    def proved(self):
        """What was found is good: the service is there, and serves. Allocates nothing."""
        self._good = self._found
        if self.named or self._waits:
            self._at_once = self._waits

    def close(self):
        """Wait for no answer any more."""
        if self._socket:
            self._socket.close()
            self._socket = None

    def _send(self):
        self._sends += 1
        self._sent = time.ticks_ms()
        self._socket.send(self._question)

    def _resolve(self, host):
        # Of its addresses an IPv4 one, if there is any: AF_INET is the lowest family.
        self._found = min(socket.getaddrinfo(host, self._of[1]), key=lambda item: item[0])
        self.named = True

    def _failed(self, error):
        self.close()
        if not self._good:
            raise error
