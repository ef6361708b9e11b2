"""Files from a stream when the power goes, at each change of the flash or at a sample of them, and
between any two of the service's messages: after the restart the job ends rightly, and at no time
is a wrong or half file in place.
"""

import download_bench
import update_bench
import vfs
from download_bench import content, finished, made
from flash import CUTS, mounted
from iotjobs.updates.slots import Slots
from power_matrix import WAYS, WHOLE, PowerMatrix
from stream_service import StreamService
from support import equal
from update_bench import NEW, OLD, ROOT, tree
from web import sha256

SIZE = 2700
FILE = b"".join([b"%5d" % at for at in range(SIZE)])[:SIZE]
BEFORE = b"old" * 400
KNOWN = {"url": None, "stream": "s1", "sha256": sha256(FILE)}


class Downloads(PowerMatrix):
    rests = absent = 0

    def __init__(self, kind):
        super().__init__(kind, made(kind, BEFORE))

    def board(self, device):
        return download_bench.Board(self.kind, device, StreamService({0: FILE}), KNOWN)

    def look(self, board, case):
        mounted(self.kind, board.device.copy())
        found = content()
        allowed = (BEFORE, FILE) + ((None,) if self.kind == vfs.VfsFat else ())
        equal(found in allowed, True, case)
        self.absent += found is None
        board.server.requests = []

    def end(self, board, case):
        board.live()
        finished(board, FILE, case=case)
        gets = [asked["o"] for operation, asked in board.server.requests if operation == "get"]
        self.rests += bool(gets) and gets[0] > 0

    def run(self, hows, again=0):
        self.each(hows, WAYS[self.kind], again, turns=hows)
        told = (self.cuts, self.absent, self.rests)
        print(
            "%d power cuts, %d times the old file was away, %d times a rest was asked for" % told
        )
        return self


def test_a_download_on_littlefs():
    matrix = Downloads(vfs.VfsLfs2).run(CUTS)
    equal((matrix.absent, matrix.rests > 1), (0, True))


def test_a_download_on_fat():
    equal(Downloads(vfs.VfsFat).run(WHOLE).rests > 1, True)


def test_a_download_on_littlefs_with_a_second_cut_after_the_restart():
    Downloads(vfs.VfsLfs2).run(("lost",), 5)


def test_a_download_that_is_cut_off_after_each_request():
    for kind in (vfs.VfsLfs2, vfs.VfsFat):
        for how in ("done", "lost"):
            for requests in range(1, 8):
                matrix = Downloads(kind)
                board = matrix.fresh()
                board.up()
                board.run(lambda board=board, n=requests: len(board.server.requests) == n)
                board.device.power_off(how)
                board.device = board.device.restart()
                matrix.look(board, (kind, how, requests))
                matrix.end(board, (kind, how, requests))


class Updates(PowerMatrix):
    old = new = 0

    def __init__(self, kind):
        super().__init__(kind, update_bench.made(kind, blocks=96))

    def board(self, device):
        server = StreamService(dict(enumerate([NEW[path] for path in sorted(NEW)])))
        document = update_bench.document(NEW)
        document["url"] = None
        document["stream"] = "s1"
        for number, file in enumerate(document["files"]):
            file["file"] = number
        board = update_bench.Board(self.kind, device, server, document)
        board.attempts = 4
        return board

    def look(self, board, case):
        """What would run now is one of the two, whole."""
        mounted(self.kind, board.device.copy())
        slots = Slots(ROOT)
        found = tree(slots.folder)
        equal(found == OLD or found == NEW, True, case)
        self.old += found == OLD
        self.new += found == NEW

    def end(self, board, case):
        equal(board.live(), "SUCCEEDED", (case, board.details))
        board.restart()
        mounted(self.kind, board.device)
        equal(tree(Slots(ROOT).folder), NEW, case)


def test_an_update_on_littlefs():
    matrix = Updates(vfs.VfsLfs2)
    matrix.each(("lost",), CUTS, turns=("lost",))
    print(
        "%d power cuts, %d times the old one, %d the new" % (matrix.cuts, matrix.old, matrix.new)
    )
    equal(matrix.old > 1 and matrix.new > 1, True)
