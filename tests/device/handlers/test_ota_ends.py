"""OTA jobs that do not go straight: bad programs go back, files are whole or not there, and resets
and cancellations come between.
"""

import os

import ota_bench
import update_bench
from afterwards import replaced
from archives import archive
from esp32_chip import BLOCK, Chip, image
from example_key import sign
from iotjobs.files.digests import sha256_of
from iotjobs.handlers.ota import places
from on_flash import KINDS, content
from ota_bench import (
    BY,
    FOLDER,
    SIGNATURE,
    TAR,
    Application,
    Firmware,
    Paths,
    document,
    failed,
    file,
    is_old,
    keyless,
    lived,
    refused,
    succeeded,
    told,
    unsigned,
)
from support import equal
from update_bench import NEW, RAISING, ROOT, TORN, tree

GOOD = image("good", 2 * BLOCK + 777)


def test_a_bad_application_is_rolled_back_and_the_job_says_why():
    for files, confirms, why in (
        (RAISING, True, "rolled back to slot a: ZeroDivisionError: divide by zero"),
        (TORN, True, "rolled back to slot a: SyntaxError"),
        ({"application.py": b"import nowhere\n"}, True, "rolled back to slot a: ImportError"),
        (NEW, False, "rolled back to slot a: not confirmed within 60 s"),
    ):
        it = Application(archive(files))
        it.confirms = confirms
        it.live()
        failed(it, why)
        is_old(it, why)
        equal(it.details["self_test"], "rejected")
        equal(it.details["updatedBy"], BY["updatedBy"])
        # Only where the new one has had the job is its self test told of.
        active = ("IN_PROGRESS", dict(BY, self_test="active"))
        equal(active in told(it), not confirms, why)


def test_a_bad_firmware_is_rolled_back_and_the_job_says_why():
    for name, why in (
        ("sick", "rolled back to ota_0: its check failed"),
        ("raises", "rolled back to ota_0: ValueError: no sensor"),
        ("dead", "rolled back to ota_0: version 1.2.0 did not come up"),
    ):
        it = lived(Firmware(image(name, 2 * BLOCK)))
        failed(it, why)
        equal((it.chip.boot(), it.details["self_test"]), ("old", "rejected"), name)
        equal(len([boot for boot in it.chip.boots if boot == name]), 3 if name == "dead" else 1)


def test_a_firmware_that_is_tried_again_is_fetched_once():
    it = Firmware(GOOD)
    it.resets_on_trial = 2
    succeeded(lived(it))
    equal(len(it.server.requests), len(lived(Firmware(GOOD)).server.requests))


def test_what_does_not_fit_into_a_firmware_slot_is_refused():
    big = image("good", 4 * BLOCK + 1)
    refused(Firmware(big), "16385 bytes: a slot has 16384")
    refused(Firmware(GOOD, chip=Chip(ota_bench.firmware_bench.OLD, slots=1)), "this board has one")


def test_an_image_that_is_none_is_not_booted():
    it = lived(Firmware(TAR[: 3 * BLOCK]))
    failed(it, "no application for an ESP32")
    it = lived(Application(GOOD))
    failed(it, "no head of ustar")
    is_old(it)
    equal(tree(ROOT + "/b"), {})


def test_another_size_than_announced_fails_before_anything_is_written():
    it = lived(Application(wanted=document([file(TAR, filesize=len(TAR) - 512)])))
    failed(it, "stream s1, file 0 has %d bytes, not %d" % (len(TAR), len(TAR) - 512))
    is_old(it)


def test_half_an_archive_is_not_started():
    half = TAR[:700]
    it = lived(Application(half))
    failed(it, "the archive is cut off")
    is_old(it)
    equal(tree(ROOT + "/b"), {})


def test_files_of_other_types_go_where_the_program_says():
    for kind in KINDS:
        files = {0: b"zero" * 400, 1: bytes(range(256)) * 20, 7: b""}
        it = lived(Paths(files, kind=kind))
        equal(it.updates[-1], ("SUCCEEDED", {"reason": "accepted v1.1.0", "updatedBy": " v1.1.0"}))
        for number, path in it.paths.items():
            equal(content(path) == files[number], True, (kind, number))
            equal(content(path + ".part"), None)
        equal(it.resets, 0)


def test_all_files_are_put_in_place_or_none():
    files = {0: b"zero" * 400, 1: bytes(range(256)) * 20}
    wrong = [file(files[0], 0), file(files[1], 1, fileType=1, **{SIGNATURE: sign(b"")})]
    it = lived(Paths(files, document(wrong)))
    failed(it, "rejected: the signature is wrong")
    equal(os.listdir(FOLDER), [])
    it = Paths(files)
    it.paths = dict(it.paths)
    it.paths[1] = FOLDER
    failed(lived(it), FOLDER + " is a folder")
    equal(os.listdir(FOLDER), [])


def test_labels_are_never_paths():
    it = lived(Paths({1: b"table"}, document([file(b"table", 1, fileType=1, filepath="/x")])))
    equal((it.status, content(it.paths[1])), ("SUCCEEDED", b"table"))
    equal("x" in os.listdir("/") or "x" in os.listdir("/flash"), False)


def test_a_file_beside_an_application_is_there_when_that_starts():
    table = b"table" * 300
    wanted = document([file(TAR), file(table, 1, fileType=1)])
    it = Application(wanted=wanted)
    it.server.files[1] = table
    it.paths = {1: "/flash/table.bin"}
    seen = []
    boot = it.boot

    def noting():
        seen.append(content("/flash/table.bin"))
        boot()

    it.boot = noting
    succeeded(lived(it))
    equal([one == table for one in seen], [False, True])


def canceled(it):
    it.status = "CANCELED"
    it.bench.link.deliver("notify", {"jobs": {}})
    it.run(lambda: not it.bench.agent.job)


def test_canceled_at_half_nothing_is_left():
    it = Application()
    it.up()
    it.run(lambda: len(it.server.requests) > 6)
    canceled(it)
    equal(tree(ROOT + "/b"), {})
    it.restart()
    it.up()
    is_old(it)
    it = Paths({0: b"zero" * 100, 1: bytes(range(256)) * 20})
    it.up()
    it.run(lambda: len(it.server.requests) > 6)
    canceled(it)
    equal(os.listdir(FOLDER), [])


def test_canceled_when_all_is_there_the_old_one_stays():
    it = Application()
    it.up()
    it.run(lambda: it.bench.agent.job and it.bench.agent.job.is_resetting())
    it.status = "CANCELED"
    it.run(lambda: not it.bench.agent.job)
    it.restart()
    it.up()
    is_old(it)


def test_what_is_no_more_what_was_verified_is_not_started():
    it = Application()
    it.up()
    it.run(lambda: it.bench.agent.job and it.bench.agent.job.is_resetting())
    update_bench.on_flash.write(ROOT + "/b/part.py", b"?", "r+b")
    it.restart()
    it.live()
    failed(it, "the flash does not hold what was written to it")
    is_old(it)
    it = Firmware(GOOD)
    it.up()
    it.run(lambda: it.bench.agent.job and it.bench.agent.job.is_resetting())
    it.chip.flash.writeblocks(2 + it.chip.blocks, b"\0", 100)
    it.live()
    failed(it, "the flash does not hold what was written to it")
    equal((it.chip.boots, it.chip.chosen()), (["old", "old"], 0))


def test_a_stream_that_is_updated_at_half_begins_anew():
    newer = archive(dict(NEW, **{"part.py": b"VERSION = '1.2.0'\n#" + b"y" * 1500}))
    equal(len(newer), len(TAR))
    it = Application(wanted=document([file(newer)]))
    it.up()
    it.run(lambda: len(it.server.requests) > 6)
    it.server.files = {0: newer}
    it.server.version += 1
    it.live()
    succeeded(it)
    equal(tree(ROOT + "/b")["part.py"][-10:], b"y" * 10)


def test_after_a_reset_a_signed_file_goes_on_where_it_was():
    for make in (Application, lambda: Firmware(GOOD), lambda: Paths({1: GOOD})):
        it = make()
        it.up()
        it.run(lambda it=it: it.bench.agent.job and len(it.server.requests) > 12)
        it.server.requests = []
        it.restart()
        it.live()
        equal(it.status, "SUCCEEDED", it.details)
        gets = [asked["o"] for operation, asked in it.server.requests if operation == "get"]
        equal(gets[0] > 3, True, gets)


def test_after_a_reset_an_unsigned_file_begins_anew():
    it = keyless(Application(wanted=document([unsigned(TAR)])))
    it.up()
    it.run(lambda: it.bench.agent.job and len(it.server.requests) > 12)
    it.server.requests = []
    it.restart()
    it.live()
    succeeded(it)
    gets = [asked["o"] for operation, asked in it.server.requests if operation == "get"]
    equal(gets[0], 0)


def test_what_a_reset_has_spoiled_begins_anew_once():
    it = Application()
    it.up()
    it.run(lambda: it.bench.agent.job and len(it.server.requests) > 12)
    update_bench.on_flash.write(ROOT + "/b/application.py", b"#", "r+b")
    it.restart()
    it.live()
    succeeded(it)


def test_what_cannot_be_read_after_a_reset_begins_anew():
    it = Paths({1: GOOD})
    it.up()
    it.run(lambda: it.bench.agent.job and len(it.server.requests) > 12)
    it.server.requests = []
    reads = []

    def broken(*arguments):
        # As littlefs is where a reset has left the end of a file, and not what is before it.
        reads.append(arguments)
        if len(reads) == 1:
            raise OSError(84)
        return (yield from sha256_of(*arguments))

    replaced(places, "sha256_of", broken)
    it.restart()
    it.live()
    equal(it.status, "SUCCEEDED", it.details)
    equal([asked["o"] for operation, asked in it.server.requests if operation == "get"][0], 0)
    equal(len(reads) > 1, True)


def test_a_reset_that_starts_nothing_is_not_repeated_for_ever():
    it = Application()
    up = it.up

    def replaced():
        up()
        it.bench.agent.reset = update_bench.reset

    it.up = replaced
    it.live()
    failed(it, "8 resets, and it did not become current")
    is_old(it)
