"""A file of 1 MiB over MQTT, and over HTTPS beside it: the smallest heap, the speed, the bytes."""

import hashlib
import json
import os
import pathlib
import random
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from building import mpy
from emulated_pico import starter
from iotjobs_emulator import provision
from iotjobs_emulator.in_thread import EmulatorThread
from iotjobs_emulator.s3.memory import Memory

from . import bisection, compiled
from .file_server import FileServer
from .interpreters import DEVICE, BenchError, Interpreter, say
from .record_counter import RecordCounter
from .table import Table

SIZE = 1 << 20
SHORT = 1 << 18  # for no figures
BLOCKS = (1024, 2048, 4096, 8192)
WINDOWS = (1, 4)
APPLICATION_KIB = 30
_MACHINE = "32 bits"
_MOST_KIB = 512
_ROUNDS = 5
_TIMEOUT_S = 150
_PROGRAMS = ("job_device", "stream_device")
_SESSION = sum(starter.SESSION)
# How else a file comes: what it is called, what the device is told, the sessions of TLS at a time.
_HTTPS = (
    ("HTTPS, offline", ("https", "1"), 1),
    ("HTTPS", ("https", "0"), 2),
)


def stream(interpreters: list[Interpreter], short: bool) -> list[Table]:
    """The smallest heap by the way on which a file comes; the speed of streams by their blocks."""
    heaps = Table(
        "stream-heap",
        f"The smallest heap in which a device with an application of {APPLICATION_KIB} KiB gets "
        "1 MiB",
        ["the file comes over", "block", "window", "machine", "heap KiB", "KiB with TLS"],
        notes=[
            "heap: the smallest that does, everything loaded from .mpy. The application holds "
            f"{APPLICATION_KIB} KiB of it, in pieces of 1 KiB. The job's SHA-256 is verified.",
            f"with TLS: and {_SESSION:,} bytes for each session of TLS that there is at a time, "
            "which mbedtls takes from C's heap here. On a Pico W it takes them from this one. "
            "offline closes the agent's connection while the file comes.",
            "Over HTTPS the buffer has 4,096 bytes. Over MQTT the link's receive buffer has room "
            "for one block, and the StreamFetcher for a window of them.",
        ],
    )
    speeds = Table(
        "stream",
        "A file of 1 MiB over MQTT and TLS, by the size of a block and by the window",
        ["block", "window", "machine", "KiB/s", "bytes sent", "bytes received", "heap a block"],
        notes=[
            f"KiB/s: from the job's begin to its end, the median of {_ROUNDS} runs. The emulator "
            "is on this machine, and the program sleeps for 1 ms after each poll. Over a network "
            "each window takes a round trip more.",
            "bytes: TCP payload of the whole connection, with its handshake and the job's own "
            f"messages. The file has {SIZE:,}.",
            "heap a block: bytes that a block allocates, counted while blocks come, without the "
            "first and the last 64 KiB of the file.",
        ],
    )
    chosen = [one for one in interpreters if one.machine == _MACHINE] or interpreters[:1]
    for interpreter in chosen:
        with _bench(interpreter, SHORT if short else SIZE) as bench:
            machine = interpreter.machine
            for name, way, sessions in _HTTPS:
                say(f"stream: heap over {name} on {machine}")
                found = bench.smallest(way, short)
                heaps.rows.append([name, None, None, machine, found, _with_tls(found, sessions)])
            for block in BLOCKS[:1] if short else BLOCKS:
                for window in WINDOWS[:1] if short else WINDOWS:
                    way = ("stream", str(block), str(window))
                    say(f"stream: blocks of {block}, {window} at a time, on {machine}")
                    found = bench.smallest(way, short)
                    row = ["MQTT", block, window, machine, found, _with_tls(found, 1)]
                    heaps.rows.append(row)
                    speeds.rows.append([block, window, machine, *bench.speed(way, short)])
    return [heaps, speeds]


def _with_tls(kib: int, sessions: int) -> int:
    return round(kib + sessions * _SESSION / 1024)


class _Bench:
    def __init__(
        self,
        interpreter: Interpreter,
        folder: pathlib.Path,
        emulator: EmulatorThread,
        size: int,
    ):
        self._interpreter = interpreter
        self._folder = folder
        self._emulator = emulator
        self.content = random.Random(1).randbytes(size)
        self._sha256 = hashlib.sha256(self.content).hexdigest()
        self._iot = provision.iot_client(emulator.control_url)
        self._arn = provision.make_device(self._iot, "MyThing", folder)
        authority = emulator.emulator.authority
        emulator.call(authority.write_ca, folder)
        context = emulator.call(authority.server_context)
        context.verify_mode = 0  # whoever asks gets it
        self.server = FileServer(self.content, context)
        self.failure = ""
        march = compiled.architecture(interpreter)
        compiled.compile_library(folder / "lib", march)
        for name in _PROGRAMS:
            mpy.compile_file(DEVICE / f"{name}.py", folder / "lib" / f"{name}.mpy", march)

    def make_stream(self, files: Memory) -> None:
        """The stream s1 with the file 0."""
        self._emulator.call(files.put, "bucket", "file", self.content)
        location = {"bucket": "bucket", "key": "file"}
        self._iot.create_stream(
            streamId="s1",
            files=[{"fileId": 0, "s3Location": location}],
            roleArn="arn:aws:iam::123456789012:role/streams",
        )

    def smallest(self, way: tuple[str, ...], short: bool) -> int:
        """The smallest heap in KiB for a device with its application."""
        found = bisection.smallest(
            lambda kib: self._run(way, kib, APPLICATION_KIB) is not None,
            _MOST_KIB,
            128 if short else 1,
        )
        if found is None:
            raise BenchError(f"{way} does not do in {_MOST_KIB} KiB: {self.failure}")
        return found

    def speed(self, way: tuple[str, ...], short: bool) -> tuple[int, int, int, int]:
        """KiB a second, bytes sent and received, bytes of heap a block."""
        port = self._emulator.ports.mqtts
        runs = [self._in_room(way, port) for _ in range(1 if short else _ROUNDS)]
        times = sorted(run["us"] for run in runs)
        speed = round(len(self.content) / 1024 / (times[len(times) // 2] / 1e6))
        with closing(RecordCounter(port)) as relay:  # it takes its time, too
            runs.append(self._in_room(way, relay.port))
            counted = relay.take()
        heap = max(run["heap"] // run["blocks"] for run in runs)
        return speed, counted.sent, counted.received, heap

    def _in_room(self, way: tuple[str, ...], port: int) -> dict[str, Any]:
        told = self._run(way, _MOST_KIB, 0, port)
        if told is None:
            raise BenchError(f"{way}: {self.failure}")
        return told

    def _run(
        self, way: tuple[str, ...], heap_kib: int, application_kib: int, port: int | None = None
    ) -> dict[str, Any] | None:
        """What it told, or None if the file is not there in the end."""
        files = self._folder / "files"
        files.mkdir(exist_ok=True)
        for left in (*files.iterdir(), *self._folder.glob("iotjobs.json*")):
            left.unlink()
        target = files / "file.bin"
        document = {"operation": "download", "path": target.name, "sha256": self._sha256}
        if way[0] == "stream":
            document["stream"] = "s1"
        else:
            document["url"] = f"https://localhost:{self.server.port}/file.bin"
        job = {"jobId": "j", "targets": [self._arn], "document": json.dumps(document)}
        self._iot.create_job(**job)
        port = port or self._emulator.ports.mqtts
        size = len(self.content)
        arguments = [self._folder, port, target, size, application_kib, *way]
        command = [self._interpreter.path, "-X", f"heapsize={heap_kib}k", "-m", "stream_device"]
        try:
            done = subprocess.run(
                [*command, *map(str, arguments)],
                env={**os.environ, "MICROPYPATH": str(self._folder / "lib")},
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_S,
            )
        except subprocess.TimeoutExpired:
            self.failure = f"no end within {_TIMEOUT_S} s"
            return None
        finally:
            self._iot.delete_job(jobId="j", force=True)
        self.failure = (done.stdout + done.stderr).strip()
        if done.returncode or not target.exists() or target.read_bytes() != self.content:
            return None
        return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def _bench(interpreter: Interpreter, size: int) -> Iterator[_Bench]:
    files = Memory()
    with tempfile.TemporaryDirectory() as folder, EmulatorThread(files=files) as emulator:
        bench = _Bench(interpreter, pathlib.Path(folder), emulator, size)
        bench.make_stream(files)
        with closing(bench.server):
            yield bench
