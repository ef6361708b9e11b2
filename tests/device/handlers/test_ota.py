"""The handler `ota` through the agent: which documents it takes, and what it reports over a
reset, as AWS's agents do.
"""

import os

from archives import archive
from esp32_chip import BLOCK, VALID, image
from example_key import sign
from iotjobs.fetch import Fetcher, Sources
from iotjobs.handlers import ota
from on_flash import KINDS
from ota_bench import (
    SIGNATURE,
    TAR,
    Application,
    Firmware,
    by_url,
    document,
    failed,
    file,
    is_old,
    keyless,
    lived,
    refused,
    server,
    shapes,
    succeeded,
    told,
    unsigned,
)
from support import equal, raises
from update_bench import NEW, ROOT, tree
from web import WebServer, WebStream

GOOD = image("good", 2 * BLOCK + 777)


def test_every_shape_of_a_document_updates_an_application():
    for name, (wanted, kind) in sorted(shapes(TAR).items()):
        it = lived(Application(wanted=wanted, served=server(TAR, kind)))
        succeeded(it, name)
        equal(it.starts, ["1.1.0", "1.2.0"], name)
        equal(tree(ROOT + "/b"), NEW, name)


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


def test_of_files_alone_the_version_that_runs_is_told_as_far_as_it_is_known():
    known = {"reason": "accepted v1.2.0", "updatedBy": " v1.2.0"}
    for it, later in ((Application(), known), (Firmware(GOOD), {"reason": "accepted"})):
        registered = it.registered
        it.registered = lambda agent, registered=registered, **settings: without_version(
            registered(agent, **settings)
        )
        it.paths = {1: "/flash/table.bin"}
        it.server.files[1] = b"table"
        program = it.document
        alone = document([file(b"table", 1, fileType=1)])
        for wanted, details in ((alone, {"reason": "accepted"}), (program, None), (alone, later)):
            it.document = wanted
            it.status = "QUEUED"
            it.queued += 1
            it.restart()
            equal((it.live(), details or it.details), ("SUCCEEDED", it.details))


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


def test_settings_that_contradict_each_other_are_an_error():
    class Agent:
        reset = state_path = None

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
