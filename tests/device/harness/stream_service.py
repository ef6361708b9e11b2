"""AWS IoT's files over MQTT for the tests, as they were seen on the live service, and a link to
them whose other end is the test: no sockets, no waits.

A fault is a function that is given the messages which a request brings, and returns others.
"""

import json
from binascii import b2a_base64

from cbor_text import array, data, integer, map_of, read, text
from iotjobs.links.link import LinkError
from support import ScriptedLink

MAX_SENT = 131_072


class Message:
    """`tail`: the level of its topic; `members`: name to value, in their order, `p` as bytes.
    `delay`: after how many polls it comes. `written(members)`: how it is spelled.
    """

    def __init__(self, tail, members, written):
        self.tail = tail
        self.members = members
        self.delay = 0
        self.size = 0  # with one: it is too large to be kept
        self.written = written
        self.stream = None

    def copy(self):
        made = Message(self.tail, dict(self.members), self.written)
        made.stream = self.stream
        return made

    def block(self):
        return self.members.get("i")


def in_json(members):
    found = {}
    for name in members:
        value = members[name]
        found[name] = b2a_base64(value)[:-1].decode() if isinstance(value, bytes) else value
    return json.dumps(found).encode()


def in_cbor(members, width=0, endless=True, backwards=False):
    pairs = [(name, _item(members[name], width)) for name in members]
    return map_of(pairs[::-1] if backwards else pairs, endless)


def _item(value, width):
    if isinstance(value, bytes):
        return data(value, width)
    if isinstance(value, str):
        return text(value, width)
    if isinstance(value, list):
        return array([map_of([(name, integer(one[name])) for name in one]) for one in value])
    return integer(value, width)


class StreamService:
    """Serves `files` (dict of id to bytes) as the stream `name`. `faults`: for the block of each
    number a function(service, messages, at) that spoils the message at that place the first time
    that it is sent; `always`: for each block, each time. `rejections`: code, or None, for each
    request in turn. `requests` has what was asked: (operation, members).
    """

    def __init__(self, files, name="s1", version=1):
        self.files = files
        self.name = name
        self.version = version
        self.faults = {}
        self.always = None
        self.rejections = []
        self.requests = []
        self.silent = 0  # so many requests are not answered
        self.written = {"cbor": in_cbor, "json": in_json}

    def answer(self, stream, operation, level, payload):
        """The messages that a request brings."""
        asked = read(payload) if level == "cbor" else json.loads(payload)
        self.requests.append((operation, asked))
        if self.silent:
            self.silent -= 1
            return []
        code = self.rejections.pop(0) if self.rejections else None
        if stream != self.name:
            code = "ResourceNotFound"
        elif operation == "get" and not code:
            code = self._wrong(asked)
        written = self.written[level]
        if code:
            told = {
                "c": asked["c"],
                "code": code,
                "o": code,
                "message": "in words",
                "m": "in words",
            }
            return [Message("rejected", told, written)]
        if operation == "describe":
            files = [{"f": file, "z": len(self.files[file])} for file in sorted(self.files)]
            told = {"c": asked["c"], "s": self.version, "d": "Stream", "r": files}
            return [Message("description", told, written)]
        messages = self._blocks(asked, written)
        for at in range(len(messages) - 1, -1, -1):
            fault = self.faults.pop(messages[at].block(), None) or self.always
            if fault:
                messages = fault(self, messages, at)
        return messages

    def _wrong(self, asked):
        if asked["f"] not in self.files:
            return "ResourceNotFound"
        if "s" in asked and asked["s"] != self.version:
            return "VersionMismatch"
        if not 256 <= asked["l"] <= MAX_SENT:
            return "BlockSizeOutOfBounds"
        if asked["o"] * asked["l"] >= len(self.files[asked["f"]]):
            return "InvalidRequest"
        return None

    def _blocks(self, asked, written):
        content = self.files[asked["f"]]
        size = asked["l"]
        messages = []
        sent = 0
        for block in range(asked["o"], asked["o"] + asked["n"]):
            piece = content[block * size : (block + 1) * size]
            sent += size
            if not piece or sent > MAX_SENT:
                break
            told = {"c": asked["c"], "f": asked["f"], "i": block, "l": len(piece), "p": piece}
            messages.append(Message("data", told, written))
        return messages


class StreamLink(ScriptedLink):
    """Streams come from `service`. `refuses`: the next so many subscriptions to them end the
    connection; `cuts`: so do the next so many requests, before they are answered.
    """

    buffer_size = 4096
    service = None
    refuses = cuts = 0
    subscribe = None  # it could: such a link carries streams

    def __init__(self, thing_name="MyThing", buffer_size=4096):
        super().__init__(thing_name, buffer_size)
        self.buffer_size = buffer_size
        self._streams = "$aws/things/%s/streams/" % thing_name
        self.subscribed = ()  # on this connection, to topics of streams
        self.times = 0  # so often was it subscribed to these
        self._late = []
        self.polls = 0

    def open(self):
        super().open()
        self.subscribed = ()
        self._late = []

    def poll(self):
        self.polls += 1
        for message in self._late[:]:
            message.delay -= 1
            if message.delay < 0:
                self._late.remove(message)
                self._bring(message)
        super().poll()
        self.awaited = 0

    def begin_subscribe(self, filters, qos=0, again=True):
        names = [bytes(topic).decode() for topic in filters]
        if not names[0].startswith(self._streams):
            super().begin_subscribe(filters, qos, again)
            return
        assert not (self.awaited or again or qos) and self.connected
        self.awaited = 0x90
        if self.refuses:
            self.refuses -= 1
            self.fail = LinkError("lost", "gone")
        else:
            self.subscribed = names
            self.times += 1

    def publish_from(self, buf, topic_start, topic_end, end):
        topic = bytes(buf[topic_start:topic_end]).decode()
        if not topic.startswith(self._streams):
            return super().publish_from(buf, topic_start, topic_end, end)
        if not self.connected:
            raise LinkError("lost", "not connected")
        if self.cuts:
            self.cuts -= 1
            self.fail = LinkError("lost", "gone")
            return None
        stream, operation, level = topic[len(self._streams) :].split("/")
        payload = bytes(buf[topic_end:end])
        for message in self.service.answer(stream, operation, level, payload):
            message.topic = "%s%s/%s/%s" % (
                self._streams,
                message.stream or stream,
                message.tail,
                level,
            )
            self._late.append(message)
        return None

    def _bring(self, message):
        parts = message.topic.split("/")
        parts[4] = "+"  # whatever the stream is called
        if "/".join(parts) in self.subscribed or message.stream:
            payload = message.written(message.members)
            self._inbox.append((message.topic, payload, message.size))
