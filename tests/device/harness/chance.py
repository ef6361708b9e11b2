"""The random numbers of a test: what the library draws follows from a seed, and is counted.

Modules that are built in cannot be changed, so the library's modules get a stand-in for them.
"""

import random
import sys

drawn = 0  # how often, since `begin`


def begin(seed):
    """Let everything that is drawn from now on follow from this number."""
    global drawn
    drawn = 0
    random.seed(seed)
    for name, what, stand_in in _DRAWING + _OF_ITS_TESTS:
        module = sys.modules.get(name)
        if module:
            setattr(module, what, stand_in)


# Neither of them allocates more than what it stands in for: tests lock the heap.
class _Random:
    @staticmethod
    def getrandbits(bits):
        global drawn
        drawn += 1
        return random.getrandbits(bits)


class _Os:
    @staticmethod
    def urandom(size):
        global drawn
        drawn += 1
        return bytes([random.getrandbits(8) for _ in range(size)])


# Where the library draws, by what name, and what draws instead.
_DRAWING = (
    ("iotjobs.agent.session", "random", _Random),
    ("iotjobs.client", "os", _Os),
    ("iotjobs.fetch.stream_client", "os", _Os),
    ("iotjobs.links.dns", "os", _Os),
)
# Only its own tests import this, before they begin.
_OF_ITS_TESTS = (("iotjobs.handlers.certificate.request", "os", _Os),)
MODULES = tuple(name for name, _, _ in _DRAWING)
