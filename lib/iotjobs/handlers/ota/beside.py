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
    for name in ("job", "paths", "new"):
        if not isinstance(record[name], list):
            return False
    return isinstance(record["program"], str)


class Beside:
    """`path` (str, absolute): of a record that says which files belong to which program. While
    they wait it is at `planned` (str) instead. Methods raise OSError from the flash; then what
    they do is to be finished.
    """

    def __init__(self, path):
        self._path = path
        self.planned = path + ".plan"

    def _record(self, name):
        return records.load(name, _MAX_RECORD, _is_record) or {"paths": ()}

    def is_open(self):
        """Whether anything waits, or may go back."""
        return self.is_put() or exists(self.planned)

    def is_put(self):
        """Whether something is in place that may go back."""
        return exists(self._path)

    def plan(self, key, image, paths):
        """Let the files of `paths`, a list of str, come with the program in `image`, which the job
        of this `key` starts. Nothing is open but what that has planned before. ValueError if the
        paths are more than a record takes.
        """
        new = []
        for path in paths:
            os.stat(path + ".part")  # or the program would start without it
            try_to_remove(path + ".before")
            if not exists(path):
                new.append(path)
        record = {"program": image.program(), "from": image.running()}
        record.update(job=key, paths=paths, new=new)
        records.save(self.planned, record, _MAX_RECORD)

    def put(self):
        """Put what is planned in place."""
        for path in self._record(self.planned)["paths"]:
            part = path + ".part"
            if exists(part):
                if exists(path):
                    os.rename(path, path + ".before")
                os.rename(part, path)
        if exists(self.planned):
            move(self.planned, self._path)

    def back(self, goes_on=True):
        """Put what was there before in place. The others wait again. `goes_on`: whether the job
        does that has planned it.
        """
        for name in (self._path, self.planned):
            record = self._record(name)
            is_put = name == self._path
            for path in record["paths"]:
                part = path + ".part"
                before = path + ".before"
                was = exists(before)
                # While it waits, and nobody waits for it, a new file may be of a later job.
                if exists(path) and (was or (is_put or goes_on) and path in record["new"]):
                    if not exists(part):
                        os.rename(path, part)
                    elif is_put:  # the part is of a later job
                        remove(path)
                if was:
                    os.rename(before, path)
        if exists(self._path):
            move(self._path, self.planned)

    def keep(self):
        """What was put in place is there to stay."""
        for path in self._record(self._path)["paths"]:
            try_to_remove(path + ".before")
        try_to_remove(self._path)

    def settle(self, image, key=None):
        """Let what is in place follow the program that runs: that of `image`, a place, which says
        so by its `runs` and `retries`. What came with another is thrown away, unless the job of
        this `key` has planned it, and may start it again.
        """
        for name, other in ((self._path, self.planned), (self.planned, self._path)):
            if exists(name) and not self._record(name)["paths"] and self._record(other)["paths"]:
                move(other, name)  # a reset has cut that off, on FAT
        for name in (self._path, self.planned):
            record = self._record(name)
            if not record["paths"]:
                continue
            runs = image.runs(record["program"])
            if name == self._path and runs is False and image.is_another(record["from"]):
                runs = None  # that has come since: for it, what ran was there to stay
            if runs is not False:
                self.put()
                if runs is None:
                    self.keep()
                return
            goes_on = record["job"] == key
            self.back(goes_on)
            if not goes_on or name == self._path and not image.retries:
                for path in record["paths"]:
                    try_to_remove(path + ".part")
                remove(self.planned)  # last: only that says what else is to go
            return
