"""What a person sees while devices are made, and at the end."""

import sys
import time
from collections import Counter

_FEW = 20  # devices, of which each has a line
_EVERY_S = 10.0  # a line, where there is no terminal


class Screen:
    """`total` devices are to come."""

    def __init__(self, total: int):
        self.counts: Counter[str] = Counter()
        self._total = total
        self._waited: set[str] = set()
        self._began = self._told = time.monotonic()
        self._is_terminal = sys.stderr.isatty()

    def done(self, thing: str, what: str) -> None:
        """A device is "made", "there already", "taken back", "not known here"."""
        self.counts[what] += 1
        if self._total <= _FEW:
            self._line(f"{thing}: {what}")
        self._pass()

    def failed(self, thing: str, why: str) -> None:
        """A device is not."""
        self.counts["failed"] += 1
        self._line(f"{thing}: {why}")
        self._pass()

    def waits(self, thing: str, for_whom: str) -> None:
        """A device waits for another run of the tool, which is named once, however many it has."""
        if for_whom not in self._waited:
            self._waited.add(for_whom)
            self._line(f"{thing}: {for_whom}: waiting for it")

    def is_whole(self) -> bool:
        """Whether each device is as it is wanted."""
        return self.counts.total() == self._total and not self.counts["failed"]

    def end(self) -> str:
        """What came of all, in a line."""
        if self._is_terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
        seconds = time.monotonic() - self._began
        left = self._total - self.counts.total()
        found = [*self.counts.items(), *([("not begun", left)] if left else [])]
        told = ", ".join(f"{count:,} {what}" for what, count in found)
        return f"{self._total:,} devices: {told}, in {seconds:.1f} s"

    def _line(self, text: str) -> None:
        clear = "\r\033[K" if self._is_terminal else ""
        print(f"{clear}provision: {text}", file=sys.stderr, flush=True)

    def _pass(self) -> None:
        now = time.monotonic()
        done = self.counts.total()
        if self._total <= _FEW or done == self._total:
            return
        if not self._is_terminal and now - self._told < _EVERY_S:
            return
        self._told = now
        left_s = (now - self._began) / done * (self._total - done)
        text = f"{done:,} of {self._total:,}, {left_s:,.0f} s to go"
        if self._is_terminal:
            print(
                f"\r\033[K  {done / self._total:4.0%}  {text}", end="", file=sys.stderr, flush=True
            )
        else:
            self._line(text)
