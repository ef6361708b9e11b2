"""A board with the handlers of packages: the real agent on a flash in RAM, a service that holds
one job, and an index of packages as micropython.org has it.
"""

import hashlib
import json
import os
import sys
from binascii import hexlify

from agent_bench import Bench
from download_bench import Board
from flash import formatted, mounted
from iotjobs.handlers import packages
from iotjobs.outcomes import JobFailed
from support import Clock
from web import Answer, FakeJob, WebServer, WebStream

TARGET = "/flash/lib"
INDEX = "http://index.example/pi/v2"
MPY = sys.implementation._mpy & 0xFF


def short(data):
    return hexlify(hashlib.sha256(data).digest()).decode()[:8]


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
            digits = short(data)
            self.pages["/pi/v2/file/%s/%s" % (digits[:2], digits)] = data
            hashes.append([path, digits])
        document = {"v": 1, "hashes": hashes, "version": version}
        if deps:
            document["deps"] = [list(dep) for dep in deps]
        if urls:
            document["urls"] = [list(url) for url in urls]
        self.put("/pi/v2/package/%d/%s/%s.json" % (MPY, name, version), document)
        if latest:
            self.put("/pi/v2/package/%d/%s/latest.json" % (MPY, name), document)

    def put(self, target, document):
        self.pages[target] = document if isinstance(document, bytes) else json.dumps(document)
        if isinstance(self.pages[target], str):
            self.pages[target] = self.pages[target].encode()

    def answer(self, request):
        self.content = self.pages.get(request.target)
        if self.content is None:
            self.requests.append(request)
            return Answer(404, b"none")
        self.always = self.wrong.get(request.target)
        return super().answer(request)

    def targets(self):
        """What was asked for, without what all have in common."""
        return [request.target.replace("/pi/v2/", "") for request in self.requests]


class PackagesBoard(Board):
    """`settings` are those of register."""

    def __init__(self, kind, device, server, document, **settings):
        super().__init__(kind, device, server, {})
        self.document = document
        self.settings = {"buffer_size": 512, "index": INDEX}
        self.settings.update(settings)

    def up(self):
        mounted(self.kind, self.device)
        self.bench = bench = Bench(state_path="/flash/iotjobs.json", progress_ms=1000)
        self.answered = 0
        self.handler, self.remover = packages.register(
            bench.agent, TARGET, ticks_ms=bench.clock, **self.settings
        )
        self.handler._fetcher.stream = WebStream(self.server, 300)
        return bench


class Place:
    """An empty flash, the handlers, and jobs one after the other without an agent."""

    def __init__(self, kind, server, blocks=64, **settings):
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
            for _ in range(20_000):
                next(steps)
                self.clock.now += 100
        except StopIteration as end:
            return end.value
        except JobFailed as error:
            return type(error).__name__, error.reason
        raise AssertionError("no end")

    def install(self, names):
        return self.run("install", names)

    def remove(self, names):
        return self.run("remove", names)


def tree():
    """Path to content of all files in the target, None for a folder; without the record."""
    found = below(TARGET, len(TARGET) + 1)
    if found.pop(".packages/record", None) is not None:
        found.pop(".packages")
    return found


def below(folder, start):
    found = {}
    try:
        entries = sorted(os.ilistdir(folder))
    except OSError:
        return found
    for entry in entries:
        path = folder + "/" + entry[0]
        if entry[1] & 0x4000:
            found[path[start:]] = None
            found.update(below(path, start))
        else:
            with open(path, "rb") as file:
                found[path[start:]] = file.read()
    return found


def files(found):
    return {path: data for path, data in found.items() if data is not None}
