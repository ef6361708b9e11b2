"""Two slots for an application, `<root>/a` and `<root>/b`: one runs, the next is put into the
other, and comes back out if it does not confirm that it is well.

Beside each folder is its mark, `a.slot` or `b.slot`: CRC-32 of the JSON, as 8 hexadecimal digits,
and the JSON. The slot whose mark has the highest serial, and was not rolled back, is current: an
update is one atomic write of a mark, which is made when all files are whole, and was taken away
before the first was touched. Without marks `a` is current.

A board's main.py has no more than

    from iotjobs import slots
    slots.run("/app", "application")
"""

import io
import json
import os
import sys
from binascii import crc32

from micropython import const

_ENOENT = const(2)
_MAX_MARK = const(2048)
_MAX_WHY = const(160)
_MEMBERS = {"serial": int, "version": str, "job": str, "fetched": str}
# Of a mark that cannot be read: its slot was current once, so it is tried if there is no better.
_UNREADABLE = {"serial": 0, "version": "", "job": "", "fetched": "", "trial": 0, "why": None}

running = None  # the Slots of `run`


def _read(path):
    # The mark; None where there is no file, False for one that is no mark.
    try:
        with open(path, "rb") as file:
            data = file.read(_MAX_MARK + 1)
        mark = json.loads(data[8:])
        if data[:8] != b"%08x" % crc32(data[8:]) or not isinstance(mark["why"], (str, type(None))):
            return False
        for name in _MEMBERS:
            if not isinstance(mark[name], _MEMBERS[name]):
                return False
        return mark if isinstance(mark["trial"], (int, type(None))) else False
    except OSError as error:
        return None if error.errno == _ENOENT else False
    except (ValueError, TypeError, KeyError):
        return False


def _remove(path):
    try:
        os.remove(path)
    except OSError as error:
        if error.errno != _ENOENT:
            raise


class Slots:
    """The slots below `root` (str, absolute). What their marks say is read here, which allocates.

    `slot` ("a" or "b") is the one that is current, or in a program that `run` has started the one
    that runs; `folder`, `version` (str, "" if it was not installed by an update), `on_trial`
    (bool) and `other` (str, the other one's folder) are as it has them.
    """

    timer = None  # while on trial
    confirm_ms = 0

    def __init__(self, root):
        self.root = root
        self._marks = {"a": self._load("a"), "b": self._load("b")}
        self.slot = self._choose()

    def _load(self, slot):
        path = self._path(slot)
        mark = _read(path)
        try:
            if mark is None:
                # FAT renames by removing the old file first; what a cut there leaves is this.
                mark = _read(path + ".new") or None
                if mark:
                    os.rename(path + ".new", path)
            os.remove(path + ".new")
        except OSError:
            pass
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
        data = json.dumps(mark).encode()
        path = self._path(slot)
        new = path + ".new"
        try:
            with open(new, "wb") as file:
                file.write(b"%08x" % crc32(data))
                file.write(data)
                file.flush()
            os.rename(new, path)
        except OSError:
            try:
                os.remove(new)
            except OSError:
                pass
            raise
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
        "fetched", "trial" (int: starts so far; None: it was confirmed) and "why" (str: it was
        rolled back; None: it was not).
        """
        for mark in self._marks.values():
            if mark and mark["job"] == job:
                return mark
        return None

    def clear(self):
        """Begin to change the other slot: it cannot become current any more. OSError if the flash
        does not take that; ValueError while the current one is on trial, and may need it.
        """
        if self.on_trial:
            raise ValueError("the application is on trial")
        other = self._other()
        _remove(self._path(other))
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
            _remove(self._path(slot))
        self._marks[slot] = mark

    def begin(self, attempts):
        """Count a start, before anything of the application runs: after `attempts` (int) starts of
        a trial it is rolled back, and so it is if they cannot be counted. `slot` is what to run.
        """
        mark = self._marks[self.slot]
        if not self.on_trial:
            return
        why = None
        if mark["trial"] >= attempts:
            why = "not confirmed in %d starts" % attempts
        else:
            try:
                self._save(self.slot, self._changed(trial=mark["trial"] + 1))
            except OSError as error:
                why = "its start cannot be counted: %s" % error
        if why:
            try:
                self.roll_back(why)
            except OSError:
                self._marks[self.slot] = self._changed(why=why)
            self.slot = self._other()


def run(root, name, confirm_ms=300_000, attempts=3, reset=None, timer=None):
    """Run the application in the current slot below `root`: import the module `name` of it, with
    its folder first in sys.path. Does not return before the module does.

    On trial, after an update: the starts are counted before the import, and after `attempts` of
    them without `confirm` the previous application runs again. An exception rolls back at once,
    and resets the board. After `confirm_ms` without `confirm` the board is reset, whatever the
    program does then; a program that polls the `update` handler's agent is rolled back by that
    instead. SystemExit and KeyboardInterrupt pass, and so does everything without a trial.

    `reset`: what resets the board, `machine.reset` by default. `timer`: makes the timer, as
    timer(ms, callback), which has `deinit`; `machine.Timer` by default, whose callback runs
    between two instructions of Python: what hangs in C is a watchdog's to end. That counts too.
    """
    global running
    slots = Slots(root)
    slots.begin(attempts)
    running = slots
    reset = reset or _reset
    if slots.on_trial:
        slots.confirm_ms = confirm_ms
        # Later than the handler, which can roll back and report: a reset only counts.
        slots.timer = (timer or _timer)(confirm_ms + confirm_ms // 8, lambda _: reset())
    sys.path.insert(0, slots.folder)
    try:
        __import__(name)
    except Exception as error:
        if not slots.on_trial:
            raise
        _show(error)
        try:
            slots.roll_back(_told(error))
        except OSError as failed:  # the starts are counted still
            _show(failed)
        reset()


def confirm():
    """For the application, when it is well: its trial, if it is on one, is over. May be called
    again and again. OSError from the flash: it is on trial still. Without `run` nothing is done.
    """
    if running:
        running.confirm()


def _show(error):
    sys.print_exception(error)


def _told(error):
    # The exception, and its place: the last line of the traceback that names one.
    text = "%s: %s" % (type(error).__name__, error)
    told = io.StringIO()
    sys.print_exception(error, told)
    for line in reversed(told.getvalue().split("\n")):
        if line.startswith("  File "):
            path, _, place = line[8:].partition('", ')
            return "%s (%s, %s)" % (text[:100], path.split("/")[-1], place.split(",")[0])
    return text


def _reset():
    import machine

    machine.reset()


def _timer(ms, callback):
    from machine import Timer

    try:
        timer = Timer(-1)
    except ValueError:  # an ESP32 before it had virtual timers
        timer = Timer(0)
    # Periodic: a callback is lost when the scheduler's queue is full.
    timer.init(mode=Timer.PERIODIC, period=ms, callback=callback)
    return timer
