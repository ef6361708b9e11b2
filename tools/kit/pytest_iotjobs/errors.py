"""How a board fails a test."""


class DeviceError(AssertionError):
    """The board does not do what the test waits for; the text says why. `is_late`: because the
    time is over.
    """

    def __init__(self, text: str, is_late: bool = False):
        super().__init__(text)
        self.is_late = is_late
