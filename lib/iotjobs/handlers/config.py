"""Jobs that change settings: {"operation": "config", "settings": {…}, "remove": ["name", …]}.

What is to be removed goes first. The settings are then a JSON merge patch (RFC 7386) of a file.
The file is replaced in one step, and its previous state is kept beside it.

Settings that may cut the board off are tried first: see `trial` of `register`. At the moment of
the reset they come into path + ".trial", a record. `load` takes it away, and returns them. So a
trial has one start, and whatever ends it is the way back. The file changes when it was reached.
"""

import json
from time import ticks_diff

from micropython import const

from ..codec.whole import read_object
from ..files import records
from ..files.replace import exists, recover, remove, replace
from ..outcomes import JobFailed, JobRejected, show

_MAX_DEPTH = const(16)
_MAX_TRIAL = const(65536)  # bytes
_TRIALS = const(3)

_trial = None  # what this start tries: [path, the settings' JSON, since when]


def load(path="settings.json"):
    """The settings in the file `path` (str), a dict; {} if there is none. Finishes what a reset
    has interrupted. Settings on trial are returned once: call this at the start, and only there.

    For a file that is no JSON object its previous state is returned. Without one ValueError is
    raised. OSError: it cannot be read.
    """
    global _trial
    if _trial and _trial[0] == path:
        _trial = None
    new = path + ".trial"
    settings = records.load(new, _MAX_TRIAL, _is_settings)
    if settings is not None:
        remove(new)
    if settings in (None, False):  # none at all are settings too
        settings = _load(path)
    else:
        _trial = [path, json.dumps(settings), None]
    if settings is None:
        raise ValueError("%s: not a JSON object" % path)
    return settings


def confirm(agent, trial_ms=300_000):
    """For the program's loop, beside `agent.poll()`: settings on trial stay when `agent`, a
    JobsAgent, has reached the service. If it has not after `trial_ms`, the board is reset, and has
    the previous ones. Without a trial nothing is done. OSError from the flash: it goes on.
    """
    if not _trial:
        return
    now = agent.ticks_ms()
    if agent.state in ("IDLE", "RUNNING", "REPORTING"):
        _confirm()
    elif _trial[2] is None:
        _trial[2] = now
    elif ticks_diff(now, _trial[2]) >= trial_ms:
        agent.reset()


def _confirm():
    # The service was reached.
    global _trial
    if _trial:
        path, data, _ = _trial
        _change(path, _load(path) or {}, data)
        _trial = None


def _is_settings(value):
    return isinstance(value, dict)


def _read(path):
    # The settings in the file; {} if there is none, None if it is broken.
    if not exists(path):
        return {}
    with open(path, "rb") as file:
        try:
            return read_object(file.read())
        except ValueError:
            return None


def _is_whole(path):
    return _read(path) is not None


def _load(path):
    # Without a trial; None if neither the file nor its previous state are settings.
    recover(path, _is_whole)
    settings = _read(path)
    if settings is None:
        path += ".old"
        recover(path, _is_whole)
        settings = _read(path) if exists(path) else None
    return settings


def _change(path, old, data):
    replace(path + ".old", json.dumps(old))
    replace(path, data)


class Config:
    """The handler. `path` (str): the settings' file; what it held before is then in path + ".old".
    `apply`: called with the new settings, a dict, once they are in place; if it raises, the
    previous come back, and the job is FAILED. `reset`: whether the board is reset after it; a
    document may want that too, by "reset": true. `max_size`: the longest file, in bytes.

    `trial`: a tuple of names (str). If a job changes one of these, the board is reset, and tries
    the new settings before they are in place. `agent`: the JobsAgent whose reset that is.

    Neither the settings nor the patch are in what is reported. Allocates both, and their JSON.
    """

    parameters = ("settings", "*remove")

    _wanted = None  # what the reset is to try: (the agent's job, settings)

    def __init__(
        self, path="settings.json", apply=None, reset=False, max_size=4096, trial=(), agent=None
    ):
        self._path = path
        self._apply = apply
        self._resets = reset
        self._max_size = max_size
        self._trial = trial
        self._agent = agent
        if trial:
            # The reset is the last moment at which the job may still turn out to be canceled.
            self._reset = agent.reset
            agent.reset = self._try_and_reset

    def __call__(self, job):
        """Run the job."""
        path = self._path
        self._wanted = None
        names = _names(job.get("remove"))
        patch = _patch(job.get("settings"), names)
        try:
            _confirm()  # it was reached: this is called
            old = _load(path) or {}
        except OSError as error:
            raise JobFailed("the settings that there are: %s" % error)
        settings = merged({name: old[name] for name in old if name not in names}, patch)
        changed = settings != old or _read(path) is None
        try:
            if changed:
                data = json.dumps(settings).encode()
                if len(data) > self._max_size:
                    raise JobFailed("settings of more than %d bytes" % self._max_size)
                try:
                    settings = read_object(data)
                except ValueError:  # 1e999, half a surrogate pair
                    raise JobRejected("settings: a value that no JSON has")
                if [name for name in self._trial if settings.get(name) != old.get(name)]:
                    self._try(job, settings)
                job.keep(True)
                _change(path, old, data)
        except OSError as error:
            raise JobFailed("cannot write %s: %s" % (path, error))
        changed = changed or bool(job.state)  # before a reset
        if self._apply:
            try:
                self._apply(settings)
            except Exception as error:
                show(error)
                if changed:
                    self._undo()
                raise JobFailed("not applied: " + _told(error, list(old) + list(settings)))
        details = {"settings": "changed" if changed else "unchanged"}
        wanted = self._resets or job.get("reset") in (True, "true")
        if wanted and not isinstance(job.state, int):  # else it was reset for the trial
            job.reset(details)
        return details

    def _try(self, job, settings):
        tried = job.state or 0
        if tried == _TRIALS:
            raise JobFailed("rolled back: the service was not reached in %d starts" % tried)
        job.keep(tried + 1)
        self._wanted = self._agent.job, settings
        job.reset(resume=True)

    def _try_and_reset(self):
        wanted = self._wanted
        self._wanted = None
        if not (wanted and wanted[0] is self._agent.job):
            return self._reset()
        records.save(self._path + ".trial", wanted[1], _MAX_TRIAL)
        try:
            self._reset()
        except Exception:
            remove(self._path + ".trial")
            raise

    def _undo(self):
        path = self._path
        old = _read(path + ".old") or {}
        replace(path, json.dumps(old))
        try:
            self._apply(old)
        except Exception:  # what it says of the new ones is what counts
            pass


def merged(target, patch, depth=0):
    """`target` changed by `patch`, as RFC 7386 has it, both JSON as Python's objects; neither is
    altered. JobRejected for a patch of more than 16 levels.
    """
    if not isinstance(patch, dict):
        return patch
    if depth == _MAX_DEPTH:
        raise JobRejected("settings of more than %d levels" % _MAX_DEPTH)
    result = dict(target) if isinstance(target, dict) else {}
    for name in patch:
        value = patch[name]
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value, depth + 1)
    return result


def register(agent, path="settings.json", apply=None, reset=False, max_size=4096, trial=()):
    """Let `agent` run such jobs; the rest as a Config has it. Returns the handler.

    With `trial` it takes the place of `agent.reset`, and calls what was there. The program begins
    with `load`, and calls `confirm` in its loop.
    """
    handler = Config(path, apply, reset, max_size, trial, agent)
    agent.handler("config")(handler)
    return handler


def _names(given):
    # An argument of a step is text.
    if isinstance(given, str):
        given = given.split()
    names = [] if given is None else given
    if not isinstance(names, list) or [name for name in names if not isinstance(name, str)]:
        raise JobRejected("remove: not names")
    return names


def _patch(given, names):
    if isinstance(given, str):
        try:
            given = read_object(given.encode())
        except ValueError:
            pass
    elif given is None and names:
        given = {}
    if not isinstance(given, dict):
        raise JobRejected("settings: not a JSON object")
    return given


def _told(error, names):
    # What it says may have a value in it: only the name of a setting is told.
    text = type(error).__name__
    for name in names:
        if getattr(error, "args", None) == (name,):
            return text + ": " + name
    return text
