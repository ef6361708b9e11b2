"""A download when the power goes, at each change of the flash, or at a sample of them: after the
restart the job ends rightly, and at no time is a wrong or half file in place.
"""

import vfs
from download_bench import Board, content, finished, left, made
from flash import CUTS, mounted
from one_job import canceled
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


def tried(kind, hows, olds, documents, again=0):
    """The Matrix of all these."""
    matrix = Matrix(kind, hows)
    for old in olds:
        for document in documents:
            matrix.run(old, document, again)
    print(
        "%d power cuts, %d times the old file was away until the end, %d requests of a rest"
        % (matrix.cuts, matrix.absent, matrix.resumed)
    )
    return matrix


def test_on_littlefs_with_a_sha256():
    matrix = tried(vfs.VfsLfs2, CUTS, (None, OLD), (KNOWN,))
    equal(matrix.absent, 0)
    equal(matrix.resumed > 10, True)


def test_on_littlefs_without():
    matrix = tried(vfs.VfsLfs2, CUTS, (None, OLD), ({},))
    equal((matrix.absent, matrix.resumed), (0, 0))


def test_on_fat():
    matrix = tried(vfs.VfsFat, WHOLE, (None, OLD), ({}, KNOWN))
    equal(matrix.absent > 0, True)
    equal(matrix.resumed > 10, True)


def test_on_littlefs_with_a_second_cut_after_the_restart():
    tried(vfs.VfsLfs2, ("lost",), (OLD,), (KNOWN,), 5)


def test_on_fat_with_a_second_cut_after_the_restart():
    tried(vfs.VfsFat, ("lost",), (OLD,), (KNOWN,), 5)


class Canceled(Matrix):
    """The job is over when the board has its power again."""

    def end(self, board, case):
        canceled(board)
        found = content()
        equal(left(), ["d"] + ["file.bin"] * (found is not None), case)


def test_on_littlefs_a_job_that_was_canceled_meanwhile_leaves_nothing():
    for document in (KNOWN, {}):
        matrix = Canceled(vfs.VfsLfs2, ("lost", "done"))
        matrix.run(OLD, document)
        equal((matrix.absent, matrix.cuts > 5), (0, True))


def test_on_fat_a_job_that_was_canceled_meanwhile_leaves_nothing():
    for document in (KNOWN, {}):
        matrix = Canceled(vfs.VfsFat, ("done",))
        matrix.run(OLD, document)
        equal(matrix.cuts > 5, True)
