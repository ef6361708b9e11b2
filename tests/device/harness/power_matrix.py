"""Jobs whose power is cut: at each change of the flash, or at a sample of them (see sample.py)."""

import gc

import sample
import vfs
from flash import CUTS, cut_off
from one_job import resuming

WHOLE = ("done", "lost")  # see test_keeper_power.py: FAT survives no other cuts
WAYS = {vfs.VfsLfs2: CUTS, vfs.VfsFat: WHOLE}


def _collecting_no_more(power_off):
    # While the power is off, what the collector closes would fail. littlefs would go on to know a
    # file then that is no more.
    def last(*how):
        gc.collect()
        gc.disable()
        power_off(*how)

    return last


class PowerMatrix:
    """The job of a board, `board(device)`, on a flash like `base`. After each cut there are
    `look(board, case)`, when the power is back and nothing has been done yet, and
    `end(board, case)`, in which the board goes on. `cuts` counts them.
    """

    cuts = 0

    def __init__(self, kind, base):
        self.kind = kind
        self.base = base

    def look(self, board, case):
        """What a subclass wants to see there."""

    def fresh(self):
        return self.board(self.base.copy())

    def cut_off(self, board, at, how="done"):
        """Live with a cut at the change number `at`. Whether there was one; the power is back."""
        board.device.cut(at, how)
        board.device.power_off = _collecting_no_more(board.device.power_off)
        try:
            if not cut_off(board.live):
                return False
            self.cuts += 1
            board.device = board.device.restart()
            return True
        finally:
            gc.enable()

    def places(self, ways, turns=None):
        """Where it is cut; see sample.Cuts."""
        return sample.Cuts(lambda at: self.cut_off(self.fresh(), at), ways, turns)

    def each(self, hows, ways, again=0, first=0, step=1, about=None, turns=None):
        """Cut at each change, or from `first` on at every `step`; with `again` also at every so
        many of those after it. A sample is chosen for itself: for `ways` and `turns` see
        sample.Cuts. `about`: what a failure tells, too.
        """
        cuts = self.places(ways, turns)
        for how in hows:
            for at in cuts.of(how, first, step, again):
                case = (about, how, at)
                board = self.fresh()
                if not self.cut_off(board, at, how):
                    self.end(self.fresh(), case)
                    break
                self.look(board, case)
                resumed = resuming(board, self.board)
                self.end(board, case)
                if again:
                    self._again(cuts, again, resumed, case)

    def _again(self, cuts, step, resumed, case):
        _, how, at = case
        for second in cuts.after(at, how, step, lambda at: self.cut_off(resumed(), at)):
            board = resumed()
            if not self.cut_off(board, second, how):
                break
            self.look(board, (case, second))
            self.end(board, (case, second))
