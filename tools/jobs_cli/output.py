"""An answer as `aws` prints it: the members of the service's model, in their order."""

from collections import OrderedDict

import ordered
from commands import DOCUMENT, MAP, snake
from iotjobs.codec import reader as codec


def read(command, thing_name, message, buf):
    """What the answer to a command holds, OrderedDict; all of it is copied.

    `message`: a `messages.Message` that was read from `buf`. Over MQTT an execution has no
    thingName: it is that of the request.
    """
    found = _structure(message, command.output, buf)
    if "execution" in found and "thingName" not in found["execution"]:
        found["execution"] = _behind_job_id(found["execution"], thing_name)
    return found


def _structure(view, members, buf):
    found = OrderedDict()
    for name, kind in members:
        value = _value(view, snake(name), kind, buf)
        if value is not None:
            found[name] = value
    return found


def _value(view, name, kind, buf):
    if isinstance(kind, list):
        jobs = getattr(view, name)
        found = []
        while jobs.next():
            found.append(_structure(jobs, kind[0], buf))
        return found
    if isinstance(kind, tuple):
        inner = getattr(view, name)
        return inner and _structure(inner, kind, buf)
    if kind not in (MAP, DOCUMENT):
        return getattr(view, name)
    start, end = view.span(name)
    if not start:
        return None
    if kind == MAP:
        return ordered.value(buf, start, end)
    if buf[start] == 0x22:  # a document is a string over HTTPS, and the object itself over MQTT
        return codec.value(buf, start, end)
    return str(memoryview(buf)[start:end], "utf-8")


def _behind_job_id(execution, thing_name):
    found = OrderedDict()
    for name, value in execution.items():
        found[name] = value
        if name == "jobId":
            found["thingName"] = thing_name
    return found
