"""Responses whose body is a file: it goes on in full buffers, and is not kept. RFC 9110, 9112."""

from micropython import const

from ..codec import scan
from ..links.link import LinkError
from ..links.responses import ResponseReader

_MAX_TAG = const(100)
# Content-Encodings of bytes that are the file's own. S3 hands back "aws-chunked", with which SDKs
# upload. The last four are no codings at all: people set them on what is stored as it is.
_AS_IT_IS = ("", "identity", "aws-chunked", "utf-8", "utf8", "binary", "none")


class BodyReader(ResponseReader):
    """Reads a response, its head and then its body.

    Call `begin`, then `take` until it is `complete`: its head is known. Then call `read_body`, and
    `take` again until it is `complete`. With `until_close` the peer's closing ends the body.

    `write(buf)` is called with the buffer whenever it is full. The first `filled` bytes are what
    is left in it. Of the head are known:
    - `status`
    - `total`: the length of the body, or -1
    - `tag`: a strong ETag, or None
    - `range`: None, or the (first, last, total) of a Content-Range, empty if it is none
    - `location`: str or None
    - `encoded`: whether the bytes are not the file's own, by its Content-Encoding

    Allocates its buffer, once, and per response what its head says.
    """

    max_body = 0x3FFF_FFFF  # the largest small int with 32 bits

    def __init__(self, size):
        super().__init__(size, 0)
        self._small = self._line

    def begin(self):
        super().begin(0)
        self._line = self.buf  # there is room for a long Location, until the body comes
        self.filled = 0
        self._forget()

    def _forget(self):
        self.tag = self.range = self.location = None
        self.encoded = False

    @property
    def total(self):
        return -1 if self._chunked else self._announced

    def read_body(self):
        self.complete = self._empty

    def read_from(self, stream, chunk):
        """Take in what `stream` has now, by way of `chunk` (bytearray) where it must.

        Returns how many bytes that was. Of these, `chunk_rest` lie in the chunk and are not of
        this body. Allocates nothing.
        """
        self.chunk_rest = 0
        buf = self.buf
        room = len(buf) - self.filled
        left = self._left
        if room == len(buf) and left and not self._chunked:
            count = stream.read(buf, min(room, left))
            self.length += count
            self._left = left - count
            if count == room:
                self.write(buf)
            else:
                self.filled = count
            self.complete = count == left
        else:
            # Not more than fits, so that the next one needs no copy, nor than is known to come.
            count = self.read_ahead(stream, chunk, min(len(chunk), room, left or room))
            self.chunk_rest = count - self.take(chunk, 0, count)
        return count

    def _end_head(self):
        if self.status < 200:
            self._forget()
            return super()._end_head()
        self._line = self._small
        self.until_close = not self._chunked and self._announced < 0
        if self.until_close:
            self._left = self.max_body
        else:
            super()._end_head()
        self._empty = self.complete
        self.complete = True

    def _store(self, chunk, at, end):
        buf = self.buf
        while at < end:
            part = min(end - at, len(buf) - self.filled)
            scan.copy(chunk, at, at + part, buf, self.filled)
            at += part
            self.filled += part
            if self.filled == len(buf):
                self.filled = 0
                self.write(buf)

    def _noted(self, colon, start, end, whole):
        if self._says(0, colon, b"etag"):
            self.tag = self._strong_tag(start, end)
        elif self._says(0, colon, b"content-range"):
            self.range = _range(self._text(start, end))
        elif self._says(0, colon, b"content-encoding"):
            for coding in self._text(start, end).lower().split(","):
                if not whole or coding.strip() not in _AS_IT_IS:
                    self.encoded = True
        elif self._says(0, colon, b"location"):
            if not whole:
                raise LinkError("protocol", "a Location of more than %d bytes" % (end - start))
            self.location = self._text(start, end)
        else:
            return False
        return True

    def _text(self, start, end):
        try:
            return str(self._line[start:end], "utf-8")
        except UnicodeError:
            return "\xff"  # what is nowhere a text that is looked for

    def _strong_tag(self, start, end):
        # Only such a one says that the bytes are the same.
        line = self._line
        if not 2 <= end - start <= _MAX_TAG or line[start] != 0x22 or line[end - 1] != 0x22:
            return None
        for at in range(start + 1, end - 1):
            if not 0x21 <= line[at] <= 0x7E or line[at] == 0x22:
                return None
        return self._text(start, end)


def _range(text):
    unit, _, rest = text.partition(" ")
    first, _, rest = rest.partition("-")
    last, _, total = rest.partition("/")
    for number in (first, last, total):
        if not number.isdigit() or len(number) > 10:
            return ()
    return (int(first), int(last), int(total)) if unit.lower() == "bytes" else ()
