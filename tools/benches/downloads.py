"""A file of 1 MiB: Fetcher and the interpreter's own requests; heap and time."""

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
from iotjobs_emulator import provision
from iotjobs_emulator.in_thread import EmulatorThread

from . import bisection, compiled
from .file_server import FileServer
from .interpreters import DEVICE, BenchError, Interpreter, say
from .table import Table

SIZE = 1 << 20
_MOST_KIB = 256
HEAP_KIB = 80  # in which the times are measured
BUFFER = 4096
_TIMEOUT_S = 30
_PROGRAMS = ("fetch_ours", "fetch_stock", "fetch_device", "job_device")

# Name, program, whether the SHA-256 is verified.
_CLIENTS = (
    ("Fetcher", "fetch_ours", False),
    ("Fetcher, SHA-256", "fetch_ours", True),
    ("requests", "fetch_stock", False),
)
_DEVICE = "a device's job"


def download(interpreters: list[Interpreter], short: bool) -> list[Table]:
    """The smallest heap and the speed of each, over TCP and TLS."""
    table = Table(
        "download",
        "A file of 1 MiB into a file: Fetcher and the interpreter's own requests",
        ["over", "machine", "client", "heap KiB", "median ms", "KiB/s", "Fetcher = 1"],
        notes=[
            f"heap: the smallest that does, everything loaded from .mpy but requests, which is "
            f"frozen. Times: in a heap of {HEAP_KIB} KiB, from before it connects until the file "
            "is closed; runs of all take turns. The server is on this machine.",
            f"Each has a buffer of {BUFFER:,} bytes. requests is read by raw.readinto. It does "
            "not verify the server, nor see whether the file is whole, and waits in each call.",
            f"{_DEVICE}: the agent over MQTT with mutual TLS, and its download handler, which "
            "verifies the SHA-256. The two TLS sessions have their buffers on C's heap here.",
        ],
    )
    for interpreter in interpreters:
        with _bench(interpreter) as bench:
            for over in bench.servers:
                table.rows += bench.rows(over, short)
    return [table]


class _Bench:
    def __init__(self, interpreter: Interpreter, folder: pathlib.Path, emulator: EmulatorThread):
        self.interpreter = interpreter
        self.folder = folder
        self.content = random.Random(1).randbytes(SIZE)
        self.sha256 = hashlib.sha256(self.content).hexdigest()
        self.iot = provision.iot_client(emulator.control_url)
        self.arn = provision.make_device(self.iot, "MyThing", folder)
        self.port = emulator.ports.mqtts
        authority = emulator.emulator.authority
        emulator.call(authority.write_ca, folder)
        context = emulator.call(authority.server_context)
        context.verify_mode = 0  # whoever asks gets it
        self.servers = {
            "TCP": FileServer(self.content),
            "TLS": FileServer(self.content, context),
        }
        march = compiled.architecture(interpreter)
        compiled.compile_library(folder / "lib", march)
        for name in _PROGRAMS:
            target = folder / "lib" / f"{name}.mpy"
            mpy.compile_file(DEVICE / f"{name}.py", target, march)

    def rows(self, over: str, short: bool) -> list[list[Any]]:
        machine = self.interpreter.machine
        step = 64 if short else 1
        heaps = {}
        for name, program, verified in (*_CLIENTS, (_DEVICE, "fetch_device", True)):
            say(f"download: heap of {name} over {over} on {machine}")
            heaps[name] = self._smallest(over, program, verified, step)
        say(f"download: times over {over} on {machine}")
        times: dict[str, list[int]] = {name: [] for name in heaps}
        for _ in range(1 if short else 21):
            for name, program, verified in _CLIENTS:
                told = self._run(over, program, verified, HEAP_KIB)
                if told is None:
                    raise BenchError(f"{name} does not run in {HEAP_KIB} KiB: {self.failure}")
                times[name].append(told["us"])
        rows = []
        for name, us in times.items():
            row = [over, machine, name, heaps[name], None, None, None]
            if us:
                median = sorted(us)[len(us) // 2]
                first = sorted(times[_CLIENTS[0][0]])[len(us) // 2]
                row[4:] = [median / 1000, round(SIZE / 1024 / (median / 1e6)), median / first]
            rows.append(row)
        return rows

    def _smallest(self, over: str, program: str, verified: bool, step: int) -> int:
        found = bisection.smallest(
            lambda kib: self._run(over, program, verified, kib) is not None, _MOST_KIB, step
        )
        if found is None:
            raise BenchError(f"{program} does not run in {_MOST_KIB} KiB: {self.failure}")
        return found

    def _run(self, over: str, program: str, verified: bool, heap: int) -> dict[str, Any] | None:
        """What it told, or None if the file is not there in the end."""
        files = self.folder / "files"
        files.mkdir(exist_ok=True)
        for left in (*files.iterdir(), *self.folder.glob("iotjobs.json*")):
            left.unlink()
        target = files / "file.bin"
        url = f"http{'s' * (over == 'TLS')}://localhost:{self.servers[over].port}/file.bin"
        sha256 = self.sha256 if verified else "-"
        ca = self.folder / provision.CA if over == "TLS" else "-"
        command = [self.interpreter.path, "-X", f"heapsize={heap}k", "-m", program]
        command += [url, sha256, str(ca), str(BUFFER), str(target)]
        if program == "fetch_device":
            document = {"operation": "download", "url": url, "path": "file.bin"}
            document = json.dumps({**document, "sha256": sha256})
            self.iot.create_job(jobId="j", targets=[self.arn], document=document)
            command += [str(self.port), str(self.folder)]
        try:
            done = subprocess.run(
                command,
                env={**os.environ, "MICROPYPATH": f"{self.folder / 'lib'}:.frozen"},
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_S,
            )
        except subprocess.TimeoutExpired:
            self.failure = "no end"
            return None
        finally:
            if program == "fetch_device":
                self.iot.delete_job(jobId="j", force=True)
        self.failure = (done.stdout + done.stderr).strip()
        if done.returncode or not target.exists() or target.read_bytes() != self.content:
            return None
        return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def _bench(interpreter: Interpreter) -> Iterator[_Bench]:
    with tempfile.TemporaryDirectory() as folder, EmulatorThread() as emulator:
        bench = _Bench(interpreter, pathlib.Path(folder), emulator)
        with closing(bench.servers["TCP"]), closing(bench.servers["TLS"]):
            yield bench
