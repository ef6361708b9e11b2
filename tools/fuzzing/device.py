"""The device's side of `tools/fuzz`, for MicroPython: reads, extracts and writes what stdin says,
and answers on stdout (see wire).

A batch is [what, twin, ..]. `twin` is "viper" or "plain", which of the two the library then uses.
"""

import sys

import wire
from iotjobs.client import JobsClient
from iotjobs.codec import plain, scan
from iotjobs.codec.reader import JSONError, Reader, check, lookup, value

try:
    from iotjobs.codec import viper

    TWINS = {"viper": viper, "plain": plain}
except (ImportError, SyntaxError, ValueError):
    TWINS = {"plain": plain}

_PAD = b'{"['  # a case does not begin at the buffer's start
REASONS = scan.REASONS.split("|")
_TRUNCATED = REASONS.index("ends too early")
_NOT_AN_OBJECT = ("not an object", 0)


def use(twin):
    """Let the library read and write with this twin."""
    module = TWINS[twin]
    for name in dir(module):
        if not name.startswith("_"):
            setattr(scan, name, getattr(module, name))


def read(reader, names, case, tail, paths):
    """What the library makes of the bytes `case`, with `tail` behind their end in the buffer.

    Refused: [False, reason, position, what does not fit together, or ""]. Accepted: [True, whether
    it is an object, a list for each wanted member, the value at each of the paths].
    """
    buf = _PAD + case + tail
    start = len(_PAD)
    end = start + len(case)
    try:
        reader.read(buf, start, end)
        is_object = True
    except JSONError as error:
        if error.args != _NOT_AN_OBJECT:
            reason, position = error.args
            doubt = _inconsistency(buf, start, end, names, reader.spans, reason, position)
            return [False, reason, position, doubt]
        is_object = False
    try:
        check(case)
    except JSONError:
        return [False, "accepted with wanted names only", 0, "refused without"]
    members = []
    if is_object:
        for member in range(len(reader.spans) // 2):
            members.append(_member(reader, member, buf))
    return [True, is_object, members, [lookup(buf, start, end, path) for path in paths]]


def _inconsistency(buf, start, end, names, spans, reason, position):
    # The position is that of the first byte with which no JSON begins. What is before it can go
    # on, and what is behind it does not matter.
    number = REASONS.index(reason)
    at = start + position
    result = -(at << 4 | number)
    if not start <= at <= end or (at == end) != (number == _TRUNCATED):
        return "the position does not fit the reason"
    before = scan.read(buf, start, at, names, spans, buf)
    if before != at and before != -(at << 4 | _TRUNCATED):
        return "what is before the position is refused too"
    if number != _TRUNCATED and scan.read(buf, start, at + 1, names, spans, buf) != result:
        return "it depends on what is behind the position"
    try:
        check(buf[start:end])
    except JSONError as error:
        if error.args == (reason, position):
            return ""
    return "it depends on the wanted names"


def _member(reader, member, buf):
    # Whether it is there, its value, whether `says` agrees, its elements.
    found = reader.value(member)
    says = reader.says(member, "")
    if isinstance(found, str):
        says = reader.says(member, found) and not reader.says(member, found + "\x00")
        says = says and not (found and reader.says(member, found[:-1]))
    else:
        says = not says
    items = None
    start = reader.start(member)
    if start and buf[start] == 0x5B:
        end = reader.end(member)
        items = []
        at = scan.item(buf, start + 1)
        while at >= 0:
            after = scan.skip(buf, at, end)
            items.append(value(buf, at, after))
            at = scan.item(buf, after)
    return [start > 0, found, bool(says), items]


class Direct:
    """A publisher as `MQTTLink` is one: it takes the request from the client's buffer."""

    def __init__(self):
        self.published = []

    def publish_from(self, buf, topic_start, topic_end, end):
        self.published.append([bytes(buf[topic_start:topic_end]), bytes(buf[topic_end:end])])


class Plain:
    """A publisher as any MQTT client is one."""

    def __init__(self):
        self.published = []

    def publish(self, topic, payload):
        self.published.append([bytes(topic), bytes(payload)])


def write(direct, thing_name, payload_size, requests):
    """What one client publishes for requests of [method, named arguments].

    For each it is the name of the exception, or "", and [topic, payload] of everything that was
    published.
    """
    publisher = Direct() if direct else Plain()
    client = JobsClient(publisher, thing_name, payload_size)
    results = []
    for method, arguments in requests:
        publisher.published = []
        raised = ""
        try:
            getattr(client, method)(**arguments)
        except Exception as error:
            raised = type(error).__name__
        results.append([raised, publisher.published])
    return results


def answer(batch):
    """The answer to one batch."""
    if batch == "twins":
        return sorted(TWINS)
    what, twin, *rest = batch
    use(twin)
    if what == "write":
        return write(*rest)
    names, cases = rest
    reader = Reader(names)
    results = []
    for case, tail, paths in cases:
        try:
            results.append(read(reader, names, case, tail, paths))
        except Exception as error:
            results.append(["raised", repr(error)])
    return results


def main():
    """Answer batches until stdin ends."""
    while True:
        try:
            batch = wire.receive(sys.stdin.buffer)
        except EOFError:
            return
        wire.send(sys.stdout.buffer, answer(batch))


try:
    main()
except Exception as error:
    sys.print_exception(error, sys.stderr)
    sys.exit(1)
