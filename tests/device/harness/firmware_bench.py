"""An ESP32 with the firmware handler: two slots and a bootloader, and the real agent.

The agent's file is on a flash in RAM. A service holds one job, and there is a web server.

What a firmware does is in its name:
- "good"
- "sick": its check fails
- "raises": its check does
- "dead": it is reset before it has connected
- "mute": it never connects, and is reset by a watchdog
"""

import gc

import vfs
from esp32_chip import Chip, image
from flash import formatted
from iotjobs.handlers import firmware
from one_job import Reset
from support import equal
from web import URL, WebServer, sha256
from web_board import WebBoard

OLD = image("old", 5_000)


def document(content):
    return {
        "operation": "firmware",
        "version": "1.2.0",
        "url": URL,
        "size": len(content),
        "sha256": sha256(content),
    }


class Board(WebBoard):
    piece = 1500

    def __init__(self, content, members=None, chip=None, device=None, **settings):
        gc.collect()
        device = device or formatted(vfs.VfsLfs2)
        settings.setdefault("buffer_size", 4096)
        super().__init__(vfs.VfsLfs2, device, WebServer(content), document(content), settings)
        self.document.update(members or {})
        self.chip = chip or Chip(OLD)

    def boot(self):
        self.name = self.chip.boot()
        if self.name == "dead":
            raise Reset()
        self.chip.installed()

    def registered(self, agent, **settings):
        handler = firmware.register(agent, check=self.check, **settings)
        handler._keep_blocks = 1
        return handler

    def up(self):
        """Boot, and start the program of the firmware that does."""
        super().up()
        if self.name == "mute":
            raise Reset()

    def check(self):
        yield
        if self.name == "raises":
            raise ValueError("no sensor")
        return self.name != "sick"


def ended(board, status, told="", case=None):
    """The job has ended so, and says so."""
    equal(board.status, status, (case, board.details))
    reason = (board.details or {}).get("reason", "")
    equal(told in reason, True, (case, told, reason))
    equal("Signature" in str(board.updates), False, case)
