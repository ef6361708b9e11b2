"""What is to be on the board, what of it is there, and what is left to do."""

import hashlib
import pathlib
import posixpath
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .errors import DeployError
from .remote import NEW, Remote

_POINTERS = 8  # bytes of a block of littlefs that are not the file's, in the worst case but few
_AT_ONCE = 8  # files that are compared by one command
_SPARE = 4  # blocks: what littlefs writes anew before it frees the old


@dataclass(frozen=True)
class File:
    """What is to be at `path` on the board, an absolute one."""

    path: str
    content: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass
class Plan:
    """What is to be done: stale files (and folders) `remove`d, then `write`. The files of `same`
    are there already.
    """

    write: list[File] = field(default_factory=list)
    remove: list[tuple[str, bool]] = field(default_factory=list)
    same: list[File] = field(default_factory=list)
    replaced: dict[str, int] = field(default_factory=dict)  # sizes of what is written over
    freed: list[int] = field(default_factory=list)  # sizes of the files to remove
    folders: int = 0  # to be made

    def size(self) -> int:
        """The bytes to write."""
        return sum(len(file.content) for file in self.write)


def one_of_each(*groups: tuple[str, Iterable[File]]) -> list[File]:
    """The files of all groups, each with the name of its origin. Raises DeployError if two want
    the same path, one a folder where another wants a file, or one a name, of a file or a folder,
    that another is written under first.
    """
    origins = {}
    files = []
    for origin, group in groups:
        for file in group:
            known = origins.setdefault(file.path, origin)
            if known != origin:
                raise DeployError(f"{file.path} would come from {known} and from {origin}")
            files.append(file)
    folders = {}
    for path, origin in origins.items():
        folder = posixpath.dirname(path)
        while folder != "/":
            if folder in origins:
                raise DeployError(
                    f"{folder} would be a file from {origins[folder]} and a folder from {origin}"
                )
            folders.setdefault(folder, origin)
            folder = posixpath.dirname(folder)
    for path, origin in origins.items():
        new = path + NEW
        for kind, taken in (("file", origins), ("folder", folders)):
            if new in taken:
                raise DeployError(
                    f"{path} from {origin} is written as {new} first, which would be a {kind} from"
                    f" {taken[new]}: give one of them another name"
                )
    return files


def make(
    files: list[File], owned: str, remote: Remote, progress: Callable[[int, int], None]
) -> Plan:
    """Compare with the board. Below the folder `owned`, if it is not "", nothing is to be but
    `files`; "/" is all of the file system.

    Elsewhere only what an interrupted deploy has left of these is removed. `progress` is called
    with the number of files that are compared, and of all.
    """
    plan = Plan()
    wanted = {file.path for file in files}
    needed = {str(folder) for path in wanted for folder in pathlib.PurePosixPath(path).parents}
    sizes, folders = {}, {"/"}
    if owned:
        for path, is_folder, size in remote.below(owned):
            if is_folder and path in needed:
                folders.add(path)
            elif not is_folder and path in wanted:
                sizes[path] = size
            else:
                plan.remove.append((path, is_folder))
                plan.freed.append(size)
    others = [file.path for file in files if not _is_below(file.path, owned)]
    left = [path + NEW for path in others]
    if others:
        sizes |= dict(zip(others + left, remote.sizes(others + left), strict=True))
    for path in left:
        if sizes[path] is not None:
            plan.remove.append((path, False))
            plan.freed.append(sizes[path])
    comparable = [file for file in files if sizes.get(file.path) == len(file.content)]
    there = {}
    for at in range(0, len(comparable), _AT_ONCE):
        progress(at, len(comparable))
        some = [file.path for file in comparable[at : at + _AT_ONCE]]
        there |= dict(zip(some, remote.digests(some), strict=True))
    progress(len(comparable), len(comparable))
    for file in files:
        if there.get(file.path) == file.sha256:
            plan.same.append(file)
            folders.add(posixpath.dirname(file.path))
        else:
            plan.write.append(file)
            if sizes.get(file.path) is not None:
                plan.replaced[file.path] = sizes[file.path]
    plan.folders = len({posixpath.dirname(file.path) for file in plan.write} - folders)
    return plan


def _is_below(path: str, folder: str) -> bool:
    return bool(folder) and path.startswith(folder.rstrip("/") + "/")


def check_room(plan: Plan, block: int, free: int):
    """Raise DeployError if the plan does not fit into `free` blocks of `block` bytes."""
    left = free + sum(_blocks(size, block) for size in plan.freed)
    needed = plan.folders * 2 + (_SPARE if plan.write else 0)
    most = needed
    for file in plan.write:
        needed += _blocks(len(file.content), block)
        most = max(most, needed)  # the old one is there until the new one is whole
        if file.path in plan.replaced:
            needed -= _blocks(plan.replaced[file.path], block)
    if most > left:
        raise DeployError(
            f"the board's file system is too full: {plan.size():,} bytes in {len(plan.write)}"
            f" files need {most * block:,} bytes of it, {left * block:,} are free. Remove some of"
            " what is there, or leave out handlers (--handlers)"
        )


def _blocks(size: int, block: int) -> int:
    return -(-size // (block - _POINTERS)) if size else 1
