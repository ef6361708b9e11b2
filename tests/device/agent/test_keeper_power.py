"""Keeper when the power goes, and when the disk is full: what is read afterwards is the old record
or the new one, and it goes on.

Every change of the flash is a place for a cut, of which a default run takes a sample: during save
over nothing, save over an older record, forget, and during the tidying that follows a cut.
"""

import os

import flash
import sample
import vfs
from iotjobs.agent.keeper import Keeper
from keeping import RECORD
from support import equal, raises

SIZES = (10, 600, 3500)  # of the details: a part of a block, two, and many
NAME = "iotjobs.json"


def record(number, size=10):
    details = {"log": "x" * size}
    return dict(RECORD, job="job-%d" % number, state=[number], outcome=None, details=details)


class Bench:
    """A device whose power is cut: `cuts` counts how often it came up again."""

    def __init__(self, kind, cuts, folder="/flash", **geometry):
        self.kind = kind
        self.hows = cuts
        self.folder = folder
        self.path = folder + "/" + NAME
        self.device = flash.formatted(kind, **geometry)
        self.cuts = 0

    def boot(self, device):
        flash.mounted(self.kind, device)
        return Keeper(self.path, "MyThing")

    def job(self, kept, case):
        """The job that is kept, or None, after nothing was found that is not to be."""
        equal(kept.unreadable, False, case)
        equal(NAME + ".new" in os.listdir(self.folder), False, case)
        if kept.record:
            number = kept.record["state"][0]
            size = len(kept.record["details"]["log"])
            equal(kept.record, dict(record(number, size), thing="MyThing"), case)
            return kept.record["job"]
        return None

    def act(self, action, after=None):
        """Do it, action(kept), with a cut at each of its changes; then without. After each cut
        `after` is called with what came up, or it must go on.
        """
        old = self.job(self.boot(self.device), "old")
        done = self.device.copy()
        kept = self.boot(done)
        action(kept)
        new = self.job(kept, "new")
        cuts = sample.Cuts(lambda at: self.story(action, at), self.hows)
        for how in self.hows:
            for at in cuts.of(how):
                case = (action, at, how)
                cut, left = self.story(action, at, how)
                if cut and not after:
                    self.tidy(left, cuts, case, (old, new))
                kept = self.boot(left.copy())
                equal(self.job(kept, case) in (old, new), True, case)
                (after or self.goes_on)(kept, case)
                self.cuts += 1
                if not cut:
                    break
        self.device = done.copy()

    def story(self, action, at, how="done"):
        """Whether the power was cut in it, and what is left."""
        device = self.device.copy()
        kept = self.boot(device)
        device.cut(at, how)
        cut = flash.cut_off(action, kept)
        return cut, device.restart()

    def tidy(self, left, cuts, case, allowed):
        """Cut the power in the start that follows the cut, too."""

        def start(second, how="done"):
            device = left.copy()
            device.cut(second, how)
            cut = flash.cut_off(self.boot, device)
            return cut, device.restart()

        _, at, how = case
        for second in cuts.after(at, how, 1, start):
            cut, found = start(second, how)
            self.job(self.boot(left.copy()), case)
            equal(self.job(self.boot(found), case) in allowed, True, (case, second))
            self.cuts += cut
            if not cut:
                break

    def goes_on(self, kept, case):
        """Others may use the disk, and the record stays; the next one is kept, and forgotten."""
        here = self.job(kept, case)
        flash.fill(self.folder + "/log", 1 << 20)
        kept = Keeper(self.path, "MyThing")
        equal(self.job(kept, case), here, case)
        os.remove(self.folder + "/log")
        kept.save(record(99, 600))
        kept = Keeper(self.path, "MyThing")
        equal(self.job(kept, case), "job-99", case)
        kept.forget()
        equal(self.job(Keeper(self.path, "MyThing"), case), None, case)

    def run(self, first, end, after=None):
        """Save the records from `first` up to `end` with cuts, after all before without; every
        third is forgotten.
        """
        for number in range(end):
            new = record(number, SIZES[number % 3])
            actions = [lambda kept, new=new: kept.save(new)]
            if number % 3 == 2:
                actions.append(Keeper.forget)
            for action in actions:
                if number >= first:
                    self.act(action, after)
                else:
                    action(self.boot(self.device))


def on_littlefs(first, end, **geometry):
    bench = Bench(vfs.VfsLfs2, flash.CUTS, **geometry)
    bench.run(first, end)
    print("%d power cuts" % bench.cuts)


def test_on_littlefs_the_old_record_or_the_new_one_outlives_every_cut():
    on_littlefs(0, 5, block_size=512, blocks=32)


def test_on_littlefs_it_is_so_with_the_records_that_follow():
    on_littlefs(5, 9, block_size=512, blocks=32)


def test_on_littlefs_it_is_so_with_the_blocks_of_a_nor_flash():
    on_littlefs(15, 17, block_size=4096, blocks=8)


def test_on_littlefs_it_is_so_when_the_folder_is_compacted():
    on_littlefs(17, 18, block_size=4096, blocks=8)  # with the 18th record, in such blocks


# FAT does not survive a torn sector of a directory, or of the table, nor sectors that overtake
# each other: here they are written whole and in order, as cards promise.
WHOLE = ("done", "lost")


def test_on_fat_it_is_so_in_a_folder_of_its_own():
    bench = Bench(vfs.VfsFat, WHOLE, "/flash/iotjobs", block_size=512, blocks=80)
    flash.mounted(vfs.VfsFat, bench.device)
    os.mkdir(bench.folder)
    bench.device = bench.device.copy()
    bench.run(0, 9)
    print("%d power cuts" % bench.cuts)


def test_on_fat_it_is_so_among_any_number_of_other_files():
    # A sector has 16 entries. With 12 and more other files those of the record take two sectors.
    cuts = 0
    for others in range(16) if sample.exhaustive else (0, 11, 12, 13, 14, 15):
        bench = Bench(vfs.VfsFat, WHOLE, block_size=512, blocks=80)
        flash.mounted(vfs.VfsFat, bench.device)
        for number in range(others):
            flash.fill("/flash/f%d" % number, 0)
        bench.device = bench.device.copy()
        bench.run(0, 3)
        cuts += bench.cuts
    print("%d power cuts" % cuts)


def test_on_a_full_disk_the_old_record_stays():
    for kind, blocks in ((vfs.VfsLfs2, 24), (vfs.VfsFat, 64)):
        for older in (None, record(1, 600)):
            failed = saved = 0
            device = flash.formatted(kind, 512, blocks)
            flash.mounted(kind, device)
            if older:
                Keeper("/flash/" + NAME, "MyThing").save(older)
            device = device.copy()
            for filled in range(blocks + 1):
                flash.mounted(kind, device.copy())
                flash.fill("/flash/log", filled * 512)
                kept = Keeper("/flash/" + NAME, "MyThing")
                before = kept.record
                equal(before, dict(older, thing="MyThing") if older else None)
                new = record(2, 3000)
                try:
                    kept.save(new)
                    before = dict(new, thing="MyThing")
                    saved += 1
                except OSError:
                    failed += 1
                equal(kept.record, before, (kind, filled))
                equal(NAME + ".new" in os.listdir("/flash"), False, (kind, filled))
                kept = Keeper("/flash/" + NAME, "MyThing")
                equal((kept.record, kept.unreadable), (before, False), (kind, filled))
            equal(failed > 4 and saved > 4, True, (kind, older, failed, saved))


def test_the_flash_of_these_tests_is_as_bad_as_it_says():
    def content(how):
        device = flash.Flash(8, 3)
        device.writeblocks(0, b"synced..")
        device.writeblocks(2, b"emptied.")
        device.ioctl(3, 0)
        device.writeblocks(1, b"unsynced")
        device.ioctl(6, 2)
        device.writeblocks(2, b"unsynced")
        device.cut(1, how)
        device.writeblocks(0, b"a", 1)
        raises(flash.PowerCut, device.writeblocks, 0, b"torn", 2)
        raises(flash.PowerCut, device.writeblocks, 0, b"dead", 2)
        raises(flash.PowerCut, device.readblocks, 0, bytearray(8))
        raises(flash.PowerCut, device.ioctl, 3, 0)
        after = device.restart()
        device.writeblocks(0, b"finaliser")
        return after.content(0, 24)

    equal(content("done"), b"sanced..unsyncedunsynced")
    equal(content("torn"), b"satoed..unsyncedunsynced")
    equal(content("lost"), b"synced.." + b"\xff" * 8 + b"emptied.")
    # What went before in its block is done, and so is what erased another.
    equal(content("stray"), b"satorn.." + b"\xff" * 16)


def test_the_flash_of_these_tests_is_the_same_whenever_it_is_written():
    def content():
        device = flash.formatted(vfs.VfsLfs2)
        flash.mounted(vfs.VfsLfs2, device)
        flash.fill("/flash/log", 700)
        return device.content(0, device.blocks * device.block_size)

    equal(content() == content(), True)
