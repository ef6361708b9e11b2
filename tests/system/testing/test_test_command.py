"""tools/test: which tests run for which arguments, what is recorded of parts, and what it
prints.
"""

import json
import os
import re
import subprocess
import sys
import time
import types

import environment
import pytest
from commands import write_files
from forked_tools import ForkedPython
from testing import command, parts, record, running
from testing.part import Part

SPREAD = command._SPREAD
CONFTEST = 'pytest_plugins = ["testing.plugin", "testing.progress"]\n'
SOME = """
import pytest

def test_of_a_sample(exhaustive, record_property):
    record_property("told", f"{100 if exhaustive else 5} cases")

@pytest.mark.exhaustive
def test_of_the_whole():
    pass
"""

IT = "def test_it():\n    "
OTHER = "import pytest\ndef test_other():\n    pass\n"

# For what runs parts: its processes begin sooner.
FORKED = types.SimpleNamespace(
    Popen=ForkedPython, DEVNULL=subprocess.DEVNULL, STDOUT=subprocess.STDOUT
)


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A folder with tests instead of the project's; nothing is checked, prepared or due in it."""
    monkeypatch.setenv("PYTHONPATH", str(environment.TOOLS))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(record, "PATH", tmp_path / "passed.json")
    monkeypatch.setattr(parts, "PARTS", ())
    monkeypatch.setattr(command, "CHECKS", ())
    monkeypatch.setattr(running, "subprocess", FORKED)
    monkeypatch.setattr(command, "_prepare", lambda: None)
    monkeypatch.setattr(command, "_keep_bytecode", lambda: None)
    monkeypatch.setattr(command, "_pytest", pytest_apart)
    monkeypatch.setattr(command, "_SPREAD", ())
    monkeypatch.setattr(environment, "enter", lambda script, *purposes: None)
    monkeypatch.chdir(tmp_path)
    tests = {"tests/conftest.py": CONFTEST, "tests/test_some.py": SOME}
    return write_files(tmp_path, {**tests, "pytest.ini": "[pytest]\n"})


def pytest_apart(arguments):
    """pytest in a process of its own: this one has a session already."""
    pytest_command = [sys.executable, "-m", "pytest", "--no-header", *arguments]
    return ForkedPython(pytest_command, stdout=1, stderr=2).wait()


def part(tree, name, source, **rest):
    write_files(tree, {f"tests/test_{name}.py": source})
    return Part(name, (f"tests/test_{name}.py",), ("tests/*.py",), **rest)


def ran(*chosen, minutes=None, arguments=()):
    said = []
    outcome = running.run(chosen, arguments, minutes, said.append)
    return outcome, "\n".join(said)


@pytest.fixture
def run(tree, monkeypatch, capfd):
    """run(*arguments): what the command returns and prints."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["test", *arguments])
        return command.main(), capfd.readouterr().out

    return run


def last(printed):
    return printed.splitlines()[-1]


def test_a_part_that_passes_is_recorded_with_how_long_it_took(tree, monkeypatch):
    monkeypatch.setattr(running, "subprocess", subprocess)
    one = part(tree, "one", SOME)
    outcome, said = ran(one)
    assert (outcome.passed, outcome.failed, outcome.left) == (2, 0, [])
    assert "one: 2 passed, 0 failed" in said
    assert "test_of_a_sample: 100 cases" in said
    found = record.passed()["one"]
    assert found["digest"] == one.digest()
    assert found["seconds"] >= 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", found["on"])


@pytest.mark.parametrize(
    ("source", "arguments", "counts", "said"),
    [
        (f"{OTHER}{IT}assert 1 == 2", [], (1, 1), "FAILED tests/test_one.py::test_it"),
        (f"{OTHER}{IT}pytest.skip('why')", [], (1, 1), "1 skipped, exit code 0"),
        ("raise ValueError('why')", [], (0, 1), "ValueError: why"),
        ("'a file without a test'", [], (0, 1), "exit code 5"),
        (f"import os\n{IT}os._exit(3)", [], (0, 1), "exit code 3"),
        (SOME, ["-k", "whole"], (1, 0), "one: 1 passed, 0 failed"),
        (f"{IT}open('tests/test_new.py', 'w').close()", [], (1, 0), "one: 1 passed, 0 failed"),
    ],
    ids=["fails", "skips", "no module", "no test", "ends pytest", "a selection", "a new file"],
)
def test_a_part_is_not_recorded_unless_all_of_it_has_passed_as_it_is(
    tree, source, arguments, counts, said
):
    outcome, printed = ran(part(tree, "one", source), arguments=arguments)
    assert (outcome.passed, outcome.failed) == counts
    assert said in printed
    assert record.passed() == {}


def test_what_it_needs_is_told_to_it_or_it_is_left_out(tree):
    def missing():
        raise environment.UnusableError("no browser")

    source = f"import os\n{IT}assert os.environ['WHERE'] == 'there'"
    outcome, _ = ran(
        part(tree, "one", source, prepare=lambda: {"WHERE": "there"}),
        part(tree, "two", source, prepare=missing),
    )
    assert (outcome.passed, outcome.failed) == (1, 0)
    assert outcome.left == ["two (no browser)"]
    assert list(record.passed()) == ["one"]


def test_when_the_time_is_over_what_runs_is_ended_and_is_not_recorded(tree, monkeypatch):
    monkeypatch.setattr(running, "subprocess", subprocess)
    source = f"import time\n{IT}time.sleep(600)"
    started = time.monotonic()
    outcome, _ = ran(part(tree, "one", source), minutes=0.02)
    assert time.monotonic() - started < 60
    assert (outcome.passed, outcome.failed) == (0, 0)
    assert outcome.left == ["one did not end in the time that there was"]
    assert record.passed() == {}


def test_without_arguments_the_tests_run_and_the_parts_that_are_due(tree, monkeypatch, run):
    due, not_due = part(tree, "due", SOME), part(tree, "other", SOME)
    monkeypatch.setattr(parts, "PARTS", (due, not_due))
    record.keep(not_due, not_due.digest(), 1)
    status, printed = run()
    assert status == 0
    assert last(printed) == "tests: 5 passed, 0 failed"  # three samples, and a part
    assert "exhaustive parts: due\n" in printed
    assert "they depend on (other): tools/test --all runs them too" in printed
    assert sorted(record.passed()) == ["due", "other"]
    assert last(run()[1]) == "tests: 3 passed, 0 failed"
    assert last(run("--all")[1]) == "tests: 7 passed, 0 failed"


def test_the_tests_are_spread_over_the_processors(tree, monkeypatch, capfd):
    monkeypatch.setattr(command, "_SPREAD", SPREAD)
    spread = command._workers(["tests"])
    assert spread == command._workers(["-x"]) == command._workers([f"{tree}/tests"])
    for alone in (["tests/device/test_one.py"], ["-k", "one"], ["-s"], ["tests/nowhere"]):
        assert command._workers(alone) == ()
    assert pytest_apart(["-p", "xdist.plugin", *spread, str(tree / "tests"), "--seed", "3"]) == 0
    printed = capfd.readouterr().out
    assert re.search(r"^\d workers", printed, re.MULTILINE)
    assert "1 passed" in printed


def test_what_does_not_fit_into_the_time_is_said_with_how_to_run_it(tree, monkeypatch, run):
    monkeypatch.setattr(parts, "PARTS", (part(tree, "long", SOME),))
    monkeypatch.setattr(record, "UNKNOWN_S", 60 * command.MINUTES + 1)
    _, printed = run()
    assert "left out: for want of time, to run next time or by tools/test --part long" in printed
    assert record.passed() == {}


def test_a_failure_of_a_test_or_of_a_part_is_the_commands(tree, monkeypatch, run):
    part(tree, "broken", f"{IT}assert 1 == 2, 'why'")
    status, printed = run()
    assert status == 1
    assert "FAILED tests/test_broken.py::test_it - AssertionError: why" in printed
    assert "left out: the exhaustive parts, since tests have failed" in printed
    assert last(printed) == "tests: 1 passed, 1 failed"
    source = f"import pytest\n@pytest.mark.exhaustive\n{IT}1/0"
    monkeypatch.setattr(parts, "PARTS", (part(tree, "broken", source),))
    status, printed = run()
    assert status == 1
    assert "ZeroDivisionError" in printed
    assert last(printed) == "tests: 1 passed, 1 failed"


def test_a_style_check_that_fails_ends_it(monkeypatch, run):
    monkeypatch.setattr(command, "CHECKS", (("-c", "raise SystemExit(1)"),))
    status, printed = run()
    assert status == 1
    assert "failed: python -c" in printed
    assert "passed" not in printed


@pytest.mark.parametrize("arguments", [("tests/test_some.py",), ("-k", "sample"), ("-x",)])
def test_with_arguments_what_they_choose_runs_and_the_rest_is_said(
    tree, monkeypatch, run, arguments
):
    monkeypatch.setattr(parts, "PARTS", (part(tree, "due", SOME),))
    monkeypatch.setattr(command, "CHECKS", (("-c", "raise SystemExit(1)"),))
    status, printed = run(*arguments)
    assert status == 0
    assert printed.startswith("only what is chosen: no style checks, and a sample")
    assert re.search(r"\b[12] passed", printed)
    assert record.passed() == {}


def test_a_part_is_named_or_what_there_is(tree, monkeypatch, capfd, run):
    chosen = part(tree, "fuzz", SOME)
    monkeypatch.setattr(parts, "PARTS", (chosen,))
    record.keep(chosen, chosen.digest(), 1)
    status, printed = run("--part", "fuzz")
    assert (status, last(printed)) == (0, "tests: 2 passed, 0 failed")
    with pytest.raises(SystemExit) as ended:
        run("--part", "fuss")
    assert ended.value.code == 2
    assert "fuzz" in capfd.readouterr().err


SEEDED = """
import random
def draw(name):
    with open("drawn", "a") as file:
        file.write(f"{name} {random.random()}\\n")
def test_a():
    draw("a")
def test_b():
    draw("b")
"""


def test_the_seed_says_what_is_drawn_and_with_shuffle_the_order(tree, run):
    def drawn(*arguments):
        write_files(tree, {"drawn": ""})
        run(*arguments, "tests/test_seeded.py")
        return [line.split() for line in (tree / "drawn").read_text().splitlines()]

    write_files(tree, {"tests/test_seeded.py": SEEDED})
    first = dict(drawn("--seed", "1"))
    assert first["a"] != first["b"]
    assert dict(drawn("--seed", "1")) == first
    second = dict(drawn("--seed", "2"))
    assert second["a"] != second["b"]
    assert second != first
    for seed, order in (("0", "ab"), ("1", "ba")):
        assert [name for name, _ in drawn("--seed", seed, "--shuffle")] == [*order]


def test_a_failure_says_with_which_seed(tree, run):
    part(tree, "broken", f"{IT}assert 1 == 2")
    _, printed = run("--seed", "77", "tests/test_broken.py")
    assert "--seed 77" in printed


def test_where_it_is_said_by_the_way(tree, run):
    _, printed = run("tests/test_some.py")
    assert re.search(r"^100 %  1 of 1 tests  \d+ s$", printed, re.MULTILINE)
    assert "..." not in printed
    summary = tree / "summary.json"
    pytest_apart(["--summary", str(summary), "tests/test_some.py"])
    found = json.loads(summary.read_text())
    assert (found["passed"], found["failed"], found["skipped"]) == (1, 0, 0)
    assert found["told"] == ["test_of_a_sample: 5 cases"]
    assert list(found["files"]) == ["tests/test_some.py"]
    assert os.listdir(tree / "tests")
