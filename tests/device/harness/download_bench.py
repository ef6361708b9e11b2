"""A board with the download handler: the real agent and its file on a flash in RAM, a service that
holds one job, and a web server.
"""

import os

import one_job
from agent_bench import Bench
from flash import formatted, mounted
from iotjobs.handlers import download
from support import equal
from web import URL, WebStream

FOLDER = "/flash/d"  # on FAT a rename is one write in a folder that has one sector
PATH = FOLDER + "/file.bin"


class Board(one_job.Board):
    """`device` is mounted at each `up`; the rest is as one_job has it."""

    def __init__(self, kind, device, server, document, **settings):
        super().__init__(kind, device, {"operation": "download", "url": URL}, None)
        self.server = server
        self.document["path"] = "file.bin"
        self.document.update(document)
        self.settings = {"buffer_size": 512, "sync_bytes": 1024}
        self.settings.update(settings)

    def up(self):
        """The board starts, and has not yet connected."""
        mounted(self.kind, self.device)
        self.bench = bench = Bench(state_path=one_job.STATE, progress_ms=1000)
        self.answered = 0
        self.handler = download.register(
            bench.agent, FOLDER, ticks_ms=bench.clock, **self.settings
        )
        self.handler._fetcher.stream = WebStream(self.server, 300)
        return bench


def made(kind, old=None, blocks=64, block_size=512):
    """A flash with a folder for files, and this one in it."""
    device = formatted(kind, block_size, blocks)
    mounted(kind, device)
    os.mkdir(FOLDER)
    if old is not None:
        with open(PATH, "wb") as file:
            file.write(old)
    return device.copy()


def content(path=PATH):
    """What is in the file; None if there is none."""
    return one_job.content(path)


def left():
    """The names in the folders of the flash, but for the log."""
    names = []
    for folder in ("/flash", FOLDER):
        names += [name for name in os.listdir(folder) if name != "log"]
    return sorted(names)


def finished(board, wanted, old=None, case=None):
    """The job is over with this content in place, or with the old one, and nothing besides."""
    equal(board.status, "SUCCEEDED" if wanted is not None else board.status, case)
    equal(content(), old if wanted is None else wanted, case)
    equal(left(), ["d"] + ["file.bin"] * (content() is not None), case)
