"""A firmware whose job was canceled on trial runs, and another one is to be fetched: into the slot
that was its way back.
"""

from esp32_chip import BLOCK, PENDING, Chip, image
from firmware_bench import OLD as OLD_FIRMWARE
from iotjobs.handlers import download, firmware
from on_flash import content
from one_job import Reset
from ota_bench import Firmware, document, file
from support import equal
from test_ota_beside import (
    BEFORE,
    GOOD,
    OTHER,
    PATHS,
    TABLE,
    THIRD,
    beside,
    nothing_else,
    of_files_only,
    served,
)
from web import sha256

SECOND = image("second", 2 * BLOCK + 500)


class Both(Firmware):
    """Takes jobs of both kinds."""

    def registered(self, agent, **settings):
        handler = super().registered(agent, **settings)
        firmware.register(agent, check=self.check, fetcher=handler._fetcher)._keep_blocks = 1
        return handler

    def job(self, document):
        """There is another job."""
        self.document = document
        self.status = "QUEUED"
        self.details = None
        self.number = self.version = 1
        self.queued += 1


def by_firmware(data):
    it = {"operation": "firmware", "version": "1.3.0", "stream": "s1", "file": 3}
    it.update(size=len(data), sha256=sha256(data))
    return it


def by_ota(data):
    return document([file(data, 3)])


def canceled_on_trial(second):
    it = served(Both(GOOD, beside(GOOD), Chip(OLD_FIRMWARE)))
    it.server.files[3] = second
    reset = it.restart

    def cancel():
        it.status = "CANCELED"
        reset()

    it.restart = cancel
    it.live(lambda: it.resets and it.bench.agent.state == "IDLE")
    it.restart = reset
    equal((it.name, it.chip.state(), content(PATHS[1])), ("good", PENDING, TABLE))
    return it


def boots(it):
    return [it.chip.boot() for _ in range(4)]


def test_half_of_another_one_is_no_way_back():
    for job in (by_firmware, by_ota):
        it = canceled_on_trial(SECOND)
        it.job(job(SECOND))

        def half(it=it):
            job = it.bench.agent.job
            return job and isinstance(job.state, dict) and job.state.get("blocks")

        it.run(half)
        equal(boots(it), ["good"] * 4)


def test_one_that_is_whole_but_was_not_chosen_is_none():
    dead = image("dead", 2 * BLOCK)
    for job in (by_firmware, by_ota):
        it = canceled_on_trial(dead)
        it.job(job(dead))
        seen = [None]  # to look at the image only where something was written

        def whole(it=it, seen=seen):
            writes = it.chip.flash.operations
            changed = seen[0] != writes
            seen[0] = writes
            return changed and it.chip.name(0) == "dead"

        it.run(whole)
        equal(boots(it), ["good"] * 4)


def test_one_that_nobody_has_signed_is_none():
    forged = image("forged", 2 * BLOCK)
    it = canceled_on_trial(forged)
    by_another = {"sig-sha256-ecdsa": file(GOOD)["sig-sha256-ecdsa"]}
    it.job(document([dict(file(forged, 3), **by_another)]))
    it.run()
    equal((it.status, boots(it)), ("FAILED", ["good"] * 4))


def test_the_files_of_the_canceled_one_come_with_no_other():
    it = canceled_on_trial(SECOND)
    it.restart()
    it.up()
    it.run(lambda: it.bench.agent.state == "IDLE")
    equal((it.name, content(PATHS[1])), ("old", BEFORE))
    it.job(by_firmware(SECOND))  # into the same slot
    it.live()
    equal((it.name, it.status, content(PATHS[1])), ("second", "SUCCEEDED", BEFORE))
    it.job(document([file(OLD_FIRMWARE, 4)]))
    it.server.files[4] = OLD_FIRMWARE
    it.live()
    equal((it.status, content(PATHS[1])), ("SUCCEEDED", BEFORE))


def idle(it):
    it.restart()
    it.up()
    it.run(lambda: it.bench.agent.state == "IDLE")


def test_a_file_of_a_later_job_goes_back_with_no_firmware():
    it = canceled_on_trial(SECOND)
    of_files_only(it)
    try:
        it.run()
    except Reset:  # it brings the old firmware back, and with that its files
        it.live()
    equal((it.name, it.status, content(PATHS[1])), ("old", "SUCCEEDED", THIRD))
    idle(it)
    equal((it.name, content(PATHS[1]), content(PATHS[2])), ("old", THIRD, None))
    nothing_else()


def test_a_firmware_that_stays_though_its_job_was_canceled_gets_files_of_a_later_one():
    it = canceled_on_trial(SECOND)
    it.chip.mark_valid()
    of_files_only(it)
    try:
        it.run()
    except Reset:
        it.live()
    equal((it.name, it.status, content(PATHS[1])), ("good", "SUCCEEDED", THIRD))
    equal(it.lives, 3)
    idle(it)
    equal((it.name, content(PATHS[1])), ("good", THIRD))
    nothing_else()


def test_a_download_to_the_place_of_a_file_that_went_back_stays():
    it = canceled_on_trial(SECOND)
    idle(it)
    equal((it.name, content(PATHS[1])), ("old", BEFORE))
    nothing_else()
    download.register(it.bench.agent, "/flash", fetcher=it.handler._fetcher)
    of_files_only(it)
    it.document = {"operation": "download", "stream": "s1", "file": 3, "path": "table.bin"}
    it.document.update(sha256=sha256(THIRD), size=len(THIRD))
    it.run()
    equal((it.status, content(PATHS[1])), ("SUCCEEDED", THIRD), it.details)
    idle(it)
    equal(content(PATHS[1]), THIRD)


def test_a_canceled_firmware_that_is_the_way_back_of_another_one_keeps_its_files():
    sick = image("sick", 2 * BLOCK)
    it = canceled_on_trial(sick)
    seen = []
    up = it.up

    def noting():
        up()
        seen.append((it.name, content(PATHS[1]) == TABLE, content(PATHS[2]) == OTHER))

    it.up = noting
    it.job(by_firmware(sick))
    try:
        it.run()
    except Reset:
        it.live()
    equal((it.name, it.status), ("good", "FAILED"), it.details)
    equal(seen, [("sick", True, True), ("good", True, True)])
    nothing_else()
