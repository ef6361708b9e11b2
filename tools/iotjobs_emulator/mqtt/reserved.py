"""Which topics that begin with $ the emulator has, and what is said of the others."""

from ..topics import ALL_BELOW, ONE_LEVEL, SEPARATOR

# What has a message below it: the jobs and the streams of a thing, and the events of jobs.
_HAD = (
    ("$aws", "things", ONE_LEVEL, "jobs", ALL_BELOW),
    ("$aws", "things", ONE_LEVEL, "streams", ALL_BELOW),
    ("$aws", "events", ALL_BELOW),
)


def why_not(reserved: str) -> str:
    """Why a client is refused a topic or a filter that begins with $: the end of a sentence."""
    levels = reserved.split(SEPARATOR)
    if any(_meet(levels, had) for had in _HAD):
        return "which is not the client's own"
    return "which the emulator does not have"


def _meet(levels: list[str], had: tuple[str, ...]) -> bool:
    """Whether a topic, or a filter, has a topic in common with the filter `had`."""
    for level, other in zip(levels, had, strict=False):  # one may be longer
        if ALL_BELOW in (level, other):
            return True
        if level != other and ONE_LEVEL not in (level, other):
            return False
    return False
