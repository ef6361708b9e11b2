"""umqtt.simple, of micropython-lib, which the library stands on.

pip refuses this sdist, which has no setup.py: it is downloaded and unpacked as it is.
"""

from .commands import run
from .errors import UnusableError
from .once import made_once
from .places import TOOLS, UMQTT, VENV, python_of
from .telling import say
from .umqtt_fetching import SHA256, VERSION

_FETCHING = TOOLS / "environment" / "umqtt_fetching.py"


def prepare():
    """Fetch it if it is not there; the packages for `service` must be. Raises UnusableError."""
    with made_once(UMQTT, VERSION + SHA256) as needed:
        if needed:
            say("umqtt.simple %s" % VERSION)
            run(
                [python_of(VENV), _FETCHING, UMQTT, VERSION, SHA256],
                "umqtt.simple could not be fetched: is the package index reachable?",
            )
            if not (UMQTT / "umqtt" / "simple.py").is_file():
                raise UnusableError("micropython-umqtt.simple %s has no umqtt/simple.py" % VERSION)
