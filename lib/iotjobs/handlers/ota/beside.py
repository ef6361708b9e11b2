"""`Beside`: files that come with a program, and go back with it.

Such a file waits as path + ".part". It comes to its place at the reset that starts the program,
and what was there before is kept as path + ".before". When the program is rolled back, they change
places again. When it is there to stay, the old ones are removed.

What is in place follows the program that runs, and nothing else: a start after a cut of the power
finishes what was begun, in either direction. All steps are renames, so it needs no room.
"""

import os

from micropython import const

from ...files import records
from ...files.replace import exists, move, remove, try_to_remove

_MAX_RECORD = const(4096)


def _is_record(record):
    return isinstance(record["program"], str) and isinstance(record["paths"], list)


class Beside:
    """`path` (str, absolute): of a record that says which files belong to which program. While
    they wait it is at `planned` (str) instead. Methods raise OSError from the flash; then what
    they do is to be finished.
    """

    def __init__(self, path):
        self._path = path
        self.planned = path + ".plan"

    def _paths(self, name):
        record = records.load(name, _MAX_RECORD, _is_record)
        return record["paths"] if record else ()

    def plan(self, program, paths):
        """Let the files of `paths`, a list of str, come with `program` (str). What was planned
        before is not any more. ValueError if the paths are more than a record takes.
        """
        self.keep()
        if not paths:
            try_to_remove(self.planned)
            return
        for path in paths:
            try_to_remove(path + ".before")
        records.save(self.planned, {"program": program, "paths": paths}, _MAX_RECORD)

    def put(self):
        """Put what is planned in place."""
        for path in self._paths(self.planned):
            part = path + ".part"
            if exists(part):
                if exists(path):
                    os.rename(path, path + ".before")
                os.rename(part, path)
        if exists(self.planned):
            move(self.planned, self._path)

    def back(self):
        """Put what was there before in place. The others wait again."""
        for name in (self._path, self.planned):
            for path in self._paths(name):
                part = path + ".part"
                if exists(path) and not exists(part):
                    os.rename(path, part)
                if exists(path + ".before"):
                    os.rename(path + ".before", path)
        if exists(self._path):
            move(self._path, self.planned)

    def keep(self):
        """What was put in place is there to stay."""
        for path in self._paths(self._path):
            try_to_remove(path + ".before")
        try_to_remove(self._path)

    def settle(self, image):
        """Let what is in place follow the program that runs: that of `image`, a place, which says
        so by its `runs` and `retries`.
        """
        for name, other in ((self._path, self.planned), (self.planned, self._path)):
            if exists(name) and not self._paths(name) and self._paths(other):
                move(other, name)  # a reset has cut that off, on FAT
        for name in (self._path, self.planned):
            record = records.load(name, _MAX_RECORD, _is_record)
            if not record:
                continue
            runs = image.runs(record["program"])
            if runs is not False:
                self.put()
                if runs is None:
                    self.keep()
                return
            self.back()
            if name == self._path and not image.retries:
                remove(self.planned)  # first: while it is there, all others must be
                for path in record["paths"]:
                    try_to_remove(path + ".part")
            return
