"""How the emulator's MQTT and HTTP messages are shown to a person, one a line."""

import os
import sys
import time
import zlib

from .clock import WallClock
from .mqtt import TraceEvent
from .streams.shown import as_text

_ARROWS = {"in": "->", "out": "<-"}
_PAYLOAD_CHARACTERS = 400
_MESSAGES = ("PUBLISH", "HTTP")

_PLAIN = "\x1b[0m"
_DIRECTION_COLOURS = {"in": "\x1b[32m", "out": "\x1b[34m"}  # green, blue
_CLIENT_COLOURS = [f"\x1b[{number}m" for number in (31, 33, 35, 36, 91, 93, 95, 96)]


def wants_colours() -> bool:
    """Whether standard output is a terminal whose user takes colours (https://no-color.org: the
    variable NO_COLOR counts if it is not empty)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def standing(clock: WallClock) -> str:
    """What is told of the clock of an emulator that has just started; "" if it runs."""
    return "" if clock.is_running else "stands still, as it was left"


def trace_line(
    event: TraceEvent,
    *,
    packets: bool = False,
    payload_bytes: int | None = None,
    colours: bool = False,
) -> str | None:
    """One line for a message; for any other packet too with `packets`, else None.

    `payload_bytes` is the payload's full length, if the event holds only its beginning. `colours`:
    with the terminal's, one for each client and direction. Whatever a client says is shown without
    control characters, so that it cannot steer the terminal.
    """
    if event.packet not in _MESSAGES and not packets:
        return None
    clock = time.strftime("%H:%M:%S", time.localtime(event.time))
    clock += f".{int(event.time * 1000) % 1000:03d}"
    client = f"{_printable(event.client_id) or '?':>12}"
    arrow = _ARROWS.get(event.direction, "--")
    if colours:
        hue = zlib.crc32(event.client_id.encode("utf-8", "replace")) % len(_CLIENT_COLOURS)
        client = f"{_CLIENT_COLOURS[hue]}{client}{_PLAIN}"
        arrow = f"{_DIRECTION_COLOURS.get(event.direction, '')}{arrow}{_PLAIN}"
    parts = [event.topic] if event.packet == "PUBLISH" else [event.packet, event.detail]
    if event.packet in _MESSAGES:
        parts.append(_payload(event.topic, event.payload, payload_bytes))
    return " ".join([clock, client, arrow, *(_printable(part) for part in parts)]).rstrip()


def _payload(topic: str, payload: bytes, full_length: int | None) -> str:
    text = as_text(topic, payload) or payload.decode("utf-8", "backslashreplace")
    if len(text) > _PAYLOAD_CHARACTERS:
        length = len(payload) if full_length is None else full_length
        return f"{text[:_PAYLOAD_CHARACTERS]}… ({length} bytes)"
    return text


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return text.encode("unicode_escape").decode()
