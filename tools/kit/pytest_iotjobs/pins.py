"""`device.pins`: the pins of a board, as a dict."""

from collections.abc import Iterator, MutableMapping

from unix_board.board import Board


class Pins(MutableMapping):
    """The level of each pin that has had one since the start, by its name: `pins["LED"]`. What is
    set comes from outside, as by a button: it stays over resets. For an ADC, or a sensor, it is
    what that measures.
    """

    def __init__(self):
        self.board: Board | None = None
        self._before: dict[str, float] = {}  # set before the board is there

    def connect(self, board: Board) -> None:
        """They are this board's."""
        self.board = board
        for name, level in self._before.items():
            board.put(name, level)

    def __getitem__(self, name: str | int) -> float:
        return self._levels()[str(name)]

    def __setitem__(self, name: str | int, level: float) -> None:
        if self.board is None:
            self._before[str(name)] = level
        else:
            self.board.put(str(name), level)

    def __delitem__(self, name: str | int) -> None:
        raise TypeError("a pin cannot be taken away from a board")

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._levels()))

    def __len__(self) -> int:
        return len(self._levels())

    def __repr__(self) -> str:
        return f"<pins {self._levels()}>"

    def _levels(self) -> dict[str, float]:
        if self.board is None:
            return self._before
        self.board.catch_up()
        return self.board.pins
