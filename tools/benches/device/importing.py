"""What the heap holds after an import that it did not before.

Its arguments: `tell` or, to see whether the heap is large enough, `only`. Then names follow that a
program imports from iotjobs, and names of modules (with a dot). Told is one line of JSON: `held`
in bytes, and the `files` of the modules.
"""

import asyncio.core  # noqa: F401, not to be counted: it is frozen wherever it is
import gc
import json
import sys


def take(names):
    for name in names:
        if "." in name:
            __import__(name)
        else:
            getattr(__import__("iotjobs"), name)


def held():
    gc.collect()
    return gc.mem_alloc()


def files():
    for name, module in sys.modules.items():
        if name.split(".")[0] in ("iotjobs", "umqtt") and hasattr(module, "__file__"):
            yield module.__file__


how, *names = sys.argv[1:]
if how == "only":
    # Else some heaps do and larger ones do not, by where garbage lies: there is no smallest one.
    gc.threshold(1024)
before = held()
take(names)
after = held()
if how == "tell":
    print(json.dumps({"held": after - before, "files": list(files())}))
