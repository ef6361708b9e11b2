"""HTTP messages as they are on this wire: with a Content-Length, or without a body."""

import re

_STARTS = (b"HTTP/1.", b"GET ", b"PUT ", b"POST ")
_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)\r\n", re.IGNORECASE)
_ERROR = re.compile(rb"\r\nx-amzn-errortype:\s*(\S+)\r\n", re.IGNORECASE)
_JOBS = "/jobs"


def is_http(data: bytes) -> bool:
    """Whether a message begins with this."""
    return data.startswith(_STARTS)


def length_of(data: bytes) -> int | None:
    """How long the message is that begins here; None: its head has not come yet."""
    stop = data.find(_HEAD_END)
    if stop < 0:
        return None
    found = _LENGTH.search(data, 0, stop + 2)
    return stop + len(_HEAD_END) + (int(found[1]) if found else 0)


def name_of(data: bytes) -> str:
    """What a request asks for, or its answer's status: "POST /job", "404 ResourceNotFound…"."""
    words = data.split(b"\r\n", 1)[0].decode(errors="replace").split(" ")
    if not data.startswith(b"HTTP"):
        target = words[1] if len(words) > 1 else ""
        return f"{words[0]} {target.partition(_JOBS)[2] or '/'}"
    error = _ERROR.search(data)
    return f"{' '.join(words[1:2])} {error[1].decode() if error else ''}".rstrip()


def text(data: bytes) -> str:
    """A message, or what there is of it, in one line, without what differs at every run."""
    length = length_of(data)
    body = data.partition(_HEAD_END)[2]
    shown = f"HTTP {name_of(data)} {body[:400].decode(errors='replace')}".rstrip()
    if length is None or length > len(data):
        shown += f" ({len(data)} of {length or 'its'} bytes)"
    return shown
