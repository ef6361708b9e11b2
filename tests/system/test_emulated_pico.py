"""On an emulated Pico, a Cortex-M0+ with 264 kB of RAM: the firmware with the library frozen, and
the device's tests that need no network. Collected where there is MicroPython's source.
"""

import os

import emulated_pico
import firmware_builds
import micropython_source
import pytest
from pico_tests import PicoError, PicoTests, compiled, listed

FILES = ("scan", "topics", "codec", "packets", "client", "package", "waits", "once", "agent")

# A Pico has no `socket` and no `tls`.
NETWORK = "needs the network's modules"
LONG = "takes minutes on an emulated Pico"
ROOM = "needs more room than a Pico has"
LEFT_OUT = {
    "test_scan.test_members_are_written_as_json_and_never_beyond_the_limit": LONG,
}


def chosen():
    """The tests that run: all of the files but those that are left out."""
    names = [f"test_{file}.{test}" for file in FILES for test in listed(f"test_{file}")]
    assert not set(LEFT_OUT) - set(names)
    return [name for name in names if name not in LEFT_OUT]


if os.environ.get(micropython_source.VARIABLE) != micropython_source.NONE:

    @pytest.fixture(scope="module")
    def frozen(tmp_path_factory):
        """The console of a Pico with the library frozen, and the tests on its file system."""
        built = firmware_builds.build("RPI_PICO")
        image = tmp_path_factory.mktemp("pico") / "files"
        files = compiled(f"test_{file}" for file in FILES)
        image.write_bytes(emulated_pico.littlefs_image(files))
        with emulated_pico.EmulatedPico(built.path, files=image) as pico:
            tests = PicoTests(pico)
            yield tests
            tests.close()

    def test_the_library_is_frozen_in_it(frozen):
        printed = frozen.fresh("import iotjobs, iotjobs.scan as s\nprint(iotjobs.__file__)")
        assert printed == "iotjobs/__init__.py\r\n"

    @pytest.mark.parametrize("name", chosen())
    def test_on_a_pico(frozen, name):
        frozen.run(*name.split("."))

    def test_a_test_that_fails_there_is_a_failure(frozen):
        with pytest.raises(PicoError, match="AttributeError"):
            frozen.run("test_topics", "test_that_is_not_there")
