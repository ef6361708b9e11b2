"""On an emulated Pico, a Cortex-M0+ with 264 kB of RAM: the firmware with the library frozen, and
the device's tests that need no network. Collected where there is MicroPython's source.
"""

import os
import re

import emulated_pico
import firmware_builds
import micropython_source
import pytest
from pico_tests import PicoError, PicoTests, compiled, listed

FILES = tuple(
    f"test_{name}"
    for name in [
        "scan",
        "topics",
        "codec",
        "packets",
        "client",
        "package",
        "mqtt",
        "waits",
        "once",
        "agent",
    ]
)
LEFT_OUT = {
    # They try so many cases that they take minutes there.
    "test_scan": ["test_members_are_written_as_json_and_never_beyond_the_limit"],
    "test_client": ["test_the_longest_request_is_exactly_as_long_as_was_said"],
    "test_packets": [
        "test_packets_are_the_same_however_their_bytes_arrive",
        "test_a_part_that_is_kept_stays_whatever_comes_and_the_room_is_given_back",
        # A packet of 128 KiB: no Pico has room for two of them.
        "test_the_length_takes_as_many_bytes_as_it_needs",
    ],
    "test_once": ["test_a_generator_is_run_to_its_end_however_long_that_takes"],
    "test_waits": ["test_devices_do_not_all_come_at_the_moment_the_network_does"],
}

# In the order of README's complete program.
EVERYTHING = """
import gc
from iotjobs import HTTPSLink, JobsAgent, MQTTLink, aio
from iotjobs.handlers import config, download, packages, reboot, services, update
gc.collect()
print(gc.mem_free(), "bytes are free")
"""


def chosen(file):
    """The tests of a file that run: all but those that are left out."""
    names = listed(file)
    assert not set(LEFT_OUT.get(file, ())) - set(names)
    return [name for name in names if name not in LEFT_OUT.get(file, ())]


if os.environ.get(micropython_source.VARIABLE) != micropython_source.NONE:

    @pytest.fixture(scope="module")
    def frozen(tmp_path_factory):
        """The console of a Pico with the library frozen, and the tests on its file system."""
        built = firmware_builds.build("RPI_PICO")
        image = tmp_path_factory.mktemp("pico") / "files"
        files = compiled(FILES)
        image.write_bytes(emulated_pico.littlefs_image(files))
        with emulated_pico.EmulatedPico(built.path, files=image) as pico:
            tests = PicoTests(pico)
            yield tests
            tests.close()

    def test_the_library_is_frozen_in_it(frozen):
        printed = frozen.fresh("import iotjobs, iotjobs.scan as s\nprint(iotjobs.__file__)")
        assert printed == "iotjobs/__init__.py\r\n"

    def test_all_that_can_be_imported_fits_its_memory_and_its_stack(frozen):
        """A Pico has 8 KiB of stack, and imports nest."""
        printed = frozen.fresh(EVERYTHING)
        assert re.fullmatch(r"\d+ bytes are free\r\n", printed), printed

    @pytest.mark.parametrize(("file", "test"), [(f, t) for f in FILES for t in chosen(f)])
    def test_on_a_pico(frozen, file, test):
        frozen.run(file, test, chosen(file))

    def test_a_test_that_fails_there_is_a_failure(frozen):
        frozen.run("support", "Clock", ["Clock", "equal"])
        with pytest.raises(PicoError, match="TypeError"):
            frozen.run("support", "equal", [])
