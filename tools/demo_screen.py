"""What the demo shows while it runs: a table that is redrawn on a terminal, lines elsewhere."""

import shutil
import sys
import threading
import time

_COLOURS = {
    "SUCCEEDED": "32",
    "FAILED": "31",
    "REJECTED": "33",
    "CANCELED": "35",
    "IN_PROGRESS": "36",
}


class Screen:
    """`rows`: job ids and what each is about. Its methods may be called from any thread."""

    def __init__(self, rows: list[tuple[str, str]], plain: bool):
        self._plain = plain
        self._rows = {job_id: [about, "", ""] for job_id, about in rows}
        self._device = ""
        self._drawn = 0
        self._started = time.monotonic()
        self._lock = threading.Lock()

    def line(self, text: str) -> None:
        """One line that stays, above the table."""
        with self._lock:
            self._erase()
            print(text, flush=True)
            self._draw()

    def show(self, job_id: str, status: str, details: dict, device: str) -> None:
        """A job's state; prints only what is new."""
        shown = ", ".join(f"{key}: {value}" for key, value in details.items())
        with self._lock:
            row = self._rows[job_id]
            changed = row[1:] != [status, shown]
            row[1:] = [status, shown]
            if self._plain:
                if changed:
                    seconds = time.monotonic() - self._started
                    print(
                        f"{seconds:5.1f} s  {job_id:<18} {status:<11} {shown}".rstrip(), flush=True
                    )
            elif changed or device != self._device or not self._drawn:
                self._device = device
                self._erase()
                self._draw(show=True)

    def end(self) -> None:
        """Nothing is drawn again."""
        with self._lock:
            self._drawn = 0

    def _erase(self) -> None:
        if self._drawn:
            sys.stdout.write(f"\x1b[{self._drawn}A\x1b[J")

    def _draw(self, show: bool = False) -> None:
        if self._plain or not (show or self._drawn):
            return
        width = shutil.get_terminal_size().columns - 1
        lines = [""]
        for job_id, (about, status, details) in self._rows.items():
            text = f"  {job_id:<18} {about:<36} {status or '-':<11} {details}"[:width]
            if status in _COLOURS:
                text = text.replace(status, f"\x1b[{_COLOURS[status]}m{status}\x1b[0m", 1)
            lines.append(text)
        lines.append(f"  device: {self._device}"[:width])
        print("\n".join(lines), flush=True)
        self._drawn = len(lines)
