"""The protocol of `mip`, MicroPython's installer of packages: what a package may be called, where
it lies, and what its package.json says. No I/O.

micropython-lib: micropython/mip/mip/__init__.py, what is asked for; tools/build.py, what an index
holds.
"""

import sys

from micropython import const

from ...codec.whole import read_object
from ...fetch import urls

MAX_JSON = const(8192)  # bytes of a package.json: micropython.org has none of 4,000
_MAX_FILES = const(64)
_MAX_DEPS = const(16)
_MAX_NAME = const(200)
_MAX_VERSION = const(64)
_NAME = "._-+abcdefghijklmnopqrstuvwxyz0123456789"
_SITES = (
    ("github:", "https://raw.githubusercontent.com/%s/%s/%s/%s"),
    ("gitlab:", "https://gitlab.com/%s/%s/-/raw/%s/%s"),
)


class Package:
    """A package as `text` (str) names it:
    - "name" or "name@1.2": of the index
    - "github:org/repo/folder" or "gitlab:…", with or without a version: a branch or tag
    - a URL

    The latter two may name a single file too, which ends in .py or .mpy. `version` (str) is taken
    where the text has none. `index`: the URL of an index, without a slash at its end.

    - `name` (str): what identifies it, without version. Of a URL without query and dot segments
    - `wanted`: the version that is asked for, "" for the latest
    - `url`: of its package.json, or None
    - `files`: a list of (path, URL, the first digits of the SHA-256 or None)
    - `deps`: a list of (text, version)

    `files`, `deps` and `version` are known at once of a single file, else from `read` on.

    Raises ValueError. Allocates what it holds.
    """

    def __init__(self, text, index, version=""):
        if not isinstance(text, str) or not 0 < len(text) <= 2048:
            raise ValueError("a package has a name of 1 to 2048 characters")
        self._index = index
        self.version = ""
        self.deps = ()
        self.files = ()
        query = ""
        if "://" in text:
            urls.split(text)
            name, mark, query = urls.join("", text).partition("?")
            query = mark + query
            path = name[name.find("://") + 3 :].lower()
            _check_segments(path.replace("%2e", ".").replace("%2f", "/"))
            version = ""
        else:
            name, _, given = text.partition("@")
            version = given or version
            if version == "latest" and not _is_link(name):
                version = ""
            _check(name[7:] if _is_link(name) else name, "/" if _is_link(name) else "")
            if version:
                _check(version, "/")
        name = name.rstrip("/")
        if len(name) > _MAX_NAME or len(version) > _MAX_VERSION:
            raise ValueError(
                "%s...: more than %d characters, or a version of more than %d"
                % (name[:40], _MAX_NAME, _MAX_VERSION)
            )
        self.name = name
        self.wanted = version
        if not _is_link(name):
            mpy = getattr(sys.implementation, "_mpy", None)
            self.url = "%s/package/%s/%s/%s.json" % (
                index,
                "py" if mpy is None else mpy & 0xFF,
                name,
                version or "latest",
            )
        elif name.endswith(".py") or name.endswith(".mpy"):
            self.url = None
            self.files = [(name[name.rfind("/") + 1 :], self._located(name) + query, None)]
        else:
            path = name if name.endswith(".json") else name + "/package.json"
            self.url = self._located(path) + query

    def _located(self, url):
        for prefix, place in _SITES:
            if url.startswith(prefix):
                parts = url[len(prefix) :].split("/", 2)
                if len(parts) < 3:
                    raise ValueError("%s: not %sorganisation/repository" % (url, prefix))
                return place % (parts[0], parts[1], self.wanted or "HEAD", parts[2])
        return url

    def read(self, data):
        """Take its package.json, bytes. Raises ValueError that says what is wrong with it."""
        try:
            document = read_object(data)
        except ValueError as error:
            raise ValueError("its package.json: %s, byte %d" % error.args)
        version = document.get("version") or ""
        if type(version) in (int, float):
            version = str(version)  # many a package has 1 or 0.2
        if not isinstance(version, str) or len(version) > _MAX_VERSION:
            raise ValueError("version %r" % (version,))
        files = []
        for path, digits in _pairs(document, "hashes"):
            if not 8 <= len(digits) <= 64 or [c for c in digits if c not in "0123456789abcdef"]:
                raise ValueError("the hash of %s is %r: not 8 to 64 digits" % (path, digits))
            files.append((path, "%s/file/%s/%s" % (self._index, digits[:2], digits), digits))
        for path, url in _pairs(document, "urls"):
            files.append((path, urls.join(self.url, self._located(url)), None))
        deps = _pairs(document, "deps")
        for text, _ in deps:
            if "://" in text:
                urls.join(self.url, text)  # not from https to http, as with the files
        if len(files) > _MAX_FILES or len(deps) > _MAX_DEPS:
            raise ValueError("more than %d files, or %d dependencies" % (_MAX_FILES, _MAX_DEPS))
        self.version = version
        self.files = files
        self.deps = deps


def is_allowed(name, allowed):
    """Whether `allowed`, a tuple of str, has this name of a package, or the beginning of it that
    ends in a slash.
    """
    for entry in allowed:
        if name == entry or (entry.endswith("/") and name.startswith(entry)):
            return True
    return False


def _is_link(name):
    return "://" in name or name[:7] in ("github:", "gitlab:")


def _check(text, more):
    _check_segments(text)
    for c in text:
        if c.lower() not in _NAME and c not in more:
            raise ValueError("%r is no name of a package, nor a version" % text[:40])


def _check_segments(text):
    # Nothing leads out of what is allowed.
    for part in text.rstrip("/").split("/"):
        if not part.strip("."):
            raise ValueError("%r has %r for a name" % (text[:40], part[:40]))


def _pairs(document, name):
    pairs = document.get(name) or ()
    for pair in pairs if isinstance(pairs, list) else ((),):
        if not isinstance(pair, list) or [type(part) for part in pair] != [str, str]:
            if pairs:
                raise ValueError("%s: not a list of pairs of strings" % name)
    return pairs
