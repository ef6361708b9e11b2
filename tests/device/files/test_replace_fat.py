"""Files that are replaced on FAT, in a folder whose names take several sectors, when the power
goes: at each change of the flash, then once more, and again when the file is replaced next.

Where two names have come to share clusters, or one has clusters that are free, nothing is to be
seen at first. So the rest of the disk is written full each time, and all is read again.
"""

import os

import sample
import vfs
from afterwards import replaced
from flash import cut_off, fill, formatted, mounted
from iotjobs.files import records
from iotjobs.files import replace as replacing
from iotjobs.files.replace import exists, move, recover, replace
from on_flash import content, crowded, names, read, write
from sample import every
from support import equal, raises

FOLDER = "/flash/own"
PATH = FOLDER + "/settings.json"  # two entries of a folder, and with ".new" three
OLD, NEW, NEXT = b"old" * 100, b"new" * 400, b"next" * 200
OTHERS = range(6, 16)  # so many other names move those of PATH over the end of a sector, entry 16


def is_whole(path):
    return content(path) in (OLD, NEW, NEXT)


def made(others, blocks=72):
    """A flash with so many other files, and OLD in PATH."""
    device = formatted(vfs.VfsFat, 512, blocks)
    mounted(vfs.VfsFat, device)
    crowded(FOLDER, others)
    write(PATH, OLD)
    return device.copy()


def after(device, how, at, action, *arguments):
    """What is left of the flash, a Flash, and whether the power was cut at the change `at`."""
    device = device.copy()
    mounted(vfs.VfsFat, device)
    device.cut(at, how)
    cut = cut_off(action, *arguments)
    return device.restart(), cut


def check(device, allowed, case):
    """PATH is one of these and stays it, and so does every other file, whatever comes."""
    mounted(vfs.VfsFat, device.copy())
    recover(PATH, is_whole)
    for turn in range(3):
        equal(content(PATH) in allowed, True, (case, turn))
        equal(exists(PATH + ".new"), False, (case, turn))
        for name in names(FOLDER):
            # A cut may leave the short name of what was removed: it is nobody's, but has its own.
            equal(read(FOLDER + "/" + name) in (OLD, NEW, NEXT, b""), True, (case, turn, name))
        if turn == 0:
            fill("/flash/log", 1 << 20)
        elif turn == 1:
            os.remove("/flash/log")
            replace(PATH, NEXT)
            allowed = (NEXT,)
            fill("/flash/log", 1 << 20)
    equal(set(read("/flash/log")), set(b"#"), case)


def cut_everywhere(others, how):
    base = made(others)
    cuts = 0
    for at in every():
        left, cut = after(base, how, at, replace, PATH, NEW)
        case = (others, how, at)
        check(left, (OLD, NEW) if cut else (NEW,), case)
        if not cut:
            break
        cuts += 1
        for second in every():
            found, again = after(left, how, second, recover, PATH, is_whole)
            check(found, (OLD, NEW), (case, second))
            if not again:
                break
            cuts += 1
        for third in every():
            left_by_next, again = after(found, how, third, replace, PATH, NEXT)
            check(left_by_next, (OLD, NEW, NEXT), (case, "next", third))
            if not again:
                break
            cuts += 1
    return cuts


def test_no_cut_loses_a_file_wherever_its_names_lie():
    places("done", (10, 12))


def test_none_does_if_what_was_not_synced_is_lost():
    places("lost", (11, 13))


def places(how, chosen):
    cuts = 0
    for others in OTHERS if sample.exhaustive else chosen:
        cuts += cut_everywhere(others, how)
    print("%d power cuts" % cuts)


def test_what_a_reset_has_left_is_finished_if_new_is_whole_and_the_file_is_not():
    for found, new, wanted in (
        (NEW[:50], NEW, NEW),
        (b"", NEW, NEW),
        (None, NEW, NEW),
        (OLD, NEW, OLD),
        (OLD, NEW[:50], OLD),
        (NEW[:50], NEW[:60], NEW[:50]),
    ):
        mounted(vfs.VfsFat, made(0))
        write(PATH, found) if found is not None else os.remove(PATH)
        write(PATH + ".new", new)
        recover(PATH, is_whole)
        equal((content(PATH), names(FOLDER)), (wanted, ["settings.json"]), (found, new))


def free_blocks():
    return os.statvfs("/flash")[3]


def leave(blocks):
    """Let other files take all of the disk but so many blocks."""
    fill("/flash/log", (free_blocks() - blocks) * 512)
    equal(free_blocks(), blocks)


def test_without_room_for_two_of_the_new_ones_the_old_one_stays():
    for blocks, wanted in ((4, OLD), (5, NEW)):  # the old one has one, the new one three
        mounted(vfs.VfsFat, made(0))
        leave(blocks)
        if wanted is OLD:
            equal(raises(OSError, replace, PATH, NEW).args, (28, PATH))
        else:
            replace(PATH, NEW)
        equal((content(PATH), names(FOLDER)), (wanted, ["settings.json"]))


def test_the_first_one_of_its_name_needs_its_room_twice_or_is_renamed():
    for blocks in (3, 4, 6):
        mounted(vfs.VfsFat, made(0))
        os.remove(PATH)
        leave(blocks)
        replace(PATH, NEW)
        equal((content(PATH), names(FOLDER)), (NEW, ["settings.json"]))


def test_what_was_cut_off_is_finished_though_others_have_taken_the_room():
    for found in (b"", NEW[:600]):
        mounted(vfs.VfsFat, made(0))
        write(PATH + ".new", NEW)
        write(PATH, found)
        leave(0)
        recover(PATH, is_whole)
        equal((content(PATH), names(FOLDER)), (NEW, ["settings.json"]))


def test_a_record_is_found_again_too():
    for found in (b"", b"half", None):
        mounted(vfs.VfsFat, made(0))
        records.save(PATH, {"a": 1}, 100)
        os.rename(PATH, PATH + ".new")
        if found is not None:
            write(PATH, found)
        equal(records.load(PATH, 100, lambda record: record["a"]), {"a": 1})
        equal((is_record_at(PATH), names(FOLDER)), (True, ["settings.json"]), found)


def is_record_at(path):
    return records.load(path, 100, lambda record: record["a"]) == {"a": 1}


def test_a_copy_that_fails_leaves_the_old_one_or_the_new_one():
    class Failing:
        """The module os, whose rename fails."""

        def __getattr__(self, name):
            return getattr(os, name)

        def rename(self, *_):
            raise OSError(5)

    def half(path, mode):
        if (path, mode) == (PATH, "wb"):
            with open(path, mode) as file:
                file.write(NEW[:600])
            raise OSError(5)
        return open(path, mode)

    replaced(replacing, "open", half)
    mounted(vfs.VfsFat, made(0))
    replace(PATH, NEW)
    equal((content(PATH), names(FOLDER)), (NEW, ["settings.json"]))
    replaced(replacing, "os", Failing())
    equal(raises(OSError, replace, PATH, NEXT).args, (5, PATH))
    equal((content(PATH), content(PATH + ".new")), (None, NEXT))
    equal(raises(OSError, replace, PATH, NEW).args, (5, PATH))  # the first of its name
    equal(names(FOLDER), [])


def test_another_name_for_what_moves_is_another_file_but_on_fat():
    mounted(vfs.VfsFat, made(0))
    write(FOLDER + "/key.next", NEW)
    move(FOLDER + "/key.next", PATH)
    equal((content(PATH), names(FOLDER)), (NEW, ["settings.json"]))
