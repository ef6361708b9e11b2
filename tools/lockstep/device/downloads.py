"""Files that jobs get from streams, by the library's own handler."""

import hashlib
import os
from binascii import hexlify

from iotjobs.fetch import StreamFetcher
from iotjobs.handlers.download import Download
from power import DOWNLOADS, PATH

_FOLDER = PATH + "/" + DOWNLOADS
_SYNC_BYTES = 1024


def handler(net, link, thing_name, settings):
    """The handler, with a StreamFetcher of these settings over `link`."""
    fetcher = StreamFetcher(link, thing_name, ticks_ms=net.ticks_ms, **settings)
    return Download(fetcher, _FOLDER, sync_bytes=_SYNC_BYTES)


def found():
    """What is in their folder: names to SHA-256, in hexadecimal digits."""
    there = {}
    if DOWNLOADS in os.listdir(PATH):
        for name in os.listdir(_FOLDER):
            with open(_FOLDER + "/" + name, "rb") as file:
                there[name] = hexlify(hashlib.sha256(file.read()).digest()).decode()
    return there
