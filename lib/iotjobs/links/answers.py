"""An answer over HTTPS becomes the message that MQTT has for it, where it lies.

What MQTT has besides is put before the body: the request's token, and why it was rejected. The job
document, a string over HTTPS, becomes the text that it holds. Where that is not one JSON value the
message cannot be read, as over MQTT: who reads it finds what is wrong, and where.
"""

from array import array

from micropython import const

from ..codec import scan
from .link import LinkError

try:
    from ..codec.unquote import unquote
except (ImportError, SyntaxError, ValueError):  # no emitter, see scan

    def unquote(buf, pos, end):
        pos = scan.unescape(buf, pos + 1, end - 1, buf, pos)
        while pos < end:
            buf[pos] = 0x20
            pos += 1


# The members that scan.read is to find, and the numbers of those that are looked at.
_MEMBERS = const(
    b"\x04\x0a\x02\x0fexecution\x0c\x00\x00jobDocument\x00"
    b"\x0c\x00\x00jobDocument\x08\x00\x00message\x00"
)
_DOCUMENTS = const((1, 2))  # of an execution, and beside a state
_MESSAGE = const(3)
_SPACE = const(2)  # a kind of bytes, see tools/grammar
_spans = array("i", bytes(32))

_EXCEPTION = const(b"Exception")
# The errors of which MQTT's code is not just what is before that.
_CODES = const(
    (
        (b"ThrottlingException", b"RequestThrottled"),
        (b"TerminalStateException", b"TerminalStateReached"),
        (b"ServiceUnavailableException", b"InternalError"),
    )
)
# .. and the one that is two.
_INVALID = const(b"InvalidRequestException")
_STALE = const(b'"Expected version ')
_code = bytearray(64)


def complete(reader, start, token, token_end):
    """Make the message of what a ResponseReader has read to buf[start:]; returns where it begins:
    before `start`, by up to 75 bytes and the size of the token. It ends where the body does, whose
    length may have become 2.

    An object beyond the reader's limit stays as it is, unless it rejects: then its name is enough.
    `token`, `token_end`: where in the buffer the message's beginning is, with the request's token.
    Raises LinkError for what the service would not answer; otherwise it allocates nothing.
    """
    buf = reader.buf
    status = reader.status
    accepted = 200 <= status < 300
    if not accepted and not reader.type_size:
        what = "a redirect" if 300 <= status < 400 else "and no error of the service's"
        raise LinkError("protocol", "HTTP %d, %s" % (status, what))
    end = start + reader.length
    whole = end <= reader.limit
    known = min(end, reader.limit)
    at = scan.span(buf, start, known, scan.KINDS, _SPACE)
    begun = at < known and buf[at] == 0x7B
    if accepted and begun and not whole:
        return start
    if whole and begun and scan.read(buf, at, end, _MEMBERS, _spans, buf) >= 0:
        for member in _DOCUMENTS if accepted else ():
            _open(buf, _spans[2 * member], _spans[2 * member + 1])
    elif accepted:
        text = bytes(buf[start : min(known, start + 32)])
        raise LinkError("protocol", "HTTP %d, and no JSON object: %r" % (status, text))
    else:
        at = start
        scan.copy(b"{}", 0, 2, buf, at)
        reader.length = 2
        _spans[2 * _MESSAGE] = 0
    # The body's first member follows at + 1, or its closing bracket.
    code = 0 if accepted else _translate(reader, _spans[2 * _MESSAGE])
    empty = scan.item(buf, at + 1) < 0
    begin = at + empty - (token_end - token)
    if code:
        begin -= 10 + code
    to = scan.copy(buf, token, token_end, buf, begin)
    if code:
        to = scan.copy(b',"code":"', 0, 9, buf, to)
        to = scan.copy(_code, 0, code, buf, to)
        buf[to] = 0x22
    if not empty:
        buf[at] = 0x2C
    return begin


def _open(buf, start, stop):
    # The document buf[start:stop], if it is a string there.
    if start and buf[start] == 0x22:
        unquote(buf, start, stop)
        after = scan.skip(buf, start, stop)
        if after >= 0:
            after = scan.span(buf, after, stop, scan.KINDS, _SPACE)
        if after != stop:
            # No JSON, or more than one value, which might be taken for the message's own members:
            # nobody shall read the message past this byte.
            buf[stop - 1] = 0


def _translate(reader, message):
    # Put the code that MQTT has for an error to _code; its size.
    name = reader.error_type
    size = reader.type_size
    if (
        message
        and size == len(_INVALID)
        and scan.same(name, 0, size, _INVALID, 0)
        and scan.same(reader.buf, message, message + len(_STALE), _STALE, 0)
    ):
        return scan.copy(b"VersionMismatch", 0, 15, _code, 0)
    for known, code in _CODES:
        if size == len(known) and scan.same(name, 0, size, known, 0):
            return scan.copy(code, 0, len(code), _code, 0)
    if size > 9 and scan.same(name, size - 9, size, _EXCEPTION, 0):
        size -= 9
    return scan.copy(name, 0, size, _code, 0)
