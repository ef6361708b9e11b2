"""How the emulator's MQTT messages are shown to a person, one a line."""

import time

from .mqtt import TraceEvent

_ARROWS = {"in": "->", "out": "<-"}
_PAYLOAD_CHARACTERS = 400


def trace_line(event: TraceEvent, *, packets: bool = False) -> str | None:
    """One line for a message; for any other packet too with `packets`, else None."""
    if event.packet != "PUBLISH" and not packets:
        return None
    clock = time.strftime("%H:%M:%S", time.localtime(event.time))
    clock += f".{int(event.time * 1000) % 1000:03d}"
    head = f"{clock} {event.client_id or '?':>12} {_ARROWS.get(event.direction, '--')}"
    if event.packet != "PUBLISH":
        return f"{head} {event.packet} {event.detail}".rstrip()
    payload = event.payload.decode("utf-8", "backslashreplace")
    if len(payload) > _PAYLOAD_CHARACTERS:
        payload = f"{payload[:_PAYLOAD_CHARACTERS]}… ({len(event.payload)} bytes)"
    text = payload.encode("unicode_escape").decode() if not payload.isprintable() else payload
    return f"{head} {event.topic} {text}"
