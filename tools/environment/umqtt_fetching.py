"""Download umqtt.simple: umqtt_fetching.py FOLDER [VERSION SHA256]. Needs unearth and pip.

A program of its own, for the Python that has unearth: that of `.venv`, or the one that builds the
test kit's wheel.
"""

import os
import pathlib
import subprocess
import sys

VERSION = "1.3.4"
SHA256 = "b6a2520239e3992c63a7de9370ee9b3d9d27819a90359c521f1c0f7ccab8d12f"


def _setting(name):
    run = subprocess.run([sys.executable, "-m", "pip", "config", "get", name], capture_output=True)
    return run.stdout.decode().split()


def _index():
    index = os.environ.get("PIP_INDEX_URL", "").split() or _setting("global.index-url")
    if not index:
        from pip._internal.models.index import PyPI

        index = [PyPI.simple_url]
    return index[:1]


def main(folder, version=VERSION, sha256=SHA256):
    """Have it in `folder`. Exits with what is wrong."""
    from unearth import PackageFinder

    finder = PackageFinder(index_urls=_index())
    found = finder.find_best_match("micropython-umqtt.simple==" + version)
    if found.best is None:
        sys.exit("the package index has no micropython-umqtt.simple " + version)
    finder.download_and_unpack(found.best.link, pathlib.Path(folder), hashes={"sha256": [sha256]})


if __name__ == "__main__":
    main(*sys.argv[1:])
