"""A board with the download handler: the real agent and its file on a flash in RAM, a service that
holds one job, and a web server.
"""

import os

import on_flash
from flash import formatted, mounted
from iotjobs.handlers import download
from support import equal
from web import URL
from web_board import WebBoard

FOLDER = "/flash/d"  # on FAT a rename is one write in a folder that has one sector
PATH = FOLDER + "/file.bin"


class Board(WebBoard):
    def __init__(self, kind, device, server, document, **settings):
        whole = {"operation": "download", "url": URL, "path": "file.bin"}
        whole.update(document)
        super().__init__(kind, device, server, whole, dict({"sync_bytes": 1024}, **settings))

    def registered(self, agent, **settings):
        return download.register(agent, FOLDER, **settings)


def made(kind, old=None, blocks=64, block_size=512):
    """A flash with a folder for files, and this one in it."""
    device = formatted(kind, block_size, blocks)
    mounted(kind, device)
    os.mkdir(FOLDER)
    if old is not None:
        on_flash.write(PATH, old)
    return device.copy()


def content(path=PATH):
    """What is in the file; None if there is none."""
    return on_flash.content(path)


def left():
    """The names in the folders of the flash, but for the log."""
    names = on_flash.names("/flash") + on_flash.names(FOLDER)
    return sorted(name for name in names if name != "log")


def finished(board, wanted, old=None, case=None):
    """The job is over with this content in place, or with the old one, and nothing besides."""
    equal(board.status, "SUCCEEDED" if wanted is not None else board.status, case)
    equal(content(), old if wanted is None else wanted, case)
    equal(left(), ["d"] + ["file.bin"] * (content() is not None), case)
