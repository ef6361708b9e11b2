"""The stages of a job, and the one table that says what leads from which to which."""

from micropython import const

RECEIVED = const(0)  # it came, and its handler was not called
RUNNING = const(1)  # its handler was called, and has not ended
LEAVING = const(2)  # the handler wants the board to be reset
RESETTING = const(3)  # and that is kept; what it reported is on its way
ENDED = const(4)  # how it ended is known
KEPT = const(5)  # and kept, as far as that can be: now it is reported
REPORTED = const(6)  # the service knows, or has ended it: there is nothing more to do

BEGIN = const(0)  # the handler is called
LEAVE = const(1)  # it calls for a reset
END = const(2)  # it ends, or is ended; the reset cannot be; what was to be reported was refused
KEEP = const(3)  # what outlives a reset was written, or cannot be
REPORT = const(4)  # the execution is over at the service
_EVENTS = const(5)

# What a stage and an event lead to. What cannot happen, or no longer, changes nothing.
_NEXT = (
    # BEGIN LEAVE END KEEP REPORT
    b"\x01\x00\x05\x00\x06"  # RECEIVED: what has not begun needs not be kept
    b"\x01\x02\x04\x01\x06"  # RUNNING
    b"\x02\x02\x04\x03\x06"  # LEAVING
    b"\x03\x03\x04\x03\x06"  # RESETTING
    b"\x04\x04\x04\x05\x06"  # ENDED
    b"\x05\x05\x04\x05\x06"  # KEPT
    b"\x06\x06\x06\x06\x06"  # REPORTED
)


def after(stage, event):
    """The stage to which an event leads."""
    return _NEXT[stage * _EVENTS + event]
