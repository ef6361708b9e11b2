"""Sight: what happens in the emulator, for people, in a browser and in a terminal.

What comes in: `trace_log` keeps the last `entries`; `history` observes each execution;
`whereabouts` is told what clients do, and `devices` says where each thing's device is. `reader`
asks all of these and the tables. What goes out: `console` serves the page (`static`) and its
`answers`, `trace_stream` the trace; `follow` prints the trace of an emulator that runs elsewhere.
`cross_site` says which requests a foreign web page may have caused.
"""

from .console import Console
from .cross_site import allowed, refusal
from .trace_log import TraceLog
from .whereabouts import Whereabouts

__all__ = ["Console", "TraceLog", "Whereabouts", "allowed", "refusal"]
