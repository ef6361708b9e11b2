"""One part of the exhaustive tests.

It runs when a file that it depends on has changed since it passed; contents.py says what counts as
a change.
"""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

import environment

from .contents import content


class Part(NamedTuple):
    """`tests`: as pytest is told; `prepare` gets what they need, and returns the environment
    variables that say where it is, or raises UnusableError.
    """

    name: str
    tests: tuple[str, ...]
    depends: tuple[str, ...]
    prepare: Callable = dict

    def patterns(self):
        """Of all files on which it depends."""
        return (*self.depends, *(test for test in self.tests if test.endswith(".py")))

    def digest(self):
        """Of all that it depends on, as hexadecimal digits."""
        found = set()
        for pattern in self.patterns():
            found.update(path for path in environment.ROOT.glob(pattern) if path.is_file())
        whole = hashlib.sha256()
        for file in sorted(found):
            if "__pycache__" in file.parts:
                continue
            counts = content(file)
            name = file.relative_to(environment.ROOT)
            whole.update(f"{name} {len(counts)}\n".encode() + counts)
        return whole.hexdigest()
