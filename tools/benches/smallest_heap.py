"""The smallest heap in which a device finishes a job over mutual TLS, found by bisection."""

import contextlib
import itertools
import json
import os
import pathlib
import subprocess
import tempfile
from collections.abc import Iterator
from typing import Any

import provision
from iotjobs_emulator.in_thread import EmulatorThread

from . import compiled, messages
from .interpreters import DEVICE, BenchError, Interpreter, say
from .table import Table

SIZES_KIB = (4, 30)
_PACKET_ROOM = 384  # of a start-next/accepted: topic and everything beside the document
_MOST_KIB = 256
_TIMEOUT_S = 30


class JobBench:
    """A compiled device and an emulator, between which jobs run."""

    def __init__(self, interpreter: Interpreter, folder: pathlib.Path, emulator: EmulatorThread):
        self._interpreter = interpreter
        self._folder = folder
        self._port = emulator.ports.mqtts
        self._iot = provision.iot_client(emulator.control_url)
        self._arn = provision.make_device(self._iot, "MyThing", folder)
        emulator.call(emulator.emulator.authority.write_ca, folder)
        self.failure = ""  # what the last device printed that did not finish
        self._numbers = itertools.count(1)
        march = compiled.architecture(interpreter)
        compiled.compile_library(folder / "lib", march)
        for name in ("job_device", "held_device"):
            target = folder / "lib" / f"{name}.mpy"
            compiled.compile_file(DEVICE / f"{name}.py", target, march)

    def run(
        self, document_kib: int, heap_kib: int, program: str = "job_device"
    ) -> list[dict[str, Any]] | None:
        """Run one job; what the device told, or None if it did not finish it."""
        job_id = f"job-{next(self._numbers)}"
        size = document_kib * 1024
        document = messages.encoded(messages.document(size)).decode()
        self._iot.create_job(jobId=job_id, targets=[self._arn], document=document)
        command = [self._interpreter.path, "-X", f"heapsize={heap_kib}k", "-m", program]
        command += [str(self._folder), str(self._port), str(size + _PACKET_ROOM)]
        done = subprocess.run(
            command,
            env={**os.environ, "MICROPYPATH": str(self._folder / "lib")},
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
        )
        found = self._iot.describe_job_execution(jobId=job_id, thingName="MyThing")
        self._iot.delete_job(jobId=job_id, force=True)
        if done.returncode or found["execution"]["status"] != "SUCCEEDED":
            self.failure = (done.stdout + done.stderr).strip()
            return None
        return [json.loads(line) for line in done.stdout.splitlines()]

    def smallest(self, document_kib: int) -> int:
        """The smallest heap in KiB that does. Raises BenchError if even a large one does not."""
        if self.run(document_kib, _MOST_KIB) is None:
            raise BenchError(f"no job in {_MOST_KIB} KiB of heap: {self.failure}")
        too_small, enough = 0, _MOST_KIB
        while enough - too_small > 1:
            middle = (too_small + enough) // 2
            if self.run(document_kib, middle) is None:
                too_small = middle
            else:
                enough = middle
        return enough


@contextlib.contextmanager
def job_bench(interpreter: Interpreter) -> Iterator[JobBench]:
    """A JobBench in a temporary folder, with an emulator of its own."""
    with tempfile.TemporaryDirectory() as folder, EmulatorThread() as emulator:
        yield JobBench(interpreter, pathlib.Path(folder), emulator)


def heap(interpreters: list[Interpreter], short: bool) -> list[Table]:
    """The smallest heap by document, and what it holds on the way."""
    smallest = Table(
        "heap",
        "The smallest heap that finishes a job over mutual TLS, everything loaded from .mpy",
        ["document KiB", "machine", "heap KiB"],
    )
    held = Table(
        "heap-held",
        "What the heap holds after each step, with a document of 4 KiB, in bytes",
        ["after", "machine", "held", "more than before"],
    )
    for interpreter in interpreters:
        with job_bench(interpreter) as bench:
            for size in SIZES_KIB[:1] if short else SIZES_KIB:
                say(f"heap: a document of {size} KiB on {interpreter.machine}")
                smallest.rows.append([size, interpreter.machine, bench.smallest(size)])
            steps = bench.run(SIZES_KIB[0], _MOST_KIB, "held_device")
            if steps is None:
                raise BenchError(bench.failure)
        before = 0
        tls = 0
        for step in steps:
            held.rows.append(
                [step["at"], interpreter.machine, step["held"], step["held"] - before]
            )
            if step["at"] == "the connection":
                tls = step["held"] - before
            before = step["held"]
        smallest.notes.append(
            f"{interpreter.machine}: connecting over TLS takes {tls:,} bytes of this heap; "
            + (
                "mbedtls has its buffers there."
                if tls > 16_384
                else "mbedtls allocates from C's heap. Where it uses MicroPython's, as on a "
                "Pico W, about 28 kB come on top."
            )
        )
    smallest.notes.append(
        "Native code is mapped outside of the heap on the unix port; on a board it takes heap "
        "unless it is frozen."
    )
    return [smallest, held]
