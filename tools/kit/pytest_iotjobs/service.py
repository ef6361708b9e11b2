"""`service`: an emulator of AWS IoT Jobs, for one test."""

import math
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from iotjobs_desk import service as services
from iotjobs_desk.thing import NAME
from iotjobs_emulator.errors import InvalidRequestError
from iotjobs_emulator.faults import parse_text
from iotjobs_emulator.in_thread import EmulatorThread
from iotjobs_emulator.quotas import parse_quotas

from . import limits
from .files import Files
from .job import Job, text_of
from .virtual import VirtualClock

_SIGNED = "${aws:iot:s3-presigned-url"
_ROLE = "arn:aws:iam::123456789012:role/files"  # the emulator asks for one, and no more


class RefusedError(AssertionError):
    """The service refuses what the test asks of it; the text says why."""


class StandsStillError(AssertionError):
    """The board keeps virtual time from passing."""


class Service:
    """Runs in a thread of the test's own process, as `emulator` does, on ports of its own.

    `url` is its control plane, for boto3 and the aws command line; with a browser it shows what it
    holds. `iot` is botocore's client of it. `files`: what is in S3, by "bucket/key".
    `host`: where boards find it. `timeout`: seconds that its jobs are waited for. `connected`: the
    ids of clients that have. `clock`: of a board whose time is virtual.
    """

    def __init__(
        self,
        emulator: EmulatorThread,
        host: str,
        timeout: float,
        connected: list[str],
        files: Files,
        clock: VirtualClock,
    ):
        self.reach = services.of(emulator, host)
        self.url, self.iot = self.reach.url, self.reach.iot
        self.timeout, self.connected, self.files = timeout, connected, files
        self.clock = clock
        self.jobs: list[Job] = []
        self.device: Any = None  # the board of this test, once there is one
        self._emulator = emulator

    @property
    def things(self) -> list[str]:
        """The names of the things that there are."""
        pages = self.iot.get_paginator("list_things").paginate()
        return [thing["thingName"] for page in pages for thing in page["things"]]

    def create_job(self, document: dict | str, *, thing: str | None = None, **more: Any) -> Job:
        """Create a job for a thing: by default for the one that the device is. A thing that is not
        there is made. `more`: other members of CreateJob, as boto3 takes them.

        Raises RefusedError.
        """
        name = thing or (self.device and self.device.thing) or NAME
        text = text_of(document)
        if _SIGNED in text:
            more.setdefault("presignedUrlConfig", {"roleArn": _ROLE})
        more.setdefault("jobId", f"job-{len(self.jobs) + 1}")
        try:
            if "targets" not in more:
                more["targets"] = [self.iot.create_thing(thingName=name)["thingArn"]]
            self.iot.create_job(document=text, **more)
        except (ClientError, BotoCoreError) as error:
            raise RefusedError(f"the service refuses the job: {error}") from None
        self.jobs.append(Job(self, more["jobId"], name))
        return self.jobs[-1]

    def cancel(self, job: Job, force: bool = True) -> None:
        """Cancel it. Without `force` one that has begun goes on. Raises RefusedError."""
        try:
            self.iot.cancel_job(jobId=job.id, force=force)
        except ClientError as error:
            raise RefusedError(f"the service does not cancel {job.id}: {error}") from None

    def fault(self, text: str) -> None:
        """Let something go wrong from now on, as the emulator's `--fault` says it: "drop out
        notify-next nth=2". Raises ValueError for what is no fault.
        """
        faults = self._emulator.emulator.faults
        try:
            self._emulator.call(lambda: faults.add(parse_text(text)))
        except InvalidRequestError as error:
            raise ValueError(error.message) from None

    def quota(self, text: str) -> None:
        """Let only so much pass from now on, as the emulator's `--quota` says it: "reads=2". By
        the service's clock. Raises ValueError for what is no quota.
        """
        self._emulator.call(self._emulator.emulator.quotas.set, parse_quotas(text))

    @property
    def throttled(self) -> dict[str, int]:
        """How often each quota of this test has refused, by its name."""
        return self._emulator.call(lambda: dict(self._emulator.emulator.quotas.throttled))

    def advance(self, seconds: float) -> None:
        """Put the service's clock forward, and fire what is due by then. The board's stays, unless
        its time is virtual: then both live through those seconds.

        Raises StandsStillError if the board does not let them pass.
        """
        device = self.device
        if device is None or not device.is_virtual:
            self._emulator.call(self._emulator.emulator.advance, seconds)
            return
        end = self.clock.monotonic() + seconds
        self.waits(self.timeout, lambda: not device.is_on, end)
        left = end - self.clock.monotonic()
        if left > 0 and device.is_on:
            raise StandsStillError(
                f"{seconds - left:g} s of {seconds:g} have passed after {self.timeout:g} s: does "
                "the program wait, and by what does it?"
            )
        self.clock.skip_alone(end)

    def waits(self, seconds: float, is_so: Callable[[], object], until: float = math.inf) -> bool:
        """As of `limits`. Virtual time passes meanwhile, until `until` of the clock at most: then
        it is true too.
        """
        with self.clock.passing(is_so, until):
            if self.device is None or not self.device.is_virtual:
                return limits.waits(seconds, is_so)
            self.device.look()
            return limits.waits(
                seconds, lambda: is_so() or self.clock.monotonic() >= until, self.clock.pause
            )

    def executions(self, job: Job) -> list[dict]:
        """What the service has of a job for its thing, as its page shows it: one for each try."""
        reader = self._emulator.emulator.console.reader
        found = self._emulator.call(reader.executions, job.id)["executions"]
        return [execution for execution in found if execution["thingName"] == job.thing]
