"""umqtt.simple, of micropython-lib, which the library stands on.

pip refuses this sdist, which has no setup.py: it is downloaded and unpacked as it is.
"""

from .commands import run
from .errors import UnusableError
from .once import made_once
from .places import UMQTT, VENV, python_of
from .telling import say

VERSION = "1.3.4"
SHA256 = "b6a2520239e3992c63a7de9370ee9b3d9d27819a90359c521f1c0f7ccab8d12f"

_FETCH = """
import os, pathlib, subprocess, sys
from unearth import PackageFinder
def setting(name):
    run = subprocess.run([sys.executable, "-m", "pip", "config", "get", name], capture_output=True)
    return run.stdout.decode().split()
index = os.environ.get("PIP_INDEX_URL", "").split() or setting("global.index-url")
if not index:
    from pip._internal.models.index import PyPI
    index = [PyPI.simple_url]
version, sha256, folder = sys.argv[1:]
finder = PackageFinder(index_urls=index[:1])
found = finder.find_best_match("micropython-umqtt.simple==" + version)
if found.best is None:
    sys.exit("the package index has no micropython-umqtt.simple " + version)
finder.download_and_unpack(found.best.link, pathlib.Path(folder), hashes={"sha256": [sha256]})
"""


def prepare():
    """Fetch it if it is not there; the packages for `service` must be. Raises UnusableError."""
    with made_once(UMQTT, VERSION + SHA256) as needed:
        if needed:
            say("umqtt.simple %s" % VERSION)
            run(
                [python_of(VENV), "-c", _FETCH, VERSION, SHA256, UMQTT],
                "umqtt.simple could not be fetched: is the package index reachable?",
            )
            if not (UMQTT / "umqtt" / "simple.py").is_file():
                raise UnusableError("micropython-umqtt.simple %s has no umqtt/simple.py" % VERSION)
