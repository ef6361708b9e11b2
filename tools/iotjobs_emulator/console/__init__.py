"""Sight: what happens in the emulator, for people, in a browser and in a terminal.

What comes in: `trace_log` keeps the last `entries`; `history` observes each execution; `reader`
asks the tables. What goes out: `console` serves the page (`static`) and its `answers`,
`trace_stream` the trace; `follow` prints the trace of an emulator that runs elsewhere.
`cross_site` says which requests a foreign web page may have caused.
"""

from .console import Console
from .cross_site import allowed, refusal
from .trace_log import TraceLog

__all__ = ["Console", "TraceLog", "allowed", "refusal"]
