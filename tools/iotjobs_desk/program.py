"""What is to run: a file, or a folder that is the board's root; and what else it needs."""

import codecs
import contextlib
import filecmp
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from iotjobs_inputs import board_json, folder
from iotjobs_inputs.text import text

from .errors import RunError

OWN = ".iotjobs-run"  # in a folder that runs in place: what is kept of it beside its files
_SETTINGS = "settings.json"
_HANDLER = re.compile(r"""\.handler\(\s*["']([^"']+)["']""")
_LARGEST_SOURCE = 1 << 20


class Program:
    """`path`: a file, or a folder. `in_place`: the folder itself is the board's root; otherwise a
    copy below `work` is. `changes`: what is merged into its settings. `thing`: the name that it is
    to connect as; it takes the place of one in its settings. Raises RunError for what is neither a
    file nor a folder.
    """

    def __init__(
        self, path: Path, work: Path, in_place: bool, changes: dict, thing: str | None = None
    ):
        self.path = path.resolve()
        self.file = self.path if self.path.is_file() else None  # in place of main.py
        if not (self.file or self.path.is_dir()):
            raise RunError(f"{path}: no such file or folder")
        if self.file and in_place:
            raise RunError("--in-place is for a folder that is the board's root, not for a file")
        if not (self.file or (self.path / "main.py").is_file()):
            raise RunError(f"{path}: a board's root has a main.py. Name the file that is to run")
        self._is_copy = not in_place
        self._work = work.resolve()
        self._changes, self._thing = changes, thing
        self.root = work / "root" if self._is_copy else self.path
        self.control = work / "board" if self._is_copy else self.path / OWN
        self.control.mkdir(parents=True, exist_ok=True)
        self.seen: dict[Path, tuple[int, int]] = {}

    def refresh(self) -> None:
        """Have the board's root as the program is now, and its stamp. Raises RunError."""
        self.seen = self.stamp()  # before: what changes from now on is seen later
        if self._is_copy:
            shutil.rmtree(self.root, ignore_errors=True)
            if self.file:
                self.root.mkdir()
            else:
                _copy(self._files(), self.root)
        settings = self._settings()
        changes = dict(self._changes)
        if self._thing and "thing" in settings:
            changes.setdefault("thing", self._thing)
        if changes:
            path = self.root / _SETTINGS
            if not settings and path.exists() and path.read_bytes().strip() not in (b"", b"{}"):
                raise RunError(f"--set: {path} is no JSON object, and is left as it is")
            _write(path, board_json.written(settings | changes))

    def endpoint(self) -> str | None:
        """The service's name in its settings."""
        return self.setting("endpoint")

    def setting(self, name: str) -> str | None:
        """A text in settings.json; None if there is none."""
        value = self._settings().get(name)
        return value if isinstance(value, str) else None

    def has(self, name: str) -> bool:
        """Whether that file is on the board."""
        return (self.root / name).exists()

    def _settings(self) -> dict:
        # What cannot be read counts as none: the program will say so.
        with contextlib.suppress(OSError, ValueError):
            settings = json.loads(text((self.root / _SETTINGS).read_bytes()))
            if isinstance(settings, dict):
                return settings
        return {}

    def operation(self) -> str | None:
        """The first operation that it has a handler for, as far as its text tells."""
        found = (_HANDLER.search(source) for source in self._sources())
        return next((match[1] for match in found if match), None)

    def mentions(self, name: str) -> bool:
        """Whether its text does."""
        return any(name in source for source in self._sources())

    def put(self, files: dict[str, Path]) -> None:
        """Put copies of these files onto the board, by their names there. Raises RunError where
        one of another origin is there already; then none was put.
        """
        places = {name: self.root / name.lstrip("/") for name in files}
        ours = {name: self.control / "put" / name.strip("/").replace("/", "_") for name in files}
        for name, target in places.items():
            # The same as what was made: what put it was ended before it had noted that.
            known = _is_same(target, ours[name]) or _is_same(target, files[name])
            if target.exists() and not (self._is_copy or known):
                raise RunError(
                    f"{target} is there, and another one is needed here: leave --in-place out, or "
                    "move it away"
                )
        for name, made in files.items():
            for path in (places[name], ours[name]):
                path.parent.mkdir(parents=True, exist_ok=True)
                _write(path, made.read_bytes())
        if not self._is_copy:
            self.seen = self.stamp()

    def stamp(self) -> dict[Path, tuple[int, int]]:
        """What changes when a file of the program does."""
        stamps = {}
        with contextlib.suppress(RunError):  # `refresh` tells it
            for path in self._paths():
                with contextlib.suppress(OSError):
                    facts = path.stat()
                    stamps[path] = (facts.st_mtime_ns, facts.st_size)
        return stamps

    def _sources(self) -> Iterator[str]:
        for path in self._paths():
            if path.suffix == ".py":
                with contextlib.suppress(OSError), open(path, errors="replace") as file:
                    yield file.read(_LARGEST_SOURCE)

    def _paths(self) -> list[Path]:
        return [self.file] if self.file else [path for _, path in self._files()]

    def _files(self) -> list[tuple[str, Path]]:
        """Those of the folder, as tools/deploy takes them, by their names there."""
        without = {folder.TESTS}
        if self._work.is_relative_to(self.path):  # what is copied lies there too
            without.add(self._work.relative_to(self.path).parts[0])
        try:
            return folder.files(self.path, without)[0]
        except (OSError, ValueError) as error:
            raise RunError(f"{error}") from None


def _copy(files: list[tuple[str, Path]], root: Path) -> None:
    for name, path in files:
        try:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            _copy_file(path, root / name)
        except OSError as error:
            raise RunError(f"{path} cannot be copied: {error}") from None


def _copy_file(source: Path, target: Path) -> None:
    # As tools/deploy puts it onto a board.
    shutil.copy2(source, target)
    if target.suffix in (".py", ".json"):
        data = target.read_bytes()
        if data.startswith(codecs.BOM_UTF8):
            target.chmod(0o600)
            target.write_bytes(data.removeprefix(codecs.BOM_UTF8))


def _write(path: Path, data: bytes) -> None:
    # In one step: whoever is ended here leaves the old one or the new one, and no half of a key.
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    new.replace(path)


def _is_same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and filecmp.cmp(one, other, shallow=False)
