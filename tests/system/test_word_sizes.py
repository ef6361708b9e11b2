"""The device's tests on a 32-bit MicroPython too, and on ARM those of native code and of what
stands on it: collected where `tools/test` found such an interpreter, said by it where not.
"""

import os
import re
import subprocess
import sys

import environment
import pytest
from benches import compiled
from debian_interpreters import ARM, I386, NONE

NATIVE = [f"tests/device/test_{name}.py" for name in ("scan", "codec", "topics", "client")]


def found(kind):
    """The path of the interpreter that `tools/test` found, or None."""
    path = os.environ.get(kind.variable, NONE)
    return None if path == NONE else path


def passed(interpreter, *files):
    """How many of the device's tests pass on it: all of these files."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files],
        cwd=environment.ROOT,
        env={**os.environ, "MICROPYTHON": str(interpreter)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    return int(re.search(r"(\d+) passed", done.stdout)[1])


if found(I386):

    def test_the_device_tests_pass_on_32_bits():
        assert passed(found(I386), "tests/device") > 100


if found(ARM):

    @pytest.fixture(params=["source", "armv6m"])
    def interpreter(request, tmp_path):
        """ARM's: with the library's source, of which its own emitter makes Thumb-2, and with the
        .mpy files that an RP2040 loads.
        """
        arm = found(ARM)
        if request.param == "source":
            return arm
        compiled.compile_library(tmp_path / "lib", request.param)
        wrapper = tmp_path / "micropython"
        wrapper.write_text(
            f"#!/bin/sh\nexport MICROPYPATH='{tmp_path}/lib':$MICROPYPATH\nexec '{arm}' \"$@\"\n"
        )
        wrapper.chmod(0o755)
        return wrapper

    def test_the_device_tests_of_native_code_pass_on_arm(interpreter):
        assert passed(interpreter, *NATIVE) > 40

    def test_arm_runs_the_native_code_and_not_its_plain_twin(interpreter):
        code = "import sys, iotjobs.scan as scan; print(scan.__file__, *sys.modules)"
        done = subprocess.run(
            [interpreter, "-c", code],
            env=environment.micropython_path(),
            capture_output=True,
            text=True,
            check=True,
        )
        loaded, *modules = done.stdout.split()
        assert loaded.endswith(".py" if interpreter == found(ARM) else ".mpy")
        assert "iotjobs.scan" in modules
        assert not [module for module in modules if module.endswith("_plain")]
