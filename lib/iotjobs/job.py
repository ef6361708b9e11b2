"""`Job`: one execution: what its handler sees of it, how far that has come, and what is to be
reported. How a handler says how it ended.
"""

from . import scan
from .codec import check, lookup


class JobFailed(Exception):
    """Raised by a handler: the execution ends as FAILED.

    `reason`: str for the operator; `details`: dict of str to str for statusDetails.
    """

    status = "FAILED"

    def __init__(self, reason="", details=None):
        self.reason = reason
        self.details = details


class JobRejected(JobFailed):
    """Raised by a handler that will not do the job: the execution ends as REJECTED."""

    status = "REJECTED"


class Job:
    """An execution that is under way.

    For its handler: `job_id` (str), `execution_number` (int), `status_details` (dict or None, as
    they were when the job was received), `get` and `document`. The rest is the agent's.

    The document stays in the buffer in which it was received until the job is over: the service
    has accepted how it ended, or has ended it. From then on `get` and `document` are None.
    """

    steps = None  # the generator `run`
    details = None  # statusDetails that are to be sent
    reported = None  # the last that were sent with IN_PROGRESS
    outcome = None  # the terminal status to report
    sent = None  # the outcome, if the last update had it
    unfit = False  # details were refused once

    def __init__(self, job_id, execution_number, version_number, status_details, buf):
        self.job_id = job_id
        self.execution_number = execution_number
        self.version_number = version_number
        self.status_details = status_details
        self.buf = buf  # the document's JSON is buf[start:end]
        self.start = 0
        self.end = len(buf)

    @property
    def document(self):
        """The job document as Python's own objects: built, and allocated, at every call."""
        return self.get()

    def get(self, *path):
        """The value at a path of names and indexes, as in job.get("steps", 0, "name"); None where
        there is none. Allocates that value only.
        """
        return lookup(self.buf, self.start, self.end, path) if self.end else None

    def read(self, buf, start):
        """Take the document buf[start:]; whether it is JSON.

        Over HTTPS it comes as a JSON string that holds its text, which replaces it in the buffer.
        """
        end = len(buf)
        if buf[start] == 0x22:
            end = scan.unescape(buf, start + 1, end - 1, buf, start)
            try:
                check(memoryview(buf)[start:end])
            except ValueError:
                return False
        self.buf = buf
        self.start = start
        self.end = end
        return True

    def run(self, handler, reason):
        """A generator that runs the handler of the document's "operation", whatever it is, and
        returns what that does. `handler`: dict of operation to handler. With `reason` (str) the
        job is rejected.
        """
        if reason:
            raise JobRejected(reason)
        operation = self.get("operation")
        if operation is None:
            raise JobRejected("the job document names no operation")
        if not isinstance(operation, str) or operation not in handler:
            raise JobRejected("no handler for operation %r" % (operation,))
        result = handler[operation](self)
        if hasattr(result, "send"):
            result = yield from result
        return result

    def step(self):
        """Advance the handler by one step, unless it has ended; what it yields is to be reported,
        and so is how it ends.
        """
        if self.outcome:
            return
        try:
            details = next(self.steps)
            if details is not None:
                self.details = details
        except StopIteration as stop:
            self._end("SUCCEEDED", stop.value)
        except JobFailed as error:
            self._end(error.status, error.details, error.reason)
        except Exception as error:
            self._end("FAILED", None, "%s: %s" % (type(error).__name__, error))

    def close(self):
        """End the handler where it is. Returns what its clean-up raised, or None."""
        try:
            self.steps.close()
        except Exception as error:  # the job's end is settled already
            return error
        return None

    def report(self, client):
        """Send an update by `client`, a JobsClient, if there is something to say: the outcome, or
        progress. Returns whether there was. Allocates nothing but what is said of unfit details.
        """
        if not self.outcome and self.details is None:
            return False
        try:
            if not isinstance(self.details or {}, dict):
                raise TypeError("not a dict: %r" % (self.details,))
            client.update_job_execution(
                self.job_id,
                self.outcome or "IN_PROGRESS",
                self.details,
                self.version_number,
                self.execution_number,
            )
        except (ValueError, TypeError) as error:  # statusDetails that cannot be sent
            self.refused(str(error))
            return False
        self.sent = self.outcome
        if not self.outcome:
            self.reported = self.details
            self.details = None
        return True

    def resend(self):
        """The last update was lost: send it again, unless there is a newer one."""
        if self.details is None:
            self.details = self.reported

    def refused(self, reason):
        """Settle that the details of an update cannot be sent, or were refused: the handler is
        closed, and the job FAILED. An outcome that there is already stands: its details are
        replaced by the reason, and are left out if that was refused as well.
        """
        self.close()
        self.details = self.reported = None
        self._end(self.outcome or "FAILED", None, None if self.unfit else reason)
        self.unfit = True

    def _end(self, status, details, reason=None):
        if details is None:
            details = self.details  # progress that was not sent
        if reason:
            details = dict(details or self.reported or {})
            # The service takes 1,024 characters, but no control characters.
            shown = ""
            for c in reason[:256]:
                shown += c if " " <= c <= "~" or c >= "\xa0" else " "
            details["reason"] = shown
        self.details = details
        self.outcome = status
