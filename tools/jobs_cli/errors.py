"""How a run can fail, and with which exit code: those of `aws` 1.x."""

USAGE = 2  # the command line cannot be understood
FAILURE = 255  # everything else: a value, the connection, the service's refusal
INTERRUPTED = 130  # Ctrl-C


class UsageError(Exception):
    """The command line cannot be understood; the message names the argument."""


class Failure(Exception):
    """It went wrong; the message tells a person what."""


def bad_value(option, reason):
    """The Failure for an option's value that cannot be read."""
    return Failure("Error parsing parameter '%s': %s" % (option, reason))
