"""An update when the power goes: what runs after it is the old application or the new one, never a
mixture, and the job ends as it ended.

The power goes at each change of the flash from the job's beginning to its end, resets included, or
at a sample of them.
"""

import sample
import vfs
from flash import CUTS, mounted
from iotjobs.updates.slots import Slots
from power_matrix import WHOLE, PowerMatrix
from support import equal
from update_bench import NEW, OLD, RAISING, ROOT, Board, Files, document, made, tree


class Matrix(PowerMatrix):
    """Updates from OLD to `files`; `confirms`: the new application does. `ways`: those in which
    the power is cut in such an update, here and in the other tests of it.
    """

    lives = old = new = 0

    def __init__(self, kind, ways, files=NEW, confirms=True):
        super().__init__(kind, made(kind, blocks=96))
        self.ways = ways
        self.files = files
        self.confirms = confirms
        self.good = confirms and files is NEW

    def board(self, device):
        board = Board(self.kind, device, Files(self.files), document(self.files))
        board.confirms = self.confirms
        board.attempts = 4
        board.confirm_ms = 3_000
        return board

    def look(self, board, case):
        """What would run now is one of the two, whole."""
        mounted(self.kind, board.device.copy())
        slots = Slots(ROOT)
        found = tree(slots.folder)
        equal(found == OLD or found == self.files, True, case)
        equal(slots.slot, "a" if found == OLD else "b", case)
        if slots.on_trial:  # what it would be rolled back to
            equal(tree(slots.other), OLD, case)
        if found == OLD:
            self.old += 1
        else:
            self.new += 1

    def end(self, board, case):
        wanted = "SUCCEEDED" if self.good else "FAILED"
        equal(board.live(), wanted, (case, board.details))
        self.lives += len(board.starts)
        board.restart()
        mounted(self.kind, board.device)
        slots = Slots(ROOT)
        equal(slots.on_trial, False, case)
        equal(tree(slots.folder), self.files if self.good else OLD, case)
        reason = board.details.get("reason", "")
        equal(reason.startswith("rolled back to slot a: "), not self.good, (case, reason))

    def run(self, how, again=0, **places):
        self.each((how,), (how,) if again else self.ways, again, about=self.kind, **places)
        print(
            "%d cuts, %d starts after them; %d times the old one was current, %d times the new"
            % (self.cuts, self.lives, self.old, self.new)
        )
        old, new = (20, 5) if sample.exhaustive else (5, 0)
        equal(self.old > old and self.new > new, True)


def test_on_littlefs_a_cut_is_done():
    Matrix(vfs.VfsLfs2, CUTS).run("done")


def test_on_littlefs_a_cut_is_torn():
    Matrix(vfs.VfsLfs2, CUTS).run("torn")


def test_on_littlefs_a_cut_loses_what_was_not_synced():
    Matrix(vfs.VfsLfs2, CUTS).run("lost")


def test_on_littlefs_a_cut_comes_out_of_order():
    Matrix(vfs.VfsLfs2, CUTS).run("stray")


def test_on_fat_a_cut_is_done():
    Matrix(vfs.VfsFat, WHOLE).run("done")


def test_on_fat_a_cut_loses_what_was_not_synced():
    Matrix(vfs.VfsFat, WHOLE).run("lost")


def test_on_littlefs_with_an_application_that_raises_torn():
    Matrix(vfs.VfsLfs2, ("torn", "lost"), RAISING).run("torn")


def test_on_littlefs_with_an_application_that_raises_lost():
    Matrix(vfs.VfsLfs2, ("torn", "lost"), RAISING).run("lost")


def test_on_fat_with_an_application_that_raises_done():
    Matrix(vfs.VfsFat, WHOLE, RAISING).run("done")


def test_on_fat_with_an_application_that_raises_lost():
    Matrix(vfs.VfsFat, WHOLE, RAISING).run("lost")


def test_on_littlefs_with_an_application_that_never_confirms_done():
    Matrix(vfs.VfsLfs2, ("done", "stray"), NEW, False).run("done")


def test_on_littlefs_with_an_application_that_never_confirms_stray():
    Matrix(vfs.VfsLfs2, ("done", "stray"), NEW, False).run("stray")


def test_on_fat_with_an_application_that_never_confirms_done():
    Matrix(vfs.VfsFat, WHOLE, NEW, False).run("done")


def test_on_fat_with_an_application_that_never_confirms_lost():
    Matrix(vfs.VfsFat, WHOLE, NEW, False).run("lost")


def test_on_littlefs_with_a_second_cut():
    Matrix(vfs.VfsLfs2, CUTS).run("lost", again=23, step=2)


def test_on_littlefs_with_a_second_cut_that_is_torn():
    Matrix(vfs.VfsLfs2, CUTS).run("torn", again=23, first=1, step=2)


def test_on_fat_with_a_second_cut():
    Matrix(vfs.VfsFat, WHOLE).run("lost", again=17, step=2)


def test_on_littlefs_an_application_that_raises_with_a_second_cut():
    Matrix(vfs.VfsLfs2, ("torn", "lost"), RAISING).run("done", again=29, step=3)
