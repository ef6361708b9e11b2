"""OTA jobs that change what the next program takes, or come two in one document."""

import os

from archives import archive, entry
from esp32_chip import BLOCK, image
from example_key import POINT
from ota_bench import (
    TAR,
    Application,
    Firmware,
    document,
    failed,
    file,
    keyless,
    succeeded,
    unsigned,
)
from support import equal
from update_bench import NEW, ROOT, tree

GOOD = image("good", 2 * BLOCK + 777)
SPARE = 4  # blocks


def test_an_update_lets_only_signed_ones_follow():
    it = keyless(Application(wanted=document([unsigned(TAR)])))
    boot = it.boot

    def booted():
        boot()
        it.key = POINT if it.starts[-1] == "1.2.0" else None

    it.boot = booted
    it.live()
    succeeded(it)


def test_a_firmware_lets_only_signed_ones_follow():
    it = Firmware(GOOD, document([unsigned(GOOD)]))
    registered = it.registered

    def register(agent, **settings):
        settings["key"] = POINT if it.name != "old" else None
        return registered(agent, **settings)

    it.registered = register
    it.live()
    succeeded(it)


def test_two_steps_of_a_document_are_two_updates():
    newer = dict(NEW)
    newer["application.py"] = newer["part.py"] = b"VERSION = '1.3.0'\n"
    newer["application.py"] = b"import part\n" + newer["application.py"]
    second = archive(newer)
    steps = []
    for name, data, fileid in (("1.2.0", TAR, 0), ("1.3.0", second, 1)):
        taken = document([file(data, fileid, filepath=name)])
        taken["handler"] = "afr_ota"
        steps.append({"action": {"name": name, "type": "runHandler", "input": taken}})
    it = Application(wanted={"version": "1.0", "steps": steps})
    it.server.files[1] = second
    it.live()
    equal((it.status, it.starts), ("SUCCEEDED", ["1.1.0", "1.2.0", "1.3.0"]), it.details)


def test_a_folder_with_a_size_writes_into_no_file():
    begin = entry("application.py", NEW["application.py"]) + entry("lib/", b"# more")
    data = begin + entry("part.py", NEW["part.py"]) + bytes(1024)
    it = keyless(Application(data, wanted=document([unsigned(data)])))
    it.live()
    failed(it, "no archive, or a damaged one: no head of ustar where one must be")
    equal(tree(ROOT + "/b"), {})


def test_an_archive_that_leaves_no_room_to_start_it_is_thrown_away():
    it = Application(archive(dict(NEW, data=b"z" * 36_500)))
    it.live()
    equal(it.status, "FAILED")
    equal(" are free" in it.details["reason"], True, it.details)
    equal(tree(ROOT + "/b"), {})
    equal(os.statvfs("/flash")[3] > SPARE, True)
