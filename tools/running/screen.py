"""What a person sees: what the board prints, what the tool says, and the pins."""

import codecs
import shutil
import sys
import threading

from iotjobs_emulator.show import wants_colours

_NAME = "run: "
_FAINT, _PLAIN = "\x1b[2m", "\x1b[0m"
_ON, _OFF = "●", "○"


class Screen:
    """On a terminal the pins are its last line; elsewhere each change of one is a line. May be
    used from any thread.
    """

    def __init__(self) -> None:
        self._is_terminal = sys.stdout.isatty()
        self._has_colours = wants_colours()
        self._lock = threading.Lock()
        # A character may come in two pieces.
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._at_start = True  # of a line
        self._pins: dict[str, str] = {}
        self._drawn = False

    def output(self, data: bytes) -> None:
        """What the board prints, as it comes."""
        with self._lock:
            self._erase()
            self._write(self._decoder.decode(data))
            self._draw()

    def line(self, text: str) -> None:
        """A line of the tool's own."""
        with self._lock:
            self._erase()
            self._say(text)
            self._draw()

    def pin(self, name: str, shown: str | int) -> None:
        """What a pin shows now: its level, or a text."""
        mark = {0: _OFF, 1: _ON}.get(shown, str(shown))
        with self._lock:
            self._pins[name] = mark
            if self._is_terminal:
                self._erase()
                self._draw()
            else:
                self._say(f"pin {name} {shown}")

    def clear_pins(self) -> None:
        """The board starts: none has a level."""
        with self._lock:
            self._erase()
            self._pins.clear()

    def end(self) -> None:
        """Leave the terminal as it was."""
        with self._lock:
            self._erase()
            if not self._at_start:
                self._write("\n")

    def _say(self, text: str) -> None:
        if not self._at_start:
            self._write("\n")
        faint, plain = (_FAINT, _PLAIN) if self._has_colours else ("", "")
        self._write(f"{faint}{_NAME}{text}{plain}\n")

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()
        if text:
            self._at_start = text.endswith("\n")

    def _erase(self) -> None:
        if self._drawn:
            sys.stdout.write("\r\x1b[K")
            self._drawn = False

    def _draw(self) -> None:
        # Behind half a line there is no room for it.
        if self._is_terminal and self._pins and self._at_start:
            line = "  ".join(f"{name} {mark}" for name, mark in sorted(self._pins.items()))
            sys.stdout.write(line[: shutil.get_terminal_size().columns - 1])
            sys.stdout.flush()
            self._drawn = True
