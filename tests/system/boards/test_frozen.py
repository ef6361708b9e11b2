"""The library frozen into the unix port; and that port without an emitter of native code, where
the twin in plain Python does the same, but allocates.
"""

import environment
import pytest
from benches import compiled
from building import builds
from commands import finished
from device_tests import first_on_the_path, passed

PLAIN = ["codec/test_scan", "codec/test_codec", "test_topics", "test_client", "agent/test_agent"]
PLAIN = [f"tests/device/{name}.py" for name in PLAIN]
PLAIN += ["--deselect", "tests/device/test_client.py::test_requests_and_messages_allocate_nothing"]
TWIN = "from iotjobs.codec import plain, scan; print(scan.read is plain.read)"


def printed(program, code):
    done = finished([program, "-c", code], env=environment.micropython_path())
    return done.stdout + done.stderr


pytestmark = pytest.mark.exhaustive


@pytest.fixture(scope="module")
def frozen(tmp_path_factory):
    """The unix port with everything frozen, which is what it finds first."""
    built = builds.build("unix").path
    return first_on_the_path(".frozen", built, tmp_path_factory.mktemp("frozen"))


@pytest.fixture(scope="module")
def without_emitter():
    """The unix port that compiles no native code and loads none, with nothing frozen."""
    folder = builds.BUILDS / "unix-without-emitter"
    flags = ("-DMICROPY_EMIT_X64=0", "-DMICROPY_EMIT_X86=0")
    return builds.build_without("unix", folder=folder, flags=flags).path


def test_what_is_frozen_is_what_is_used(frozen):
    code = "import iotjobs.agent.agent as a, umqtt.simple as u; print(a.__file__, u.__file__)"
    assert printed(frozen, code) == "iotjobs/agent/agent.py umqtt/simple.py\n"
    assert printed(frozen, TWIN) == "False\n"  # native code, frozen


def test_the_device_tests_pass_with_it_frozen(frozen):
    assert passed(frozen, "tests/device") > 600


def test_the_demo_runs_with_it_frozen(frozen):
    assert passed(frozen, "tests/system/tools/test_demo.py") > 0


def test_without_an_emitter_the_twin_is_taken_from_source(without_emitter):
    assert printed(without_emitter, TWIN) == "True\n"
    assert passed(without_emitter, *PLAIN) > 80


@pytest.mark.parametrize("march", ["x64", "armv6m"])
def test_without_an_emitter_the_twin_is_taken_from_mpy(without_emitter, march, tmp_path):
    compiled.compile_library(tmp_path / "lib", march)
    wrapper = first_on_the_path(tmp_path / "lib", without_emitter, tmp_path)
    assert printed(wrapper, TWIN) == "True\n"
    assert passed(wrapper, *PLAIN) > 80
