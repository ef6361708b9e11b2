"""Boards with the handler `ota`, and the documents of AWS's OTA service in all their shapes."""

import hashlib
import os

import firmware_bench
import update_bench
import vfs
from afterwards import replaced
from archives import archive
from example_key import POINT, sign
from flash import formatted, mounted
from iotjobs import slots
from iotjobs.handlers import ota
from iotjobs.updates import ecdsa
from stream_service import StreamService
from support import equal
from update_bench import NEW, OLD, ROOT
from web import URL, WebServer
from web_board import WebBoard

STREAM = "s1"
FOLDER = "/flash/d"
SIGNATURE = "sig-sha256-ecdsa"
TAR = archive(NEW)
BY = {"updatedBy": "0x1010000"}  # 1.1.0


def document(files, **members):
    """Of these files, as the service makes it today: null where there is nothing."""
    made = {"protocols": ["MQTT"], "streamname": STREAM, "files": files}
    made.update(members)
    return {"afr_ota": made}


def file(content, fileid=0, **members):
    """A signed file of it."""
    made = {
        "filepath": "1.2.0",
        "filesize": len(content),
        "fileid": fileid,
        "certfile": "/cert.pem",
        "fileType": 0,
        "update_data_url": None,
        "auth_scheme": None,
        SIGNATURE: sign(content),
    }
    made.update(members)
    return made


def unsigned(content, **members):
    made = file(content, certfile=None, **members)
    del made[SIGNATURE]
    made["sig--"] = None
    return made


def by_url(content, **members):
    """A file that is had by HTTP."""
    members.setdefault("update_data_url", URL)
    members.setdefault("auth_scheme", "aws.s3.presigned")
    return file(content, **members)


def shapes(content):
    """Name to document: what was seen of the service and of agents' tests, and which server has
    its file, a StreamService or a WebServer. All of them signed, so that a device takes them.
    """
    signature = sign(content)
    old = {"filepath": "/", "filesize": len(content), "fileid": 0, "certfile": "/"}
    old[SIGNATURE] = signature
    both = ["MQTT", "HTTP"]
    escaped = by_url(content)
    texts = file(content, fileid="0", filesize=str(len(content)), fileType="0")
    return {
        "older": (document([old]), "stream"),
        "nulls": (document([file(content)]), "stream"),
        "a label": (document([file(content, filepath="/device/updates")]), "stream"),
        "no label": (document([file(content, filepath=None, certfile=None)]), "stream"),
        "texts": (document([texts]), "stream"),
        "no type": (document([file(content, fileType=None)]), "stream"),
        "http": (document([escaped], protocols=["HTTP"], streamname=None), "web"),
        "both, by stream": (document([by_url(content)], protocols=both), "stream"),
        "both, by url": (document([by_url(content)], protocols=both), "web"),
        "no protocols": (document([file(content)], protocols=None), "stream"),
        "others": (dict(document([file(content, attr=3, more={})]), rmng_ota={}), "stream"),
    }


def server(content, kind="stream"):
    return StreamService({0: content}) if kind == "stream" else WebServer(content)


class Application(update_bench.Board):
    """The application is updated. `paths`: of files that come with it."""

    key = POINT
    paths = None

    def __init__(self, content=TAR, wanted=None, device=None, kind=vfs.VfsLfs2, served=None):
        device = device or update_bench.made(kind, blocks=110)
        served = served or server(content)
        super().__init__(kind, device, served, wanted or document([file(content)]))

    def registered(self, agent, **settings):
        version = self.starts[-1]
        return often_kept(
            ota.register(agent, ROOT, paths=self.paths, key=self.key, version=version, **settings)
        )


class Firmware(firmware_bench.Board):
    """The firmware of an ESP32 is. `paths`: of files that come with it."""

    paths = None

    def __init__(self, content, wanted=None, chip=None, device=None, **settings):
        super().__init__(content, None, chip, device, **settings)
        self.server = server(content)
        self.document = wanted or document([file(content)])

    def registered(self, agent, **settings):
        settings.setdefault("key", POINT)
        version = "1.1.0" if self.name == "old" else "1.2.0"
        return often_kept(
            ota.register(
                agent,
                firmware=True,
                paths=self.paths,
                check=self.check,
                version=version,
                **settings,
            )
        )


class Paths(WebBoard):
    """Files go into a folder. `files`: dict of type to content, with the file ids of a stream."""

    paths = {0: FOLDER + "/app.bin", 1: FOLDER + "/a/table.bin", 7: FOLDER + "/ca.der"}
    key = POINT

    def __init__(self, files, wanted=None, device=None, kind=vfs.VfsLfs2, served=None):
        if device is None:
            device = formatted(kind)
            mounted(kind, device)
            os.mkdir(FOLDER)
            device = device.copy()
        listed = [file(files[number], number, fileType=number) for number in sorted(files)]
        served = served or StreamService(dict(files))
        super().__init__(
            kind, device, served, wanted or document(listed), {"sync_bytes": 1024, "retry_ms": 100}
        )

    def registered(self, agent, **settings):
        settings.setdefault("key", self.key)
        return often_kept(ota.register(agent, paths=self.paths, version="1.1.0", **settings))


def often_kept(handler):
    """It keeps after each block how far it is."""
    handler._keep_blocks = 1
    return handler


def told(board):
    """What the service was told: (status, statusDetails), without progress and signs of life."""
    seen = []
    for status, details in board.updates:
        if details and "receive" not in details and (status, details) not in seen:
            seen.append((status, details))
    return seen


def succeeded(board, case=None):
    """It has ended so, as AWS's agents report it."""
    equal(told(board), SUCCESS, case)


SUCCESS = [
    ("IN_PROGRESS", dict(BY, self_test="ready")),
    ("IN_PROGRESS", dict(BY, self_test="active")),
    ("SUCCEEDED", {"reason": "accepted v1.2.0", "updatedBy": " v1.1.0"}),
]


def failed(board, reason, case=None):
    """It has ended so; what went on before does not matter."""
    equal(board.status, "FAILED", (case, board.details))
    equal(reason in board.details["reason"], True, (case, board.details))


def is_old(board, case=None):
    """What runs now is the application that was there before, whole."""
    equal((board.starts[-1], slots.running.on_trial), ("1.1.0", False), case)
    equal(update_bench.tree(ROOT + "/a"), OLD, case)


def lived(board):
    board.live()
    return board


def keyless(board):
    board.key = None
    return board


def refused(it, reason, case=None):
    """Its job was, before anything was asked for."""
    it.live()
    failed(it, "rejected: " + reason, case or reason)
    asked = it.server.requests
    equal(asked, [], case or reason)
    if isinstance(it, Application):
        is_old(it, case or reason)
        equal(os.listdir(ROOT), ["a"], case or reason)


def quickly(*contents):
    """Until the test has ended, what is signed is what has one of these contents: the arithmetic
    would take most of the time. See test_ecdsa.
    """
    right = [hashlib.sha256(data).digest() for data in contents]

    def verifying(key, digest, signature):
        yield
        return digest in right

    replaced(ecdsa, "verifying", verifying)
