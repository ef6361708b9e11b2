"""Handlers whose files come from a stream, through the agent: over one connection, on which the
job's progress is told, and that it is canceled is heard.
"""

import os

import download_bench
import firmware_bench
import update_bench
import vfs
from download_bench import FOLDER, content, finished
from esp32_chip import BLOCK, Chip, image
from firmware_bench import OLD as OLD_IMAGE
from flash import formatted
from iotjobs.fetch import Fetcher, Sources
from iotjobs.links.link import LinkError
from on_flash import KINDS
from stream_faults import lost, updated
from stream_service import StreamService
from support import equal
from update_bench import NEW, OLD, ROOT, tree
from web import WebServer, WebStream, sha256

SIZE = 3000
FILE = b"".join([b"%5d" % at for at in range(SIZE)])[:SIZE]
KNOWN = {"sha256": sha256(FILE)}
FROM_STREAM = {"url": None, "stream": "s1"}


def service(*files):
    return StreamService(dict(enumerate(files)))


def board(members=None, kind=vfs.VfsLfs2, server=None, old=None, **settings):
    """A board with a download job from the stream."""
    device = download_bench.made(kind, old)
    document = dict(FROM_STREAM, **(members or {}))
    it = download_bench.Board(kind, device, server or service(FILE), document, **settings)
    it.up()
    return it


def asked(it, requests):
    """Whether the service has had so many requests, as Board.run wants it."""
    return lambda: len(it.server.requests) == requests


def test_a_file_is_put_in_place():
    for kind in KINDS:
        for members in ({}, {"file": 0}, {"file": "0"}, {"size": SIZE}, KNOWN):
            it = board(members, kind)
            equal(it.run(), "SUCCEEDED", members)
            finished(it, FILE)
            equal(it.details, {"received": str(SIZE)})
            link = it.bench.link
            equal((link.opened, link.times), (1, 1))


def test_one_that_is_there_is_not_asked_for():
    it = board(KNOWN, old=FILE)
    equal((it.run(), it.details, it.server.requests), ("SUCCEEDED", {"received": "0"}, []))


def test_another_file_of_the_stream():
    it = board({"file": 2}, server=service(b"a", b"b", FILE))
    equal(it.run(), "SUCCEEDED")
    finished(it, FILE)


def test_what_cannot_be_is_rejected_before_anything_is_asked():
    for members, why in (
        ({"url": "http://a/b"}, "both url and stream"),
        ({"stream": None}, "neither url nor stream"),
        ({"stream": None, "url": "http://a/b"}, "a URL: this device gets files from streams only"),
        ({"stream": "a/b"}, "stream 'a/b': not 1 to 128 of [a-zA-Z0-9_-]"),
        ({"file": 256}, "file 256: not 0 to 255"),
        ({"path": "../a"}, "path has '..' for a name: '../a'"),
    ):
        it = board(members, old=b"old")
        equal((it.run(), it.details["reason"]), ("REJECTED", why))
        finished(it, None, b"old")
        equal((it.server.requests, it.bench.link.subscribed), ([], ()))
    it = board(server=WebServer(FILE), old=b"old")
    equal(it.run(), "REJECTED")
    equal(it.details["reason"], "stream s1, file 0: no StreamFetcher is set")
    finished(it, None, b"old")


def test_blocks_that_do_not_fit_beside_the_document_are_told():
    class Board(download_bench.Board):
        block_size = 3900

    def ends(comment):
        document = dict(FROM_STREAM, comment=comment)
        device = download_bench.made(vfs.VfsLfs2)
        it = Board(vfs.VfsLfs2, device, service(FILE), document)
        it.up()
        return it.run(), it.details.get("reason")

    equal(ends("")[0], "SUCCEEDED")
    status, reason = ends("x" * 1100)
    equal(status, "REJECTED")
    equal(reason.startswith("block_size 3900: messages of 4015 bytes, and "), True, reason)
    equal(
        reason.endswith("beside this document. The link's buffer_size is to be 4180"), True, reason
    )


def test_what_fails_leaves_the_old_file_and_nothing_else():
    for rejections, members, why, retryable in (
        (["ResourceNotFound"], {}, "stream s1, file 0: ResourceNotFound: in words", None),
        ([None, "Unauthorized"], {}, "stream s1, file 0: Unauthorized: in words", None),
        ([None, None, "ETagMismatch"], {}, "stream s1, file 0: ETagMismatch: in words", None),
        ([None] * 3 + ["InternalError"] * 99, {}, "stream s1, file 0: given up at 1024", "true"),
        ([], {"size": 5}, "stream s1, file 0 has 3000 bytes, not 5", None),
        ([], {"file": 1}, "stream s1, file 1: the stream has no such file", None),
        ([], {"sha256": sha256(b"")}, "stream s1, file 0: SHA-256 ", None),
    ):
        it = board(members, old=b"old", attempts=3)
        it.server.rejections = rejections
        equal(it.run(), "FAILED", why)
        equal(it.details["reason"][: len(why)], why)
        equal(it.details.get("retryable"), retryable, why)
        finished(it, None, b"old", why)


def test_progress_is_reported_over_the_same_connection_while_it_comes():
    it = board(KNOWN, progress_ms=100)
    told = []

    def over():
        if it.details and it.status == "IN_PROGRESS":
            told.append((it.details["received"], len(it.server.requests)))
        return it.status != "IN_PROGRESS" and it.version > 1

    it.run(over)
    equal((it.status, it.bench.link.opened), ("SUCCEEDED", 1))
    requests = [requests for _, requests in told]
    equal(requests[0] < requests[-1], True, told)
    equal(told[-1][0].endswith(" of 3000"), True, told)


def test_a_job_that_is_canceled_stops_at_once_and_leaves_nothing():
    for members in ({}, KNOWN):
        it = board(members, old=b"old")
        it.run(asked(it, 3))
        it.status = "CANCELED"
        it.bench.agent._ask = True
        it.run()
        equal((it.bench.agent.job, len(it.server.requests) <= 4), (None, True))
        finished(it, None, b"old")


def test_when_the_connection_is_lost_the_agent_makes_the_next_one_and_it_goes_on():
    for requests in range(1, 7):
        it = board(KNOWN)
        it.run(asked(it, requests))
        it.bench.link.close()
        equal(it.run(), "SUCCEEDED")
        finished(it, FILE)
        equal((it.bench.link.opened, len(it.server.requests) <= 9), (2, True))


def test_a_block_that_is_lost_and_a_stream_that_is_updated():
    it = board(KNOWN)
    it.server.faults = {1: lost, 7: lost, 8: updated}
    equal(it.run(), "SUCCEEDED")
    finished(it, FILE)


def resumed(kind, members, how="lost"):
    """A board whose power has gone and come back, after some requests."""
    it = board(members, kind)
    it.run(asked(it, 6))
    it.device.power_off(how)
    it.device = it.device.restart()
    it.server.requests = []
    it.up()
    equal(it.run(), "SUCCEEDED")
    finished(it, FILE)
    return [asked["o"] for operation, asked in it.server.requests if operation == "get"]


def test_after_a_reset_it_goes_on_where_it_was():
    for kind in KINDS:
        equal(resumed(kind, KNOWN)[0], 8, kind)  # 2,048 bytes were written through
        equal(resumed(kind, {})[0], 0, kind)


def test_it_does_not_where_the_stream_was_updated_meanwhile():
    it = board(KNOWN)
    it.run(asked(it, 6))
    it.device.power_off()
    it.device = it.device.restart()
    it.server.requests = []
    it.server.version = 2
    it.up()
    equal(it.run(), "SUCCEEDED")
    equal(it.server.requests[1][1]["o"], 0)
    finished(it, FILE)


def test_as_a_step_of_a_document():
    given = dict(FROM_STREAM, handler="download", args=["", "sub/file.bin"])
    del given["url"]
    it = board()
    given["args"] = []
    action = {"name": "Get", "type": "runHandler", "input": given}
    it.document = {"version": "1.0", "steps": [{"action": action}]}
    equal(it.run(), "REJECTED")  # "path" is the schema's there: it is an argument
    equal(it.details["reason"], "a path is a string: None")


# An update


def document(files=NEW, **members):
    """Of an update whose files are in a stream, in the order of their paths."""
    made = update_bench.document(files, **members)
    del made["url"]
    made["stream"] = "s1"
    for number, file in enumerate(made["files"]):
        file["file"] = number
    return made


def updating(kind=vfs.VfsLfs2, files=NEW, wanted=None):
    server = service(*[files[path] for path in sorted(files)])
    return update_bench.board(kind, files, server, wanted or document(files))


def test_an_application_is_updated_from_a_stream():
    for kind in KINDS:
        it = updating(kind)
        equal(it.live(), "SUCCEEDED", kind)
        equal(it.details, {"version": "1.2.0", "fetched": "2 of 4 files"})
        equal((it.starts, tree(ROOT + "/b"), tree(ROOT + "/a")), (["1.1.0", "1.2.0"], NEW, OLD))
        asked = {asked["f"] for operation, asked in it.server.requests if operation == "get"}
        names = sorted(NEW)
        equal(asked, {names.index("application.py"), names.index("part.py")})


def test_one_that_the_stream_has_otherwise_fails_and_the_old_one_runs():
    it = updating()
    it.server.files[0] += b"#"
    equal(it.live(), "FAILED")
    size = len(it.server.files[0])
    equal(it.details["reason"], "stream s1, file 0 has %d bytes, not %d" % (size, size - 1))
    equal(it.starts, ["1.1.0"])


def test_a_document_of_which_a_file_cannot_be_got_is_rejected_as_a_whole():
    wanted = document()
    wanted["url"] = update_bench.BASE
    del wanted["files"][3]["file"]
    it = updating(wanted=wanted)
    equal(it.live(), "REJECTED")
    equal(it.details["reason"], "files[3]: a URL: this device gets files from streams only")
    equal(it.server.requests, [])


# Files from both


class Poor(WebStream):
    """There is no memory for it beside the link of `board`."""

    board = None

    def connected(self):
        if self.board and not self.board.bench.link.closed:
            raise LinkError("memory", "no memory for TLS")
        return True


class Mixed(update_bench.Board):
    """Its files in `streamed` come from the stream, the others from a web server. `opened`: how
    often a life of it has made the agent's link, at the most.
    """

    opened = 0

    def __init__(self, streamed, offline, poor):
        wanted = document()
        wanted["url"] = update_bench.BASE
        del wanted["stream"]
        for number, file in enumerate(wanted["files"]):
            del file["file"]
            if file["path"] in streamed:
                file.update(stream="s1", file=number)
        server = service(*[NEW[path] for path in sorted(NEW)])
        super().__init__(vfs.VfsLfs2, update_bench.made(vfs.VfsLfs2), server, wanted)
        self._offline = offline
        self._poor = poor

    def registered(self, agent, fetcher=None, **settings):
        by_url = Fetcher(buffer_size=512, offline=self._offline, ticks_ms=self.bench.clock)
        by_url.stream = Poor(update_bench.Files(NEW), 300)
        by_url.stream.board = self if self._poor else None
        return super().registered(agent, fetcher=Sources(by_url, fetcher), **settings)

    def serve(self):
        super().serve()
        self.opened = max(self.opened, self.bench.link.opened)


def test_a_file_from_a_stream_has_the_link_again_that_one_from_a_url_has_closed():
    for offline, poor in ((False, False), (True, False), (False, True)):
        for streamed in (("application.py",), ("part.py",)):
            it = Mixed(streamed, offline, poor)
            case = (offline, poor, streamed)
            equal(it.live(), "SUCCEEDED", (case, it.details))
            equal(tree(ROOT + "/b"), NEW, case)
            equal(it.opened, 2 if offline or poor else 1, case)


# A firmware


class Chips(firmware_bench.Board):
    """The firmware comes from a stream."""

    def __init__(self, content, chip=None, device=None, **settings):
        super().__init__(content, dict(FROM_STREAM), chip, device, **settings)
        self.server = service(content)


def test_a_firmware_is_written_from_a_stream():
    for size in (96, BLOCK, 2 * BLOCK + 777):
        it = Chips(image("good", size))
        equal(it.live(), "SUCCEEDED", it.details)
        equal(it.details, {"version": "1.2.0", "slot": "ota_1"})
        equal(it.chip.boots, ["old", "good"])
        equal(os.listdir("/flash"), [])


def test_after_a_reset_it_goes_on_at_the_block_of_flash_that_was_kept():
    it = Chips(image("good", 3 * BLOCK + 99), Chip(OLD_IMAGE), formatted(vfs.VfsLfs2))
    it.up()
    it.run(asked(it, 24))
    it.device.power_off()
    it.device = it.device.restart()
    it.server.requests = []
    equal(it.live(), "SUCCEEDED")
    first = it.server.requests[1][1]
    equal((first["o"] * first["l"]) % BLOCK, 0)
    equal(first["o"] > 0, True)


def test_a_firmware_that_is_none_fails_before_a_byte_is_written():
    it = Chips(b"\x7fELF" + bytes(5000))
    equal(it.live(), "FAILED")
    equal(it.details["reason"].startswith("no application for an ESP32: 7f at 0"), True)
    equal(it.chip.boots, ["old"])
    equal(content(FOLDER), None)
