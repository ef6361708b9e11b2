"""What a board prints."""

import threading

_KEPT = 4 << 20  # bytes
_LOST = "… what came before is lost …\n"


class Output:
    """`add` is called in the board's thread."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._has_lost = False
        self._lock = threading.Lock()

    def add(self, data: bytes) -> None:
        """It has printed this."""
        with self._lock:
            self._bytes += data
            if len(self._bytes) > 2 * _KEPT:
                del self._bytes[:-_KEPT]
                self._has_lost = True

    def text(self) -> str:
        """All of it, or the last part of what was very much."""
        with self._lock:
            data = bytes(self._bytes)
        head = _LOST if self._has_lost else ""
        return head + data.decode("utf-8", "backslashreplace")
