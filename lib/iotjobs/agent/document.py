"""Job documents in steps: schema 1.0, which AWS's managed job templates and the AWS IoT Device
Client have.

A step of the type runHandler names a handler that the program has registered, one of the type
runCommand too: a board has no shell, so the first word of "a,b,c" is a handler's name, the others
are its arguments. What is of an operating system, "runAsUser", "path" and "allowStdErr", must be
well-formed, and means nothing.

After a reset the step goes on that was interrupted; those before it are not done again. A failed
step ends the job as FAILED unless its "ignoreStepFailure" is "true"; then it counts as done. The
"finalStep" comes when all steps are done.
"""

import sys

from micropython import const

from ..outcomes import JobFailed, JobRejected, show, told
from . import border
from .output import Output
from .step import BEGUN, NEW, Step

_MAX_STEPS = const(32)
_MAX_CONDITIONS = const(32)
_MAX_SHOWN = const(64)  # characters of a name, or of a value in a reason

# What "conditions" are about; a program adds what is true of its device: str to str.
attributes = {
    "platform": sys.platform,
    "machine": getattr(sys.implementation, "_machine", ""),
    "micropython": ".".join([str(part) for part in sys.implementation.version[:3]]),
}


def handler_of(job, handlers):
    """The handler of a document without an "operation", which takes the steps, whether it may be
    run again, and its limit in minutes: None, since each step has its own. `handlers`: see
    Job.run.

    JobRejected, with the place and the reason, for a document that is none, or whose conditions
    this device does not meet. Allocates each step to check it, one after the other.
    """
    if job.get("afr_ota") is not None:
        if "afr_ota" not in handlers:
            raise JobRejected("afr_ota: no handler for FreeRTOS OTA, files from MQTT streams")
        return handlers["afr_ota"]
    version = job.get("version")
    if version != "1.0" and job.get("steps", 0) is None:
        raise JobRejected("the job document names no operation")
    if version != "1.0":
        _reject("version", version, "not '1.0'")
    steps = _steps(job, handlers)
    capture = _flag(job, (), "includeStdOut")
    if not job.resumed:  # what it does may change the attributes
        _check_conditions(job)
    return _Document(job, steps, capture), True, None


class _Document:
    # `steps`: a tuple for each: the path of its input, name, handler, whether that is repeatable,
    # its limit, whether its failure is ignored. `repeatable`: of the step that is next.

    def __init__(self, job, steps, capture):
        self._steps = steps
        self._again = job.again
        at = job.state[0] if job.state else 0
        self.repeatable = job.resumed and not self._again or steps[at][3]
        self._details = {}
        held = job.status_details or {}  # what was reported before a reset
        self._ignored = held.get("ignored")
        self._output = Output(held.get("stdout", "")) if capture else None

    def __call__(self, job):
        steps = self._steps
        record = job.state or [0, BEGUN if job.resumed else NEW, None]
        while record[0] < len(steps):
            at, how, state = record
            details = reason = None
            if at and how == NEW:
                job.keep([at, BEGUN, state])
            try:
                details = yield from self._run(job, record)
            except JobFailed as error:
                status, reason = border.ending(error)
                details = error.details
            except Exception as error:
                show(error)
                status, reason = "FAILED", told(error)
            if reason is not None:
                if not steps[at][5]:
                    if len(steps) > 1:
                        reason = "%s: %s" % (self._place(at), reason)
                    try:
                        details = self._all(at, details)
                    except TypeError:  # the reason is what matters
                        details = self._all(at, {})
                    raise (JobRejected if status == "REJECTED" and not at else JobFailed)(
                        reason, details
                    )
                self._ignored = ("%s: %s" % (self._place(at), reason))[: 2 * _MAX_SHOWN]
            job.offline(False)
            record = [at + 1, NEW, None]
        return self._all(len(steps) - 1, details) or None

    def _run(self, job, record):
        # A generator that runs one step, and returns what its handler does.
        at, how, _ = record
        path, _, handler, repeatable, minutes, _ = self._steps[at]
        if how == BEGUN and not (repeatable or self._again):
            raise JobFailed("interrupted by a reset, and not repeatable")
        job.minutes = minutes
        last = at + 1 == len(self._steps)
        step = Step(job, record, path, _parameters(handler), _args(job, path), last)
        if not last or at:
            yield self._all(at, {})
        result = self._do(handler, step)
        if not hasattr(result, "send"):
            return result
        try:
            while True:
                details = self._do(next, result)
                output = self._output
                if details is None and output and output.news:
                    details = self._details
                yield None if details is None else self._all(at, details)
        except StopIteration as stop:
            return stop.value
        finally:
            result.close()

    def _do(self, function, argument):
        if not self._output:
            return function(argument)
        with self._output:
            return function(argument)

    def _all(self, at, details):
        # What is reported: the handler's details, and those about the document.
        output = self._output
        if details is not None:
            self._details = border.details(details)  # not what the handler makes of them later
        details = dict(self._details)
        if len(self._steps) > 1:
            details["step"] = "%d of %d %s" % (at + 1, len(self._steps), self._steps[at][1])
        if self._ignored:
            details["ignored"] = self._ignored
        if output and output.text.strip():
            details["stdout"] = output.text
            output.news = False
        return details

    def _place(self, at):
        return "step %d (%s)" % (at + 1, self._steps[at][1])


def _parameters(handler):
    return getattr(handler, "parameters", ())


# Reading the document


def _steps(job, handlers):
    count = _count(job, "steps", _MAX_STEPS)
    if not count:
        raise JobRejected("steps: not a list with an action in it")
    steps = []
    for at in range(count):
        steps.append(_step(job, handlers, ("steps", at, "action"), "steps[%d]" % at))
    if job.get("finalStep") is not None:
        steps.append(_step(job, handlers, ("finalStep", "action"), "finalStep"))
    return steps


def _step(job, handlers, path, place):
    if not isinstance(job.get(*path), dict):
        if job.get(*path[:-1]) is None:
            _reject(place, None, "not an action")
        raise JobRejected(place + ".action: not an object")
    place += ".action"
    name = _text(job, path, "name", place)
    kind = _text(job, path, "type", place)
    _text(job, path, "runAsUser", place, True)
    ignored = _flag(job, path, "ignoreStepFailure", place + ".")
    allowed = job.get(*path, "allowStdErr")
    if not (allowed is None or isinstance(allowed, int)) and not (
        isinstance(allowed, str) and allowed.isdigit()
    ):
        _reject(place + ".allowStdErr", allowed, "not a number")
    path += ("input",)
    place += ".input"
    if kind == "runCommand":
        named = _words(_text(job, path, "command", place))[0]
        place += ".command"
    elif kind == "runHandler":
        named = _text(job, path, "handler", place)
        _text(job, path, "path", place, True)
        args = _args(job, path)
        if not _are_texts(args):
            raise JobRejected(place + ".args: not a list of strings")
        place += ".handler"
    else:
        _reject(place[:-6] + ".type", kind, "not 'runHandler' or 'runCommand'")
    if named not in handlers:
        raise JobRejected("%s: no handler %r" % (place, named[:_MAX_SHOWN]))
    handler, repeatable, minutes = handlers[named]
    names = _parameters(handler)
    args = _args(job, path)
    if names and len(args) > len(names) and names[-1][0] != "*":
        raise JobRejected("%s: %d arguments, %r takes %d" % (place, len(args), named, len(names)))
    return path, name[:_MAX_SHOWN], handler, repeatable, minutes, ignored


def _check_conditions(job):
    count = _count(job, "conditions", _MAX_CONDITIONS)
    if not count and job.get("conditions") not in (None, []):
        raise JobRejected("conditions: not a list of objects")
    for at in range(count):
        path = ("conditions", at)
        place = "conditions[%d]" % at
        key = _text(job, path, "key", place)
        kind = job.get(*path, "type")
        if kind not in (None, "stringEqual"):
            _reject(place + ".type", kind, "not 'stringEqual'")
        values = job.get(*path, "value")
        if not _are_texts(values) or not values:
            raise JobRejected(place + ".value: not a list of strings")
        found = attributes.get(key)
        if found not in values:
            wanted = "not one of %r" % (values,)
            _reject("%s: %s" % (place, key[:_MAX_SHOWN]), found, wanted[: 2 * _MAX_SHOWN])


def _count(job, name, most):
    count = job.count(name) or 0
    if count > most:
        raise JobRejected("%s: more than %d" % (name, most))
    return count


def _text(job, path, name, place, optional=False):
    text = job.get(*path, name)
    if not isinstance(text, str) or not (text or optional):
        if not optional or text is not None:
            _reject("%s.%s" % (place, name), text, "not a string")
    return text


def _flag(job, path, name, place=""):
    value = job.get(*path, name)
    if not (value in (None, "true", "false") or isinstance(value, bool)):
        _reject(place + name, value, "not 'true' or 'false'")
    return value is True or value == "true"


def _are_texts(values):
    return isinstance(values, list) and not [v for v in values if not isinstance(v, str)]


def _args(job, path):
    # The arguments of the step with this input.
    if job.get(*path[:-1], "type") == "runCommand":
        return _words(job.get(*path, "command"))[1:]
    args = job.get(*path, "args")
    return [] if args is None else args


def _words(command):
    # Separated by commas; one that is escaped is none.
    words = [""]
    for part in command.split(","):
        if words[-1].endswith("\\"):
            words[-1] = words[-1][:-1] + "," + part
        else:
            words.append(part)
    return words[1:]


def _reject(place, value, why):
    shown = repr(value)
    if len(shown) > _MAX_SHOWN:
        shown = shown[: _MAX_SHOWN - 3] + "..."
    raise JobRejected("%s: %s, %s" % (place, shown, why))
