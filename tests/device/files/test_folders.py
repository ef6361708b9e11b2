"""The folders above a path, and the room in one."""

import os

import vfs
from afterwards import replaced
from flash import fill, formatted, mounted
from iotjobs.files import folders
from iotjobs.files.folders import make_folders, remove_folders, room
from on_flash import names, on_each
from support import equal, raises


def test_what_littlefs_counts_below_none_is_none():
    class Os:
        def statvfs(self, path):
            return (4096, 512, 64, 0xFFFFFFFF)

    replaced(folders, "os", Os())
    equal(room("/flash"), (512, 0))


def test_the_room_is_counted_in_blocks():
    mounted(vfs.VfsLfs2, formatted(vfs.VfsLfs2, 512, 64))
    block, free = room("/flash")
    equal((block, 50 < free < 64), (512, True))


@on_each
def test_folders_are_made_and_removed_again():
    os.mkdir("/flash/old")
    for path in ("/flash/a", "/flash/old/a"):
        equal(make_folders(path), 0)
    for path, first in (("/flash/n/m/o/a", 8), ("/flash/old/n/a", 12)):
        above = path[:first].rsplit("/", 1)[0]
        equal(make_folders(path), first)
        equal(make_folders(path), 0)
        fill(path, 1)
        remove_folders(path, first)
        os.remove(path)
        remove_folders(path, 0)
        equal("n" in names(above), True)
        remove_folders(path, first)
        equal("n" in names(above), False)
    fill("/flash/file", 1)
    raises(OSError, make_folders, "/flash/file/n/a")
    equal(names(), ["file", "old"])
