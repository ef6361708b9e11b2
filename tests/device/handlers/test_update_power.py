"""An update when the power goes, at each change of the flash from the job's beginning to its end,
resets included, or at a sample of them: what runs after it is the old application or the new one,
never a mixture, and the job ends as it ended.
"""

import gc

import sample
import vfs
from flash import CUTS, PowerCut, mounted
from iotjobs.updates.slots import Slots
from one_job import resuming
from support import equal
from update_bench import (
    NEW,
    OLD,
    RAISING,
    ROOT,
    Board,
    Files,
    document,
    made,
    tree,
)

WHOLE = ("done", "lost")  # see test_keeper_power.py: FAT survives no other cuts


class Matrix:
    """Updates from OLD to `files`; `confirms`: the new application does. `ways`: those in which
    the power is cut in such an update, here and in the other tests of it.
    """

    def __init__(self, kind, ways, files=NEW, confirms=True):
        self.kind = kind
        self.ways = ways
        self.files = files
        self.confirms = confirms
        self.base = made(kind, blocks=96)
        self.good = confirms and files is NEW
        self.cuts = self.lives = self.old = self.new = 0

    def board(self, device):
        board = Board(self.kind, device, Files(self.files), document(self.files))
        board.confirms = self.confirms
        board.attempts = 4
        board.confirm_ms = 3_000
        return board

    def live(self, board, at, how="done"):
        """Cut at the change number `at` from now on, over resets; whether there was one."""
        left = at
        restart = board.restart

        def restarted():
            # A reset makes another flash: the count goes on.
            nonlocal left
            left -= board.device.operations
            restart()
            board.device.cut(left, how)

        board.restart = restarted
        board.device.cut(left, how)
        try:
            board.life()
        except PowerCut:
            board.restart = restart
            self.cuts += 1
            return True
        board.restart = restart
        return False

    def look(self, board, case):
        """What would run now is one of the two, whole."""
        left = board.device.restart()
        mounted(self.kind, left.copy())
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
        board.device = left

    def end(self, board, case):
        status = board.life()
        wanted = "SUCCEEDED" if self.good else "FAILED"
        equal(status, wanted, (case, board.details))
        self.lives += len(board.starts)
        board.restart()
        mounted(self.kind, board.device)
        slots = Slots(ROOT)
        equal(slots.on_trial, False, case)
        equal(tree(slots.folder), self.files if self.good else OLD, case)
        reason = board.details.get("reason", "")
        equal(reason.startswith("rolled back to slot a: "), not self.good, (case, reason))

    def run(self, how, again=0, first=0, step=1):
        """Cut at each change, or from `first` on at every `step`; with `again` also at every so
        many of those after it. A sample is chosen for itself.
        """
        ways = (how,) if again else self.ways
        cuts = sample.Cuts(lambda at: self.live(self.board(self.base.copy()), at), ways)
        for at in cuts.of(how, first, step, again):
            case = (self.kind, how, at)
            board = self.board(self.base.copy())
            if not self.live(board, at, how):
                break
            self.look(board, case)
            resumed = resuming(board, self.board)
            self.end(board, case)
            if again:
                self.cut_again(cuts, again, resumed, case)
            gc.collect()
        self.told()

    def cut_again(self, cuts, step, resumed, case):
        _, how, at = case
        for second in cuts.after(at, how, step, lambda at: self.live(resumed(), at)):
            board = resumed()
            if not self.live(board, second, how):
                break
            self.look(board, (case, second))
            self.end(board, (case, second))

    def told(self):
        print(
            "%d cuts, %d starts after them; %d times the old one was current, %d times the new"
            % (self.cuts, self.lives, self.old, self.new)
        )
        old, new = (20, 5) if sample.exhaustive else (5, 1)
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
