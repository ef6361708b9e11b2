"""A certificate that is rotated when the power goes, at each change of the flash or a sample of
them, and after each message: the board always has a pair that belongs together and is active.
"""

import vfs
from afterwards import replaced
from certificate_bench import (
    CERT,
    CHANGED,
    KEY,
    NEW,
    NEW_KEY,
    NEXT,
    OLD,
    OLD_KEY,
    PAIRS,
    Rotation,
    made,
)
from flash import cut_off, fill, formatted, mounted
from iotjobs.files.replace import exists
from iotjobs.handlers.certificate import load, request
from on_flash import content, crowded, write
from power_matrix import WAYS, PowerMatrix
from sample import every
from support import equal


class Change(PowerMatrix):
    """The certificate's job. `active`: those with which it connects."""

    old = new = 0

    def __init__(self, kind, active=(OLD, NEW)):
        super().__init__(kind, made(kind))
        self.active = active

    def board(self, device):
        board = Rotation(device, self.kind)
        board.active = self.active
        board.trial_ms = 2_000
        return board

    def look(self, board, case):
        found = Rotation(board.device.copy(), self.kind).pair()
        equal(found in PAIRS and found[0] in self.active, True, case)
        self.old += found[0] == OLD
        self.new += found[0] == NEW

    def end(self, board, case):
        if NEW in self.active:
            equal((board.live(), board.details), CHANGED, case)
            equal((board.pair(), content(NEXT)), ((NEW, NEW_KEY), None), case)
        else:
            equal(board.live(), "FAILED", (case, board.details))
            equal((board.pair(), content(NEXT)), ((OLD, OLD_KEY), NEW_KEY), case)


def cut_everywhere(kind):
    matrix = Change(kind)
    matrix.each(WAYS[kind], WAYS[kind], again=7, about=kind)
    print("%d power cuts, %d times old, %d new" % (matrix.cuts, matrix.old, matrix.new))
    equal(matrix.old > 1 and matrix.new > 1, True)


def test_a_change_on_littlefs():
    cut_everywhere(vfs.VfsLfs2)


def test_a_change_on_fat():
    cut_everywhere(vfs.VfsFat)


def test_one_that_is_refused():
    for kind in WAYS:
        matrix = Change(kind, (OLD,))
        matrix.each(WAYS[kind][:1], WAYS[kind], about=kind, turns=WAYS[kind][:1])
        equal((matrix.old > 1, matrix.new), (True, 0))


def test_after_each_message():
    matrix = Change(vfs.VfsLfs2)
    polls = at = 0
    while at == polls:
        board = matrix.fresh()
        board.live(lambda board=board, at=at: board.polls > at or _is_over(board))
        polls += board.polls > at and not _is_over(board)
        matrix.look(board, at)
        board.device = board.device.restart()
        matrix.end(board, at)
        at += 1
    print("%d resets, %d times old, %d new" % (polls, matrix.old, matrix.new))
    equal(matrix.old > 5 and matrix.new > 1, True)


def _is_over(board):
    return board.status not in ("QUEUED", "IN_PROGRESS") and not board.bench.agent.job


class Request(PowerMatrix):
    """The job that makes the key."""

    def board(self, device):
        return Rotation(device, self.kind, given=None)

    def look(self, board, case):
        mounted(self.kind, board.device.copy())
        equal((content(CERT), content(KEY)), (OLD, OLD_KEY), case)
        equal(len(content(NEXT) or bytes(121)), 121, case)

    def end(self, board, case):
        equal(board.live(), "SUCCEEDED", (case, board.details))
        equal(board.pair(), (OLD, OLD_KEY), case)
        equal(content(NEXT)[-65:], b"\x04" + (5).to_bytes(32, "big") + (6).to_bytes(32, "big"))


def test_a_request():
    def quick(k):  # the arithmetic would take most of the time: see test_certificate
        yield
        return 5, 6, 1

    replaced(request, "times", quick)
    for kind in WAYS:
        matrix = Request(kind, made(kind, {CERT: OLD, KEY: OLD_KEY}))
        matrix.each(WAYS[kind], WAYS[kind], about=kind)
        equal(matrix.cuts > 5, True)


def test_on_fat_the_next_key_comes_to_its_place_wherever_their_names_lie():
    cert, key = "/flash/own/device.der", "/flash/own/key.der"
    for others in range(9, 14):  # with some of these the names take two sectors
        device = formatted(vfs.VfsFat, 512, 72)
        mounted(vfs.VfsFat, device)
        crowded("/flash/own", others)
        for path, data in ((cert, NEW), (key, OLD_KEY), (key + ".next", NEW_KEY)):
            write(path, data)
        device = device.copy()
        for at in every():
            board = device.copy()
            mounted(vfs.VfsFat, board)
            board.cut(at)
            cut = cut_off(load, cert, key)
            mounted(vfs.VfsFat, board.restart())
            for _ in range(2):
                found = load(cert, key)
                equal((content(found[0]), content(found[1])), (NEW, NEW_KEY), (others, at))
                fill("/flash/log", 1 << 20)
            equal(exists(key + ".next"), False, (others, at))
            if not cut:
                break
