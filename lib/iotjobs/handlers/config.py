"""Jobs that change settings: {"operation": "config", "settings": {…}}.

The settings are a JSON merge patch (RFC 7386) of a file. The file is replaced in one step, and its
previous state is kept beside it.
"""

import json

from micropython import const

from ..files.replace import exists, recover, replace
from ..outcomes import JobFailed, JobRejected

_MAX_DEPTH = const(16)


def load(path="settings.json"):
    """The settings in the file `path` (str), a dict; {} if there is none. Finishes what a reset
    has interrupted.

    Raises ValueError for a file that is no JSON object, OSError for one that cannot be read.
    """
    recover(path, _is_settings)
    if not exists(path):
        return {}
    with open(path) as file:
        settings = json.load(file)
    if not isinstance(settings, dict):
        raise ValueError("%s: not a JSON object" % path)
    return settings


def _is_settings(path):
    try:
        with open(path) as file:
            return isinstance(json.load(file), dict)
    except ValueError:
        return False


class Config:
    """The handler. `path` (str): the settings' file; what it held before is then in path + ".old".
    `apply`: called with the new settings, a dict, once they are in place; if it raises, the
    previous come back, and the job is FAILED. `reset`: whether the board is reset after it; a
    document may want that too, by "reset": true. `max_size`: the longest file, in bytes.

    Neither the settings nor the patch are in what is reported. Allocates both, and their JSON.
    """

    parameters = ("settings",)

    def __init__(self, path="settings.json", apply=None, reset=False, max_size=4096):
        self._path = path
        self._apply = apply
        self._reset = reset
        self._max_size = max_size

    def __call__(self, job):
        """Run the job."""
        path = self._path
        patch = _patch(job.get("settings"))
        try:
            old = load(path)
        except (OSError, ValueError) as error:
            raise JobFailed("the settings that there are: %s" % error)
        settings = merged(old, patch)
        changed = settings != old
        try:
            if changed:
                data = json.dumps(settings)
                if len(data.encode()) > self._max_size:
                    raise JobFailed("settings of more than %d bytes" % self._max_size)
                job.keep(True)
                replace(path + ".old", json.dumps(old))
                replace(path, data)
        except OSError as error:
            raise JobFailed("cannot write %s: %s" % (path, error))
        changed = changed or job.state is True  # before a reset
        if self._apply:
            try:
                self._apply(settings)
            except Exception as error:
                if changed:
                    self._undo()
                raise JobFailed("not applied: %s: %s" % (type(error).__name__, error))
        details = {"settings": "changed" if changed else "unchanged"}
        if self._reset or job.get("reset") in (True, "true"):
            job.reset(details)
        return details

    def _undo(self):
        path = self._path
        old = load(path + ".old")
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


def register(agent, path="settings.json", apply=None, reset=False, max_size=4096):
    """Let `agent` run such jobs; the rest as a Config has it. Returns the handler."""
    handler = Config(path, apply, reset, max_size)
    agent.handler("config")(handler)
    return handler


def _patch(given):
    # An argument of a step is text.
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            pass
    if not isinstance(given, dict):
        raise JobRejected("settings: not a JSON object")
    return given
