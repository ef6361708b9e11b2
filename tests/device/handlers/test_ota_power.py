"""OTA jobs when the power goes, at each change of the flash or at a sample of them: what then runs
is the old program or the new one, whole. No file is in place that is not signed, and the job ends
as it must.
"""

import ota_bench
import sample
import vfs
from archives import archive
from esp32_chip import BLOCK, VALID, Chip, image
from flash import CUTS, cut_off, formatted, mounted
from iotjobs.updates.slots import Slots
from on_flash import content
from ota_bench import TAR, Application, Firmware, Paths, quickly
from power_matrix import WAYS, PowerMatrix
from support import equal
from update_bench import NEW, OLD, RAISING, ROOT, made, tree

TABLE = b"".join([b"%5d" % at for at in range(300)])
CERTIFICATE = b"certificate" * 40
RAISING_TAR = archive(RAISING)


IMAGES = {name: image(name, BLOCK + 777) for name in ("good", "sick")}


def begin(matrix):
    quickly(TAR, RAISING_TAR, TABLE, CERTIFICATE, *IMAGES.values())
    return matrix


class Applications(PowerMatrix):
    """`files`: the new application's."""

    old = new = 0

    def __init__(self, kind, files=NEW):
        super().__init__(kind, made(kind, blocks=110))
        self.files = files
        self.tar = TAR if files is NEW else RAISING_TAR

    def board(self, device):
        board = Application(self.tar, device=device, kind=self.kind)
        board.attempts = 4
        return board

    def look(self, board, case):
        """What would run now is one of the two, whole."""
        mounted(self.kind, board.device.copy())
        slots = Slots(ROOT)
        found = tree(slots.folder)
        equal(found == OLD or found == self.files, True, case)
        self.old += found == OLD
        self.new += found == self.files

    def end(self, board, case):
        good = self.files is NEW
        equal(board.live(), "SUCCEEDED" if good else "FAILED", (case, board.details))
        reason = board.details["reason"]
        wanted = "accepted v1.2.0" if good else "rolled back to slot a: ZeroDiv"
        equal(reason.startswith(wanted), True, (case, reason))
        board.restart()
        mounted(self.kind, board.device)
        equal(tree(Slots(ROOT).folder), self.files if good else OLD, case)

    def run(self, *hows):
        """Cut in these ways; a sample: in the first of them."""
        hows = hows if sample.exhaustive else hows[:1]
        self.each(hows, WAYS[self.kind], turns=hows)
        told = (self.cuts, self.old, self.new)
        print("%d power cuts, %d times the old one, %d the new" % told)
        equal(self.old > 1 and self.new > 1, True)


def test_an_application_on_littlefs_torn():
    begin(Applications(vfs.VfsLfs2)).run("torn", "done")


def test_an_application_on_littlefs_lost():
    begin(Applications(vfs.VfsLfs2)).run("lost", "stray")


def test_an_application_on_fat():
    begin(Applications(vfs.VfsFat)).run("done", "lost")


def test_a_bad_application_on_littlefs_torn():
    begin(Applications(vfs.VfsLfs2, RAISING)).run("torn", "done")


def test_a_bad_application_on_littlefs_lost():
    begin(Applications(vfs.VfsLfs2, RAISING)).run("lost", "stray")


def test_a_bad_application_on_fat():
    begin(Applications(vfs.VfsFat, RAISING)).run("lost", "done")


class Files(PowerMatrix):
    """Two files beside each other, of which neither was there."""

    def __init__(self, kind):
        super().__init__(kind, Paths({}, {}, kind=kind).device.copy())
        self.files = {1: TABLE, 7: CERTIFICATE}

    def board(self, device):
        return Paths(self.files, device=device, kind=self.kind)

    def look(self, board, case):
        mounted(self.kind, board.device.copy())
        for number, wanted in self.files.items():
            found = content(Paths.paths[number])
            equal(found is None or found == wanted, True, (case, number))

    def end(self, board, case):
        equal(board.live(), "SUCCEEDED", (case, board.details))
        for number, wanted in self.files.items():
            equal(content(Paths.paths[number]) == wanted, True, (case, number))
            equal(content(Paths.paths[number] + ".part"), None, (case, number))

    def run(self, *hows):
        """As those of Applications."""
        hows = hows if sample.exhaustive else hows[:1]
        self.each(hows, WAYS[self.kind], turns=hows)
        print("%d power cuts" % self.cuts)
        equal(self.cuts > 5, True)


def test_files_on_littlefs_lost():
    begin(Files(vfs.VfsLfs2)).run("lost", "stray")


def test_files_on_littlefs_torn():
    begin(Files(vfs.VfsLfs2)).run("torn", "done")


def test_files_on_fat():
    begin(Files(vfs.VfsFat)).run("done", "lost")


class Images:
    """A firmware for an ESP32; `where`: "chip" or "files", whose power is cut."""

    cuts = 0

    def __init__(self, name, where):
        self.name = name
        self.where = where
        self.content = IMAGES[name]
        self.empty = formatted(vfs.VfsLfs2)

    def cut_off(self, board, at, how="done"):
        """Live with a cut at this change. Whether there was one; the power is back."""
        (board.chip.flash if self.where == "chip" else board.device).cut(at, how)
        if not cut_off(board.live):
            return False
        self.cuts += 1
        if self.where == "chip":
            board.chip.restart()
        else:
            board.device = board.device.restart()
        return True

    def board(self):
        chip = Chip(ota_bench.firmware_bench.OLD)
        return Firmware(self.content, chip=chip, device=self.empty.copy())

    def run(self, hows):
        cuts = sample.Cuts(lambda at: self.cut_off(self.board(), at), hows)
        for how in hows:
            for at in cuts.of(how):
                board = self.board()
                if not self.cut_off(board, at, how):
                    break
                self.end(board, (self.where, how, at))
        print("%d power cuts" % self.cuts)
        equal(self.cuts > 5, True)

    def end(self, board, case):
        board.live()
        good = self.name == "good"
        equal(board.status, "SUCCEEDED" if good else "FAILED", (case, board.details))
        runs = self.name if good else "old"
        equal([board.chip.boot() for _ in range(3)], [runs] * 3, case)
        equal(board.chip.state() in (None, VALID), True, case)


def test_a_firmware_when_the_chip_is_cut_off():
    for name in IMAGES if sample.exhaustive else ("good",):
        begin(Images(name, "chip")).run(("torn",))


def test_a_firmware_when_the_files_are_cut_off():
    begin(Images("good", "files")).run(CUTS if sample.exhaustive else ("lost",))
