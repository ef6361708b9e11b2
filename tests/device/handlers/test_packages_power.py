"""Packages when the power goes, at each change of the flash, or at a sample of them: after the
restart the job ends rightly, nothing that was staged is left, and no package is recorded whose
files are not there.
"""

import sample
import vfs
from flash import CUTS, cut_off, mounted
from iotjobs.files import records
from iotjobs.handlers import packages  # first: on 32 bits imports nest less deep
from on_flash import files, write
from packages_bench import INDEX, TARGET, Index, PackagesBoard, Place, everything, tree
from power_matrix import WAYS, WHOLE, PowerMatrix
from support import equal

SIZE = 300
ONE = {"p/a.mpy": b"1a" * SIZE, "p/b.mpy": b"same", "p/old/c.mpy": b"1c", "d.mpy": b"1d"}
TWO = {"p/a.mpy": b"2a" * SIZE, "p/b.mpy": b"same", "p/new/c.mpy": b"2c", "e.mpy": b"2e"}
DEP = {"q/dep.mpy": b"dep" * 50}
MINE = {"p/mine.py": b"mine"}
UPDATED = {"installed": "p 2, q 1", "files": "4"}


def index():
    made = Index()
    made.add("p", "1", ONE)
    made.add("p", "2", TWO, [("q", "latest")], latest=False)
    made.add("q", "1", DEP)
    made.put("/u/package.json", {"urls": [["u.py", "u.py"], ["v.py", "v.py"]]})
    made.put("/u/u.py", b"u")
    made.put("/u/v.py", b"v")
    return made


def together(*parts):
    whole = {}
    for part in parts:
        whole.update(part)
    return whole


def started(kind, first=None):
    """A flash with these packages and a file of the user's."""
    place = Place(index(), kind, blocks=80)
    if first:
        equal(isinstance(place.install(first), dict), True)
        write(TARGET + "/p/mine.py", MINE["p/mine.py"])
    return place.device.copy()


class Matrix(PowerMatrix):
    """`document` is run on a board with a cut at each change; then there must be `wanted`, files
    and details. `starts`: what there may be already when the board has started, and has not yet
    gone on with the job; None for anything.
    """

    forward = 0

    def __init__(self, kind, hows, base, document, wanted, details, starts=None):
        super().__init__(kind, base)
        self.hows = hows
        self.document = document
        self.wanted = wanted
        self.details = details
        self.starts = starts

    def board(self, device):
        return PackagesBoard(self.kind, device, index(), self.document)

    def look(self, board, case):
        """What is recorded is there, as the power is back and nothing has been done yet."""
        mounted(self.kind, board.device.copy())
        record = records.load(TARGET + "/" + packages.FOLDER + "/record", 8192, bool)
        if record is None:
            return
        found = everything()
        if record.get("moves") is not None:
            self.forward += 1
            return
        contents = {"1": ONE, "2": TWO}
        for name in record["packages"]:
            package = record["packages"][name]
            for path in package["files"]:
                if name == "p":
                    equal(found.get(path), contents[package["version"]][path], case)
                else:
                    equal(path in found, True, case)

    def up(self, board, case):
        """Start; the files that are there then."""
        board.up()
        if self.starts is None:
            return None
        found = files(tree())
        equal(found in self.starts, True, case)
        return found

    def end(self, board, case):
        self.up(board, case)
        board.run()
        equal((board.status, board.details), ("SUCCEEDED", self.details), case)
        found = tree()
        equal(files(found), self.wanted, case)
        folders = {}
        for path in self.wanted:
            at = path.find("/")
            while at > 0:
                folders[path[:at]] = True
                at = path.find("/", at + 1)
        there = [path for path, data in found.items() if data is None]
        equal(sorted(there), sorted(folders), case)

    def run(self, again=0):
        self.each(self.hows, self.hows if again else WAYS[self.kind], again)
        print("%d power cuts, %d times to go forward" % (self.cuts, self.forward))
        equal(self.forward > 3, True)


UPDATE = {"operation": "install", "packages": "p@2"}
REMOVE = {"operation": "remove", "packages": "p x"}


def new(kind, hows):
    wanted = together(TWO, DEP)
    Matrix(kind, hows, started(kind), UPDATE, wanted, dict(UPDATED, files="5")).run()


def update(kind, hows, again=0):
    wanted = together(TWO, DEP, MINE)
    starts = (together(ONE, MINE), wanted)
    Matrix(kind, hows, started(kind, "p"), UPDATE, wanted, UPDATED, starts).run(again)


def remove(kind, hows, again=0):
    told = {"removed": "p 2, q 1", "absent": "x"}
    Matrix(kind, hows, started(kind, "p@2"), REMOVE, MINE, told).run(again)


def test_new_packages_on_littlefs():
    new(vfs.VfsLfs2, CUTS[:2])


def test_new_packages_on_littlefs_when_writes_are_lost():
    new(vfs.VfsLfs2, CUTS[2:])


def test_an_update_on_littlefs():
    update(vfs.VfsLfs2, CUTS[:1])


def test_an_update_on_littlefs_when_writes_are_torn():
    update(vfs.VfsLfs2, CUTS[1:2])


def test_an_update_on_littlefs_when_writes_are_lost():
    update(vfs.VfsLfs2, CUTS[2:3])


def test_an_update_on_littlefs_when_writes_overtake_each_other():
    update(vfs.VfsLfs2, CUTS[3:])


def test_a_removal_on_littlefs():
    remove(vfs.VfsLfs2, CUTS)


def test_a_package_without_hashes_on_littlefs():
    document = {"operation": "install", "packages": "http://h.example/u"}
    told = {"installed": "http://h.example/u", "files": "2"}
    wanted = {"u.py": b"u", "v.py": b"v"}
    Matrix(vfs.VfsLfs2, CUTS, started(vfs.VfsLfs2), document, wanted, told).run()


def test_an_update_on_littlefs_with_a_second_cut_after_the_restart():
    update(vfs.VfsLfs2, ("lost",), 41)


def test_a_removal_on_littlefs_with_a_second_cut_after_the_restart():
    remove(vfs.VfsLfs2, ("lost",), 7)


def test_an_update_on_fat():
    update(vfs.VfsFat, WHOLE[:1])


def test_an_update_on_fat_when_writes_are_lost():
    update(vfs.VfsFat, WHOLE[1:])


def test_a_removal_on_fat():
    remove(vfs.VfsFat, WHOLE)


def test_an_update_on_fat_with_a_second_cut_after_the_restart():
    update(vfs.VfsFat, ("lost",), 37)


def test_a_start_finishes_what_was_committed_before_packages_are_imported():
    # All updates look at what a start leaves. Here is how often it had something to finish.
    old, new = together(ONE, MINE), together(TWO, DEP, MINE)
    for kind, ways in WAYS.items():
        forward = 0
        hows = ways if sample.exhaustive else ("lost",)
        matrix = Matrix(kind, hows, started(kind, "p"), UPDATE, None, None, (old, new))
        cuts = matrix.places(hows)
        for how in hows:
            for at in cuts.of(how):
                board = matrix.fresh()
                if not matrix.cut_off(board, at, how):
                    break
                forward += matrix.up(board, (how, at)) == new
        equal(forward > 5, True)


def committed(kind, contents, older=None):
    """A flash on which the files `contents` of a package are to go to their places, `older` ones
    lying there; how many changes that takes.
    """
    there = Index()
    there.add("p", "2", contents)
    place = Place(there, kind, blocks=160)
    if older:
        there.add("p", "1", older, latest=False)
        place.install("p@1")
    document = {"operation": "install", "packages": "p"}
    board = PackagesBoard(kind, place.device.copy(), there, document)
    board.up()

    def is_committed():
        record = records.load(TARGET + "/" + packages.FOLDER + "/record", 8192, bool)
        return record and record.get("moves") is not None

    board.run(is_committed)
    device = board.device.restart()
    whole = device.copy()
    mounted(kind, whole)
    before = whole.operations
    settled()
    equal(files(tree()), contents)
    return device, whole.operations - before


def test_starts_that_are_cut_short_each_get_on():
    contents = {"p/%d.mpy" % number: bytes([65 + number]) * 900 for number in range(8)}
    for kind in WAYS:
        device, changes = committed(kind, contents)
        staged = [len(contents)]
        while staged[-1]:
            device.cut(changes // 2, "done")
            mounted(kind, device)
            cut = cut_off(settled)
            device = device.restart()
            mounted(kind, device.copy())
            staged.append(len([path for path in everything() if ".packages/new/" in path]))
            equal(staged[-1] < staged[-2], True, (kind, staged))
            equal(cut or not staged[-1], True)
        mounted(kind, device)
        settled()
        equal(files(tree()), contents)


def test_starts_that_are_too_short_for_a_file_finish_it_together():
    contents = {"p/big.mpy": bytes(range(250)) * 80}
    older = {"p/big.mpy": contents["p/big.mpy"][:900] + b"older" * 200}
    for kind in WAYS:
        for before in (None, older):
            start, changes = committed(kind, contents, before)
            for how in WHOLE:
                device = start.copy()
                starts = 0
                cut = True
                while cut:
                    starts += 1
                    equal(starts < 6, True, (kind, how))
                    device.cut(changes // 2, how)
                    mounted(kind, device)
                    cut = cut_off(settled)
                    device = device.restart()
                mounted(kind, device)
                equal((files(tree()), starts > 2), (contents, True), (kind, how))


def settled():
    """The handlers are registered."""
    packages.register(Handlers(), TARGET, index=INDEX)


class Handlers:
    """An agent that has them, and no more."""

    def handler(self, operation):
        return lambda handler: handler
