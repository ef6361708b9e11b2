"""A stand-in for `esp`: what a boot.py asks of it."""

LOG_NONE, LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG, LOG_VERBOSE = 0, 1, 2, 3, 4, 5


def __getattr__(name):
    raise AttributeError("esp.%s has no stand-in on a PC" % name)


def osdebug(uart, level=LOG_ERROR):
    """There are no such messages."""


def flash_size():
    """Bytes."""
    return 4 * 1024 * 1024
