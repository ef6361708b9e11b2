"""A board with the download handler: the real agent and its file on a flash in RAM, a service that
holds one job, and a web server.
"""

import os

from agent_bench import Bench
from flash import formatted, mounted
from iotjobs.handlers import download
from support import equal
from web import URL, WebStream

FOLDER = "/flash/d"  # on FAT a rename is one write in a folder that has one sector
PATH = FOLDER + "/file.bin"
LIMIT = 20_000  # polls


class Board:
    """`device` is mounted at each `up`. `status` and `details`: what the service has of the job;
    `updates`: all that it was told.
    """

    def __init__(self, kind, device, server, document, **settings):
        self.kind = kind
        self.device = device
        self.server = server
        self.document = {"operation": "download", "url": URL, "path": "file.bin"}
        self.document.update(document)
        self.settings = {"buffer_size": 512, "sync_bytes": 1024}
        self.settings.update(settings)
        self.status = "QUEUED"
        self.details = None
        self.version = 1
        self.updates = []
        self.polls = 0

    def up(self):
        """The board starts, and has not yet connected."""
        mounted(self.kind, self.device)
        self.bench = bench = Bench(state_path="/flash/iotjobs.json", progress_ms=1000)
        self.answered = 0
        self.handler = download.register(
            bench.agent, FOLDER, ticks_ms=bench.clock, **self.settings
        )
        self.handler._fetcher.stream = WebStream(self.server, 300)
        return bench

    def run(self, until=None):
        """Poll until the job is over, or `until` is true."""
        bench = self.bench
        for _ in range(LIMIT):
            bench.poll()
            self.polls += 1
            bench.clock.now += 50
            self.serve()
            over = self.status not in ("QUEUED", "IN_PROGRESS") and not bench.agent.job
            if until() if until else over:
                return self.status
        raise AssertionError("no end: " + self.status)

    def serve(self):
        link = self.bench.link
        while self.answered < len(link.sent):
            tail, asked = link.sent[self.answered]
            self.answered += 1
            over = self.status not in ("QUEUED", "IN_PROGRESS")
            if tail == "start-next" or tail == "$next/get":
                if over:
                    link.answer({}, request=self.answered - 1)
                    continue
                self.status = "IN_PROGRESS"
                self.version += 1
                link.answer({"execution": self.execution(True)}, request=self.answered - 1)
            elif tail.endswith("/get"):
                link.answer({"execution": self.execution(False)}, request=self.answered - 1)
            elif over:
                state = {"status": self.status, "versionNumber": self.version}
                answer = {"code": "InvalidStateTransition", "executionState": state}
                link.answer(answer, "rejected", self.answered - 1)
            else:
                self.status = asked["status"]
                self.details = asked.get("statusDetails")
                self.updates.append((self.status, self.details))
                self.version += 1
                link.answer(request=self.answered - 1)

    def execution(self, document):
        execution = {
            "jobId": "j1",
            "status": self.status,
            "versionNumber": self.version,
            "executionNumber": 1,
            "queuedAt": 1489096425,
        }
        if self.details:
            execution["statusDetails"] = self.details
        if document:
            execution["jobDocument"] = self.document
        return execution


def made(kind, old=None, blocks=64, block_size=512):
    """A flash with a folder for files, and this one in it."""
    device = formatted(kind, block_size, blocks)
    mounted(kind, device)
    os.mkdir(FOLDER)
    if old is not None:
        with open(PATH, "wb") as file:
            file.write(old)
    return device.copy()


def content(path=PATH):
    """What is in the file; None if there is none."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def left():
    """The names in the folders of the flash, but for the log."""
    names = []
    for folder in ("/flash", FOLDER):
        names += [name for name in os.listdir(folder) if name != "log"]
    return sorted(names)


def finished(board, wanted, old=None, case=None):
    """The job is over with this content in place, or with the old one, and nothing besides."""
    equal(board.status, "SUCCEEDED" if wanted is not None else board.status, case)
    equal(content(), old if wanted is None else wanted, case)
    equal(left(), ["d"] + ["file.bin"] * (content() is not None), case)
