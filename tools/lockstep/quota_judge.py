"""Whether a device that was throttled waited longer and longer before it tried again."""

from collections.abc import Iterator

from . import trace
from .schedule import Schedule

# Of what a device tries by itself, again and again. Others drop what the service says.
_OF_TRIES = ("reads", "writes", "connects", "client-connects", "filters")
_REFUSED = tuple(f"the quota {name}=" for name in _OF_TRIES)
_RETRY_MS, _MAX_RETRY_MS = 1_000, 60_000  # the agent's own
_FEWEST = 5  # in a row
# A wait is any part of what it may be, so a few may be short. That all together are shorter than
# this part of the longest happens once in some ten thousand, and then at the same seed each time.
_LEAST = 1 / 16


def wrong(schedule: Schedule, events: list[trace.Event]) -> Iterator[str]:
    """In sentences, what is wrong with the times of its tries."""
    if schedule.rival is not None:  # another board's tries are like its own
        return
    for row in _rows(schedule, events):
        longest = _longest_ms(schedule, len(row) - 1)
        if len(row) >= _FEWEST and row[-1] - row[0] < _LEAST * longest:
            yield (
                f"it was throttled {len(row)} times in a row from {row[0]} to {row[-1]} ms: its "
                f"back-off allows {longest} ms for that, and {_LEAST * longest:g} at the least"
            )


def _longest_ms(schedule: Schedule, waits: int) -> int:
    most = schedule.agent.get("max_retry_ms", _MAX_RETRY_MS)
    return sum(min(_RETRY_MS << min(at, 16), most) for at in range(waits))


def _rows(schedule: Schedule, events: list[trace.Event]) -> Iterator[list[int]]:
    # The times of tries that were refused, of which no one succeeded between them. A device that
    # begins anew, or had no network, knows nothing of what was before.
    row: list[int] = []
    for event in events:
        if event.kind == trace.QUOTA and event.what.startswith(_REFUSED):
            if row and _is_away_between(schedule, row[-1], event.ms):
                yield row
                row = []
            row.append(event.ms)
        elif _is_success(event):
            yield row
            row = []
    yield row


def _is_away_between(schedule: Schedule, start: int, end: int) -> bool:
    return any(gone < end and back > start for gone, back in schedule.offline)


def _is_success(event: trace.Event) -> bool:
    if event.kind == trace.RECEIVED:
        return b"/accepted" in event.what or event.what.startswith(b"HTTP/1.1 200")
    return event.kind == trace.LOG and event.what.startswith("boot ")
