"""What a test must leave as it was, since the next one runs in the same process: the names of
every module, class and object of a module, what modules keep in lists, sets and dicts, and what
the interpreter holds.

New modules, and submodules that become attributes of their packages, are no change. Buffers are
not looked into: what is left in them is written over before it is read.
"""

import gc
import os
import sys

import micropython
import vfs

_MODULE = type(sys)
_CLASS = type
_CTRL_C = 3
# Of packages: the names that they get from their modules when those are first wanted.
_LAZY = {"iotjobs": "__all__", "asyncio": "_attrs"}
# What is new for each test, and belongs to the runner and to the loop of asyncio.
_ANEW = {
    "afterwards": ("_calls",),
    "asyncio.core": ("_task_queue", "_io_queue", "cur_task", "_exc_context"),
    "chance": ("drawn",),
}


class Picture:
    """How everything is now."""

    def __init__(self):
        self.held = _held()
        self.places = {"sys.modules": dict(sys.modules)}
        for name in sys.modules:
            self._take(name, sys.modules[name])

    def _take(self, name, module):
        names = self.places[name] = dict(module.__dict__)
        for key in _ANEW.get(name, ()):
            names.pop(key, None)
        for key in names:
            value = names[key]
            where = "%s.%s" % (name, key)
            if isinstance(value, _CLASS):
                self.places[where] = dict(value.__dict__)
            elif isinstance(value, dict):
                self.places[where] = dict(value)
            elif isinstance(value, list):
                self.places[where] = dict(enumerate(value))
            elif isinstance(value, set):
                self.places[where] = {member: member for member in value}
            elif not isinstance(value, _MODULE) and hasattr(value, "__dict__"):
                self.places[where] = dict(value.__dict__)


def changes(before):
    """What is not as it was in this Picture: a list of str."""
    after = Picture()
    found = [name for name in before.held if after.held[name] != before.held[name]]
    for place in before.places:
        was = before.places[place]
        now = after.places.get(place, {})
        lazy = now.get(_LAZY.get(place), ())
        for name in was:
            if name not in now or now[name] is not was[name]:
                found.append("%s.%s" % (place, name))
        for name in now:
            if name not in was and not isinstance(now[name], _MODULE) and name not in lazy:
                found.append("%s.%s" % (place, name))
    return sorted(found)


def _held():
    # What the interpreter itself holds.
    return {
        "the current folder": os.getcwd(),
        "sys.path": list(sys.path),
        "sys.argv": list(sys.argv),
        "gc.threshold": gc.threshold(),
        "gc.isenabled": gc.isenabled(),
        "micropython.opt_level": micropython.opt_level(),
        "what is mounted": [path for _, path in vfs.mount()],
        "open files and sockets": len(os.listdir("/proc/self/fd")),
    }


def clear():
    """Take away what every test may leave: file systems, tasks of asyncio, garbage."""
    for _, path in vfs.mount():
        if path != "/":
            try:
                vfs.umount(path)
            except BaseException:  # of a flash without power: nothing is mounted there either way
                pass
    core = sys.modules.get("asyncio.core")
    if core:
        core.new_event_loop()
        core.cur_task = None
        core.Loop._exc_handler = None
    micropython.kbd_intr(_CTRL_C)
    gc.collect()
