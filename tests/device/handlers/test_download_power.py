"""A download when the power goes, at each change of the flash, or at a sample of them: after the
restart the job ends rightly, and at no time is a wrong or half file in place.
"""

import hashlib
from binascii import hexlify

import sample
import vfs
from download_bench import Board, content, finished, made
from flash import CUTS, PowerCut, mounted
from one_job import resuming
from support import equal
from web import WebServer

SIZE = 2700
NEW = b"".join([b"%5d" % at for at in range(SIZE)])[:SIZE]
OLD = b"old" * 400
SHA256 = hexlify(hashlib.sha256(NEW).digest()).decode()
WHOLE = ("done", "lost")  # see test_keeper_power.py: FAT survives no other cuts


class Matrix:
    def __init__(self, kind, hows):
        self.kind = kind
        self.hows = hows
        self.cuts = self.absent = self.resumed = 0

    def board(self, device, document):
        return Board(self.kind, device, WebServer(NEW), document)

    def cut_off(self, board, at, how="done"):
        board.device.cut(at, how)
        try:
            board.up()
            board.run()
        except PowerCut:
            self.cuts += 1
            return True
        return False

    def look(self, board, old, case):
        """What is in place while the power is back, and nothing has been done yet."""
        left = board.device.restart()
        mounted(self.kind, left.copy())
        found = content()
        allowed = (old, NEW)
        if self.kind == vfs.VfsFat:
            allowed += (None,)
        equal(found in allowed, True, case)
        self.absent += found is None and old is not None
        board.device = left

    def run(self, old, document, again=0):
        """Cut at each change; with `again` also at every so many of those after the restart."""
        base = made(self.kind, old)

        def story(at):
            self.cut_off(self.board(base.copy(), document), at)

        cuts = sample.Cuts(story, self.hows)
        for how in self.hows:
            for at in cuts.of(how, again=again):
                case = (old is not None, bool(document), how, at)
                board = self.board(base.copy(), document)
                if not self.cut_off(board, at, how):
                    finished(board, NEW, case=case)
                    break
                self.look(board, old, case)
                resumed = resuming(board, lambda device: self.board(device, document))
                self.end(board, case)
                if again:
                    self.cut_again(cuts, again, resumed, old, case)

    def cut_again(self, cuts, step, resumed, old, case):
        how, at = case[-2:]
        for second in cuts.after(at, how, step, lambda at: self.cut_off(resumed(), at)):
            board = resumed()
            if not self.cut_off(board, second, how):
                break
            self.look(board, old, (case, second))
            self.end(board, (case, second))

    def end(self, board, case):
        board.up()
        board.run()
        finished(board, NEW, case=case)
        for asked in board.server.requests:
            self.resumed += asked.start is not None

    def told(self):
        print(
            "%d power cuts, %d times the old file was away until the end, %d requests of a rest"
            % (self.cuts, self.absent, self.resumed)
        )


def test_on_littlefs_with_a_sha256():
    matrix = Matrix(vfs.VfsLfs2, CUTS)
    for old in (None, OLD):
        matrix.run(old, {"sha256": SHA256})
    equal(matrix.absent, 0)
    equal(matrix.resumed > 10, True)
    matrix.told()


def test_on_littlefs_without():
    matrix = Matrix(vfs.VfsLfs2, CUTS)
    for old in (None, OLD):
        matrix.run(old, {})
    equal((matrix.absent, matrix.resumed), (0, 0))
    matrix.told()


def test_on_fat():
    matrix = Matrix(vfs.VfsFat, WHOLE)
    for old in (None, OLD):
        for document in ({}, {"sha256": SHA256}):
            matrix.run(old, document)
    equal(matrix.absent > 0, True)
    equal(matrix.resumed > 10, True)
    matrix.told()


def test_on_littlefs_with_a_second_cut_after_the_restart():
    matrix = Matrix(vfs.VfsLfs2, ("lost",))
    matrix.run(OLD, {"sha256": SHA256}, 5)
    matrix.told()


def test_on_fat_with_a_second_cut_after_the_restart():
    matrix = Matrix(vfs.VfsFat, ("lost",))
    matrix.run(OLD, {"sha256": SHA256}, 5)
    matrix.told()
