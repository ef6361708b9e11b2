"""An ESP32 with the firmware handler: two slots and a bootloader, the real agent and its file on a
flash in RAM, a service that holds one job, and a web server.

What a firmware does is in its name: "good", "sick" (its check fails), "raises" (its check does),
"dead" (it is reset before it has connected) and "mute" (it never connects, and is reset by a
watchdog).
"""

import gc
import hashlib
from binascii import hexlify

import vfs
from agent_bench import Bench
from download_bench import Board as DownloadBoard
from esp32_chip import Chip, image
from flash import formatted, mounted
from iotjobs.handlers import firmware
from one_job import Reset
from support import equal
from web import URL, WebServer, WebStream

OLD = image("old", 5_000)
RESETS = 12


def document(content, **members):
    found = {"operation": "firmware", "version": "1.2.0", "url": URL, "size": len(content)}
    found["sha256"] = hexlify(hashlib.sha256(content).digest()).decode()
    found.update(members)
    return found


class Board(DownloadBoard):
    def __init__(self, content, members=None, chip=None, device=None, **settings):
        gc.collect()
        device = device or formatted(vfs.VfsLfs2)
        server = WebServer(content)
        super().__init__(vfs.VfsLfs2, device, server, document(content))
        self.document.update(members or {})
        self.settings = {"buffer_size": 4096}
        self.settings.update(settings)
        self.chip = chip or Chip(OLD)
        self.keep_blocks = 1

    def up(self):
        """Boot, and start the program of the firmware that does."""
        self.name = self.chip.boot()
        if self.name == "dead":
            raise Reset()
        self.chip.installed()
        mounted(self.kind, self.device)
        self.bench = bench = Bench(
            state_path="/flash/iotjobs.json", progress_ms=1000, reset=self.reset
        )
        self.answered = 0
        self.handler = firmware.register(
            bench.agent, check=self.check, ticks_ms=bench.clock, **self.settings
        )
        self.handler._keep_blocks = self.keep_blocks
        self.handler._fetcher.stream = WebStream(self.server, 1500)
        if self.name == "mute":
            raise Reset()

    def reset(self):
        raise Reset()

    def check(self):
        yield
        if self.name == "raises":
            raise ValueError("no sensor")
        return self.name != "sick"

    def live(self):
        """Boot and run until the job is over; returns its status."""
        for _ in range(RESETS):
            try:
                self.up()
                return self.run()
            except Reset:
                pass
        raise AssertionError("it is reset again and again: %r" % self.chip.boots)


def ended(board, status, told="", case=None):
    """The job has ended so, and says so."""
    equal(board.status, status, (case, board.details))
    reason = (board.details or {}).get("reason", "")
    equal(told in reason, True, (case, told, reason))
    equal("Signature" in str(board.updates), False, case)
