"""Freezes iotjobs into a firmware. In the manifest of a board:

    include("/path/to/iotjobs/manifest.py")

freezes the whole library, and umqtt.simple. Options of include leave out what is not used:

    links     of "mqtt" and "https", those used; ("mqtt", "https") if not given. What drives the
              agent over an MQTT client of its own gives ()
    handlers  the names of the handlers that are used, as ("reboot", "update"); True: all, the
              default; () for none. What each of them needs is frozen with it
    aio       False: without iotjobs.aio. True needs asyncio in the firmware, which most have
    slots     False: without iotjobs.slots, unless the handler "update" needs it
    fetch     False: without iotjobs.fetch.Fetcher, unless a handler needs it
    streams   False: without iotjobs.fetch.StreamFetcher, files over MQTT
    umqtt     what the link "mqtt" builds on. True: umqtt.simple by require, from micropython-lib,
              the default. A folder that holds umqtt/simple.py: that one; an absolute path, or one
              that begins with "$(BOARD_DIR)" or the like. False: the firmware has it already
    native    False: without the viper code, for a port that cannot run it; the plain twin of it
              is always there. True: with it. Not given: with it, unless the build names no
              architecture for mpy-cross (no -march=…), which could not compile it then
    opt       the level of optimization, 0 to 3; 3 leaves out line numbers. Not given: 3

A manifest that is included again is skipped by MicroPython: the options of the first time hold.
An unknown option, handler or link is an error, and ends the build.

There is no metadata() here: an included manifest would set that of the one that includes it.
"""

# ruff: noqa: F821, MicroPython gives a manifest its functions and options

import ast
import os
import sys

PACKAGE = "lib/iotjobs"
# What each part begins with. What that imports is found in it, room by room.
AGENT = ("__init__", "client", "agent/agent")
LINKS = {"mqtt": "links/mqtt", "https": "links/https"}
PARTS = {
    "aio": "aio",
    "slots": "updates/slots",
    "fetch": "fetch/fetcher",
    "streams": "fetch/streams",
}
HANDLERS = (
    "certificate",
    "config",
    "download",
    "firmware",
    "ota",
    "packages",
    "reboot",
    "services",
    "update",
)
NATIVE = {"codec/viper.py", "codec/unquote.py"}  # boards without it have a twin, or do without
OPTIONS = {
    "links": ("mqtt", "https"),
    "handlers": True,
    "aio": True,
    "slots": True,
    "fetch": True,
    "streams": True,
    "umqtt": True,
    "native": None,
    "opt": 3,
}


def chosen(option, known):
    """The names that `option` of include lists, of those that are known. Raises ValueError."""
    names = getattr(options, option)
    if names is True:
        return list(known)
    if not isinstance(names, (tuple, list, set)):
        raise ValueError(f"{option} is a tuple of names, not {names!r}")
    for name in names:
        if name not in known:
            raise ValueError(f"{option}: {name!r} is none of {', '.join(known)}")
    return list(names)


def flag(option, others=()):
    """The value of `option`, if it is True, False or one of `others`. Raises ValueError."""
    value = getattr(options, option)
    if value in (True, False) or value in others:
        return value
    raise ValueError(f"{option} is True or False, not {value!r}")


def compiles_native():
    """Whether this build's mpy-cross can compile viper: it is told for which architecture."""
    if os.path.basename(sys.argv[0]) != "makemanifest.py":
        return True
    if any("-march=" in argument for argument in sys.argv):
        return True
    print("iotjobs: no -march= for mpy-cross, so without native code")
    return False


def file_of(path):
    """The file of the module or package at `path` of the library, or None."""
    for name in (path + ".py", path + "/__init__.py"):
        if os.path.isfile(os.path.join(PACKAGE, name)):
            return name
    return None


def imported(name):
    """The files of the library that one of them imports, anywhere in it, and its packages'."""
    with open(os.path.join(PACKAGE, name)) as file:
        tree = ast.parse(file.read())
    folder = name.split("/")[:-1]
    paths = ["/".join(folder[:end]) for end in range(1, len(folder) + 1)]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            module = folder[: len(folder) - node.level + 1]
            module += node.module.split(".") if node.module else []
            paths.append("/".join(module))
            paths += ["/".join([*module, alias.name]) for alias in node.names]
    return [file for file in map(file_of, filter(None, paths)) if file]


def files():
    """The library's files to freeze, as in "agent/job.py". Raises ValueError."""
    begin = list(AGENT)
    begin += [LINKS[link] for link in chosen("links", LINKS)]
    begin += ["handlers/" + handler for handler in chosen("handlers", HANDLERS)]
    begin += [PARTS[part] for part in PARTS if flag(part)]
    native = flag("native", (None,))
    left_out = NATIVE if not (compiles_native() if native is None else native) else set()
    found, waiting = set(), [file_of(path) for path in begin]
    while waiting:
        name = waiting.pop()
        if name not in found and name not in left_out:
            found.add(name)
            waiting += imported(name)
    return sorted(found)


def freeze_umqtt():
    """Freeze umqtt.simple from where the option umqtt says. Raises ValueError."""
    folder = options.umqtt
    if folder is True:
        require("umqtt.simple")
    elif isinstance(folder, str):
        if not (os.path.isabs(folder) or folder.startswith("$(")):
            raise ValueError(f"umqtt is an absolute path, not {folder!r}")
        package("umqtt", files=("simple.py",), base_path=folder)  # keeps its asserts
    elif folder is not False:
        raise ValueError(f"umqtt is True, False or a folder, not {folder!r}")


unknown = sorted(set(getattr(options, "_kwargs", None) or ()) - set(OPTIONS))
if unknown:
    raise ValueError(f"no option {', '.join(unknown)}: there are {', '.join(OPTIONS)}")
options.defaults(**OPTIONS)
if options.opt not in range(4):
    raise ValueError(f"opt is 0 to 3, not {options.opt!r}")
frozen = files()
package("iotjobs", files=frozen, base_path="lib", opt=options.opt)
if LINKS["mqtt"] + ".py" in frozen:
    freeze_umqtt()
