"""A board with the handlers of packages: the real agent on a flash in RAM, a service that holds
one job, and an index of packages as micropython.org has it.
"""

import json
import sys

import on_flash
import vfs
from flash import formatted, mounted
from iotjobs.files.replace import exists
from iotjobs.handlers import packages
from iotjobs.outcomes import JobFailed
from support import Clock
from web import Answer, FakeJob, WebServer, WebStream, sha256
from web_board import WebBoard

TARGET = "/flash/lib"
INDEX = "http://index.example/pi/v2"
MPY = sys.implementation._mpy & 0xFF


def short(data):
    return sha256(data)[:8]


def place_of(data):
    """Where the index has such a file."""
    return "/pi/v2/file/%s/%s" % (short(data)[:2], short(data))


class Index(WebServer):
    """`pages`: what is served, by the target of a request."""

    def __init__(self):
        super().__init__(b"")
        self.pages = {}
        self.wrong = {}  # target: a fault

    def add(self, name, version, files, deps=(), urls=(), latest=True):
        """Publish a package: `files` is a dict of path to bytes."""
        hashes = []
        for path, data in sorted(files.items()):
            self.pages[place_of(data)] = data
            hashes.append([path, short(data)])
        document = {"v": 1, "hashes": hashes, "version": version}
        if deps:
            document["deps"] = [list(dep) for dep in deps]
        if urls:
            document["urls"] = [list(url) for url in urls]
        self.put("/pi/v2/package/%d/%s/%s.json" % (MPY, name, version), document)
        if latest:
            self.put("/pi/v2/package/%d/%s/latest.json" % (MPY, name), document)

    def put(self, target, document):
        is_raw = isinstance(document, bytes)
        self.pages[target] = document if is_raw else json.dumps(document).encode()

    def answer(self, request):
        self.content = self.pages.get(request.target)
        if self.content is None:
            self.requests.append(request)
            return Answer(404, b"none")
        self.always = self.wrong.get(request.target)
        return super().answer(request)

    def targets(self):
        """What was asked for."""
        return [request.target for request in self.requests]


class PackagesBoard(WebBoard):
    def __init__(self, kind, device, server, document):
        super().__init__(kind, device, server, document, {"index": INDEX})

    def registered(self, agent, **settings):
        return packages.register(agent, TARGET, **settings)[0]


class Place:
    """An empty flash, the handlers, and jobs one after the other without an agent."""

    def __init__(self, server, kind=vfs.VfsLfs2, blocks=64, **settings):
        self.device = formatted(kind, 512, blocks)
        mounted(kind, self.device)
        self.clock = Clock()
        settings.setdefault("buffer_size", 512)
        settings.setdefault("index", INDEX)
        self.registered = {}
        self.server = server
        self.handler, _ = packages.register(self, TARGET, ticks_ms=self.clock, **settings)
        self.handler._fetcher.stream = WebStream(server, 300)

    def handler(self, operation):
        return lambda handler: self.registered.setdefault(operation, handler)

    def start(self, operation, names):
        self.server.requests.clear()
        self.job = FakeJob({"packages": names})
        return self.registered[operation](self.job)

    def run(self, operation, names):
        """The details with which it ends, or (name of the exception, reason)."""
        return self.end(self.start(operation, names))

    def end(self, steps):
        try:
            return self.finish(steps)
        except JobFailed as error:
            return type(error).__name__, error.reason

    def finish(self, steps):
        try:
            self.advance(steps, 20_000)
        except StopIteration as end:
            return end.value
        raise AssertionError("no end")

    def advance(self, steps, count):
        for _ in range(count):
            next(steps)
            self.clock.now += 100

    def install(self, names):
        return self.run("install", names)

    def remove(self, names):
        return self.run("remove", names)


def everything():
    """Path to content of all that is in the target, None for a folder."""
    return on_flash.tree(TARGET) if exists(TARGET) else {}


def tree():
    """The same without the record."""
    found = everything()
    if found.pop(".packages/record", None) is not None:
        found.pop(".packages")
    return found
