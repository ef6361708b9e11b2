"""`Job`: one execution as its handler sees it, and how a handler says how it ended."""

from .codec import lookup


class JobFailed(Exception):
    """Raised by a handler: the execution ends as FAILED.

    `reason`: str for the operator; `details`: dict of str to str for statusDetails.
    """

    def __init__(self, reason="", details=None):
        super().__init__(reason)
        self.reason = reason
        self.details = details


class JobRejected(JobFailed):
    """Raised by a handler that will not do the job: the execution ends as REJECTED."""


class Job:
    """An execution that is under way.

    For its handler: `job_id` (str), `execution_number` (int), `status_details` (dict or None, as
    they were when the job was received), `get` and `document`. The rest is the agent's.
    """

    def __init__(self, job_id, execution_number, version_number, status_details, document):
        self.job_id = job_id
        self.execution_number = execution_number
        self.version_number = version_number
        self.status_details = status_details
        self._json = document
        self.handler = None
        self.steps = None  # the handler's generator
        self.progress = None  # statusDetails that are not sent yet
        self.reported = None  # the last that were sent
        self.outcome = None  # the terminal status to report, and its details
        self.outcome_details = None
        self.unfit = False  # details were refused once

    @property
    def document(self):
        """The job document as Python's own objects: built, and allocated, at every call."""
        return self.get()

    def get(self, *path):
        """The value at a path of names and indexes, as in job.get("steps", 0, "name"); None where
        there is none. Allocates that value only.
        """
        buf = self._json or b"null"
        return lookup(buf, 0, len(buf), path)
