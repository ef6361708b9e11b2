"""The download handler through the agent: what is in place, what is told, and what is left."""

import hashlib
import os
from binascii import hexlify

import vfs
from download_bench import FOLDER, PATH, Board, content, finished, left, made
from flash import fill, mounted
from iotjobs.handlers import download
from iotjobs.outcomes import JobRejected
from support import equal, raises
from web import URL, FakeJob, WebServer

SIZE = 3000
NEW = b"".join([b"%5d" % at for at in range(SIZE)])[:SIZE]
OLD = b"old" * 400
KINDS = (vfs.VfsLfs2, vfs.VfsFat)


def sha256(data=NEW):
    return hexlify(hashlib.sha256(data).digest()).decode()


def board(kind=vfs.VfsLfs2, document=None, server=None, old=None, blocks=64, **settings):
    made_board = Board(
        kind, made(kind, old, blocks), server or WebServer(NEW), document or {}, **settings
    )
    made_board.up()
    return made_board


def close_at(size):
    def fault(server, request, answer):
        answer.stop = answer.bytes().find(b"\r\n\r\n") + 4 + size

    return fault


def stall_at(size):
    def fault(server, request, answer):
        close_at(size)(server, request, answer)
        answer.then = "stall"

    return fault


def test_a_file_is_put_in_place():
    for kind in KINDS:
        for old in (None, OLD, NEW, b""):
            for document in ({}, {"size": SIZE}, {"size": str(SIZE), "sha256": sha256().upper()}):
                it = board(kind, document, old=old)
                equal(it.run(), "SUCCEEDED")
                finished(it, NEW)
                fetched = not (old == NEW and "sha256" in document)
                equal(len(it.server.requests), int(fetched))
                equal(it.details, {"received": str(SIZE if fetched else 0)})


def test_an_empty_file_is_a_file():
    for kind in KINDS:
        for document in ({}, {"size": 0}, {"size": 0, "sha256": sha256(b"")}):
            it = board(kind, document, WebServer(b""), OLD)
            equal(it.run(), "SUCCEEDED")
            finished(it, b"")


def test_a_step_of_aws_managed_template_is_done_as_well():
    parameters = {"url": URL, "path": "/flash/d/sub/file.bin"}
    it = board(document=dict(parameters, operation="download-file.sh"))
    equal(it.run(), "SUCCEEDED")
    equal(content(FOLDER + "/sub/file.bin"), NEW)
    equal(download.Download.parameters, ("url", "path"))


def test_what_the_document_says_wrong_is_rejected_before_anything_is_asked():
    for document, why in (
        ({"path": "../a"}, "path has '..' for a name: '../a'"),
        ({"path": "/etc/a"}, "path is not in /flash/d: '/etc/a'"),
        ({"path": "c:\\a"}, "path has ':': 'c:\\\\a'"),
        ({"path": None}, "a path is a string: None"),
        ({"path": "a.PART"}, "path '/flash/d/a.PART': .part is the name of what is not whole"),
        ({"path": "a" * 201}, "path has a name of more than 200 bytes: '" + "a" * 201 + "'"),
        ({"url": None}, "a URL is a string of 1 to 2048 characters"),
        ({"url": "ftp://a/b?secret"}, "a URL begins with https:// or http://: ftp://a/b"),
        ({"size": "x"}, "size 'x': not a number of bytes"),
        ({"size": -1}, "size -1: not a number of bytes"),
        ({"size": True}, "size True: not a number of bytes"),
        ({"size": 1.5}, "size 1.5: not a number of bytes"),
        ({"size": 5001}, "5001 bytes: at most 5000"),
        ({"sha256": "abc"}, "sha256: not 64 hexadecimal digits"),
        ({"sha256": 5}, "sha256: not 64 hexadecimal digits"),
    ):
        it = board(document=document, old=OLD, max_size=5000)
        equal(it.run(), "REJECTED", document)
        equal(it.details["reason"], why)
        equal(len(it.server.requests), 0)
        finished(it, None, OLD)


def status(number):
    def fault(server, request, answer):
        answer.status = number

    return fault


def test_what_fails_leaves_the_old_file_and_nothing_else():
    for kind in KINDS:
        for document, fault, why, retryable in (
            ({}, status(404), "HTTP 404 from http://files.example/a/file.bin", None),
            ({}, status(403), "HTTP 403 from http://files.example/a/file.bin", "true"),
            (
                {},
                close_at(1500),
                "http://files.example/a/file.bin: given up at 1024 bytes: ",
                "true",
            ),
            (
                {},
                stall_at(600),
                "http://files.example/a/file.bin: given up at 512 bytes: ",
                "true",
            ),
            ({"size": 5}, None, "http://files.example/a/file.bin has 3000 bytes, not 5", None),
            ({"sha256": sha256(b"")}, None, "http://files.example/a/file.bin: SHA-256 ", None),
            ({"url": "https://a/?secret"}, None, "https://a/: https, but no ca is set", None),
            ({"path": "n/m/a"}, close_at(1500), "http://files.example/a/file.bin: given", "true"),
        ):
            server = WebServer(NEW, None)
            server.always = fault
            it = board(kind, document, server, OLD, attempts=2)
            equal(it.run(), "FAILED", why)
            equal(it.details["reason"][: len(why)], why)
            equal(it.details.get("retryable"), retryable)
            finished(it, None, OLD)


def test_a_place_where_no_file_can_be_is_told():
    for kind in KINDS:
        it = board(kind, {"path": "sub"})
        os.mkdir(FOLDER + "/sub")
        equal((it.run(), it.details["reason"]), ("FAILED", "/flash/d/sub is a folder"))
        it = board(kind, {"path": "file.bin/a"}, old=OLD)
        equal((it.run(), it.details["reason"][:12]), ("FAILED", "cannot write"))
        finished(it, None, OLD)
        it = board(kind, {"path": "file.bin"}, old=OLD)
        os.mkdir(PATH + ".part")
        fill(PATH + ".part/a", 1)
        equal((it.run(), it.details["reason"][:12]), ("FAILED", "cannot write"))
        equal(content(), OLD)


def test_a_file_that_is_longer_than_allowed_is_not_written():
    it = board(max_size=SIZE - 1, old=OLD)
    equal((it.run(), it.details["reason"]), ("FAILED", "3000 bytes, more than 2999"))
    finished(it, None, OLD)
    it = board(max_size=SIZE)
    equal(it.run(), "SUCCEEDED")


def test_on_a_full_flash_it_fails_and_the_log_goes_on():
    # Files of one size, from where they fit easily to where nothing does.
    for kind, blocks in ((vfs.VfsLfs2, 40), (vfs.VfsFat, 64)):
        for old in (None, OLD):
            ends = []
            reasons = []
            for filled in range(0, blocks, 1):
                it = board(kind, {"sha256": sha256()}, old=old, blocks=blocks)
                fill("/flash/log", filled * 512)
                if os.stat("/flash/log")[6] < filled * 512:
                    break
                if it.run() == "SUCCEEDED":
                    finished(it, NEW)
                else:
                    finished(it, None, old, filled)
                    reasons.append(it.details["reason"])
                ends.append(it.status)
            first = ends.index("FAILED")
            equal(first > 5 and "SUCCEEDED" not in ends[first:], True, ends)
            told = [reason for reason in reasons if reason.endswith(" are free")]
            equal(len(told) > 3, True, reasons)
            for reason in reasons:
                full = reason.endswith(" are free") or reason == "the flash is full"
                equal(full, True, reason)


def test_a_file_of_the_exact_free_space_fits_on_fat_and_one_byte_more_does_not():
    def free():
        stat = os.statvfs("/flash")
        return stat[1] * stat[3]

    it = board(vfs.VfsFat, old=OLD)
    it.bench.agent._keeper._path = None  # the agent's own file wants room too
    room = free()
    it.server.content = b"#" * room
    equal(it.run(), "SUCCEEDED")
    equal((len(content()), left()), (room, ["d", "file.bin"]))
    it = board(vfs.VfsFat, old=OLD)
    it.bench.agent._keeper._path = None
    it.server.content = b"#" * (room + 1)
    equal(it.run(), "FAILED")
    equal(it.details["reason"], "%d bytes to write, %d are free" % (room + 1, room))
    finished(it, None, OLD)


def test_names_that_differ_in_case_are_one_file_on_fat():
    for kind, names in ((vfs.VfsLfs2, 2), (vfs.VfsFat, 1)):
        it = board(kind, {"path": "FILE.BIN"}, old=OLD)
        equal(it.run(), "SUCCEEDED")
        equal(content(FOLDER + "/FILE.BIN"), NEW)
        equal(len(left()), 1 + names)


def test_progress_is_reported():
    it = board(progress_ms=100, document={"sha256": sha256()})
    it.run()
    told = [details["received"] for status, details in it.updates if details]
    equal(len(told) > 1, True)
    equal(told[0].endswith(" of 3000"), True, told)
    equal(told[-1], "3000")


def test_a_job_that_is_canceled_leaves_nothing():
    for document in ({}, {"sha256": sha256()}, {"path": "n/file.bin"}):
        server = WebServer(NEW, faults=[stall_at(2000)])
        it = board(document=document, server=server, old=OLD)
        part = [FOLDER + "/" + it.document["path"] + ".part"]
        it.run(lambda it=it, part=part: content(part[0]) is not None)
        it.status = "CANCELED"
        it.bench.agent._ask = True
        it.run()
        equal(it.bench.agent.job, None)
        finished(it, None, OLD)
        equal(it.handler._fetcher.stream.closed, True)


def reset(it):
    """The power goes and comes back; what was not written through is lost."""
    it.device.power_off("lost")
    it.device = it.device.restart()
    it.up()


def stalled(it):
    """Run until the server has fallen silent."""
    it.run(lambda: it.server.requests and it.handler._fetcher.stream.at > 2500)


def test_after_a_reset_it_goes_on_where_it_was():
    for kind in KINDS:
        server = WebServer(NEW, faults=[stall_at(2500)])
        it = board(kind, {"sha256": sha256()}, server, OLD)
        stalled(it)
        reset(it)
        equal(it.run(), "SUCCEEDED")
        asked = server.requests[1]
        equal((asked.start, asked.fields["If-Range"]), (2048, '"v1"'), kind)
        finished(it, NEW)


def test_after_a_reset_it_begins_anew_without_a_sha256():
    for kind in KINDS:
        server = WebServer(NEW, faults=[stall_at(2500)])
        it = board(kind, {}, server, OLD)
        stalled(it)
        reset(it)
        equal(it.run(), "SUCCEEDED")
        equal([asked.start for asked in server.requests], [None, None])
        finished(it, NEW)


def test_what_another_job_left_is_thrown_away():
    for kind in KINDS:
        for document in ({}, {"sha256": sha256()}):
            it = board(kind, document)
            with open(PATH + ".part", "wb") as file:
                file.write(NEW[:1000] if document else b"other")
            equal(it.run(), "SUCCEEDED")
            equal([asked.start for asked in it.server.requests], [None])
            finished(it, NEW)


def test_what_is_kept_of_another_step_is_not_used():
    it = board(document={"sha256": sha256()})
    job = FakeJob(it.document)
    job.resumed = True
    for state in (None, 5, "text", {"step": 3}, {"sha256": sha256(b"")[:16], "tag": '"v1"'}):
        job.state = state
        with open(PATH + ".part", "wb") as file:
            file.write(b"other")
        for _ in it.handler(job):
            it.bench.clock.now += 100
        equal([asked.start for asked in it.server.requests], [None], state)
        it.server.requests.clear()
        os.remove(PATH)


def test_a_state_that_cannot_be_kept_is_no_failure():
    it = board(document={"sha256": sha256()})
    job = FakeJob(it.document)

    def fail(state):
        raise OSError(28)

    job.keep = fail
    for _ in it.handler(job):
        it.bench.clock.now += 100
    equal(content(), NEW)


def test_a_flash_that_fails_is_told():
    it = board(document={"sha256": sha256()}, old=OLD)
    it.run(lambda: content(PATH + ".part") is not None)
    it.device.broken = True
    it.run(lambda: it.status == "FAILED")
    equal(it.details["reason"], "cannot write: [Errno 5] EIO")
    it.device.broken = False
    equal(content(), OLD)


def test_a_folder_that_is_not_absolute_is_refused():
    mounted(vfs.VfsLfs2, made(vfs.VfsLfs2))
    raises(ValueError, download.Download, None, "data")
    equal(issubclass(JobRejected, Exception), True)
