"""Programs that connect as another thing than the one that was made for them."""

from collections.abc import Callable

from iotjobs_emulator.mqtt import TraceEvent


class Strangers:
    """Says once of each client id that is not `thing`. `see` is an emulator's `trace`."""

    def __init__(self, thing: str, say: Callable[[str], None]):
        self._say = say
        self._seen = {thing}

    def see(self, event: TraceEvent) -> None:
        """Look at a packet."""
        name = event.client_id
        if event.packet == "CONNECT" and name not in self._seen and len(self._seen) < 100:
            self._seen.add(name)
            self._say(name)
