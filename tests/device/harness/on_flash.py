"""What is on the flash of a board."""

import os

import vfs
from flash import fill, formatted, mounted

KINDS = (vfs.VfsLfs2, vfs.VfsFat)  # the file systems that boards have


def on_each(test):
    """The test, run on an empty flash with each of these file systems."""

    def on_all():
        for kind in KINDS:
            mounted(kind, formatted(kind))
            test()

    return on_all


def free():
    """How many bytes are."""
    stat = os.statvfs("/flash")
    return stat[1] * stat[3]


def content(path):
    """What is in the file; None if there is none."""
    try:
        return read(path)
    except OSError:
        return None


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data, mode="wb"):
    with open(path, mode) as file:
        file.write(data)


def names(folder="/flash"):
    """The names in the folder."""
    return sorted(os.listdir(folder))


def tree(folder):
    """Path to content of all that is in the folder; None for a folder, and an OSError for a file
    that cannot be read. littlefs of MicroPython 1.25 leaves such ones where the power was cut
    before they were synced.
    """
    found = {}
    for name, kind, *_ in os.ilistdir(folder):
        path = folder + "/" + name
        if kind & 0x4000:
            found[name] = None
            for inner, data in tree(path).items():
                found[name + "/" + inner] = data
        else:
            try:
                found[name] = read(path)
            except OSError as error:
                found[name] = error
    return found


def files(found):
    """Those of a tree."""
    return {path: data for path, data in found.items() if data is not None}


def crowded(folder, others):
    """Make the folder, with so many files in it besides. On FAT it has its sectors, of 16 entries
    each: FatFs makes a folder longer in several writes, and a cut between them breaks it.
    """
    os.mkdir(folder)
    for number in range(48):
        write(folder + "/F%d" % number, b"")
    for number in range(others, 48):
        os.remove(folder + "/F%d" % number)


def fill_up():
    """Leave less than 512 bytes of the flash free, so that other files take the rest."""
    for size in (8192, 2048, 512):
        for number in range(8):
            path = "/flash/log%d-%d" % (size, number)
            fill(path, size)
            if os.stat(path)[6] < size:  # littlefs: nothing is left of what did not fit
                os.remove(path)
                break
