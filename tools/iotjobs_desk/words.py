"""What happened to a program and its board, in the words that a person reads."""

from .repeats import OFTEN

_MISSING = "ImportError: no module named "
_NO_STAND_IN = " has no stand-in on a PC"
_AT_PROMPT = "a board would be at its prompt"


def of_end(error: str | None) -> str:
    """The program has ended: by that exception, or by itself."""
    if error is None:
        return f"the program has ended: {_AT_PROMPT}"
    if error.startswith(_MISSING):
        name = error.removeprefix(_MISSING).strip("'")
        return (
            f"the program has ended: there is no {name} here. If it is a module of the board's "
            f"firmware, put a {name}.py that stands for it into the folder lib of the board's root"
        )
    if error.endswith(_NO_STAND_IN):
        name = error.partition(": ")[2].removesuffix(_NO_STAND_IN)
        module, _, part = name.partition(".")
        return (
            f"the program has ended: {name}{_NO_STAND_IN}. Leave it out where it is missing: "
            f'if hasattr({module}, "{part}")'
        )
    return f"the program has ended by {error}: {_AT_PROMPT}"


def of_repeats(error: str) -> str:
    """The program ends at each start by that exception, and a watchdog starts it again."""
    return f"the program has ended {OFTEN} times in a row by {error}: its watchdog starts it anew"


def of_reset(event: dict) -> str:
    """The board is reset."""
    return f"the board is reset by {event['reset']}"


def of_queued(job_id: str, seconds: float, thing: str, way_out: str) -> str:
    """Nobody has asked for a job in that time. `way_out` is how another thing is named."""
    return (
        f"job {job_id} is QUEUED still after {seconds:g} s: the program has not asked for it. "
        f"Does its loop call agent.poll()? Does it connect as {thing} ({way_out})?"
    )
