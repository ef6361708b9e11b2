"""A board whose application is updated: slots on a flash in RAM, and the real agent.

A service holds one job. A web server has the files of the new application.
"""

import gc
import os
import sys

import on_flash
import sample
import vfs
from afterwards import afterwards, replaced
from flash import formatted, mounted
from iotjobs import slots
from iotjobs.handlers import update
from iotjobs.links.link import LinkError
from one_job import reset
from support import equal
from web import WebServer, sha256
from web_board import WebBoard

ROOT = "/flash/app"
BASE = "http://files.example/app/"


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
    listed = [
        {"path": path, "size": len(data), "sha256": sha256(data)}
        for path, data in sorted(files.items())
    ]
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
        self.tag = '"%s"' % sha256(self.content)[:8]
        return super().answer(request)


class Board(WebBoard):
    """`confirms`: the application says that it is well when it has reached the service; `starts`
    has the versions that were started, `timers` what `run` made.
    """

    confirms = True
    attempts = 3
    confirm_ms = 60_000

    def __init__(self, kind, device, server, document):
        settings = {"sync_bytes": 1024, "retry_ms": 100}
        super().__init__(kind, device, server, document, settings, buffer_size=8192)
        self.starts = []
        self.timers = []

    def timer(self, ms, callback):
        self.timers.append(Timer(ms, callback))
        return self.timers[-1]

    def boot(self):
        """What main.py does; the application is the rest."""
        forget()
        afterwards(forget)
        if not sample.exhaustive:
            replaced(slots, "gc", Rare)
        slots.run(ROOT, "application", self.confirm_ms, self.attempts, reset, self.timer)
        gc.threshold(-1)  # a large heap is long collected
        self.starts.append(started())

    def registered(self, agent, **settings):
        return update.register(agent, ROOT, **settings)

    def serve(self):
        super().serve()
        if self.confirms:
            slots.confirm(self.bench.agent)

    def outage(self, seconds):
        """A start that ends after so long, for which no host has answered."""
        self.restart()
        self.up()
        bench = self.bench
        for _ in range(20 * seconds):
            bench.link.fail = LinkError("tcp", "no answer")
            bench.poll()
            bench.clock.now += 50
            self.serve()
        bench.link.fail = None

    def restart(self):
        """It has another flash, on which a cut that is still to come stays where it is."""
        before = self.device
        self.device = before.restart()
        if before._cut_at is not None:
            self.device.cut(before._cut_at - before.operations, before._how)


class Rare:
    """Stands for the module gc: of an import on a large heap, which is long collected, half the
    time would be that.
    """

    threshold = staticmethod(lambda _: None)


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
    gc.threshold(-1)


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
        on_flash.write(folder + "/" + path, files[path])


def made(kind, files=OLD, blocks=80, block_size=512):
    """A flash with this application as it is first installed: by hand."""
    device = formatted(kind, block_size, blocks)
    mounted(kind, device)
    os.mkdir(ROOT)
    if files:
        put(ROOT + "/a", files)
    return device.copy()


def board(kind=vfs.VfsLfs2, files=NEW, server=None, wanted=None, blocks=80):
    device = made(kind, blocks=blocks)
    return Board(kind, device, server or Files(files), wanted or document(files))


def tree(folder):
    """Path to content of all files in a folder."""
    return on_flash.files(on_flash.tree(folder))
