"""A firmware whose job was canceled on trial runs, and another one is to be fetched: into the slot
that was its way back.
"""

from esp32_chip import BLOCK, PENDING, Chip, image
from firmware_bench import OLD as OLD_FIRMWARE
from iotjobs.handlers import firmware
from on_flash import content
from ota_bench import Firmware, document, file
from support import equal
from test_ota_beside import BEFORE, GOOD, PATHS, TABLE, beside, served
from web import sha256

SECOND = image("second", 2 * BLOCK + 500)


class Both(Firmware):
    """Takes jobs of both kinds."""

    def registered(self, agent, **settings):
        handler = super().registered(agent, **settings)
        firmware.register(agent, fetcher=handler._fetcher)._keep_blocks = 1
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
