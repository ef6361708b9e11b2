"""How a board fails a test."""


class DeviceError(AssertionError):
    """The board does not do what the test waits for; the text says why."""
