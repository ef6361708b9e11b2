"""Many schedules, on as many devices at once as there are processors."""

import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

from . import judge, trace
from .device_process import DeviceGoneError, DeviceProcess
from .schedule import Schedule
from .world import World

_CHUNK = 8
_SHOWN = 200  # lines of a trace, for a person


class Verdict(NamedTuple):
    """What came of a schedule: what is wrong with it, what the device said, how many faults acted,
    how often a quota refused something.

    What happened is kept too, if something is wrong or it was asked for.
    """

    schedule: Schedule
    wrong: list[str]
    device: dict
    faults: int
    throttled: int
    events: list[trace.Event]

    def __str__(self) -> str:
        """For a person who must find out why: with the end of what happened."""
        return self.told(_SHOWN)

    def told(self, last: int | None = None) -> str:
        """The same with so many lines of what happened, or with all."""
        lines = [f"{self.schedule.name}:", *(f"  {sentence}" for sentence in self.wrong)]
        return "\n".join(lines) + "\n" + trace.text(self.events, last)


class Runner:
    """Runs schedules in this process, on a device of its own."""

    def __init__(self, interpreter: str):
        self._interpreter = interpreter
        self._device: DeviceProcess | None = None
        self._recorded: dict[str, Verdict] = {}

    def run(self, schedule: Schedule, keep_trace: bool = False) -> Verdict:
        """Run one. A device that has gone is a finding; the next schedule has another one."""
        if self._device is None:
            self._device = DeviceProcess(self._interpreter)
        world = World(schedule)
        try:
            device = self._device.run(world)
            wrong = judge.wrong(world, device)
        except DeviceGoneError as error:
            self.close()
            device, wrong = {}, [f"the interpreter {error}"]
        world.close()
        kinds = Counter(event.kind for event in world.events)
        events = world.events if keep_trace or wrong else []
        return Verdict(schedule, wrong, device, kinds[trace.FAULT], kinds[trace.QUOTA], events)

    def without_faults(self, story: Schedule) -> Verdict:
        """The story as it is, with its trace: what a matrix is made on. It is run once. Raises
        ValueError if it does not even then end as it must.
        """
        told = repr(story)
        if told not in self._recorded:
            verdict = self.run(story, keep_trace=True)
            if verdict.wrong:
                raise ValueError(f"without any fault already:\n{verdict}")
            self._recorded[told] = verdict
        return self._recorded[told]

    def close(self) -> None:
        """End the device."""
        if self._device is not None:
            self._device.close()
            self._device = None


_runner: Runner | None = None  # of a process of a Farm


def _start(interpreter: str) -> None:
    global _runner
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the Farm ends it
    os.setpgrp()  # this process and its devices
    threading.Thread(target=_end_with_the_farm, daemon=True).start()
    _runner = Runner(interpreter)


def _end_with_the_farm() -> None:
    """What is killed cannot shut its pool down, whose processes would wait for ever."""
    multiprocessing.parent_process().join()
    os.killpg(0, signal.SIGKILL)


def _run(schedules: list[Schedule], keep_trace: bool) -> list[Verdict]:
    return [_runner.run(schedule, keep_trace) for schedule in schedules]


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
                ahead.append(self._pool.submit(_run, chunk, keep_trace))
                chunk = []
            if len(ahead) > 4 * self._devices:
                yield from ahead.pop(0).result()
        if chunk:
            ahead.append(self._pool.submit(_run, chunk, keep_trace))
        for future in ahead:
            yield from future.result()

    def __enter__(self) -> "Farm":
        return self

    def __exit__(self, *failure: object) -> None:
        self._pool.shutdown(cancel_futures=True)
