"""A job of a test: what becomes of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from . import limits

if TYPE_CHECKING:
    from .service import Service

ENDS = ("SUCCEEDED", "FAILED", "REJECTED", "TIMED_OUT", "CANCELED", "REMOVED")


class NotOverError(AssertionError):
    """A job has not ended, and why. `is_late`: because the time is over."""

    def __init__(self, text: str, is_late: bool):
        super().__init__(text)
        self.is_late = is_late


class Step(NamedTuple):
    """A change of a job: its status, and its statusDetails."""

    status: str
    details: dict[str, str]


class Job:
    """`id` is the job's, `thing` the name of the thing that it is for."""

    def __init__(self, service: Service, job_id: str, thing: str):
        self.id, self.thing = job_id, thing
        self._service = service

    def __repr__(self) -> str:
        return f"<job {self.id} {self.status} {self.details}>"

    @property
    def status(self) -> str:
        """As the service has it now; REMOVED if it has none."""
        return self.history[-1].status if self.history else "REMOVED"

    @property
    def details(self) -> dict[str, str]:
        """Its statusDetails now."""
        return self.history[-1].details if self.history else {}

    @property
    def history(self) -> list[Step]:
        """What it went through, from QUEUED on: the first two changes and the last thirty."""
        return [
            Step(change["status"], change["statusDetails"] or {})
            for execution in self._service.executions(self)
            for change in execution["history"]
        ]

    def wait(self, timeout: float | None = None) -> str:
        """Wait for its end; the status with which it ended. `timeout` in seconds.

        Raises NotOverError, which says why, if the time is over, or if the board is off or its
        program has ended, so that nothing more will happen; or if it ends by the same exception at
        each start.
        """
        __tracebackhide__ = True
        seconds = self._service.timeout if timeout is None else timeout
        device = self._service.device
        is_waiting = self._service.waits(seconds, lambda: self._is_over(device))
        status = self.status
        if status not in ENDS:
            why = self._still(device, None if is_waiting else seconds)
            raise NotOverError(why, not is_waiting)
        return status

    def _is_over(self, device) -> bool:
        # Whether nothing more will become of it. The board is asked first: what it did last
        # counts.
        is_still = (
            device is not None
            and device.is_started
            and (not device.is_on or device.repeats.error is not None)
        )
        return self.status in ENDS or is_still

    def _still(self, device, seconds: float | None) -> str:
        from iotjobs_desk import words

        status = self.status
        if seconds is None:
            return f"job {self.id} is {status} still: {device.why_off()}"
        if status == "QUEUED" and device is not None:
            text = words.of_queued(self.id, seconds, self.thing, "device.start(…, thing=…)")
            return "\n".join([text, *device.doubts()])
        details = f", {self.details}" if self.details else ""
        return (
            f"job {self.id} is {status} still after {seconds:g} s{details}: "
            f"@pytest.mark.{limits.OPTION}(SECONDS) waits longer"
        )


def text_of(document: dict | str) -> str:
    """A job document as the service takes it."""
    return document if isinstance(document, str) else json.dumps(document)
