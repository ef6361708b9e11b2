"""Many schedules, on as many devices at once as there are processors."""

import multiprocessing
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

from . import judge, trace
from .device_process import DeviceGoneError, DeviceProcess
from .schedule import Schedule

_CHUNK = 8


class Verdict(NamedTuple):
    """What came of a schedule: what is wrong with it, what the device said, and what happened,
    which is kept if something is wrong or it was asked for.
    """

    schedule: Schedule
    wrong: list[str]
    device: dict
    events: list[trace.Event]

    def __str__(self) -> str:
        """For a person who must find out why."""
        lines = [f"{self.schedule.name}:", *(f"  {sentence}" for sentence in self.wrong)]
        return "\n".join(lines) + "\n" + trace.text(self.events, _SHOWN)


_SHOWN = 200
_device: DeviceProcess | None = None
_interpreter = ""


def _start(interpreter: str) -> None:
    global _interpreter
    _interpreter = interpreter


def run_here(schedule: Schedule, keep_trace: bool = True) -> Verdict:
    """Run one schedule in this process, on its own device."""
    global _device
    if _device is None:
        _device = DeviceProcess(_interpreter)
    try:
        run = _device.run(schedule)
    except DeviceGoneError as error:
        _device.close()
        _device = None
        return Verdict(schedule, [f"the interpreter: {error}"], {}, [])
    sentences = judge.wrong(run)
    run.world.close()
    kept = run.world.events if keep_trace or sentences else []
    return Verdict(schedule, sentences, run.device, kept)


def _run_some(schedules: list[Schedule], keep_trace: bool) -> list[Verdict]:
    return [run_here(schedule, keep_trace) for schedule in schedules]


class Farm:
    """`with Farm(interpreter) as farm:` runs schedules; their verdicts come in their order."""

    def __init__(self, interpreter: str, devices: int | None = None):
        self._devices = devices or os.cpu_count() or 1
        self._pool = ProcessPoolExecutor(
            self._devices,
            multiprocessing.get_context("spawn"),
            initializer=_start,
            initargs=(interpreter,),
        )

    def run(self, schedules: Iterable[Schedule], keep_trace: bool = False) -> Iterator[Verdict]:
        """Run them all."""
        ahead: list = []
        chunk: list[Schedule] = []
        for schedule in schedules:
            chunk.append(schedule)
            if len(chunk) == _CHUNK:
                ahead.append(self._pool.submit(_run_some, chunk, keep_trace))
                chunk = []
            if len(ahead) > 4 * self._devices:
                yield from ahead.pop(0).result()
        if chunk:
            ahead.append(self._pool.submit(_run_some, chunk, keep_trace))
        for future in ahead:
            yield from future.result()

    def __enter__(self) -> "Farm":
        return self

    def __exit__(self, *failure: object) -> None:
        self._pool.shutdown(cancel_futures=True)
