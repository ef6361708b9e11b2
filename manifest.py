"""Freezes iotjobs into a firmware. In the manifest of a board:

    include("/path/to/iotjobs/manifest.py")

freezes the whole library, and umqtt.simple. Options of include leave out what is not used:

    links     of "mqtt" and "https", those used; ("mqtt", "https") if not given. What drives the
              agent over an MQTT client of its own gives ()
    handlers  the names of the handlers that are used, as ("reboot", "update"); True: all, the
              default; () for none. What each of them needs is frozen with it
    aio       False: without iotjobs.aio. True needs asyncio in the firmware, which most have
    slots     False: without iotjobs.slots, unless the handler "update" needs it
    fetch     False: without iotjobs.fetch, unless a handler needs it
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

import os
import sys

# Which files each part adds to CORE. Here, and not read from their imports, so that it is seen
# what a firmware takes; a test compares.
CORE = (
    "__init__ agent client codec document job keeper link messages once outcomes output records"
    " replace scan scan_plain session step topics"
)
NATIVE = {"scan_viper", "unquote"}  # there is a twin of these, or they are done without
LINKS = {
    "mqtt": "mqtt packets stream",
    "https": "answers https requests responses stream unquote",
}
SLOTS = "marks slots"
FETCH = "bodies digests exchange fetch paths responses sinks stream urls"
SIGNED = "digests ecdsa manifest outcomes paths urls"
HANDLERS = {
    "config": "",
    "download": FETCH,
    "firmware": " ".join((FETCH, SIGNED)),
    "packages": FETCH + " installed packages",
    "reboot": "",
    "services": "",
    "update": " ".join((FETCH, SIGNED, SLOTS)),
}
OPTIONS = {
    "links": ("mqtt", "https"),
    "handlers": True,
    "aio": True,
    "slots": True,
    "fetch": True,
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


def modules():
    """The names of the modules to freeze, as in "job" and "handlers/update". Raises ValueError."""
    names = (CORE + " scan_viper").split()
    for link in chosen("links", LINKS):
        names += LINKS[link].split()
    for handler in chosen("handlers", HANDLERS):
        names += ["handlers/__init__", "handlers/" + handler]
        names += HANDLERS[handler].split()
    if flag("aio"):
        names.append("aio")
    if flag("slots"):
        names += SLOTS.split()
    if flag("fetch"):
        names += FETCH.split()
    native = flag("native", (None,))
    if native is False or (native is None and not compiles_native()):
        names = set(names) - NATIVE
    return sorted(set(names))


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
files = [name + ".py" for name in modules()]
package("iotjobs", files=files, base_path="lib", opt=options.opt)
if "mqtt.py" in files:
    freeze_umqtt()
