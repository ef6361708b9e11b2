"""A stand-in for `rp2`: the names, so that a program is imported. Nothing here runs PIO."""


def country(code=None):
    """The Wi-Fi's country."""
    import network

    return network.country(code)


def bootsel_button():
    """1 while it is pressed: never."""
    return 0


class PIO:
    IN_LOW, IN_HIGH, OUT_LOW, OUT_HIGH = 0, 1, 2, 3
    SHIFT_LEFT, SHIFT_RIGHT = 0, 1
    JOIN_NONE, JOIN_TX, JOIN_RX = 0, 1, 2

    def __init__(self, id):
        _refuse("PIO")


class PIOASMError(Exception):
    pass


def asm_pio(**settings):
    """For a program of PIO: it is not assembled."""

    def decorator(function):
        return function

    return decorator


class StateMachine:
    def __init__(self, id, *program, **settings):
        _refuse("StateMachine")


class DMA:
    def __init__(self):
        _refuse("DMA")


class Flash:
    def __init__(self):
        _refuse("Flash")


def _refuse(name):
    raise NotImplementedError("rp2.%s has no stand-in on a PC" % name)
