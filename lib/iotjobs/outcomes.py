"""How a handler says how its job ended, and is told that it is over."""


def shown(text):
    """`text` (str) as statusDetails may have it: the service takes no control characters, which
    are spaces here.
    """
    result = ""
    for c in text:
        result += c if " " <= c <= "~" or c >= "\xa0" else " "
    return result


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


class JobCanceled(BaseException):
    """Raised in a handler by `job.progress`, `keep` and `reset`: the execution is over, because it
    was canceled, timed out or was deleted. Not an Exception, so that no handler takes it for one
    of its own failures; its clean-up (`finally`) runs, and nothing is reported.
    """


class JobReset(BaseException):
    """Raised by `job.reset`, to end the handler before the board is reset."""
