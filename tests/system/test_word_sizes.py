"""The device's tests on a 32-bit MicroPython too: collected where `tools/test` found one, and said
by it where it did not.
"""

import os
import re
import subprocess
import sys

import environment

if "MICROPYTHON32" in os.environ:

    def test_the_device_tests_pass_on_32_bits():
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/device"],
            cwd=environment.ROOT,
            env={**os.environ, "MICROPYTHON": os.environ["MICROPYTHON32"]},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
        assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 100
