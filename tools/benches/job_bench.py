"""Devices, compiled as a firmware is, that run jobs over mutual TLS; and their smallest heap."""

import contextlib
import itertools
import json
import os
import pathlib
import subprocess
import tempfile
from collections.abc import Iterator
from typing import Any

from building import mpy
from iotjobs_emulator import provision
from iotjobs_emulator.in_thread import EmulatorThread

from . import bisection, compiled, messages
from .interpreters import DEVICE, BenchError, Interpreter

LINKS = ("MQTT", "HTTPS")
MOST_KIB = 384
_PROGRAMS = ("job_device", "whole_device", "held_device", "sleep_device", "handshake", "counting")
_ANSWER_ROOM = 384  # of a start-next/accepted: topic and everything beside the document
_TIMEOUT_S = 30


class JobBench:
    """A compiled device and an emulator, between which jobs run. `ports`: those by which it is
    reached over MQTT and over HTTPS; a relay's may be put there. `folder`: what the device has for
    its flash.
    """

    def __init__(self, interpreter: Interpreter, folder: pathlib.Path, emulator: EmulatorThread):
        self._interpreter = interpreter
        self.folder = folder
        self.ports = {"MQTT": emulator.ports.mqtts, "HTTPS": emulator.ports.https}
        self._iot = provision.iot_client(emulator.control_url)
        self._arn = provision.make_device(self._iot, "MyThing", folder)
        emulator.call(emulator.emulator.authority.write_ca, folder)
        self.failure = ""  # what the last device printed that did not finish
        self._numbers = itertools.count(1)
        march = compiled.architecture(interpreter)
        compiled.compile_library(folder / "lib", march)
        for name in _PROGRAMS:
            target = folder / "lib" / f"{name}.mpy"
            mpy.compile_file(DEVICE / f"{name}.py", target, march)

    def run(
        self, over: str, document_kib: int, heap_kib: int, program: str = "job_device"
    ) -> list[dict[str, Any]] | None:
        """Run one job; what the device told, or None if it did not finish it."""
        job_id = f"job-{next(self._numbers)}"
        document = _document(document_kib)
        self._iot.create_job(jobId=job_id, targets=[self._arn], document=document)
        told = self.start(over, document_kib, heap_kib, program)
        found = self._iot.describe_job_execution(jobId=job_id, thingName="MyThing")
        self._iot.delete_job(jobId=job_id, force=True)
        return told if found["execution"]["status"] == "SUCCEEDED" else None

    def start(
        self, over: str, document_kib: int, heap_kib: int, program: str
    ) -> list[dict[str, Any]] | None:
        """Run a program that could receive such a job; what it told, or None if it failed. It
        finds nothing that one before has kept: that may have failed in the middle of its job.
        """
        for kept in self.folder.glob("iotjobs.json*"):
            kept.unlink()
        size = document_kib * 1024 + _ANSWER_ROOM
        if over == "HTTPS":  # as a string, in which each quote is two bytes
            document = _document(document_kib)
            size += len(messages.encoded(document)) - len(document)
        command = [self._interpreter.path, "-X", f"heapsize={heap_kib}k", "-m", program]
        command += [str(self.folder), over, str(self.ports[over]), str(size)]
        try:
            done = subprocess.run(
                command,
                env={**os.environ, "MICROPYPATH": str(self.folder / "lib")},
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_S,
            )
        except subprocess.TimeoutExpired:
            self.failure = f"{program}: no end within {_TIMEOUT_S} s"
            return None
        if done.returncode:
            self.failure = (done.stdout + done.stderr).strip()
            return None
        return [json.loads(line) for line in done.stdout.splitlines()]

    def smallest(
        self, over: str, document_kib: int, program: str = "job_device", step_kib: int = 1
    ) -> int:
        """The smallest heap in KiB that does, or up to `step_kib` - 1 more. Raises BenchError if
        even a large one does not.
        """
        found = bisection.smallest(
            lambda kib: self.run(over, document_kib, kib, program) is not None, MOST_KIB, step_kib
        )
        if found is None:
            raise BenchError(f"no job in {MOST_KIB} KiB of heap: {self.failure}")
        return found


@contextlib.contextmanager
def job_bench(interpreter: Interpreter) -> Iterator[JobBench]:
    """A JobBench in a temporary folder, with an emulator of its own."""
    with tempfile.TemporaryDirectory() as folder, EmulatorThread() as emulator:
        yield JobBench(interpreter, pathlib.Path(folder), emulator)


def _document(kib: int) -> str:
    return messages.encoded(messages.document(kib * 1024)).decode()
