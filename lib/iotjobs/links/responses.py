"""HTTP/1.1 responses: how they are put together from the bytes that come.

Only what says where a response ends, what it is and whether another can follow is looked at. That
is read strictly, so that no response is taken for another: the length of a body is said once, in
one way, and a connection that ends says nothing. Sections are those of RFC 9112.
"""

from micropython import const

from ..codec import scan
from .link import Buffer, LinkError

_MAX_HEAD = const(8192)  # bytes in the lines of a response, its interim ones included
_MAX_BODY = const(262_144)  # room for a document of 32,768 characters, each written as an escape
_LINE = const(128)  # bytes of a line that are looked at
_MAX_TYPE = const(64)

_NAME = const(16)  # a kind of bytes, see tools/grammar

# What the next line is.
_STATUS = const(0)
_FIELD = const(1)
_TRAILER = const(2)
_CHUNK = const(3)
_CHUNK_END = const(4)


class ResponseReader(Buffer):
    """Puts a response together in its buffer: `begin`, then `take` what comes until it is
    `complete`.

    Then `status` is its number, `length` that of the body's bytes, `kept_open` whether another
    response may follow on this connection. The body lies in `buf` from the position on that was
    given to `begin`, as far as it goes within `limit`. The first `type_size` bytes of
    `error_type` are the name of the service's error, of [a-zA-Z0-9_-], 0 where it named none.

    Raises LinkError for what is no response, and for one without a certain end. So too for more
    than 8 KiB of lines, or 256 KiB of body. Allocates its buffers, once.
    """

    max_body = _MAX_BODY
    complete = True
    status = type_size = 0
    _ahead = 0  # bytes that the last `read_ahead` has put into its chunk

    def __init__(self, size, room):
        super().__init__(size, room)
        self.error_type = bytearray(_MAX_TYPE)
        self._line = bytearray(_LINE)

    def begin(self, start):
        """Expect a response, and its body at buf[start:]."""
        self.complete = False
        self.started = False  # something of it has come
        self.torn = False  # the connection has failed behind what `read_ahead` has returned
        self.length = 0
        self._start = start
        self._left = 0  # of the body, or of its chunk, are still to come
        self._lines = 0
        self._in_line = 0  # of the line that is coming
        self._expected = _STATUS

    def read_ahead(self, stream, chunk, limit):
        """Read up to `limit` bytes of `stream` to the start of `chunk` (bytearray), which may be
        more than this response has; returns how many. Give it the same chunk each time. Allocates
        nothing.
        """
        # If the connection fails behind what came, `readinto` raises, and does not say how much
        # that was. It lies in the chunk, where zeros were: a head ends in none, nor do chunks.
        chunk[0] = 0
        scan.copy(chunk, 0, self._ahead - 1, chunk, 1)
        try:
            self._ahead = stream.read(chunk, limit)
        except LinkError:
            while limit and not chunk[limit - 1]:
                limit -= 1
            self._ahead = limit
            if not limit:
                raise
            self.torn = True  # the next one raises
        return self._ahead

    def take(self, chunk, at, end):
        """Take in chunk[at:end], or what of it is this response's; returns where that ends.
        Allocates nothing.
        """
        self.started = True
        while at < end and not self.complete:
            left = self._left
            if left:
                size = min(left, end - at)
                self._store(chunk, at, at + size)
                self.length += size
                self._left = left - size
                if left == size:
                    self._expected = _CHUNK_END
                    self.complete = not self._chunked
                at += size
                continue
            stop = chunk.find(b"\n", at, end)
            size = (end if stop < 0 else stop) - at
            known = self._in_line
            room = len(self._line) - known
            if room > 0:
                scan.copy(chunk, at, at + min(size, room), self._line, known)
            self._in_line = known + size
            at += size
            if self._expected < _CHUNK:
                self._lines += size + (stop >= 0)
                if self._lines > _MAX_HEAD:
                    raise LinkError("protocol", "a head of more than %d bytes" % _MAX_HEAD)
            elif self._in_line > _LINE:
                raise LinkError("protocol", "a chunk's line of more than %d bytes" % _LINE)
            if stop >= 0:
                at += 1
                self._end_line()
        return at

    def _store(self, chunk, at, end):
        # Keep these bytes of the body.
        to = self._start + self.length
        if to < self.limit:
            scan.copy(chunk, at, min(end, at + self.limit - to), self.buf, to)

    def _end_line(self):
        line = self._line
        size = self._in_line
        self._in_line = 0
        if size and size <= len(line) and line[size - 1] == 0x0D:
            size -= 1
        expected = self._expected
        if expected == _FIELD:
            if size:
                self._field(size)
            else:
                self._end_head()
        elif expected == _TRAILER:
            self.complete = not size
        elif expected == _STATUS:
            self._status_line(size)
        elif (expected == _CHUNK) != (size > 0):
            raise LinkError("protocol", "a chunk without its size, or longer than that")
        elif size:
            self._left = self._number(0, size, 16)
            if self.length + self._left > self.max_body:
                self._too_long()
            self._expected = _CHUNK if self._left else _TRAILER
        else:
            self._expected = _CHUNK

    def _status_line(self, size):  # [4]
        line = self._line
        if (
            size < 12
            or not scan.same(line, 0, 7, b"HTTP/1.", 0)
            or not 0x30 <= line[7] <= 0x39
            or line[8] != 0x20
            or size > 12
            and line[12] != 0x20
            or line[9] == 0x30
        ):
            raise LinkError("protocol", "no HTTP/1.1: %r" % bytes(line[: min(size, 32)]))
        self.status = self._number(9, 12, 10)
        self.kept_open = line[7] != 0x30
        self.type_size = 0
        self._chunked = False
        self._announced = -1
        self._expected = _FIELD

    def _field(self, size):  # [5]
        line = self._line
        end = min(size, len(line))
        colon = line.find(b":", 0, end)
        if colon < 1 or line[0] in b" \t" or line[colon - 1] in b" \t":
            raise LinkError("protocol", "no header field: %r" % bytes(line[: min(end, 32)]))
        self._lower(0, colon)
        start = colon + 1
        while start < end and line[start] in b" \t":
            start += 1
        while end > start and line[end - 1] in b" \t":
            end -= 1
        whole = size <= len(line)
        if self._noted(colon, start, end, whole):
            return
        self._lower(start, end)
        if self._says(0, colon, b"connection"):
            if not whole or line.find(b"close", start, end) >= 0:
                self.kept_open = False
        elif self._says(0, colon, b"transfer-encoding"):
            if self._chunked or not (whole and self._says(start, end, b"chunked")):
                raise LinkError("protocol", "transfer-encoding other than chunked")
            self._chunked = True
        elif self._says(0, colon, b"content-length"):
            announced = self._number(start, end if whole else start, 10)
            if self._announced >= 0 and self._announced != announced:
                raise LinkError("protocol", "a body of two lengths")
            self._announced = announced

    def _noted(self, colon, start, end, whole):
        # Take what this field says for itself; whether it is one of those.
        line = self._line
        found = self._says(0, colon, b"x-amzn-errortype")
        if found:
            # AWS adds an address behind a colon; and what no name has must not get into JSON.
            end = scan.span(line, start, min(end, start + _MAX_TYPE), scan.KINDS, _NAME)
            self.type_size = scan.copy(line, start, end, self.error_type, 0)
        return found

    def _end_head(self):  # [6.3]
        status = self.status
        length = self._announced
        if status < 200:  # 100 Continue, 103 Early Hints: another one follows
            if status == 101:
                raise LinkError("protocol", "HTTP 101, another protocol")
            self._expected = _STATUS
        elif status == 204 or status == 304:
            self.complete = True
        elif self._chunked:
            if length >= 0:
                raise LinkError("protocol", "a body of two lengths")
            self._expected = _CHUNK
        elif length < 0:
            raise LinkError("protocol", "HTTP %d with a body of unknown length" % status)
        else:
            self._left = length
            self.complete = not length

    def _lower(self, at, end):
        line = self._line
        while at < end:
            if 0x41 <= line[at] <= 0x5A:
                line[at] |= 0x20
            at += 1

    def _says(self, start, end, text):
        return end - start == len(text) and scan.same(self._line, start, end, text, 0)

    def _too_long(self):
        raise LinkError("protocol", "a body of more than %d bytes" % self.max_body)

    def _number(self, at, end, base):
        # What follows a chunk's size behind a semicolon, or a space, means nothing here [7.1.1].
        line = self._line
        number = 0
        begin = at
        while at < end:
            c = line[at] | 0x20
            if 0x30 <= c <= 0x39 and line[at] == c:
                c -= 0x30
            elif base == 16 and 0x61 <= c <= 0x66:
                c -= 0x57
            elif base == 16 and at > begin and line[at] in b"; \t":
                break
            else:
                begin = end
                break
            number = number * base + c
            if number > self.max_body:
                self._too_long()
            at += 1
        if at == begin or begin == end:
            raise LinkError("protocol", "no number: %r" % bytes(line[: min(end, 32)]))
        return number
