"""`Slots`: which of two folders, `<root>/a` and `<root>/b`, holds the application that is to run.

Beside each folder is its mark, a record in `a.slot` or `b.slot`. The slot whose mark has the
highest serial, and was not rolled back, is current. An update is one atomic write of a mark, when
all files are whole. The mark was taken away before the first of them was touched. Without marks
`a` is current.
"""

from time import ticks_diff

from micropython import const

from ..files import records
from ..files.replace import remove

_MAX_MARK = const(2048)
_MAX_WHY = const(200)
_START = const(16)  # what a start counts; 1 if it only lacked the network
_MEMBERS = {"serial": int, "version": str, "job": str, "fetched": str}
# Of a mark that cannot be read: its slot was current once, so it is tried if there is no better.
_UNREADABLE = {"serial": 0, "version": "", "job": "", "fetched": "", "trial": 0, "why": None}


def _is_mark(mark):
    for name in _MEMBERS:
        if not isinstance(mark[name], _MEMBERS[name]):
            return False
    return isinstance(mark["trial"], (int, type(None))) and isinstance(
        mark["why"], (str, type(None))
    )


class Slots:
    """The slots below `root` (str, absolute). What their marks say is read here, which allocates.

    `slot` ("a" or "b") is the one that is current, or in a program that `run` has started the one
    that runs. `folder` and `version` (str, "" if no update installed it) and `on_trial` (bool) are
    that slot's. `other` (str) is the other one's folder.
    """

    timer = None  # while on trial
    confirm_ms = 0
    _lacks_since = None  # ms; None: it does not lack the network
    _excused = False  # this start is one that only lacked the network

    def __init__(self, root):
        self.root = root
        self._marks = {"a": self._load("a"), "b": self._load("b")}
        self.slot = self._choose()

    def _load(self, slot):
        mark = records.load(self._path(slot), _MAX_MARK, _is_mark)
        return dict(_UNREADABLE) if mark is False else mark

    def _path(self, slot):
        return "%s/%s.slot" % (self.root, slot)

    def _choose(self):
        best = None
        rolled_back = None
        for slot in ("a", "b"):
            mark = self._marks[slot]
            if mark and mark["why"] is not None:
                rolled_back = slot
            elif mark and (not best or mark["serial"] > self._marks[best]["serial"]):
                best = slot
        if best:
            return best
        return "b" if rolled_back == "a" else "a"

    def _save(self, slot, mark):
        records.save(self._path(slot), mark, _MAX_MARK)
        self._marks[slot] = mark

    def _changed(self, **changes):
        mark = dict(self._marks[self.slot])
        mark.update(changes)
        return mark

    @property
    def folder(self):
        return "%s/%s" % (self.root, self.slot)

    @property
    def other(self):
        return "%s/%s" % (self.root, self._other())

    def _other(self):
        return "b" if self.slot == "a" else "a"

    @property
    def version(self):
        return self._marks[self.slot]["version"] if self._marks[self.slot] else ""

    @property
    def on_trial(self):
        mark = self._marks[self.slot]
        return bool(mark) and mark["trial"] is not None and mark["why"] is None

    def mark_of(self, job):
        """What was put in by `job` (str): the mark, a dict, or None. Of its members "version",
        "fetched", "trial" (int: 16 for each start so far, or 1; None: it was confirmed) and "why"
        (str: it was rolled back; None: it was not).
        """
        for mark in self._marks.values():
            if mark and mark["job"] == job:
                return mark
        return None

    def mark_in(self, slot):
        """The same of what is in the slot "a" or "b"."""
        return self._marks[slot]

    def clear(self):
        """Begin to change the other slot: it cannot become current any more. OSError if the flash
        does not take that; ValueError while the current one is on trial, and may need it.
        """
        if self.on_trial:
            raise ValueError("the application is on trial")
        other = self._other()
        remove(self._path(other))
        self._marks[other] = None

    def activate(self, version, job, fetched=""):
        """Make the other slot, which is complete, the one that the next start runs on trial.
        `version`, `job`, `fetched` (str) are kept in its mark. One atomic write; OSError: it has
        not happened. `slot` stays what it is.
        """
        mark = self._marks[self.slot]
        serial = (mark["serial"] if mark else 0) + 1
        new = dict(_UNREADABLE, serial=serial, version=version, job=job, fetched=fetched)
        self._save(self._other(), new)

    def confirm(self):
        """The application that runs is well: its trial is over. Writes to flash when it was on
        trial, and does nothing otherwise. OSError from the flash: it is on trial still.
        """
        if self.on_trial:
            self._save(self.slot, self._changed(trial=None))
            if self.timer:
                self.timer.deinit()
                self.timer = None

    def waits(self, lacks, now):
        """The application goes on, on trial, at `now` (ticks in ms). `lacks` (bool): only the
        network is missing. When that was so for a tenth of `confirm_ms`, this start counts a
        16th. Writes to flash once in a start.
        """
        if not lacks:
            self._lacks_since = None
        elif self._lacks_since is None:
            self._lacks_since = now
        elif not self._excused and ticks_diff(now, self._lacks_since) >= self.confirm_ms // 10:
            self._excused = True
            starts = self._marks[self.slot]["trial"]
            try:
                self._save(self.slot, self._changed(trial=starts - _START + 1))
            except OSError:  # it counts
                pass

    def roll_back(self, why):
        """End the trial of the current slot: the next start runs the other one. `why` (str) is
        kept in its mark. OSError if the flash takes nothing at all.
        """
        if not self.on_trial:
            raise ValueError("the application is not on trial")
        slot = self.slot
        mark = self._changed(why=why[:_MAX_WHY])
        try:
            self._save(slot, mark)
        except OSError:  # it is full: to remove needs no room
            remove(self._path(slot))
        self._marks[slot] = mark

    def begin(self, attempts):
        """Count a start, before anything of the application runs. `slot` is what to run.

        After `attempts` (int) starts of a trial it is rolled back, and so it is if they cannot be
        counted.
        """
        mark = self._marks[self.slot]
        if not self.on_trial:
            return
        why = None
        if mark["trial"] >= attempts * _START:
            why = "not confirmed in %d starts" % attempts
        else:
            try:
                self._save(self.slot, self._changed(trial=mark["trial"] + _START))
            except OSError as error:
                why = "its start cannot be counted: %s" % error
        if why:
            try:
                self.roll_back(why)
            except OSError:
                self._marks[self.slot] = self._changed(why=why)
            self.slot = self._other()
