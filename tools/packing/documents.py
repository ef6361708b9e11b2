"""Job documents of updates, as the device's handlers `update` and `firmware` read them.

They have the files of an application, or a firmware, with their sizes and SHA-256.
"""

import hashlib
import json
import pathlib
import re

from iotjobs_inputs import folder as folders
from iotjobs_inputs.text import unmarked

from . import images, places
from .errors import PackError

MAX_DOCUMENT = 32_768  # bytes, the service's limit
MAX_FILES = 64  # the device's, as are those below
MAX_NAME = 200
MAX_PATH = 300
_TEXTS = (".py", ".json")  # what MicroPython reads itself
_VERSION = re.compile(r"[a-zA-Z0-9._+-]{1,64}")
_REFUSED = re.compile(r"[\x00-\x1f\x7f-\x9f\\:~]")


def application(
    folder: pathlib.Path, url: str, version: str, module: str = "application"
) -> tuple[dict, list[str]]:
    """The document of an update to all files of `folder`, which lie below `url`, a URL or a
    placeholder. Then the names of what is left out. `module` is what the device imports of it, the
    name that its main.py gives to slots.run.
    """
    place = places.Folder(url)
    found, left_out = application_files(folder, module)
    files = [_described(path, name, place) for name, path in found]
    document = {"operation": "update", "version": checked_version(version)}
    if place.base:
        document["url"] = place.base
    return document | {"files": files}, left_out


def application_files(
    folder: pathlib.Path, module: str = "application"
) -> tuple[list[tuple[str, pathlib.Path]], list[str]]:
    """The files of an application, each with its name in `folder`, and the names of what is left
    out. Raises PackError for what a device does not take.
    """
    if not folder.is_dir():
        raise PackError(f"{folder} is no folder")
    try:
        found, left_out = folders.files(folder)
    except ValueError as error:
        raise PackError(str(error)) from None
    if not found:
        raise PackError(f"{folder} has no files")
    if len(found) > MAX_FILES:
        raise PackError(f"{folder} has {len(found)} files: a device takes {MAX_FILES}")
    seen = {}
    for name, path in found:
        if path.suffix in _TEXTS:
            _check_mark(path.read_bytes(), path)
        _check_path(name)
        twin = seen.setdefault(name.lower(), name)
        if twin != name:
            raise PackError(f"{twin} and {name} are one file where case does not count")
    _check_module(folder, module)
    return found, left_out


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
    """The document of an update to the firmware `image`, which lies at `url`, a URL or a
    placeholder.
    """
    document = {"operation": "firmware", "version": checked_version(version)}
    document["url"] = places.of_file(url)
    content = image.read_bytes()
    images.check(content, str(image))
    return document | _measured(content)


def encoded(document: dict) -> bytes:
    """The document as JSON in UTF-8. Raises PackError for one that the service does not take."""
    written = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    if len(written) > MAX_DOCUMENT:
        raise PackError(f"a document of {len(written)} bytes: the service takes {MAX_DOCUMENT}")
    return written


def placeholders(document: dict) -> int:
    """How many of them the service is to fill in."""
    urls = [file.get("url", "") for file in (document, *document.get("files", ()))]
    return sum(places.is_placeholder(url) for url in urls)


def _described(path: pathlib.Path, name: str, place: places.Folder) -> dict:
    file = {"path": name, **_measured(path.read_bytes())}
    url = place.of(name)
    return file | {"url": url} if url else file


def _measured(data: bytes) -> dict:
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _check_mark(data: bytes, path: pathlib.Path) -> None:
    """The device gets the file as it lies at its URL: the mark cannot be taken away here."""
    try:
        is_marked = unmarked(data) != data
    except ValueError as error:
        raise PackError(f"{path}: {error}") from None
    if is_marked:
        raise PackError(
            f"{path} begins with a byte order mark, which MicroPython refuses: save it as UTF-8"
            " without one"
        )


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


def checked_version(version: str) -> str:
    """The version, if a device takes it. Raises PackError."""
    if not _VERSION.fullmatch(version):
        raise PackError(f"version {version!r}: not 1 to 64 of [a-zA-Z0-9._+-]")
    return version
