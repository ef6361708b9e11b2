"""On ARM the device's tests of native code and of what stands on it."""

import environment
import pytest
from benches import compiled
from commands import output
from debian_packages import micropythons
from device_tests import first_on_the_path, passed

pytestmark = pytest.mark.exhaustive

NATIVE = [
    "tests/device/codec/test_scan.py",
    "tests/device/codec/test_codec.py",
    "tests/device/test_topics.py",
    "tests/device/test_client.py",
]


@pytest.fixture(scope="module")
def arm():
    return micropythons.path(micropythons.ARM)


@pytest.fixture(params=["source", "armv6m"])
def interpreter(request, arm, tmp_path):
    """ARM's: with the library's source, of which its own emitter makes Thumb-2, and with the .mpy
    files that an RP2040 loads.
    """
    if request.param == "source":
        return arm
    compiled.compile_library(tmp_path / "lib", request.param)
    return first_on_the_path(tmp_path / "lib", arm, tmp_path)


def test_the_device_tests_of_native_code_pass_on_arm(interpreter):
    assert passed(interpreter, *NATIVE) > 40


def test_arm_runs_the_native_code_and_not_its_plain_twin(interpreter, arm):
    code = "import sys, iotjobs.codec.scan as scan; print(scan.__file__, *sys.modules)"
    printed = output([interpreter, "-c", code], env=environment.micropython_path())
    loaded, *modules = printed.split()
    assert loaded.endswith(".py" if interpreter == arm else ".mpy")
    assert "iotjobs.codec.scan" in modules
    assert not [module for module in modules if module.endswith("_plain")]
