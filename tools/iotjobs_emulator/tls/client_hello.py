"""The name that a TLS client asks for, read from the first bytes that it sends.

RFC 8446, 4.1.2 and 5.1 (TLS 1.2 has the same form) and RFC 6066, 3. What is no ClientHello names
nothing here: what is wrong with it, TLS says.
"""

_HANDSHAKE = b"\x16"  # type of a record
_CLIENT_HELLO = b"\x01"  # type of a message
_RECORD_HEAD, _MESSAGE_HEAD = 5, 4
_VERSION_AND_RANDOM = 2 + 32
_SERVER_NAME = 0  # type of an extension
_HOST_NAME = 0  # type of a name
_MOST_BYTES = 16_384  # of a ClientHello that is looked at


class IncompleteError(Exception):
    """The ClientHello goes on in bytes that have not come yet."""


def server_name(data: bytes) -> str | None:
    """The host name in the client's first bytes, as it is written there; None if it asks for none.

    Raises IncompleteError as long as more bytes can make a difference.
    """
    try:
        return _name_in(_Fields(_hello(data)))
    except ValueError:
        return None


class _Fields:
    """Takes one field after the other; ValueError when there is no more."""

    def __init__(self, data: bytes):
        self._data = data
        self._position = 0

    def __bool__(self) -> bool:
        return self._position < len(self._data)

    def take(self, size: int) -> bytes:
        taken = self._data[self._position : self._position + size]
        if len(taken) < size:
            raise ValueError("a field goes beyond its end")
        self._position += size
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def vector(self, size: int) -> bytes:
        """A field that `size` bytes of length are before."""
        return self.take(self.number(size))


def _hello(data: bytes) -> bytes:
    """The body of the ClientHello, which may be in several records."""
    message = b""
    begin = 0
    while True:
        head = data[begin : begin + _RECORD_HEAD]
        if not _HANDSHAKE.startswith(head[:1]):
            raise ValueError("a record of another type")
        if len(head) < _RECORD_HEAD:
            raise IncompleteError
        end = begin + _RECORD_HEAD + int.from_bytes(head[3:], "big")
        message += data[begin + _RECORD_HEAD : end]
        if not _CLIENT_HELLO.startswith(message[:1]):
            raise ValueError("a message of another type")
        if len(message) >= _MESSAGE_HEAD:
            size = _MESSAGE_HEAD + int.from_bytes(message[1:_MESSAGE_HEAD], "big")
            if size > _MOST_BYTES:
                raise ValueError("too long to be looked at")
            if len(message) >= size:
                return message[_MESSAGE_HEAD:size]
        if end > len(data):
            raise IncompleteError
        begin = end


def _name_in(hello: _Fields) -> str | None:
    hello.take(_VERSION_AND_RANDOM)
    for size_of_length in (1, 2, 1):  # session id, cipher suites, compression methods
        hello.vector(size_of_length)
    extensions = _Fields(hello.vector(2))
    while extensions:
        kind, body = extensions.number(2), extensions.vector(2)
        if kind == _SERVER_NAME:
            names = _Fields(_Fields(body).vector(2))
            is_host = names.number(1) == _HOST_NAME
            return names.vector(2).decode("ascii") if is_host else None
    return None
