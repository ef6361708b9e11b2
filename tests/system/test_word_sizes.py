"""The device's tests on a 32-bit MicroPython too, and on ARM those of native code and of what
stands on it: collected where `tools/test` found such an interpreter, said by it where not.
"""

import os
import subprocess

import environment
import pytest
from benches import compiled
from debian_interpreters import ARM, I386, NONE
from device_tests import first_on_the_path, passed

NATIVE = [f"tests/device/test_{name}.py" for name in ("scan", "codec", "topics", "client")]


def found(kind):
    """The path of the interpreter that `tools/test` found, or None."""
    path = os.environ.get(kind.variable, NONE)
    return None if path == NONE else path


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
        return first_on_the_path(tmp_path / "lib", arm, tmp_path)

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
