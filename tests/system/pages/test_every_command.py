"""Each command that a page has is run by a test as it stands there, or is in the table below."""

import fnmatch
import functools
import re

import documentation
import environment
import test_commands
import test_readme

SYSTEM = environment.ROOT / "tests" / "system"
# What is not run as it stands: the command ("*" is anything), why, and the test below
# tests/system/ that does the same with less; None if only hardware or the web has what it needs.
ELSEWHERE = (
    ("tools/demo", "run there", "tools/test_demo.py::test_the_demo_ends_well_and_shows_each_job"),
    (
        "tools/test*",
        "it would run itself",
        "testing/test_test_command.py::test_with_arguments_what_they_choose_runs_and_the_rest_is_said",
    ),
    (
        "PICO_W_FIRMWARE=* tools/test *",
        "a firmware that somebody must build",
        "boards/test_pico_w.py",
    ),
    (
        "tools/fuzz --cases 20000 --seed 7",
        "a minute: fewer cases there, and as many in the part fuzz",
        "tools/test_fuzz.py::test_the_command_says_what_it_compared",
    ),
    (
        "tools/storm --quota any --seeds 500",
        "minutes: there a sample, and all in the part storms",
        "matrices/test_quota_storm.py::test_every_job_ends_within_each_quota",
    ),
    (
        "tools/storm --https",
        "1,000 storms: there a sample, and 100 in the part https",
        "matrices/test_https_matrix.py::test_nothing_is_lost_in_a_storm",
    ),
    (
        "tools/storm --streams --matrix faults",
        "20,312 schedules: there a sample, and all in the part streams",
        "matrices/test_stream_matrix.py::test_each_kind_of_fault_and_each_few_cuts_leave_no_wrong_file",
    ),
    (
        "tools/storm --matrix boards",
        "2,623 schedules: there a sample, and all in the part board-troubles",
        "matrices/test_board_matrix.py::test_each_kind_of_failure_of_a_board_harms_nothing",
    ),
    (
        "tools/mutants agent session",
        "minutes: mistakes in a small tree there",
        "testing/test_mutants_trials.py::test_it_says_which_test_killed_it_and_sums_up",
    ),
    (
        "tools/bench *",
        "minutes: there table by table, in few rounds",
        "tools/test_bench.py::test_calls_are_measured_on_every_machine",
    ),
    (
        "tools/firmware RPI_PICO*",
        "minutes, and a checkout of MicroPython",
        "boards/test_firmware_command.py::test_a_board_is_built_with_its_definition_and_with_pypis_cmake",
    ),
    (
        "tools/firmware BOARD",
        "the form of a command",
        "boards/test_firmware_command.py::test_a_board_that_is_not_there_is_told_which_are",
    ),
    (
        "make -C *",
        "minutes, and what Espressif has: the part boards configures each board there",
        "boards/test_boards.py",
    ),
    (
        "tools/jobs COMMAND --thing-name NAME",
        "the form of a command",
        "jobs_cli/test_jobs_command.py::test_a_session_of_all_commands",
    ),
    ("aws iot-jobs-data*", "the form of a command", "service/test_aws_jobs_data.py"),
    (
        "tools/jobs --mqtt",
        "an option of a command",
        "jobs_cli/test_jobs_connection.py::test_another_client_id",
    ),
    (
        "cp ../iotjobs/boards/starter/tests/blink.py .",
        "for a project outside this repository",
        "kit/test_kit_examples.py::test_the_page_leads_to_a_green_test",
    ),
    (
        "tools/fleet *",
        "minutes, or a picture beside the page: fewer boards there",
        "tools/test_fleet.py::test_the_command",
    ),
    ("aws iot update-event-configurations", "the emulator has no job events", None),
    ("mpremote bootloader", "a board has one", None),
    ("cp build/*", "onto the drive that a bootloader is", None),
    ("mpremote run", "in the list of what only hardware can show", None),
    ("esptool.py erase_flash", "a chip by Espressif has it", None),
    ("curl -O https://www.amazontrust.com/*", "it is in the web", None),
    ("curl -O https://letsencrypt.org/*", "it is in the web", None),
    ("openssl s_client *", "it is in the web", None),
)


@functools.cache
def commands_run():
    """The commands that tests say they run, which the desk sees them do (harness/desk.py)."""
    tests = [*vars(test_commands).values(), *vars(test_readme).values()]
    return set().union(*(getattr(test, "runs", ()) for test in tests))


def left():
    """Each command of a page that no test runs, and of which none is a part if it is in a
    sentence; with the name of its page.
    """
    found = []
    for path in documentation.pages():
        page = path.read_text()
        lines = set(documentation.commands(page)) - commands_run()
        lines |= {line for line in documentation.mentioned(page) if not is_part_of_one(line)}
        found += [(line, str(path.relative_to(environment.ROOT))) for line in sorted(lines)]
    return found


def is_part_of_one(mention):
    """Whether all words of it are in one that is run, in that order."""
    pattern = re.compile(".* ".join(map(re.escape, mention.split())) + "(?: |$)")
    return any(pattern.match(line) for line in commands_run())


def is_in(row, line):
    return fnmatch.fnmatchcase(line, row[0])


def test_every_command_is_run_or_is_in_the_table():
    assert len(commands_run()) > 50
    assert [found for found in left() if not any(is_in(row, found[0]) for row in ELSEWHERE)] == []


def test_every_row_of_the_table_is_of_a_command_that_no_test_runs():
    lines = [line for line, _ in left()]
    assert [row for row in ELSEWHERE if not any(is_in(row, line) for line in lines)] == []


def test_every_test_in_the_table_is_there():
    for _, _, test in ELSEWHERE:
        if test:
            name, _, function = test.partition("::")
            begins = f"\ndef {function}(" if function else "\ndef test_"
            assert begins in (SYSTEM / name).read_text(), test
