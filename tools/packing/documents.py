"""Job documents of updates, as the device's handlers `update` and `firmware` read them.

They have the files of an application, or a firmware, with their sizes and SHA-256.
"""

import hashlib
import json
import pathlib
import re
import urllib.parse

MAX_DOCUMENT = 32_768  # bytes, the service's limit
MAX_FILES = 64  # the device's, as are those below
MAX_NAME = 200
MAX_PATH = 300
_VERSION = re.compile(r"[a-zA-Z0-9._+-]{1,64}")
_REFUSED = re.compile(r"[\x00-\x1f\x7f-\x9f\\:]")


class PackError(Exception):
    """What was given cannot become such a document; the message names it."""


def application(folder: pathlib.Path, url: str, version: str, module: str = "application") -> dict:
    """The document of an update to all files of `folder`, which lie below `url`. `module` is what
    the device imports of it, the name that its main.py gives to slots.run.
    """
    base = _checked_url(url.rstrip("/") + "/")
    if not folder.is_dir():
        raise PackError(f"{folder} is no folder")
    found = sorted(
        path for path in folder.rglob("*") if path.is_file() and not _is_left_out(path, folder)
    )
    if not found:
        raise PackError(f"{folder} has no files")
    if len(found) > MAX_FILES:
        raise PackError(f"{folder} has {len(found)} files: a device takes {MAX_FILES}")
    files = [_described(path, path.relative_to(folder).as_posix(), base) for path in found]
    seen = {}
    for file in files:
        _check_path(file["path"])
        twin = seen.setdefault(file["path"].lower(), file["path"])
        if twin != file["path"]:
            raise PackError(f"{twin} and {file['path']} are one file where case does not count")
    _check_module(folder, module)
    return {
        "operation": "update",
        "version": _checked_version(version),
        "url": base,
        "files": files,
    }


def _check_module(folder: pathlib.Path, module: str) -> None:
    """Without it an update could only roll back."""
    if _has_module(folder, module):
        return
    below = [path for path in sorted(folder.glob("**/")) if _has_module(path, module)]
    way_out = f"is {below[0]} the application?" if below else "--module NAME says another name"
    raise PackError(f"{folder} has no {module}.py, which the device is to import: {way_out}")


def _has_module(folder: pathlib.Path, module: str) -> bool:
    found = (folder / f"{module}.py", folder / f"{module}.mpy", folder / module / "__init__.py")
    return any(path.is_file() for path in found)


def firmware(image: pathlib.Path, url: str, version: str) -> dict:
    """The document of an update to the firmware `image`, which lies at `url`."""
    document = {"operation": "firmware", "version": _checked_version(version)}
    return document | {"url": _checked_url(url), **_measured(image)}


def text(document: dict) -> str:
    """The document as JSON. Raises PackError for one that the service does not take."""
    written = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    size = len(written.encode())
    if size > MAX_DOCUMENT:
        raise PackError(f"a document of {size} bytes: the service takes {MAX_DOCUMENT}")
    return written


def _is_left_out(path: pathlib.Path, folder: pathlib.Path) -> bool:
    parts = path.relative_to(folder).parts
    return any(part.startswith(".") or part == "__pycache__" for part in parts)


def _described(path: pathlib.Path, name: str, base: str) -> dict:
    file = {"path": name, **_measured(path)}
    quoted = urllib.parse.quote(name)
    return file if quoted == name else file | {"url": base + quoted}


def _measured(path: pathlib.Path) -> dict:
    data = path.read_bytes()
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _check_path(name: str) -> None:
    for part in name.split("/"):
        if len(part.encode()) > MAX_NAME:
            raise PackError(f"{name}: a name of more than {MAX_NAME} bytes")
        if part[-1] in ". ":
            raise PackError(f"{name}: a name that ends in {part[-1]!r}")
    if _REFUSED.search(name):
        raise PackError(f"{name!r}: has a character that a device refuses")
    if len(name.encode()) > MAX_PATH:
        raise PackError(f"{name}: more than {MAX_PATH} bytes")


def _checked_version(version: str) -> str:
    if not _VERSION.fullmatch(version):
        raise PackError(f"version {version!r}: not 1 to 64 of [a-zA-Z0-9._+-]")
    return version


def _checked_url(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isascii():
        raise PackError(f"url {url!r}: not http:// or https://, a host, and ASCII")
    return url
