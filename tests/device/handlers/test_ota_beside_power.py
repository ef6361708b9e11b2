"""Files that come with a program in one OTA job, when the power goes: at each change of the flash,
or at a sample of them. Whenever a program has registered its handler, its own files are in place.
"""

import vfs
from archives import archive
from esp32_chip import BLOCK, Chip, image
from firmware_bench import OLD as OLD_FIRMWARE
from flash import formatted, mounted
from iotjobs.handlers import download
from on_flash import content, names, write
from one_job import Reset, canceled
from ota_bench import Application, Firmware, document, file, quickly
from power_matrix import WAYS, PowerMatrix
from support import equal, exhaustive
from update_bench import NEW, RAISING, made
from web import sha256

BEFORE = b"before" * 50
TABLE = b"table" * 150
OTHER = b"other" * 10
PATHS = {1: "/flash/table.bin", 2: "/flash/new.bin"}
OURS = (".before", ".part", ".ota", ".plan", ".new")
PROGRAMS = {
    name: archive({"application.py": files["application.py"], "part.py": b"VERSION = '1.2.0'\n"})
    for name, files in (("good", NEW), ("bad", RAISING))
}
LATER = (b"later" * 60, b"last" * 20)
IMAGES = {name: image(name, BLOCK) for name in ("good", "sick")}
FILES = [file(TABLE, 1, fileType=1), file(OTHER, 2, fileType=2)]


def files_of(new):
    return (TABLE, OTHER) if new else (BEFORE, None)


def found():
    return content(PATHS[1]), content(PATHS[2])


def checked(board, kind, later=lambda own: ()):
    """It looks at its files whenever its program has registered the handler. `later`: what a later
    job may have brought already, in place of the program's own.
    """
    board.block_size = 1024
    board.paths = PATHS
    board.server.files[1] = TABLE
    board.server.files[2] = OTHER
    registered = board.registered

    def registers(agent, **settings):
        handler = registered(agent, **settings)
        own = files_of(kind(board) != kind.old)
        case = (kind(board), board.device.operations, names("/flash"))
        equal(found() == own or found() in later(own), True, case)
        return handler

    board.registered = registers
    return board


def one_or_both(own):
    return (LATER[0], own[1]), LATER


def on_fat(own):
    # It removes the old file first: there is none until the job has gone on.
    return one_or_both(own) + ((None, own[1]), (LATER[0], None))


def later_job(board):
    """The next job brings newer files, and no program."""
    first, second = LATER
    board.server.files.update({3: first, 4: second})
    board.document = document([file(first, 3, fileType=1), file(second, 4, fileType=2)])
    board.queued += 1
    return board


def until_it_resets(board):
    try:
        board.up()
        board.run()
    except Reset:
        return board
    raise AssertionError("no reset")


def with_files(kind, device):
    mounted(kind, device)
    write(PATHS[1], BEFORE)
    return device.copy()


def finished(new, case, later=None):
    equal(found() == (later or files_of(new)), True, case)
    equal([name for name in names("/flash") if name.endswith(OURS)], [], case)


class Version:
    """The program of a board that runs."""

    old = "1.1.0"

    def __call__(self, board):
        return board.starts[-1]


class Name(Version):
    old = "old"

    def __call__(self, board):
        return board.name


class Applications(PowerMatrix):
    """`name`: of one of PROGRAMS."""

    def __init__(self, kind, name):
        super().__init__(kind, with_files(kind, made(kind, blocks=128)))
        self.name = name

    def board(self, device):
        tar = PROGRAMS[self.name]
        board = Application(tar, document([file(tar)] + FILES), device, self.kind)
        board.attempts = 4
        return checked(board, Version())

    def end(self, board, case):
        good = self.name == "good"
        equal(board.live(), "SUCCEEDED" if good else "FAILED", (case, board.details))
        finished(good, case)

    def run(self, how, again=0):
        """Cut in this way, and with `again` once more after it."""
        quickly(TABLE, OTHER, *LATER, *PROGRAMS.values())
        self.each((how,), WAYS[self.kind], again, turns=(how,))
        print("%d power cuts" % self.cuts)
        equal(self.cuts > 5, True)


def test_with_an_application_on_littlefs_lost():
    Applications(vfs.VfsLfs2, "good").run("lost")


@exhaustive
def test_with_an_application_on_littlefs_stray():
    Applications(vfs.VfsLfs2, "good").run("stray")


@exhaustive
def test_with_an_application_on_fat_done():
    Applications(vfs.VfsFat, "good").run("done")


@exhaustive
def test_with_an_application_on_fat_lost():
    Applications(vfs.VfsFat, "good").run("lost")


def test_with_a_bad_application_on_littlefs_torn():
    Applications(vfs.VfsLfs2, "bad").run("torn")


@exhaustive
def test_with_a_bad_application_on_littlefs_done():
    Applications(vfs.VfsLfs2, "bad").run("done")


def test_with_a_bad_application_on_fat_lost():
    Applications(vfs.VfsFat, "bad").run("lost")


@exhaustive
def test_with_a_bad_application_on_fat_done():
    Applications(vfs.VfsFat, "bad").run("done")


@exhaustive
def test_with_a_second_cut_after_the_restart():
    Applications(vfs.VfsLfs2, "good").run("lost", again=199)


@exhaustive
def test_with_a_bad_application_and_a_second_cut_after_the_restart():
    Applications(vfs.VfsLfs2, "bad").run("lost", again=199)


class Canceled(Applications):
    """The job is over when the board has its power again; a trial goes on."""

    def end(self, board, case):
        canceled(board)
        new = board.starts[-1] != "1.1.0"
        equal(found() == files_of(new), True, case)
        board.restart()
        canceled(board)  # what was confirmed is known to be so
        finished(new, case)


@exhaustive
def test_canceled_meanwhile_on_littlefs_lost():
    Canceled(vfs.VfsLfs2, "good").run("lost")


def test_canceled_meanwhile_on_littlefs_done():
    Canceled(vfs.VfsLfs2, "good").run("done")


@exhaustive
def test_canceled_meanwhile_on_fat_done():
    Canceled(vfs.VfsFat, "good").run("done")


@exhaustive
def test_canceled_meanwhile_on_fat_lost():
    Canceled(vfs.VfsFat, "good").run("lost")


class Images(PowerMatrix):
    """A firmware; the power of the files is cut, and the chip's is with it."""

    def __init__(self, name):
        super().__init__(vfs.VfsLfs2, with_files(vfs.VfsLfs2, formatted(vfs.VfsLfs2)))
        self.name = name

    def board(self, device):
        data = IMAGES[self.name]
        board = Firmware(data, document([file(data)] + FILES), Chip(OLD_FIRMWARE), device)
        return checked(board, Name())

    def end(self, board, case):
        board.live()
        good = self.name == "good"
        equal(board.status, "SUCCEEDED" if good else "FAILED", (case, board.details))
        finished(good, case)

    def run(self, how):
        quickly(TABLE, OTHER, *LATER, *IMAGES.values())
        self.each((how,), WAYS[self.kind], turns=(how,))
        print("%d power cuts" % self.cuts)
        equal(self.cuts > 5, True)


@exhaustive
def test_with_a_firmware_lost():
    Images("good").run("lost")


@exhaustive
def test_with_a_firmware_done():
    Images("good").run("done")


def test_with_a_bad_firmware_lost():
    Images("sick").run("lost")


@exhaustive
def test_with_a_bad_firmware_done():
    Images("sick").run("done")


class LaterApplications(Applications):
    """The job is over when its program starts on trial, and the next one brings newer files."""

    confirms = True

    def __init__(self, kind):
        super().__init__(kind, "good")
        quickly(TABLE, OTHER, *LATER, *PROGRAMS.values())
        self.base = until_it_resets(super().board(self.base)).device.copy()

    def board(self, device):
        board = later_job(Application(PROGRAMS["good"], None, device, self.kind))
        board.attempts = 4
        board.confirms = self.confirms
        return checked(board, Version(), on_fat if self.kind is vfs.VfsFat else one_or_both)

    def end(self, board, case):
        equal(board.live(), "SUCCEEDED", (case, board.details))
        board.restart()
        canceled(board)
        finished(None, case, LATER)


class NeverWell(LaterApplications):
    """Its program does not confirm that it is well."""

    confirms = False


def test_a_later_job_while_an_application_is_on_trial_littlefs_lost():
    LaterApplications(vfs.VfsLfs2).run("lost")


@exhaustive
def test_a_later_job_while_an_application_is_on_trial_fat_done():
    LaterApplications(vfs.VfsFat).run("done")


@exhaustive
def test_a_later_job_while_a_bad_application_is_on_trial_littlefs_done():
    NeverWell(vfs.VfsLfs2).run("done")


@exhaustive
def test_a_later_job_while_a_bad_application_is_on_trial_fat_lost():
    NeverWell(vfs.VfsFat).run("lost")


class LaterImages(Images):
    """The job is over when its firmware starts on trial, and the next one brings newer files."""

    def __init__(self):
        super().__init__("good")
        quickly(TABLE, OTHER, *LATER, *IMAGES.values())
        before = until_it_resets(super().board(self.base))
        self.base = before.device.copy()
        self.chip = before.chip.flash.copy()

    def board(self, device):
        chip = Chip(OLD_FIRMWARE)
        chip.flash = self.chip.copy()
        board = later_job(Firmware(IMAGES["good"], None, chip, device))
        return self.checked(board)

    def checked(self, board):
        return checked(board, Name(), one_or_both)

    def end(self, board, case):
        equal(board.live(), "SUCCEEDED", (case, board.details))
        board.restart()
        canceled(board)
        equal(board.name, "old")
        finished(None, case, LATER)


def test_a_later_job_while_a_firmware_is_on_trial_lost():
    LaterImages().run("lost")


@exhaustive
def test_a_later_job_while_a_firmware_is_on_trial_done():
    LaterImages().run("done")


class LaterDownloads(LaterImages):
    """It is a download to the place of a file that only the new firmware has."""

    def board(self, device):
        board = super().board(device)
        later = LATER[1]
        wanted = {"operation": "download", "stream": "s1", "file": 4, "path": "new.bin"}
        board.document = dict(wanted, sha256=sha256(later), size=len(later))
        registered = board.registered

        def both(agent, **settings):
            handler = registered(agent, **settings)
            download.register(agent, "/flash", fetcher=handler._fetcher)
            return handler

        board.registered = both
        return board

    def checked(self, board):
        return checked(board, Name(), lambda own: [(own[0], LATER[1])])

    def end(self, board, case):
        equal(board.live(), "SUCCEEDED", (case, board.details))
        board.restart()
        canceled(board)
        equal(board.name, "old")
        came = content(PATHS[2])  # what came to the firmware on trial went with that
        equal(came in (None, LATER[1]), True, case)
        finished(None, case, (BEFORE, came))


def test_a_download_while_a_firmware_is_on_trial_lost():
    LaterDownloads().run("lost")


@exhaustive
def test_a_download_while_a_firmware_is_on_trial_done():
    LaterDownloads().run("done")
