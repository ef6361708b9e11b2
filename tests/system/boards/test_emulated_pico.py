"""On an emulated Pico, a Cortex-M0+ with 264 kB of RAM: the device's tests that need no network,
with the library frozen and from .mpy.
"""

import pytest
from benches.compiled import compile_library
from building import builds
from emulated_pico import starter
from emulated_pico.console import PicoError
from emulated_pico.pico import EmulatedPico
from pico_tests import PicoTests, compiled, listed

NAMES = (
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
    "keeper",
    "keeper_file",
    "config",
)
# They take most of the time, and more of the heap than the library leaves that is no part of it.
# test_update has no room for its flash, and an agent that comes up again: it fails by chance.
WHERE_IT_IS_FROZEN = ("slots", "download", "firmware")
FILES = tuple(f"test_{name}" for name in NAMES)
LARGE_FILES = tuple(f"test_{name}" for name in WHERE_IT_IS_FROZEN)
# What was loaded already would matter to test_package. The others hold a flash in RAM, and have
# not room for what another test leaves in the heap: which of them failed would be its order's.
APART = ("test_package", "test_download", "test_firmware")
# Where it is not said why: they try so many cases that they take too long there.
LEFT_OUT = {
    "test_scan": ["test_members_are_written_as_json_and_never_beyond_the_limit"],
    "test_client": ["test_the_longest_request_is_exactly_as_long_as_was_said"],
    "test_packets": [
        "test_packets_are_the_same_however_their_bytes_arrive",
        "test_a_part_that_is_kept_stays_whatever_comes_and_the_room_is_given_back",
        # A packet of 128 KiB: no Pico has room for two of them.
        "test_the_length_takes_as_many_bytes_as_it_needs",
    ],
    "test_once": [
        "test_a_generator_is_run_to_its_end_however_long_that_takes",
        "test_it_gives_up_with_what_was_wrong_last_and_can_be_called_again",
    ],
    "test_waits": [
        "test_devices_do_not_all_come_at_the_moment_the_network_does",
        "test_a_million_polls_and_all_that_can_come_meanwhile_take_no_memory",
    ],
    "test_agent": [
        "test_waits_grow_to_the_limit_and_end_with_success",
        # They hold messages of 30 and 40 kB several times, for which a Pico has no room.
        "test_the_document_stays_whatever_comes_in_while_the_job_runs",
        "test_a_job_with_a_document_of_30_kib_starts_in_4_kib_of_heap",
        "test_a_reason_stays_whatever_its_details_are",
    ],
    "test_config": [
        # What tells the operations of the file system nests deeper than the stack of a Pico.
        "test_wherever_the_power_is_cut_the_settings_are_old_or_new_and_the_status_is_right",
    ],
    "test_slots": [
        "test_marks_that_cannot_be_read",
        # boards/starter is on this board, and its folder can be imported.
        "test_no_folder_at_all_is_the_exception_of_the_import",
    ],
    "test_download": [
        # Nor has it room for so many boards, one after the other.
        "test_what_fails_leaves_the_old_file_and_nothing_else",
        "test_on_a_full_flash_it_fails_and_the_log_goes_on",
    ],
    "test_firmware": [
        # Nor has it room for 16 kB twice. Those that run have 6 kB to spare.
        "test_a_good_firmware_is_there_to_stay",
        "test_a_good_firmware_that_is_reset_on_trial_is_tried_again",
    ],
}


def chosen(file):
    """The tests of a file that run: all but those that are left out."""
    names = listed(file)
    if file == "test_mqtt":  # there are many: those for which it matters what runs them
        return [name for name in names if "allocate" in name]
    assert not set(LEFT_OUT.get(file, ())) - set(names)
    return [name for name in names if name not in LEFT_OUT.get(file, ())]


def together(file, test):
    """The tests of a file that run in one interpreter with this one."""
    return [test] if file in APART else chosen(file)


pytestmark = pytest.mark.exhaustive


@pytest.fixture(params=["frozen", "/lib"], scope="module")
def pico(request, tmp_path_factory):
    """The console of a Pico with the tests, and the library: frozen, or as .mpy in /lib."""
    folder = tmp_path_factory.mktemp("pico")
    files = {**compiled(FILES + LARGE_FILES), **starter.files()}
    if request.param == "frozen":
        firmware = builds.build("RPI_PICO")
        place = "iotjobs/__init__.py"
    else:
        firmware = builds.build_without("RPI_PICO")
        place = "/lib/iotjobs/__init__.mpy"
        compile_library(folder, "armv6m")
        for path in folder.rglob("*.mpy"):
            files[f"lib/{path.relative_to(folder)}"] = path.read_bytes()
    with (
        EmulatedPico(firmware.path, files=files) as board,
        PicoTests(board.port) as tests,
    ):
        tests.reset()
        found = tests.ask("import iotjobs\nprint(iotjobs.__file__)")
        assert found == f"{place}\r\n"
        yield tests


def test_the_application_fits_memory_and_stack(pico):
    """That of boards/starter, with all that can be imported: a Pico has 8 KiB of stack, and
    imports nest.
    """
    assert starter.free(pico) > 64 * 1024


def test_the_application_finds_memory_for_tls_with_the_heap_of_a_pico_w(pico):
    """TLS wants 16.7 kB in one piece. From .mpy there is none where the garbage is left lying.
    This is beside a connection, for a job and its document: 17 KiB are left of the 20 that there
    were before the link ended what had gone wrong in its middle. A second connection has no room.
    """
    free, piece = starter.memory(pico)["connected"]
    assert piece > 17 * 1024
    assert piece > 0.8 * free


@pytest.mark.parametrize(("file", "test"), [(f, t) for f in FILES for t in chosen(f)])
def test_on_a_pico(pico, file, test):
    pico.run(file, test, together(file, test))


@pytest.mark.parametrize("pico", ["frozen"], indirect=True)
@pytest.mark.parametrize(("file", "test"), [(f, t) for f in LARGE_FILES for t in chosen(f)])
def test_on_a_pico_with_the_library_frozen(pico, file, test):
    pico.run(file, test, together(file, test))


def test_a_test_that_fails_there_is_a_failure(pico):
    pico.run("support", "Clock", ["Clock", "equal"])
    with pytest.raises(PicoError, match="TypeError"):
        pico.run("support", "equal", ["equal"])
