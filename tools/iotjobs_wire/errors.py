"""How a deploy fails."""


class DeployError(Exception):
    """What was asked cannot be done, or failed; the message says why, and how to go on."""


class UsageError(DeployError):
    """An option has a value that it cannot have."""


class ContactLostError(DeployError):
    """The board does not answer any more, or is gone."""


class BoardError(DeployError):
    """What the board was told to do raised an exception there. `errno` is that of an OSError, else
    None; `kind` the last line of its traceback.
    """

    def __init__(self, message, kind="", errno=None):
        super().__init__(message)
        self.kind = kind
        self.errno = errno
