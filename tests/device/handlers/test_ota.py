"""The handler `ota` through the agent: which documents it takes, and what it reports over resets,
as AWS's agents do.
"""

import os

import ota_bench
import update_bench
from archives import archive
from esp32_chip import BLOCK, VALID, Chip, image
from example_key import sign
from iotjobs.fetch import Fetcher, Sources
from iotjobs.handlers import ota
from on_flash import KINDS, content
from ota_bench import (
    BY,
    FOLDER,
    SIGNATURE,
    TAR,
    Application,
    Firmware,
    Paths,
    by_url,
    document,
    failed,
    file,
    is_old,
    server,
    shapes,
    succeeded,
    told,
    unsigned,
)
from support import equal, raises
from update_bench import NEW, RAISING, ROOT, TORN, tree
from web import WebServer, WebStream

GOOD = image("good", 2 * BLOCK + 777)


def lived(board):
    board.live()
    return board


def test_every_shape_of_a_document_updates_an_application():
    for name, (wanted, kind) in sorted(shapes(TAR).items()):
        it = lived(Application(wanted=wanted, served=server(TAR, kind)))
        succeeded(it, name)
        equal(it.starts, ["1.1.0", "1.2.0"], name)
        found = tree(ROOT + "/b")
        found.pop(".heads")
        equal(found, NEW, name)


def test_every_shape_of_a_document_updates_a_firmware():
    for name, (wanted, kind) in sorted(shapes(GOOD).items()):
        it = Firmware(GOOD, wanted)
        it.server = server(GOOD, kind)
        it.live()
        succeeded(it, name)
        equal((it.chip.boots, it.chip.state()), (["old", "good"], VALID), name)
        equal(os.listdir("/flash"), [], name)


def test_on_each_file_system_the_next_one_goes_into_the_other_slot():
    for kind in KINDS:
        it = lived(Application(kind=kind))
        succeeded(it, kind)
        newer = dict(NEW, **{"application.py": b"import part\nVERSION = '1.3.0'\n"})
        newer["part.py"] = b"VERSION = '1.3.0'\n"
        it.document = document([file(archive(newer), filepath="1.3.0")])
        it.server.files[0] = archive(newer)
        it.status = "QUEUED"
        it.queued += 1
        it.restart()
        equal(it.live(), "SUCCEEDED")
        equal(it.details, {"reason": "accepted v1.3.0", "updatedBy": " v1.2.0"}, kind)
        equal(it.starts[-1], "1.3.0")


def test_progress_is_told_in_blocks_as_agents_do():
    part = archive(dict(NEW, other=b"#" * 12_000))
    it = Application(part)
    it._settings["progress_ms"] = 100
    it.live()
    seen = [details["receive"] for _, details in it.updates if details and "receive" in details]
    blocks = (len(part) + BLOCK - 1) // BLOCK
    equal(sorted(set(seen)), ["%d/%d" % (got, blocks) for got in range(blocks + 1)], seen)


def test_without_versions_nothing_is_made_up():
    board = Firmware(GOOD)
    registered = board.registered
    board.registered = lambda agent, **settings: without_version(registered(agent, **settings))
    board.live()
    equal(told(board)[-1], ("SUCCEEDED", {"reason": "accepted"}))
    equal(told(board)[1], ("IN_PROGRESS", {"self_test": "active"}))


def without_version(handler):
    handler._version = None
    return handler


def test_the_version_of_an_application_is_the_label_or_else_the_job():
    for label, version in (("3.8.4", "3.8.4"), ("/", "j1"), (None, "j1"), ("a b", "j1")):
        it = Application(wanted=document([file(TAR, filepath=label)]))
        registered = it.registered
        it.registered = lambda agent, registered=registered, **settings: without_version(
            registered(agent, **settings)
        )
        equal(it.live(), "SUCCEEDED", label)
        equal(it.details, {"reason": "accepted v" + version}, label)


def refused(it, reason, case=None):
    """Its job was, before anything was asked for."""
    it.live()
    failed(it, "rejected: " + reason, case or reason)
    asked = it.server.requests
    equal(asked, [], case or reason)
    if isinstance(it, Application):
        is_old(it, case or reason)
        equal(os.listdir(ROOT), ["a"], case or reason)


def test_what_cannot_be_verified_is_refused_before_it_is_fetched():
    mock = {"sig-sha1-rsa": "thisIsMockCertificate", SIGNATURE: None}
    for members, reason in (
        ({SIGNATURE: None}, "afr_ota.files[0]: not signed: this device takes signed files only"),
        (mock, "afr_ota.files[0]: signed by sig-sha1-rsa, and this device verifies sig-sha256-"),
        (
            {SIGNATURE: None, "sig-sha256-rsa": "MEQC"},
            "afr_ota.files[0]: signed by sig-sha256-r",
        ),
        (
            {SIGNATURE: None, "sig-SHA-256-ECDSA": "MEQC"},
            "afr_ota.files[0]: signed by sig-SHA-25",
        ),
    ):
        refused(Application(wanted=document([file(TAR, **members)])), reason)
    refused(Application(wanted=document([unsigned(TAR)])), "afr_ota.files[0]: not signed")


def keyless(board):
    board.key = None
    return board


def test_without_a_key_what_is_unsigned_runs_and_what_is_signed_does_not():
    succeeded(lived(keyless(Application(wanted=document([unsigned(TAR)])))))
    told = "afr_ota.files[0]: signed by sig-sha256-ecdsa, and this device has no key to verify it"
    refused(keyless(Application()), told)


def test_a_signature_of_something_else_runs_nothing():
    for wrong in (sign(TAR + b"\0"), "MEQC", "%%%", "", 7, sign(TAR)[:-8]):
        it = Application(wanted=document([file(TAR, **{SIGNATURE: wrong})]))
        it.live()
        failed(it, "rejected: the signature is wrong", wrong)
        is_old(it, wrong)
        equal((it.resets, tree(ROOT + "/b")), (0, {}), wrong)
        it = Firmware(GOOD, document([file(GOOD, **{SIGNATURE: wrong})]))
        it.live()
        failed(it, "rejected: the signature is wrong", wrong)
        equal((it.chip.boots, it.chip.chosen()), (["old"], 0), wrong)


def test_what_is_wrong_with_a_document_is_told_before_anything_is_fetched():
    many = [{}] * 51
    where = "afr_ota.files[0]"
    for wanted, reason in (
        ({"afr_ota": 7}, "afr_ota.files: a list of files is needed"),
        ({"afr_ota": {}}, "afr_ota.files: a list"),
        (document([]), "afr_ota.files: a list"),
        (document({}), "afr_ota.files: a list"),
        (document([None]), "afr_ota.files: a list"),
        (document([file(TAR), 7]), "afr_ota.files[1]: no object"),
        (document([file(TAR), file(TAR)]), "afr_ota.files: two of fileType 0"),
        (document(many), "afr_ota.files: more than 50"),
        (document([file(TAR)], protocols="MQTT"), "afr_ota.protocols: no list"),
        (document([file(TAR)], protocols=["FTP"]), where + ": neither a stream nor a URL"),
        (document([file(TAR)], streamname=None), where + ": neither a stream nor a URL"),
        (document([file(TAR)], streamname="a/b"), where + ".stream 'a/b'"),
        (document([file(TAR, fileid=None)]), where + ".file None: not 0 to 255"),
        (document([file(TAR, fileid=256)]), where + ".file 256"),
        (document([file(TAR, filesize=None)]), where + ".filesize: None"),
        (document([file(TAR, filesize="1e3")]), where + ".filesize: '1e3'"),
        (document([file(TAR, filesize=-1)]), where + ".filesize: -1"),
        (document([file(TAR, fileType=256)]), where + ".fileType: 256 is not 0 to 255"),
        (document([file(TAR, fileType="x")]), where + ".fileType: 'x'"),
        (document([file(TAR, fileType=3)]), where + ": fileType 3 has no place here"),
        (
            document([by_url(TAR)], protocols=["HTTP"], streamname=None),
            where + ": by a URL only, and this device has no fetcher for that",
        ),
    ):
        refused(Application(wanted=wanted), reason)


def by_web(**members):
    wanted = document([by_url(TAR, **members)], protocols=["HTTP"], streamname=None)
    return Application(wanted=wanted, served=WebServer(TAR))


def test_what_is_wrong_with_a_url_is_told_before_anything_is_fetched():
    where = "afr_ota.files[0]"
    refused(by_web(update_data_url="ftp://a/b"), where + ".update_data_url: ")
    refused(by_web(auth_scheme="basic"), where + ".auth_scheme 'basic': not 'aws.s3.presigned'")
    refused(
        Application(served=WebServer(TAR)),
        where + ": by a stream only, and this device has no fetcher for that",
    )


def test_of_both_ways_a_stream_is_taken_first():
    it = Application(wanted=document([by_url(TAR)], protocols=["HTTP", "MQTT"]))
    web = WebServer(TAR)

    def both(agent, fetcher, **settings):
        by_http = Fetcher(buffer_size=512, ticks_ms=fetcher.ticks_ms)
        by_http.stream = WebStream(web, 300)
        settings["fetcher"] = Sources(by_http, fetcher)
        return ota.register(agent, ROOT, key=it.key, version=it.starts[-1], **settings)

    it.registered = both
    succeeded(lived(it))
    equal(web.requests, [])


def test_a_bad_application_is_rolled_back_and_the_job_says_why():
    for files, confirms, why in (
        (RAISING, True, "rolled back to slot a: ZeroDivisionError: divide by zero"),
        (TORN, True, "rolled back to slot a: SyntaxError"),
        ({"other.py": b""}, True, "rolled back to slot a: ImportError"),
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
    seen = []
    boot = it.boot

    def noting():
        seen.append(content("/flash/table.bin"))
        boot()

    def registered(agent, **settings):
        paths = {1: "/flash/table.bin"}
        return ota.register(
            agent, ROOT, paths=paths, key=it.key, version=it.starts[-1], **settings
        )

    it.boot = noting
    it.registered = registered
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


def test_settings_that_contradict_each_other_are_an_error():
    class Agent:
        reset = None

    for settings in (
        {"root": "/app", "firmware": True},
        {"root": "/app", "paths": {0: "/a"}},
        {"paths": {256: "/a"}},
        {"paths": {"1": "/a"}},
        {"paths": {1: "a"}},
        {"version": "1 2"},
    ):
        raises(ValueError, ota.register, Agent(), **settings)


def test_versions_are_told_as_agents_tell_them():
    from iotjobs.handlers.ota.reports import accepted, word

    for version, wanted in (
        ("1.2.3", "0x1020003"),
        ("1.0.0", "0x1000000"),
        ("0.9.2", "0x90002"),
        ("255.255.65535", "0xffffffff"),
        ("256.0.0", "256.0.0"),
        ("1.2", "1.2"),
        ("1.2.x", "1.2.x"),
        ("", ""),
    ):
        equal(word(version), wanted)
    equal(accepted("", ""), {"reason": "accepted"})
