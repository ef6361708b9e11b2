"""`Report`: what the service is told of an execution, and what it is known to have heard."""

from micropython import const

from ..client import BufferFull
from . import border

# What is known of the last update.
_HEARTBEAT = const(1)  # one without details was sent
_DETAILS = const(2)  # one with `reported` was sent
_DROPPED = const(3)  # that was throttled; the next one says it, or more


class Report:
    """Of a job, which says of which execution: `job_id`, `execution_number`."""

    version_number = None
    status_details = None  # as they were when the job was received
    details = None  # statusDetails that are to be sent
    reported = None  # the last that were sent with IN_PROGRESS, or that the service had
    unsure = 0  # what was sent with IN_PROGRESS, while it is not known whether it arrived
    heartbeat = False  # an update is to be sent even without details
    outcome = None  # the terminal status to report
    sent = None  # the outcome, if the last update had it
    # When something was sent last; when what the service has accepted last had been sent.
    since = renewed = 0

    def report(self, client, now, minutes):
        """Send an update by `client`, a JobsClient, with a step timeout of so many minutes.

        Raises ValueError or TypeError for what cannot be sent, and what the client's publisher
        raises. Allocates nothing but where details do not fit.
        """
        details = self.details
        outcome = self.outcome
        if not outcome:
            if self.unsure == _DROPPED:
                self.resend()
                details = self.details
            self.unsure = _HEARTBEAT
            if details is not None:
                self.unsure = _DETAILS
                self.reported = details
                self.details = None
        self.sent = outcome
        self.since = now
        self.heartbeat = False
        while True:
            try:
                client.update_job_execution(
                    self.job_id,
                    outcome or "IN_PROGRESS",
                    details,
                    self.version_number,
                    self.execution_number,
                    None,
                    None,
                    None if outcome else minutes,
                )
                return
            except BufferFull:
                if not (details and border.cut(details)):
                    raise

    def unheard(self):
        """The details that the service may not have; None if there are none."""
        return self.reported if self.details is None and self.unsure >= _DETAILS else self.details

    def shorten(self):
        """Make those shorter; False if there is nothing left."""
        details = self.unheard()
        return bool(details and border.cut(details))

    def arrived(self):
        """The last update, of progress, was accepted."""
        self.unsure = 0
        self.renewed = self.since
        if self.version_number is not None:
            self.version_number += 1

    def adopt(self, state):
        """The execution goes on at the service as `state`, a View, has it: an update of which
        nothing was heard has arrived if that is what it said.
        """
        self.version_number = state.version_number
        if self.unsure >= _DETAILS and self.reported != (state.status_details or {}):
            self.resend()
        self.unsure = 0

    def resend(self, code=None):
        """The last update was lost, or refused with a `code` (str) that says nothing of it: send
        it again, unless there is a newer one.

        If it was throttled, results need what the quota leaves. Details that need not arrive now
        go out with the next update then, unless that has newer ones.
        """
        if code == "RequestThrottled" and self.unsure == _DETAILS and self.goes_on():
            self.unsure = _DROPPED
        elif self.details is None:
            if self.unsure >= _DETAILS:
                self.details = self.reported
            elif self.unsure:
                self.heartbeat = True

    def dropped(self):
        """The details that were dropped, or None."""
        return self.reported if self.unsure == _DROPPED else None

    def is_talking(self):
        """Whether progress, or a sign of life, is still to be sent or was not answered."""
        return self.heartbeat or 0 < self.unsure < _DROPPED or self.details is not None
