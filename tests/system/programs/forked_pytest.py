"""pytest for fork_server.py, where its plugins are installed: they are imported, and rewritten, by
a run that uses the fixtures of pytest-iotjobs.
"""

import contextlib
import io
import os
import pathlib
import sys
import tempfile

import pytest

TEST = "def test_it(service, device): pass\n"
MODULE = "test_fork_server"


def prepare():
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as out:
        test = pathlib.Path(folder) / f"{MODULE}.py"
        test.write_text(TEST)
        code = pytest.main(["-q", "-p", "no:cacheprovider", f"--rootdir={folder}", str(test)])
    assert code == 0, out.getvalue()
    sys.modules.pop(MODULE)


def main(arguments):
    sys.argv = ["pytest", *arguments]
    sys.path.insert(0, os.getcwd())  # as `python -m pytest` does
    return pytest.console_main()
