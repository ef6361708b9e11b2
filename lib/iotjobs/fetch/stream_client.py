"""`StreamClient`: the two requests for files of streams out, the three answers to them in. No I/O,
no clock.

AWS IoT developer guide: "Using AWS IoT MQTT-based file delivery in devices". A stream is known by
its name; a file by its id in it; a block by its number in the file, from 0 on.
"""

import os
from array import array

from micropython import const

from ..codec import scan
from ..topics import Topics

# What an answer is.
DESCRIPTION = const(1)
DATA = const(2)
REJECTED = const(3)
IGNORED = const(4)  # of a stream, and nothing must be done on it

# The members of answers, by number: what a name in NAMES means.
TOKEN = const(0)
FILE = const(1)
BLOCK = const(2)
LENGTH = const(3)
PAYLOAD = const(4)
VERSION = const(5)
FILES = const(6)
CODE = const(7)
MESSAGE = const(8)
LONG_CODE = const(9)
LONG_MESSAGE = const(10)
_NAMES = (b"c", b"f", b"i", b"l", b"p", b"s", b"r", b"o", b"m", b"code", b"message")

# Rejections after which the same request would be rejected again.
FINAL = (
    "InvalidTopic",
    "InvalidJson",
    "InvalidCbor",
    "InvalidRequest",
    "Unauthorized",
    "BlockSizeOutOfBounds",
    "OffsetOutOfBounds",
    "BlockCountLimitExceeded",
    "BlockBitmapLimitExceeded",
    "ResourceNotFound",
    "ETagMismatch",
)

MAX_SENT = const(131_072)  # bytes of blocks that one request brings at the most
_MAX_STREAM = const(128)
_MAX_TOPIC = const(256)
_HEADROOM = const(7)  # before the topic, for the link's packet
_LONGEST = const(17)  # characters behind the name of a stream: /description/cbor
_REQUEST = const(128)  # bytes: five numbers, a token and their names in JSON are 90
_ASKED = b"sflon"  # version, file, size of a block, first block, number of blocks


class StreamClient:
    """Asks for one file at a time, for `thing_name`. `publisher` has `publish_from`, as an
    MQTTLink does; `language` is `in_cbor` or `in_json`.

    `answer` has the members of the last message that `receive` has not ignored, as long as that
    lies in its buffer. `oversized` (int): how long the last one was, since something was asked,
    that did not fit; else 0.

    ValueError for a name that no thing can have. Allocates its buffers, once, and a token when one
    begins to ask for something else; requests and answers allocate nothing.
    """

    def __init__(self, publisher, thing_name, language):
        self._publisher = publisher
        self._language = language
        self.answer = language.Answer(_NAMES)
        self._prefix = prefix = Topics(thing_name).prefix[:-5] + b"streams/"  # not "jobs/"
        level = language.LEVEL
        self._describe = b"/describe/" + level
        self._get = b"/get/" + level
        self._tails = (b"/description/" + level, b"/data/" + level, b"/rejected/" + level)
        known = bytes((len(prefix),)) + prefix
        for number in range(len(self._tails)):
            tail = self._tails[number]
            known += bytes((1 + number, len(tail))) + tail
        self._known = known + b"\0"
        self._start = _HEADROOM + len(prefix)
        self._buf = bytearray(self._start + _MAX_STREAM + _LONGEST + _REQUEST)
        self._buf[_HEADROOM : self._start] = prefix
        # Tokens tell this run of the program from an earlier one, whose answers may still arrive.
        self._run = int.from_bytes(os.urandom(4), "big")
        self._count = 0
        self._numbers = array("i", bytes(4 * len(_ASKED)))
        self._stream = b""
        self.oversized = 0

    def open(self, stream, file, block_size):
        """Ask for this file from now on: the name of its stream (str), its id (int), and the size
        of blocks in bytes (256 to 131,072). ValueError for a name with which topics are longer
        than the service's, 256 bytes.
        """
        name = stream.encode()
        size = len(self._prefix) + len(name) + _LONGEST
        if size > _MAX_TOPIC:
            raise ValueError("stream %s: topics of %d bytes, more than 256" % (stream, size))
        self._stream = name
        self._stop = scan.copy(name, 0, len(name), self._buf, self._start)
        self._numbers[1] = file
        self._numbers[2] = block_size
        self.renew()

    def close(self):
        """Ask for nothing more: every answer is ignored."""
        self._stream = b""

    def renew(self):
        """What is asked from now on is something else: answers to what was asked before are
        ignored.
        """
        self._count += 1
        self._token = b"%08x%x" % (self._run, self._count & 0xFFFF)

    def filters(self):
        """What is to be subscribed to (list of bytes) before something is asked: the answers about
        all streams.
        """
        return [self._prefix + b"+" + tail for tail in self._tails]

    def room(self, stream, block_size):
        """How many bytes the packet with a block has at the most, after its fixed header."""
        topic = len(self._prefix) + len(stream) + _LONGEST
        return 2 + topic + 2 + self._language.room(block_size)

    def describe(self):
        """Ask for the stream's version and sizes (DescribeStream)."""
        self._send(self._describe, b"")

    def get(self, version, first, count):
        """Ask for `count` blocks from the block `first` on (GetStream), of this version."""
        numbers = self._numbers
        numbers[0] = version
        numbers[3] = first
        numbers[4] = count
        self._send(self._get, _ASKED)

    def receive(self, topic, at, stop, buf, start, end):
        """Take in the message buf[start:end] on the topic topic[at:stop]; `buf` is None for one
        that was too large. Returns 0 if it is not about streams of this thing, and else what it
        is. IGNORED is every one that is no answer to what was asked since `renew`, or cannot be
        read.
        """
        kind = scan.topic(topic, at, stop, self._known)
        if not kind:
            return 0
        name = self._stream
        size = (kind >> 8) - 1
        at += len(self._prefix)
        if not name or size != len(name) or not scan.same(topic, at, at + size, name, 0):
            return IGNORED
        if buf is None:
            self.oversized = end - start
            return IGNORED
        kind &= 0xFF
        answer = self.answer
        try:
            answer.read(buf, start, end)
        except ValueError:
            return IGNORED
        # The service leaves the token out only where it could not read the request.
        if answer.says(TOKEN, self._token) or kind == REJECTED and not answer.start(TOKEN):
            return kind
        return IGNORED

    def _send(self, tail, letters):
        self.oversized = 0
        buf = self._buf
        stop = scan.copy(tail, 0, len(tail), buf, self._stop)
        end = self._language.request(buf, stop, self._token, letters, self._numbers)
        self._publisher.publish_from(buf, _HEADROOM, stop, end)
