"""Paths that stay inside their folder, and the folders above them."""

import os

import vfs
from flash import fill, formatted, mounted
from iotjobs.files.paths import inside, make_folders, remove_folders, room
from iotjobs.outcomes import JobRejected
from support import equal, raises

INSIDE = (
    # folder, name, path
    ("/data", "a", "/data/a"),
    ("/data", "a/b.c/d", "/data/a/b.c/d"),
    ("/data", "/data/a", "/data/a"),
    ("/data/", "/data/a", "/data/a"),
    ("/data", "data/a", "/data/data/a"),
    ("/data", ".a", "/data/.a"),
    ("/data", "..a", "/data/..a"),
    ("/data", "a..b", "/data/a..b"),
    ("/data", "a b", "/data/a b"),
    ("/data", "~", "/data/~"),
    ("/data", "\u00e4\u20ac", "/data/\u00e4\u20ac"),
    ("/", "a", "/a"),
    ("/", "/a", "/a"),
    ("/data", "a" * 200, "/data/" + "a" * 200),
    ("/data", "\u20ac" * 66 + "ab", "/data/" + "\u20ac" * 66 + "ab"),
    ("/data", "a" * 200 + "/" + "b" * 193, "/data/" + "a" * 200 + "/" + "b" * 193),
)

OUTSIDE = (
    # name, a part of what is said of it
    (None, "is a string"),
    (5, "is a string"),
    (b"a", "is a string"),
    ("", "is a string"),
    ("..", "'..' for a name"),
    (".", "'.' for a name"),
    ("../a", "'..' for a name"),
    ("a/..", "'..' for a name"),
    ("a/../b", "'..' for a name"),
    ("a/../../b", "'..' for a name"),
    ("./a", "'.' for a name"),
    ("a/./b", "'.' for a name"),
    ("/data/../a", "'..' for a name"),
    ("a//b", "'' for a name"),
    ("a/", "'' for a name"),
    ("//data/a", "is not in /data"),
    ("/data/", "'' for a name"),
    ("/data", "is not in /data"),
    ("/", "is not in /data"),
    ("/a", "is not in /data"),
    ("/database/a", "is not in /data"),
    ("/Data/a", "is not in /data"),
    ("a.", "ends in '.'"),
    ("a ", "ends in ' '"),
    ("...", "ends in '.'"),
    (".. /a", "ends in ' '"),
    ("c:a", "has ':'"),
    ("C:\\a", "has "),
    ("\\a", "has "),
    ("..\\a", "has "),
    ("a\x00b", "has '\\x00'"),
    ("a\nb", "has '\\n'"),
    ("a\x7fb", "has '\\x7f'"),
    ("a\x85b", "has "),
    ("a" * 201, "more than 200 bytes"),
    ("\u20ac" * 67, "more than 200 bytes"),
    ("a" * 200 + "/" + "b" * 194, "more than 400 bytes"),
    ("a/" * 500 + "a", "more than 400 bytes"),
)


def test_a_name_inside_is_a_path():
    for folder, name, path in INSIDE:
        equal(inside(folder, name), path, name)


def test_a_name_that_leaves_the_folder_is_rejected_with_the_reason():
    for name, why in OUTSIDE:
        error = raises(JobRejected, inside, "/data", name)
        equal(why in error.reason, True, (name, error.reason))
    for name in ("..", "/..", "/../a", "a:b"):
        raises(JobRejected, inside, "/", name)


def test_what_littlefs_counts_below_none_is_none():
    from iotjobs.files import paths

    class Os:
        def statvfs(self, path):
            return (4096, 512, 64, 0xFFFFFFFF)

    real = paths.os
    paths.os = Os()
    equal(room("/flash"), (512, 0))
    paths.os = real
    device = formatted(vfs.VfsLfs2, 512, 64)
    mounted(vfs.VfsLfs2, device)
    block, free = room("/flash")
    equal((block, 50 < free < 64), (512, True))


def test_folders_are_made_and_removed_again():
    for kind in (vfs.VfsLfs2, vfs.VfsFat):
        mounted(kind, formatted(kind))
        os.mkdir("/flash/old")
        for path in ("/flash/a", "/flash/old/a"):
            equal(make_folders(path), 0)
        for path, first in (("/flash/n/m/o/a", 8), ("/flash/old/n/a", 12)):
            equal(make_folders(path), first)
            equal(make_folders(path), 0)
            fill(path, 1)
            remove_folders(path, first)
            os.remove(path)
            remove_folders(path, 0)
            equal("n" in os.listdir(path[:first].rsplit("/", 1)[0]), True)
            remove_folders(path, first)
            equal("n" in os.listdir(path[:first].rsplit("/", 1)[0]), False)
        fill("/flash/file", 1)
        raises(OSError, lambda: make_folders("/flash/file/n/a"))
        equal(sorted(os.listdir("/flash")), ["file", "old"])
