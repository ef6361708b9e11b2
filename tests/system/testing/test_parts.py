"""The exhaustive parts: which of them are due, what is recorded, and what fits into the time."""

import re

import environment
import pytest
from commands import write_files
from testing import parts, record, running
from testing.part import Part

SYSTEM = environment.ROOT / "tests" / "system"
ONE = Part("one", ("tests/test_one.py",), ("lib/**/*.py", "boards/*/**/*"))
TWO = Part("two", ("tests/test_two.py",), ("lib/**/*.py", "package.json"))


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A folder instead of the project's, with two parts, files of each kind, and a record."""
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(record, "PATH", tmp_path / "passed.json")
    names = ("lib/iotjobs/handlers/reboot.py", "boards/rp2/RPI_PICO/x.cmake", "package.json")
    names = (*names, "tests/test_one.py", "tests/test_two.py")
    return write_files(tmp_path, dict.fromkeys(names, "as it was"))


def has_passed(*chosen):
    for part in chosen:
        record.keep(part, part.digest(), 10)


def due():
    return [part.name for part in record.due((ONE, TWO))]


def test_at_first_all_are_due(tree):
    assert due() == ["one", "two"]


def test_one_that_passed_is_due_again_when_a_file_has_changed_or_come_or_gone(tree):
    has_passed(ONE, TWO)
    assert due() == []
    file = tree / "lib" / "iotjobs" / "handlers" / "reboot.py"
    file.write_text("as it is")
    assert due() == ["one", "two"]
    file.write_text("as it was")
    assert due() == []
    new = tree / "boards" / "rp2" / "RPI_PICO" / "manifest.py"
    new.touch()
    assert due() == ["one"]
    new.unlink()
    file.rename(file.with_name("restart.py"))
    assert due() == ["one", "two"]


def test_its_tests_and_its_own_files_are_those_of_no_other(tree):
    has_passed(ONE, TWO)
    (tree / "package.json").write_text("as it is")
    assert due() == ["two"]
    (tree / "tests" / "test_one.py").write_text("as it is")
    assert due() == ["one", "two"]


def test_what_is_compiled_or_kept_beside_the_sources_is_no_change(tree):
    has_passed(ONE)
    write_files(tree, {"boards/rp2/__pycache__/manifest.pyc": ""})
    assert due() == ["two"]


WORDS = """
# What it is for.

def f(x):
    # Why.
    return "a # b"  # and that
"""
SAME_CODE = (
    WORDS.replace("What it is for", "Something else"),
    WORDS.replace("  # and that", ""),
    WORDS.replace("    # Why.", '    """What it returns.\n\n    For whom.\n    """\n'),
    f'"""What the module is."""\n{WORDS}',
    WORDS.replace("\n\n", "\n\n\n"),
)
OTHER_CODE = (
    WORDS.replace("a # b", "a # c"),
    WORDS.replace("x", "y"),
    WORDS.replace("    # Why.", "    '' + x"),
    WORDS.replace("    # Why.", "    if x:\n        pass"),
    WORDS.replace("def f", "async def f"),
)


@pytest.mark.parametrize(
    ("text", "changed"),
    [*((text, []) for text in SAME_CODE), *((text, ["one", "two"]) for text in OTHER_CODE)],
)
def test_words_in_the_library_are_no_change(tree, text, changed):
    file = tree / "lib" / "iotjobs" / "f.py"
    file.write_text(WORDS)
    has_passed(ONE, TWO)
    assert text != WORDS
    file.write_text(text)
    assert due() == changed


def test_elsewhere_they_are_since_a_tool_may_print_them(tree):
    test = tree / "tests" / "test_one.py"
    test.write_text(f"# {test.read_text()}")
    has_passed(ONE)
    test.write_text("# as it is")
    assert "one" in due()


def test_those_come_first_that_have_not_passed_for_longest(tree, monkeypatch):
    for day, part in (("2026-03-02", ONE), ("2026-03-01", TWO)):
        monkeypatch.setattr(record, "today", lambda day=day: day)
        has_passed(part)
    (tree / "lib" / "new.py").touch()
    assert due() == ["two", "one"]


@pytest.mark.parametrize(
    ("seconds", "inside"),
    [((60, 60, 60), "abc"), ((120, 60, 60), "abc"), ((120, 120, 60), "ab"), ((130, 60, 60), "bc")],
)
def test_what_does_not_fit_waits_for_the_next_time(monkeypatch, seconds, inside):
    some = [Part(name, (), ()) for name in "abc"]
    expected = {part.name: took for part, took in zip(some, seconds, strict=True)}
    monkeypatch.setattr(record, "expected_s", lambda part: expected[part.name])
    fitting, outside = running.fitting(some, minutes=2, workers=2)
    assert "".join(part.name for part in fitting) == inside
    assert {part.name for part in (*fitting, *outside)} == set("abc")


def files_of(part):
    return [test.partition("::")[0] for test in part.tests]


@pytest.mark.parametrize(
    ("way", "file"), [("seeds-", r"\[(\w+)\]$"), ("32-bit-", r"^tests/device/.*?(\w+)\.py$")]
)
def test_each_file_of_the_devices_tests_is_tried_so_by_one_part(way, file):
    tests = [test for part in parts.PARTS if part.name.startswith(way) for test in part.tests]
    tried = [found[1] for test in tests if (found := re.search(file, test))]
    files = (environment.ROOT / "tests" / "device").rglob("test_*.py")
    assert sorted(tried) == sorted(path.stem for path in files)


def test_every_pattern_finds_something():
    for part in parts.PARTS:
        for pattern in (*part.patterns(), *files_of(part)):
            assert any(environment.ROOT.glob(pattern)), (part.name, pattern)


def test_every_exhaustive_test_is_in_a_part():
    files = {path for path in SYSTEM.rglob("test_*.py") if "mark.exhaustive" in path.read_text()}
    here = {SYSTEM / "testing" / "test_parts.py", SYSTEM / "testing" / "test_test_command.py"}
    in_parts = {environment.ROOT / test for part in parts.PARTS for test in files_of(part)}
    assert files - here <= in_parts


def test_whoever_builds_firmware_or_runs_a_pico_depends_on_how():
    builds = re.compile(r"builds\.build|import plain_pico")
    pico = re.compile(r"import (EmulatedPico|plain_pico)")
    for part in parts.PARTS:
        for test in part.tests:
            path = environment.ROOT / test
            text = path.read_text() if path.is_file() else ""
            if builds.search(text):
                assert "tools/building/*.py" in part.depends, part.name
            if pico.search(text):
                assert "tools/emulated_pico/*.py" in part.depends, part.name
