"""A program that ends by the same exception at each start, and whose watchdog starts it again."""

from unix_board.kinds import KINDS, PICO_W, POWER, WATCHDOG

_SWITCHED_ON = KINDS[PICO_W].causes[POWER]  # and of all others

OFTEN = 3  # times in a row, after which nothing else is expected of it


class Repeats:
    """`hear` takes what a board tells."""

    def __init__(self) -> None:
        self._error: str | None = None
        self._count = 0

    @property
    def error(self) -> str | None:
        """By what it has ended OFTEN times in a row, or more often; None: it has not."""
        return self._error if self._count >= OFTEN else None

    def hear(self, event: dict) -> None:
        """The board has told this: of a life that ends otherwise too."""
        if "end" in event or "died" in event:
            error = event["end"] if "end" in event else event["died"]
            self._count = self._count + 1 if error == self._error else 1
            self._error = error
            if error is None:
                self._count = 0
        elif event.get("start") == _SWITCHED_ON or event.get("reset", WATCHDOG) != WATCHDOG:
            self.forget()

    def forget(self) -> None:
        """It is another program from now on."""
        self._count = 0
