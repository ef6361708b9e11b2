"""A board whose application is updated: slots on a flash in RAM, the real agent, a service that
holds one job, and a web server with the files of the new application.
"""

import hashlib
import os
import sys
from binascii import hexlify

from afterwards import afterwards
from agent_bench import Bench
from download_bench import Board as DownloadBoard
from flash import formatted, mounted
from iotjobs import slots
from iotjobs.handlers import update
from one_job import Reset, reset
from support import equal
from web import WebServer, WebStream

ROOT = "/flash/app"
BASE = "http://files.example/app/"
BUSY = ("QUEUED", "IN_PROGRESS")


slots._show = lambda error: None  # tests that pass are quiet


def application(version, part=1200, body=""):
    """The files of an application: what they hold says whose they are."""
    return {
        "application.py": b"import part\nVERSION = %r\n%s\n" % (version, body),
        "part.py": b"VERSION = %r\n#%s\n" % (version, "x" * part),
        "lib/same.txt": b"the same in all versions" * 30,
        "empty": b"",
    }


OLD = application("1.1.0")
NEW = application("1.2.0", 1500)
RAISING = application("1.2.0", body="1 // 0")
TORN = application("1.2.0", body="def torn(")


def document(files, version="1.2.0", **members):
    """The job document of an update to these files, for a WebServer's BASE."""
    listed = []
    for path in sorted(files):
        digest = hexlify(hashlib.sha256(files[path]).digest()).decode()
        listed.append({"path": path, "size": len(files[path]), "sha256": digest})
    made = {"operation": "update", "version": version, "url": BASE, "files": listed}
    made.update(members)
    return made


class Files(WebServer):
    """Serves `files`, a dict of path to bytes."""

    def __init__(self, files, faults=()):
        super().__init__(b"", faults=faults)
        self.files = files

    def answer(self, request):
        self.content = self.files[request.target[len("/app/") :]]
        self.tag = '"%s"' % hexlify(hashlib.sha256(self.content).digest()[:4]).decode()
        return super().answer(request)


class Board(DownloadBoard):
    """`device` is mounted at each start. `confirms`: the application says that it is well when it
    has its job; `starts` has the versions that were started, `timers` what `run` made.
    """

    confirms = True
    attempts = 3
    confirm_ms = 60_000

    def __init__(self, kind, device, server, wanted, **settings):
        super().__init__(kind, device, server, {}, **settings)
        self.document = wanted
        self.starts = []
        self.timers = []
        self.resets = 0

    def timer(self, ms, callback):
        self.timers.append(Timer(ms, callback))
        return self.timers[-1]

    def up(self):
        """The board starts: main.py, then what an application does. Reset passes."""
        mounted(self.kind, self.device)
        forget()
        afterwards(forget)
        slots.run(ROOT, "application", self.confirm_ms, self.attempts, reset, self.timer)
        self.starts.append(started())
        self.bench = bench = Bench(
            state_path="/flash/iotjobs.json", progress_ms=1000, reset=reset, buffer_size=8192
        )
        self.answered = 0
        self.handler = update.register(
            bench.agent, ROOT, ticks_ms=bench.clock, retry_ms=100, **self.settings
        )
        self.handler._fetcher.stream = WebStream(self.server, 300)
        return bench

    def serve(self):
        super().serve()
        if self.confirms and self.bench.agent.job:
            slots.confirm()

    def life(self, until=None):
        """From a start to the end of the job, over resets; what a power cut ends is raised."""
        while True:
            try:
                self.up()
                return self.run(until)
            except Reset:
                self.resets += 1
                self.restart()
            equal(self.resets < 12, True)

    def restart(self):
        self.device = self.device.restart()


class Timer:
    def __init__(self, ms, callback):
        self.ms = ms
        self.callback = callback
        self.gone = False

    def deinit(self):
        self.gone = True


def forget():
    """The board has no power: nothing of the application is in its memory."""
    for name in ("application", "part", "app"):
        sys.modules.pop(name, None)
    sys.path[:] = [path for path in sys.path if not path.startswith(ROOT)]
    slots.running = None


def started():
    """The version that was imported, all of it."""
    modules = sys.modules
    equal(modules["part"].VERSION, modules["application"].VERSION)
    return modules["application"].VERSION


def put(folder, files):
    for path in files:
        at = path.find("/")
        for parent in (folder, folder + "/" + path[:at])[: 1 if at < 0 else 2]:
            try:
                os.mkdir(parent)
            except OSError:
                pass
        with open(folder + "/" + path, "wb") as file:
            file.write(files[path])


def made(kind, files=OLD, blocks=80, block_size=512):
    """A flash with this application as it is first installed: by hand."""
    device = formatted(kind, block_size, blocks)
    mounted(kind, device)
    os.mkdir(ROOT)
    if files:
        put(ROOT + "/a", files)
    return device.copy()


def board(kind, files=NEW, server=None, wanted=None, blocks=80, **settings):
    return Board(
        kind,
        made(kind, blocks=blocks),
        server or Files(files),
        wanted or document(files),
        **settings,
    )


def tree(folder):
    """Path to content of all files in a folder."""
    found = {}
    for name, kind, *_ in os.ilistdir(folder):
        path = folder + "/" + name
        if kind & 0x4000:
            below = tree(path)
            for inner in below:
                found[name + "/" + inner] = below[inner]
        else:
            with open(path, "rb") as file:
                found[name] = file.read()
    return found
