"""Thousands of damaged responses: each is refused, or is what the plainest reading of it says."""

import random

from iotjobs.links.link import LinkError
from support import equal
from test_responses import SIZE, START, VALID, feed, fresh, outcome


class Incomplete(Exception):
    """The text ends before its response does."""


class Wrong(Exception):
    """The text begins with no response."""


class Plain:
    """The responses of these tests, read in the plainest way: the whole text at once."""

    def __init__(self, text):
        self.text = text
        self.at = self.lines = 0
        while True:
            self.head()
            if self.status >= 200:
                break
        self.body = b""
        if self.status in (204, 304):
            return
        if not self.chunked:
            self.part(self.size)
            return
        while True:
            line = self.line(128).replace(b"\t", b" ").replace(b";", b" ")
            size = number(line.split(b" ")[0], 16)
            if not size:
                break
            self.part(size)
            if self.line(128):
                raise Wrong
        while self.line():
            pass

    def head(self):
        line = self.line()
        start, rest = line[:7], line[8:9] + line[12:13]
        if start != b"HTTP/1." or not line[7:8].isdigit() or rest not in (b" ", b"  "):
            raise Wrong
        self.kept_open = line[7:8] != b"0"
        self.status = number(line[9:12], 10)
        if len(line) < 12 or self.status < 100 or self.status == 101:
            raise Wrong
        self.chunked = False
        self.size = None
        self.error = b""
        while True:
            line = self.line()
            if not line:
                break
            self.field(line)
        if self.status >= 200 and self.status not in (204, 304):
            if self.chunked == (self.size is not None):
                raise Wrong

    def field(self, line):
        name, value = (line[:128] + b":").split(b":", 1)
        if not name or name.strip(b" \t") != name or b":" not in line[:128]:
            raise Wrong
        name = name.decode("latin").lower() if max(name) < 128 else ""
        value = value[:-1].strip(b" \t")
        if name == "x-amzn-errortype":
            end = 0
            while end < min(64, len(value)) and (
                value[end : end + 1].isalpha() or value[end] in b"0123456789_-"
            ):
                end += 1
            self.error = value[:end]
        elif name == "connection":
            if not self.whole or b"close" in value.lower():
                self.kept_open = False
        elif name == "transfer-encoding":
            if not self.whole or value.lower() != b"chunked" or self.chunked:
                raise Wrong
            self.chunked = True
        elif name == "content-length":
            size = number(value, 10)
            if not self.whole or self.size not in (None, size):
                raise Wrong
            self.size = size

    def line(self, limit=None):
        end = self.text.find(b"\n", self.at)
        size = (len(self.text) if end < 0 else end + 1) - self.at
        if limit and size > limit + (end >= 0):
            raise Wrong
        if not limit:
            self.lines += size
        if self.lines > 8192:
            raise Wrong
        if end < 0:
            raise Incomplete
        line = self.text[self.at : end]
        self.whole = len(line) <= 128
        self.at = end + 1
        return line[:-1] if line.endswith(b"\r") else line

    def part(self, size):
        if len(self.body) + size > 262144:
            raise Wrong
        if len(self.text) - self.at < size:
            raise Incomplete
        self.body += self.text[self.at : self.at + size]
        self.at += size


def number(text, base):
    digits = b"0123456789abcdef"[:base]
    value = 0
    for c in text.lower():
        if c not in digits:
            raise Wrong
        value = min(value * base + digits.index(bytes((c,))), 1 << 29)
    if not text or value > 262144:
        raise Wrong
    return value


def expected(text):
    """LinkError, None for what is not complete, or what a reader must say, and where it ends."""
    try:
        plain = Plain(text)
    except Wrong:
        return LinkError
    except Incomplete:
        return None
    body = plain.body
    return (plain.status, len(body), body[: SIZE - START], plain.error, plain.kept_open), plain.at


def found(text, pieces):
    reader = fresh()
    try:
        end = feed(reader, pieces)
    except LinkError as error:
        equal(error.stage, "protocol")
        return LinkError
    return (outcome(reader), end) if reader.complete else None


def damaged(text, random):
    """The text with up to three changes of a few bytes."""
    for _ in range(1 + random(3)):
        at = random(len(text))
        what = random(6)
        if what == 0:
            text = text[:at] + bytes((text[at] ^ 1 << random(8),)) + text[at + 1 :]
        elif what == 1:
            text = text[:at] + text[at + 1 + random(4) :]
        elif what == 2:
            text = text[:at] + bytes((b"\r\n\t :;,0159afAFx\x00\xff"[random(18)],)) + text[at:]
        elif what == 3:
            text = text[:at] + text[random(len(text)) :]
        elif what == 4:
            other = TEXTS[random(len(TEXTS))]
            text = text[:at] + other[random(len(other)) :]
        else:
            text = text[:at] + text[max(0, at - random(40)) :]
        if not text:
            break
    return text


def test_thousands_of_damaged_responses_are_refused_or_are_what_they_say():
    random.seed(6)
    seen = {"refused": 0, "incomplete": 0, "complete": 0}
    for text in TEXTS:
        equal(found(text, (text,)), expected(text), text)
    for case in range(6000):
        text = damaged(TEXTS[case % len(TEXTS)], below)
        if not text:
            continue
        wanted = expected(text)
        cut = below(len(text))
        equal(found(text, (text,)), wanted, text)
        equal(found(text, (text[:cut], text[cut:]) if cut else (text,)), wanted, text)
        what = "refused" if wanted is LinkError else "complete" if wanted else "incomplete"
        seen[what] += 1
    print(seen)
    equal(min(seen.values()) > 100, True, seen)


def below(n):
    return random.getrandbits(16) % n


TEXTS = [text for text, _ in VALID]
