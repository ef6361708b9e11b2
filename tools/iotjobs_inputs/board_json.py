"""JSON for a board, as MicroPython reads it."""

import json
from typing import Any


def written(value: Any) -> bytes:
    """`value` as JSON in UTF-8.

    No character of it is escaped that UTF-8 has: MicroPython's json does not join the two halves
    of an escaped one beyond 16 bits, as an emoji in the name of a Wi-Fi. A half alone, which UTF-8
    does not have, is escaped.
    """
    return json.dumps(value, ensure_ascii=False).encode(errors="backslashreplace")
