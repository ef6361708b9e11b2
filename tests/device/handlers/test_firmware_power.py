"""A firmware job when the power goes: at each change of the slots and of otadata, and of the file
system, or at a sample of those. After the restart the board runs, whole, the old firmware or the
new one, and the job ends with the right status.
"""

import sample
import vfs
from esp32_chip import BLOCK, VALID, Chip, image
from firmware_bench import OLD, Board, ended
from flash import CUTS, cut_off, formatted
from one_job import resuming
from support import equal

HOWS = ("done", "torn")  # a write of the chip's flash is there when it returns


class Matrix:
    """`where`: "chip" or "files", whose power is cut: at each operation in turn."""

    def __init__(self, content, where, hows, rollback=True):
        self.content = content
        self.where = where
        self.hows = hows
        self.rollback = rollback
        self.empty = formatted(vfs.VfsLfs2)
        self.cuts = self.resumed = 0
        self.ends = {}

    def board(self, device=None):
        chip = Chip(OLD, rollback=self.rollback)
        return Board(self.content, chip=chip, device=device or self.empty.copy())

    def flash(self, board):
        return board.chip.flash if self.where == "chip" else board.device

    def cut_off(self, board, at, how="done"):
        """Run to the end of the job, or to a cut there; whether it was cut."""
        self.flash(board).cut(at, how)
        if not cut_off(board.live):
            return False
        self.cuts += 1
        if self.where == "chip":
            board.chip.restart()
        else:
            board.device = board.device.restart()
        return True

    def run(self, good, again=0):
        cuts = sample.Cuts(lambda at: self.cut_off(self.board(), at), self.hows)
        # The chip's changes are few, and of no file: a second cut follows on each of them.
        each = again and self.where == "chip"
        for how in self.hows:
            for at in sample.every() if each else cuts.of(how, again=again):
                board = self.board()
                if not self.cut_off(board, at, how):
                    break
                case = (self.where, how, at)
                if not again:
                    self.end(board, good, case)
                    continue
                resumed = self.resuming(board)
                for second in self.seconds(cuts, at, how, again, resumed):
                    board = resumed()
                    self.cut_off(board, second, how)
                    self.end(board, good, (case, second))
        print("%d power cuts, %d rests asked for: %r" % (self.cuts, self.resumed, self.ends))

    def resuming(self, board):
        """A function that makes this board anew, as it is now."""
        chip = board.chip.flash.copy()

        def made(device):
            again = self.board(device)
            again.chip.flash = chip.copy()
            return again

        return resuming(board, made)

    def seconds(self, cuts, at, how, step, resumed):
        """Where it is cut again: of the chip, and for everything, once after each first cut, by
        turns at one of so many changes.
        """
        if sample.exhaustive or self.where == "chip":
            return (at % step,)

        return cuts.after(at, how, step, lambda second: self.cut_off(resumed(), second))

    def end(self, board, good, case):
        board.live()
        for asked in board.server.requests:
            self.resumed += asked.start is not None
        runs = board.chip.name(board.chip.running)
        if good:  # of its starts a cut or two can take one or two
            equal((board.status, runs), ("SUCCEEDED", "good"), (case, board.details))
        else:
            ended(board, "FAILED", "rolled back to ota_0: ", case)
            equal(runs, "old", case)
        # What it says is what is there to stay.
        equal([board.chip.boot() for _ in range(3)], [runs] * 3, case)
        if self.rollback:
            equal(board.chip.state() in (None, VALID), True, case)
        name = "%s on %s" % (board.status, runs)
        self.ends[name] = self.ends.get(name, 0) + 1


def test_of_the_chip_with_a_good_firmware():
    matrix = Matrix(image("good", 2 * BLOCK + 777), "chip", HOWS)
    matrix.run(True)
    equal(matrix.resumed > 5, True)


def test_of_the_chip_with_a_bad_firmware():
    for name in ("sick", "dead", "mute"):
        Matrix(image(name, BLOCK + 777), "chip", HOWS).run(False)


def test_of_the_chip_without_rollback():
    for name in ("good", "sick"):
        Matrix(image(name, BLOCK + 777), "chip", HOWS, False).run(name == "good")


def test_of_the_files_with_a_good_firmware():
    Matrix(image("good", 2 * BLOCK + 777), "files", CUTS).run(True)


def test_of_the_files_with_a_firmware_whose_check_fails():
    Matrix(image("sick", BLOCK + 777), "files", CUTS).run(False)


def test_of_the_files_with_a_firmware_that_does_not_come_up():
    Matrix(image("dead", BLOCK + 777), "files", CUTS).run(False)


def test_of_the_chip_with_a_second_cut_after_the_restart():
    for name in ("good", "sick"):
        Matrix(image(name, BLOCK + 777), "chip", ("torn",)).run(name == "good", 7)


def test_of_the_files_with_a_second_cut_after_the_restart():
    for name in ("good", "sick"):
        Matrix(image(name, BLOCK + 777), "files", ("torn",)).run(name == "good", 7)
