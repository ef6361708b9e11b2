"""`Output`: what is printed while a handler's step runs, the end of it."""

import builtins

from micropython import const

from ..outcomes import shown

_MAX_SIZE = const(256)  # bytes of UTF-8: a request has 1024 by default, for all its details


class Output:
    """With it, `print` also goes into `text` (str), of which the last 256 bytes are kept, control
    characters as spaces, and `news` is set. What is printed with a `file`, by other tasks, or by
    what does not call `print`, does not.

    Replaces the builtin `print` as long; so it needs a MicroPython whose builtins can be.
    """

    news = False

    def __init__(self, text=""):
        self.text = text

    def __enter__(self):
        self._print = builtins.print
        builtins.print = self._tee

    def __exit__(self, kind, error, traceback):
        builtins.print = self._print

    def _tee(self, *values, **how):
        self._print(*values, **how)
        if "file" in how:
            return
        text = how.get("sep", " ").join([str(value) for value in values]) + how.get("end", "\n")
        self.take(text)

    def take(self, text):
        """Add a str."""
        text = self.text + shown(text[-_MAX_SIZE:])
        while len(text.encode()) > _MAX_SIZE:
            text = text[1:]
        self.text = text
        self.news = True
