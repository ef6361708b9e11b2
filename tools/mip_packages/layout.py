"""The library as packages that `mip` installs, here and on a board.

One is source: `package.json` at the top of the repository. Others are compiled for an
architecture. A package.json cannot let the board choose, and .mpy files with native code load on
one architecture alone. So source is what there is for all, and each architecture has a folder of
its own. Only the modules in viper differ. Without an architecture they are left out, as their
plain twins do.
"""

import collections
import json
import re

import environment
from building.mpy import NO_EMITTER, compile_file

from .architectures import NO_ARCHITECTURE

PACKAGE = environment.LIB / "iotjobs"
SOURCE = environment.ROOT / "package.json"

_NEEDED = (("umqtt.simple", "latest"),)
_VIPER = "@micropython.viper"
_VERSION = re.compile(r'^__version__ = "([0-9.]+)"$', re.MULTILINE)

Written = collections.namedtuple("Written", "architecture path files size native")


def version():
    """The library's version, as it says itself."""
    return _VERSION.search((PACKAGE / "__init__.py").read_text())[1]


def modules():
    """The library's files, as paths from the folder that holds the package."""
    return sorted(path.relative_to(environment.LIB) for path in PACKAGE.rglob("*.py"))


def is_native(module):
    """Whether a module has viper code, which is compiled for one architecture."""
    return _VIPER in (environment.LIB / module).read_text()


def document(files):
    """A package.json, as text: `files` are pairs of where one goes and where it lies, a URL that
    is relative to this document's.
    """
    urls = ",\n".join("    " + json.dumps(list(pair)) for pair in files)
    needed = ", ".join(json.dumps(list(pair)) for pair in _NEEDED)
    return (
        f'{{\n  "urls": [\n{urls}\n  ],\n  "deps": [{needed}],\n  "version": "{version()}"\n}}\n'
    )


def of_source():
    """The text of the repository's package.json."""
    folder = environment.LIB.relative_to(environment.ROOT)
    return document((name.as_posix(), (folder / name).as_posix()) for name in modules())


def write_compiled(architecture, folder):
    """Compile the library into `folder`, with its package.json; returns a Written.

    What an earlier run left there is replaced; the same source makes the same bytes. Raises
    UnusableError, and OSError if the folder cannot be written.
    """
    chosen = [name for name in modules() if architecture != NO_ARCHITECTURE or not is_native(name)]
    size = native = 0
    written = set()
    for name in chosen:
        target = folder / name.with_suffix(".mpy")
        march = NO_EMITTER if architecture == NO_ARCHITECTURE else architecture
        compile_file(environment.LIB / name, target, march)
        written.add(target)
        bytes_ = target.stat().st_size
        size += bytes_
        native += bytes_ if is_native(name) else 0
    for left in (folder / PACKAGE.name).rglob("*.mpy"):
        if left not in written:
            left.unlink()
    path = folder / "package.json"
    names = [name.with_suffix(".mpy").as_posix() for name in chosen]
    path.write_text(document(zip(names, names, strict=True)))
    return Written(architecture, path, len(chosen), size, native)
