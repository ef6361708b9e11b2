"""What a board's console says: what its program prints, and what happens to it."""

import json
import re
from collections.abc import Iterator

_MARK = b"\x1e"  # before a line of JSON, of device/iotjobs_kit.py
_LONGEST = 8_192  # bytes of such a line; a reset may cut one off
_TAIL = 2_048  # bytes of the output in which a prompt is looked for
# A program has ended: MicroPython says what it is, and waits.
_PROMPT = re.compile(rb"(?:\A|\n)MicroPython[^\n]*\n(?:Type \"help[^\n]*\n)?>>> \Z")
_TRACE = b"Traceback (most recent call last):\n"


class Told:
    """`take` is called with what comes. Lines end as on this machine."""

    def __init__(self) -> None:
        self._rest = b""  # half a line's end, or a line of JSON that has not ended
        self._tail = b""

    def take(self, data: bytes) -> Iterator[bytes | dict]:
        """What was printed, as bytes, and what has happened, as dicts, in their order. A dict with
        `end` is a program's end: None, or the exception.
        """
        data = self._rest + data
        self._rest = b""
        if data.endswith(b"\r"):
            data, self._rest = data[:-1], b"\r"
        printed, *marked = data.replace(b"\r\n", b"\n").split(_MARK)
        yield from self._printed(printed)
        for number, piece in enumerate(marked):
            line, is_whole, after = piece.partition(b"\n")
            if not is_whole and number == len(marked) - 1 and len(piece) < _LONGEST:
                self._rest = _MARK + piece + self._rest
                return
            event = _event(line)
            if event is None:
                yield from self._printed(piece)
            else:
                if "start" in event:
                    self._tail = b""
                yield event
                yield from self._printed(after)

    def _printed(self, data: bytes) -> Iterator[bytes | dict]:
        if not data:
            return
        yield data
        self._tail = (self._tail + data)[-_TAIL:]
        prompt = _PROMPT.search(self._tail)
        if prompt:
            before, self._tail = self._tail[: prompt.start()], b""
            yield {"end": _exception(before)}


def _event(line: bytes) -> dict | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def _exception(before: bytes) -> str | None:
    _, is_there, lines = before.rpartition(_TRACE)
    if not is_there:
        return None
    # Lines of a traceback are indented but for its last one. What stands behind that was printed
    # later, by a program that went on.
    others = [line for line in lines.splitlines() if line.strip() and not line.startswith(b" ")]
    return others[0].decode(errors="backslashreplace") if len(others) == 1 else None
