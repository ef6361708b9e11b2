"""Faults on demand: what goes wrong, when, and how often. Decisions only, no I/O.

A fault is a rule: an action (`kinds`), what it matches (`rule`, `operations`), and which of the
matches it acts on. `text` reads the short form of the command line. `Faults` (`plan`) holds the
rules, counts and decides (`decision`); `http` asks it, and says what a web server has to do.
The broker acts on them in `mqtt/faulty_link`, `mqtt/faulty_accept`; the service in
`faulty_requests` and `faulty_streams`.
"""

from .decision import Decision, FaultEvent
from .http import HttpFault
from .plan import Faults
from .rule import Rule, Seen, read_rule
from .text import parse_text

__all__ = [
    "Decision",
    "FaultEvent",
    "Faults",
    "HttpFault",
    "Rule",
    "Seen",
    "parse_text",
    "read_rule",
]
