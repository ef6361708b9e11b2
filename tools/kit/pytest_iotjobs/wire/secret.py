"""A text that nothing shows."""

from collections.abc import Callable


class Secret:
    """What shows the variables of a failed test shows none of it."""

    def __init__(self, text: str):
        self._text = text

    def __repr__(self) -> str:
        return "<secret>"

    def used(self, by: Callable[[str], bytes]) -> bytes:
        """What `by` makes of the text."""
        return by(self._text)
