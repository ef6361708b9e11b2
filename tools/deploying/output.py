"""What a deploy says: lines for people on standard output, errors on standard error."""

import sys

from iotjobs_wire.plan import File, Plan


class Output:
    """`stream`: where to; on a terminal a line there shows how far something is, and goes away."""

    def __init__(self, stream=None):
        self._stream = stream or sys.stdout
        self._passing = False

    def say(self, text: str):
        """A line that stays."""
        self._clear()
        print(text, file=self._stream, flush=True)

    def passing(self, what: str):
        """Return what shows, on a terminal, how far `what` is: to be called with two numbers."""

        def show(done: int, of: int):
            if not self._stream.isatty():
                return
            self._clear()
            if done < of:
                self._stream.write(f"{what}: {done + 1} of {of}")
                self._stream.flush()
                self._passing = True

        return show

    def wrote(self, number: int, of: int, file: File):
        """One of the files is on the board."""
        width = len(str(of))
        size = len(file.content)
        self.say(f"  [{number:{width}}/{of}] {file.path}  {size:,} bytes")

    def removed(self, path: str):
        """Something is not on the board any more."""
        self.say(f"  removed {path}")

    def planned(self, plan: Plan):
        """What would be done."""
        for path, _ in plan.remove:
            self.say(f"  would remove {path}")
        for file in plan.write:
            self.say(f"  would write {file.path}  {len(file.content):,} bytes")

    def _clear(self):
        if self._passing:
            self._stream.write("\r\x1b[K")
            self._passing = False
