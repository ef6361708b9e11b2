"""Packages whose files come from a stream: the job's document says which, and nothing else is
asked for.
"""

import vfs
from flash import formatted, mounted
from on_flash import KINDS, files
from packages_bench import Index, PackagesBoard, everything, tree
from stream_service import StreamService
from support import equal
from web import sha256

CODE = b"code" * 300
PART = b"part" * 20
LISTED = [
    {"path": "lamp/__init__.mpy", "file": 0, "sha256": sha256(CODE)},
    {"path": "lamp/part.mpy", "file": 1},
]
LAMP = {"package": "lamp@1.2", "stream": "s1", "files": LISTED}


def board(packages=LAMP, operation="install", kind=vfs.VfsLfs2, device=None, server=None):
    document = {"operation": operation, "packages": [packages]}
    server = server or StreamService({0: CODE, 1: PART})
    return PackagesBoard(kind, device or formatted(kind, 512, 64), server, document)


def test_files_are_put_in_place_and_removed_again():
    for kind in KINDS:
        it = board(kind=kind)
        equal(it.live(), "SUCCEEDED", it.details)
        equal(it.details, {"installed": "lamp 1.2", "files": "2"})
        wanted = {"lamp/__init__.mpy": CODE, "lamp/part.mpy": PART}
        equal(files(tree()), wanted, kind)
        it = board("lamp", "remove", kind, it.device)
        equal((it.live(), it.details), ("SUCCEEDED", {"removed": "lamp 1.2"}))
        equal(files(tree()), {}, kind)


def test_one_that_is_there_is_not_asked_for():
    it = board()
    it.live()
    again = board(dict(LAMP, files=LISTED[:1]), device=it.device)
    equal((again.live(), again.details["files"]), ("SUCCEEDED", "0"))
    equal(again.server.requests, [])
    equal(files(tree()), {"lamp/__init__.mpy": CODE})


def test_another_file_than_announced_leaves_nothing():
    it = board(dict(LAMP, files=[dict(LISTED[0], file=1)]))
    equal(it.live(), "FAILED")
    equal("its SHA-256 does not begin with " in it.details["reason"], True, it.details)
    equal(everything(), {})


def test_what_cannot_be_is_rejected_before_anything_is_asked():
    for members, why in (
        ({"package": None}, "a package has a name of 1 to 2048 characters"),
        ({"package": "../a"}, "'../a' has '..' for a name"),
        ({"package": "github:org/lamp"}, "github:org/lamp: it has a place of its own"),
        ({"package": "http://x.example/lamp"}, "http://x.example/lamp: it has a place of its own"),
        ({"files": None}, "lamp: files: a list of files is needed"),
        ({"files": []}, "lamp: files: a list of files is needed"),
        ({"files": [1]}, "lamp: files[0]: no object"),
        ({"stream": None}, "lamp: files[0].stream None: not 1 to 128 of"),
        ({"files": [dict(LISTED[0], file=256)]}, "lamp: files[0].file 256: not 0 to 255"),
        ({"files": [dict(LISTED[0], sha256="00")]}, "lamp: files[0].sha256: not 64"),
        ({"files": [dict(LISTED[0], path="../a")]}, "lamp: path has '..' for a name"),
        ({"files": [dict(LISTED[0], path=None)]}, "lamp: a path is a string: None"),
    ):
        it = board(dict(LAMP, **members))
        equal(it.live(), "REJECTED", (why, it.details))
        equal(why in it.details["reason"], True, (why, it.details))
        equal(it.server.requests, [], why)


def test_a_device_without_streams_says_so_and_one_with_nothing_else_too():
    it = board(server=Index())
    equal(it.live(), "REJECTED", it.details)
    reason = "lamp: lamp/__init__.mpy: stream s1, file 0: no StreamFetcher is set"
    equal(it.details["reason"], reason)
    it = board("lamp")
    equal(it.live(), "REJECTED", it.details)
    equal(it.details["reason"], "lamp: a URL: this device gets files from streams only")
    mounted(vfs.VfsLfs2, it.device)
    equal(everything(), {})
