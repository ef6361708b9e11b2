"""The firmware that tables measure: built, or a reason for which there is none."""

from collections.abc import Callable

import environment
from building.builds import Firmware
from building.making import BuildError

from .interpreters import BenchError, say


def built(table: str, *builds: Callable[[], Firmware]) -> list[Firmware]:
    """What these build; nothing where what it takes is not to be had, which a line says then.
    Raises BenchError if a build fails.
    """
    try:
        return [build() for build in builds]
    except BuildError as error:
        raise BenchError(f"{table}: {error}") from error
    except environment.UnusableError as error:
        say(f"{table} is left out: {error}")
        return []
