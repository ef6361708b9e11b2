"""What the demo shows while it runs: a table that is redrawn on a terminal, lines elsewhere."""

import os
import sys
import threading
import time

from iotjobs_emulator.show import wants_colours

_COLOURS = {
    "SUCCEEDED": "32",
    "FAILED": "31",
    "REJECTED": "33",
    "CANCELED": "35",
    "IN_PROGRESS": "36",
}
_NO_SIZE = (80, 24)  # of a terminal that does not tell its own


class Screen:
    """`job_ids`: the rows of the table. Its methods may be called from any thread."""

    def __init__(self, job_ids: list[str], plain: bool):
        self._plain = plain or not _is_moving()
        self._rows = dict.fromkeys(job_ids, ("", ""))
        self._device = ""
        self._drawn: list[str] = []
        self._started = time.monotonic()
        self._lock = threading.Lock()

    def line(self, text: str) -> None:
        """One line that stays, above the table."""
        with self._lock:
            is_there = bool(self._drawn)
            self._erase()
            print(text, flush=True)
            if is_there:
                self._draw()

    def show(self, job_id: str, status: str, details: dict, device: str) -> None:
        """A job's state; prints only what is new."""
        row = (status, spoken(details))
        with self._lock:
            changed = row != self._rows[job_id]
            self._rows[job_id] = row
            if self._plain:
                if changed:
                    print(f"{self._seconds()}  {_joined(job_id, *row)}", flush=True)
            elif changed or device != self._device:
                self._device = device
                self._erase()
                self._draw()

    def end(self) -> None:
        """The table stays as it is."""
        with self._lock:
            self._drawn = []

    def _seconds(self) -> str:
        return f"{time.monotonic() - self._started:5.1f} s"

    def _erase(self) -> None:
        # Where the terminal has become narrower, these lines may have been broken into more, or
        # not. What is above the table would be erased with it. So it is drawn anew below.
        if self._drawn and max(map(len, self._drawn)) < _size()[0]:
            sys.stdout.write(f"\x1b[{len(self._drawn)}A\x1b[J")
        self._drawn = []

    def _draw(self) -> None:
        columns, height = _size()
        lines = ["", *(f"  {_joined(job_id, *row)}" for job_id, row in self._rows.items())]
        lines.append(f"  device: {self._device}")
        # The cursor is below the last line, and cannot go up to what has left the screen.
        self._drawn = [fitting(line, columns - 1) for line in lines][-max(height - 1, 1) :]
        colours = wants_colours()
        for line in self._drawn:
            print(_coloured(line) if colours else line)
        sys.stdout.flush()


def _coloured(line: str) -> str:
    """A row of the table with its status, the first that is in it, in the status's colour."""
    for word in line.split()[1:2]:
        if word in _COLOURS:
            return line.replace(word, f"\x1b[{_COLOURS[word]}m{word}\x1b[0m", 1)
    return line


def fitting(text: str, width: int) -> str:
    """The text, or its beginning and an ellipsis: at most `width` characters."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"


def _joined(job_id: str, status: str, details: str) -> str:
    return f"{job_id:<18} {status or '-':<11} {details}".rstrip()


def spoken(details: dict) -> str:
    """The details of an execution in a line, the reason first."""
    pairs = sorted(details.items(), key=lambda pair: pair[0] != "reason")
    return ", ".join(f"{key}: {value}" for key, value in pairs)


def _is_moving() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _size() -> tuple[int, int]:
    """The terminal's columns and rows now. COLUMNS, which shutil prefers, is as it once was."""
    try:
        columns, rows = os.get_terminal_size(sys.stdout.fileno())
    except OSError:
        return _NO_SIZE
    return columns or _NO_SIZE[0], rows or _NO_SIZE[1]
