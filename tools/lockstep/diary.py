"""What a device has told of itself: which handler began when, and how its lives ended."""

import ast
from typing import NamedTuple

from . import trace

_ABOUT_JOBS = ("job", "begin", "finish", "resets", "keeping", "kept", "found")
STOPS = ("watchdog", "reset by the handler")  # device/device.py
Key = tuple[str, int]  # job id and execution number


class Begin(NamedTuple):
    """A handler was called; `found`: this life knew from its flash how the execution had ended."""

    life: int
    resumed: bool
    state: object
    expected: tuple  # which states it may find
    found: bool


class Diary:
    """By execution: `begins`, how often it did `finish` and `reset`, and how often it was
    `cut_short`, under way when the power was cut. `cuts`, `resets` and `stops` count lives by
    their end: the latter those that the watchdog has ended, or a handler.
    """

    def __init__(self, events: list[trace.Event]):
        self.begins: dict[Key, list[Begin]] = {}
        self.finishes: dict[Key, int] = {}
        self.reset_calls: dict[Key, int] = {}
        self.cut_short: dict[Key, int] = {}
        self.cuts = self.resets = self.stops = 0
        self._life = 0
        self._states: dict[Key, tuple] = {}
        self._found: set[Key] = set()
        self._under_way: set[Key] = set()
        for event in events:
            if event.kind == trace.LOG:
                self._read(event.what)

    def _read(self, line: str) -> None:
        what, *words = line.split(" ")
        if what == "boot":
            self._life += 1
            self._under_way.clear()
        elif line == "power cut":
            self.cuts += 1
            for key in self._under_way:
                self.cut_short[key] = self.cut_short.get(key, 0) + 1
        elif line == "reset":
            self.resets += 1
        elif line in STOPS or what == "left":
            self.stops += 1
        elif what in _ABOUT_JOBS and len(words) > 1:
            self._read_of(what, (words[0], int(words[1])), words[2:])

    def _read_of(self, what: str, key: Key, words: list[str]) -> None:
        if what == "job":
            self._under_way.add(key)
        elif what == "begin":
            state = ast.literal_eval(" ".join(words[1:]))
            begin = Begin(
                self._life,
                words[0] == "True",
                state,
                self._states.get(key, (None,)),
                key in self._found,
            )
            self.begins.setdefault(key, []).append(begin)
        elif what == "finish":
            self.finishes[key] = self.finishes.get(key, 0) + 1
        elif what == "resets":
            self.reset_calls[key] = self.reset_calls.get(key, 0) + 1
        elif what == "keeping":
            before = self._states.get(key, (None,))
            self._states[key] = (*before, ast.literal_eval(" ".join(words)))
        elif what == "kept":
            self._states[key] = (ast.literal_eval(" ".join(words)),)
        elif what == "found" and words[0] != "None":
            self._found.add(key)
