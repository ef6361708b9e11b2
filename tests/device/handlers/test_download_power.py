"""A download when the power goes, at each change of the flash, or at a sample of them: after the
restart the job ends rightly, and at no time is a wrong or half file in place.
"""

import vfs
from download_bench import Board, content, finished, made
from flash import CUTS, mounted
from power_matrix import WHOLE, PowerMatrix
from support import equal
from web import WebServer, sha256

SIZE = 2700
NEW = b"".join([b"%5d" % at for at in range(SIZE)])[:SIZE]
OLD = b"old" * 400
KNOWN = {"sha256": sha256(NEW)}


class Matrix(PowerMatrix):
    absent = resumed = 0

    def __init__(self, kind, hows):
        self.kind = kind
        self.hows = hows

    def board(self, device):
        return Board(self.kind, device, WebServer(NEW), self.document)

    def look(self, board, case):
        mounted(self.kind, board.device.copy())
        found = content()
        allowed = (self.old, NEW)
        if self.kind == vfs.VfsFat:
            allowed += (None,)
        equal(found in allowed, True, case)
        self.absent += found is None and self.old is not None

    def run(self, old, document, again=0):
        self.old = old
        self.document = document
        self.base = made(self.kind, old)
        self.each(self.hows, self.hows, again, about=(old is not None, bool(document)))

    def end(self, board, case):
        board.live()
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
        matrix.run(old, KNOWN)
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
        for document in ({}, KNOWN):
            matrix.run(old, document)
    equal(matrix.absent > 0, True)
    equal(matrix.resumed > 10, True)
    matrix.told()


def test_on_littlefs_with_a_second_cut_after_the_restart():
    matrix = Matrix(vfs.VfsLfs2, ("lost",))
    matrix.run(OLD, KNOWN, 5)
    matrix.told()


def test_on_fat_with_a_second_cut_after_the_restart():
    matrix = Matrix(vfs.VfsFat, ("lost",))
    matrix.run(OLD, KNOWN, 5)
    matrix.told()
