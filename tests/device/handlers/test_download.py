"""The download handler through the agent: what is in place, what is told, and what is left."""

import os

import vfs
from download_bench import FOLDER, PATH, Board, content, finished, left, made
from faults import cut, status
from flash import fill, mounted
from iotjobs.handlers import download
from iotjobs.outcomes import JobRejected
from on_flash import KINDS, free, write
from support import equal, raises
from web import URL, FakeJob, WebServer, sha256

SIZE = 3000
NEW = b"".join([b"%5d" % at for at in range(SIZE)])[:SIZE]
OLD = b"old" * 400
KNOWN = {"sha256": sha256(NEW)}
SHOWN = "http://files.example/a/file.bin"


def board(kind=vfs.VfsLfs2, document=None, server=None, old=None, blocks=64, **settings):
    device = made(kind, old, blocks)
    it = Board(kind, device, server or WebServer(NEW), document or {}, **settings)
    it.up()
    return it


def succeeds(it, wanted=NEW, case=None):
    """Its job does, and this is in place."""
    equal(it.run(), "SUCCEEDED", case)
    finished(it, wanted, case=case)


def fails(it, why, status="FAILED"):
    """Its job ends so, for a reason that begins so, and the old file is in place."""
    equal(it.run(), status, why)
    equal(it.details["reason"][: len(why)], why)
    finished(it, None, OLD, why)


def test_a_file_is_put_in_place():
    for kind in KINDS:
        for old in (None, OLD, NEW, b""):
            for document in (
                {},
                {"size": SIZE},
                {"size": str(SIZE), "sha256": sha256(NEW).upper()},
            ):
                it = board(kind, document, old=old)
                succeeds(it)
                fetched = not (old == NEW and "sha256" in document)
                equal(len(it.server.requests), int(fetched))
                equal(it.details, {"received": str(SIZE if fetched else 0)})


def test_an_empty_file_is_a_file():
    for kind in KINDS:
        for document in ({}, {"size": 0}, {"size": 0, "sha256": sha256(b"")}):
            succeeds(board(kind, document, WebServer(b""), OLD), b"")


def test_a_step_of_aws_managed_template_is_done_as_well():
    path = "/flash/d/sub/file.bin"
    it = board(document={"operation": "download-file.sh", "url": URL, "path": path})
    equal(it.run(), "SUCCEEDED")
    equal(content(path), NEW)
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
        ({"size": "x"}, "size: 'x' is no number of bytes"),
        ({"size": -1}, "size: -1 is no number of bytes"),
        ({"size": True}, "size: True is no number of bytes"),
        ({"size": 1.5}, "size: 1.5 is no number of bytes"),
        ({"size": 5001}, "5001 bytes: at most 5000"),
        ({"sha256": "abc"}, "sha256: not 64 hexadecimal digits"),
        ({"sha256": 5}, "sha256: not 64 hexadecimal digits"),
    ):
        it = board(document=document, old=OLD, max_size=5000)
        fails(it, why, "REJECTED")
        equal((it.details["reason"], len(it.server.requests)), (why, 0), document)


def test_what_fails_leaves_the_old_file_and_nothing_else():
    for kind in KINDS:
        for document, fault, why, retryable in (
            ({}, status(404), "HTTP 404 from " + SHOWN, None),
            ({}, status(403), "HTTP 403 from " + SHOWN, "true"),
            ({}, cut(1500), SHOWN + ": given up at 1024 bytes: ", "true"),
            ({}, cut(600, "stall"), SHOWN + ": given up at 512 bytes: ", "true"),
            ({"size": 5}, None, SHOWN + " has 3000 bytes, not 5", None),
            ({"sha256": sha256(b"")}, None, SHOWN + ": SHA-256 ", None),
            ({"url": "https://a/?secret"}, None, "https://a/: https, but no ca is set", None),
            ({"path": "n/m/a"}, cut(1500), SHOWN + ": given", "true"),
        ):
            it = board(kind, document, WebServer(NEW, None, always=fault), OLD, attempts=2)
            fails(it, why)
            equal(it.details.get("retryable"), retryable)


def test_a_place_where_no_file_can_be_is_told():
    for kind in KINDS:
        it = board(kind, {"path": "sub"})
        os.mkdir(FOLDER + "/sub")
        equal((it.run(), it.details["reason"]), ("FAILED", "/flash/d/sub is a folder"))
        fails(board(kind, {"path": "file.bin/a"}, old=OLD), "cannot write")
        it = board(kind, {"path": "file.bin"}, old=OLD)
        os.mkdir(PATH + ".part")
        fill(PATH + ".part/a", 1)
        equal((it.run(), it.details["reason"][:12]), ("FAILED", "cannot write"))
        equal(content(), OLD)


def test_a_file_that_is_longer_than_allowed_is_not_written():
    it = board(max_size=SIZE - 1, old=OLD)
    fails(it, "3000 bytes, more than 2999")
    equal(it.details["reason"], "3000 bytes, more than 2999")
    equal(board(max_size=SIZE).run(), "SUCCEEDED")


def test_on_a_full_flash_it_fails_and_the_log_goes_on():
    # Files of one size, from where they fit easily to where nothing does.
    for kind, blocks in ((vfs.VfsLfs2, 40), (vfs.VfsFat, 64)):
        for old in (None, OLD):
            ends = []
            reasons = []
            for filled in range(blocks):
                it = board(kind, KNOWN, old=old, blocks=blocks)
                fill("/flash/log", filled * 512)
                if os.stat("/flash/log")[6] < filled * 512:
                    break
                ends.append(it.run())
                if it.status == "SUCCEEDED":
                    finished(it, NEW)
                else:
                    finished(it, None, old, filled)
                    reasons.append(it.details["reason"])
            first = ends.index("FAILED")
            equal(first > 5 and "SUCCEEDED" not in ends[first:], True, ends)
            others = [reason for reason in reasons if not reason.endswith(" are free")]
            equal(len(reasons) - len(others) > 3, True, reasons)
            equal([reason for reason in others if reason != "the flash is full"], [])


def test_a_file_of_the_exact_free_space_fits_on_fat_and_one_byte_more_does_not():
    for more in (0, 1):
        it = board(vfs.VfsFat, old=OLD)
        it.bench.agent.keeper.path = None  # the agent's own file wants room too
        fill("/flash/log", 12_288)  # what is left fits into a board's memory more than once
        room = free()
        it.server.content = b"#" * (room + more)
        if more:
            why = "%d bytes to write, %d are free" % (room + 1, room)
            fails(it, why)
            equal(it.details["reason"], why)
        else:
            equal(it.run(), "SUCCEEDED")
            equal((len(content()), left()), (room, ["d", "file.bin"]))


def test_names_that_differ_in_case_are_one_file_on_fat():
    for kind, names in ((vfs.VfsLfs2, 2), (vfs.VfsFat, 1)):
        it = board(kind, {"path": "FILE.BIN"}, old=OLD)
        equal(it.run(), "SUCCEEDED")
        equal(content(FOLDER + "/FILE.BIN"), NEW)
        equal(len(left()), 1 + names)


def test_progress_is_reported():
    it = board(progress_ms=100, document=KNOWN)
    it.run()
    told = [details["received"] for status, details in it.updates if details]
    equal(len(told) > 1, True)
    equal(told[0].endswith(" of 3000"), True, told)
    equal(told[-1], "3000")


def test_a_job_that_is_canceled_leaves_nothing():
    for document in ({}, KNOWN, {"path": "n/file.bin"}):
        it = board(document=document, server=WebServer(NEW, faults=[cut(2000, "stall")]), old=OLD)
        part = FOLDER + "/" + it.document["path"] + ".part"
        it.run(lambda part=part: content(part) is not None)
        it.status = "CANCELED"
        it.bench.agent._ask = True
        it.run()
        equal(it.bench.agent.job, None)
        finished(it, None, OLD)


def reset_while_stalled(kind, document):
    """A board whose power has gone and come back, with what was not written through lost, after
    the server had fallen silent.
    """
    it = board(kind, document, WebServer(NEW, faults=[cut(2500, "stall")]), OLD)
    it.run(lambda: it.server.requests and it.handler._fetcher.stream.at > 2500)
    it.device.power_off("lost")
    it.device = it.device.restart()
    it.up()
    return it


def test_after_a_reset_it_goes_on_where_it_was():
    for kind in KINDS:
        it = reset_while_stalled(kind, KNOWN)
        succeeds(it)
        asked = it.server.requests[1]
        equal((asked.start, asked.fields["If-Range"]), (2048, '"v1"'), kind)


def test_after_a_reset_it_begins_anew_without_a_sha256():
    for kind in KINDS:
        it = reset_while_stalled(kind, {})
        succeeds(it)
        equal([asked.start for asked in it.server.requests], [None, None])


def test_what_another_job_left_is_thrown_away():
    for kind in KINDS:
        for document in ({}, KNOWN):
            it = board(kind, document)
            write(PATH + ".part", NEW[:1000] if document else b"other")
            succeeds(it)
            equal([asked.start for asked in it.server.requests], [None])


def handled(it, job):
    """The handler alone runs a job to its end."""
    for _ in it.handler(job):
        it.bench.clock.now += 100


def test_what_is_kept_of_another_step_is_not_used():
    it = board(document=KNOWN)
    job = FakeJob(it.document)
    job.resumed = True
    for state in (None, 5, "text", {"step": 3}, {"sha256": sha256(b"")[:16], "tag": '"v1"'}):
        job.state = state
        write(PATH + ".part", b"other")
        handled(it, job)
        equal([asked.start for asked in it.server.requests], [None], state)
        it.server.requests.clear()
        os.remove(PATH)


def test_a_state_that_cannot_be_kept_is_no_failure():
    it = board(document=KNOWN)
    job = FakeJob(it.document)

    def fail(state):
        raise OSError(28)

    job.keep = fail
    handled(it, job)
    equal(content(), NEW)


def test_a_flash_that_fails_is_told():
    it = board(document=KNOWN, old=OLD)
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
