"""The power matrix: the power is cut at each step of a story; then once more after the restart."""

from collections.abc import Iterator

from .schedule import Cut, Schedule

HOW = ("done", "torn", "lost", "stray")  # device/flash.py
_MESSAGE_CUTS = ("unsent", "sent", "received", "handled")
_NEAR = 24  # flash operations after a cut at which the power is cut again
_LIMIT_MS = 120_000


def singles(story: Schedule, device: dict) -> Iterator[Schedule]:
    """A cut at each flash operation and at each message of the session in which `device` is what
    came of it without a cut.
    """
    for number in range(device["operations"]):
        for turn in range(len(HOW)):  # a sample has the first: each operation, each how in turn
            how = HOW[(number + turn) % len(HOW)]
            yield _with(story, Cut("flash", number, how), tries=(number,))
    for kind in _MESSAGE_CUTS:
        for number in range(1, device["sent" if "sent" in kind else "received"] + 1):
            yield _with(story, Cut(kind, number, "lost"), tries=((kind, number),))


def pairs(story: Schedule, device: dict) -> Iterator[Schedule]:
    """A second cut at each of the flash operations, and messages, that follow a first one."""
    for number in range(device["operations"]):
        how = HOW[number % len(HOW)]
        for after in range(1, _NEAR + 1):
            other = HOW[after % len(HOW)]
            both = Cut("flash", number, how), Cut("flash", number + after, other)
            yield _with(story, *both, tries=(("at", number), ("after", after)))
    for kind in ("sent", "handled"):
        for number in range(1, device["sent" if kind == "sent" else "received"] + 1):
            for after in range(1, 8):
                both = Cut(kind, number, "lost"), Cut(kind, number + after, "lost")
                yield _with(story, *both, tries=((kind, number), (kind, "after", after)))


def _with(story: Schedule, *cuts: Cut, tries: tuple) -> Schedule:
    told = " and ".join(f"{cut.kind} {cut.number} {cut.how}" for cut in cuts)
    name = f"{story.name}, power cut at {told}"
    return story.with_(name=name, cuts=cuts, limit_ms=_LIMIT_MS, tries=tries)
