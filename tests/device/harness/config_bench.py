"""A board with the handler of settings, whose file is on a flash in RAM."""

import json
import os

import vfs
from flash import formatted, mounted
from iotjobs.handlers import config
from on_flash import content, write
from one_job import Board

FOLDER = "/flash/own"
PATH = FOLDER + "/settings.json"
BEFORE = {"every_s": 60, "leds": {"red": 1, "blue": 2}, "names": ["a"]}
PATCH = {"every_s": 10, "leds": {"red": None, "green": 3}, "names": ["b", "c"], "key": "s3cret"}
AFTER = {"every_s": 10, "leds": {"blue": 2, "green": 3}, "names": ["b", "c"], "key": "s3cret"}


def made(kind=vfs.VfsLfs2, before=BEFORE, blocks=64):
    device = formatted(kind, 512, blocks)
    mounted(kind, device)
    os.mkdir(FOLDER)
    if before is not None:
        write(PATH, before if isinstance(before, bytes) else json.dumps(before))
    return device.copy()


def board(document, device=None, **settings):
    def register(agent):
        config.register(agent, PATH, **settings)

    document = dict({"operation": "config"}, **document)
    return Board(vfs.VfsLfs2, device or made(), document, register)


def ended(document, device=None, **settings):
    """How such a job ends."""
    made = board(document, device, **settings)
    made.live()
    return made.status, made.details


def on_disk(path=PATH):
    text = content(path)
    return json.loads(text) if text else None


def whole_on_disk(kind):
    """What is there after a cut: on FAT the file may be empty, and the whole one is beside it."""
    found = on_disk()
    return on_disk(PATH + ".new") if found is None and kind is vfs.VfsFat else found
