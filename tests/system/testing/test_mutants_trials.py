"""`tools/mutants` on a project of its own: killed is told from survived and from an error."""

import os
import signal
import sys

import environment
import pytest
from mutating import command, trials
from processes import Process
from tiny_tree import HEAD, SOURCE, TEST_ADD, TEST_TWICE, tried
from tiny_tree import tiny_tree as tiny_tree
from waiting import until

# Of tools/mutants in a page.
BEGIN = "<!-- figures of tools/mutants: begin -->"
END = "<!-- figures of tools/mutants: end -->"


def mutation(name, line, becomes):
    return f"[{name}]\nline = '{line}'\nbecomes = '{becomes}'\n"


IT_SUBTRACTS = mutation("it-subtracts", "return a + b", "return a - b")
IT_IS_NOT_SEEN = mutation("it-is-not-seen", "return 0", "return 1")

# What becomes of one


def test_killed_is_what_a_test_fails_on_and_nothing_else(tiny_tree):
    root = tiny_tree(
        IT_SUBTRACTS
        + mutation("it-is-not-seen-by-the-file-named", "return 2 * a", "return 3 * a")
        + IT_IS_NOT_SEEN
        + mutation("it-cannot-be-imported", "def add(a, b):", "def plus(a, b):")
        + 'tests = ["tests/test_add.py", "tests/test_twice.py"]\n'
        + mutation("it-has-gone", "return a * b", "return a")
        + mutation("its-tests-have-gone", "return a + b", "return b")
        + 'tests = ["tests/test_sum.py"]\n'
        + mutation("its-tests-are-none", "return a + b", "return a")
        + 'tests = ["tests/test_nothing.py"]\n'
    )
    found = tried(root)
    assert {name: trial.verdict for name, trial in found.items()} == {
        "it-subtracts": trials.KILLED,
        "it-is-not-seen-by-the-file-named": trials.KILLED,
        "it-is-not-seen": trials.SURVIVED,
        "it-cannot-be-imported": trials.ERROR,
        "it-has-gone": trials.ERROR,
        "its-tests-have-gone": trials.ERROR,
        "its-tests-are-none": trials.ERROR,
    }
    assert found["it-subtracts"].told == "tests/test_add.py::test_add"
    whole = found["it-is-not-seen-by-the-file-named"]
    assert (whole.told, whole.by_named) == ("tests/test_twice.py::test_twice", False)
    assert "no test failed" in found["it-cannot-be-imported"].told
    assert "no longer applies" in found["it-has-gone"].told
    assert "exit code 4" in found["its-tests-have-gone"].told
    assert "exit code 5" in found["its-tests-are-none"].told
    assert (root / "adding.py").read_text() == SOURCE


def test_a_run_that_does_not_end_kills_nothing(tiny_tree):
    root = tiny_tree(mutation("it-hangs", "return a + b", "while True: pass"))
    trial = tried(root, limits=(1, 1))["it-hangs"]
    assert trial.verdict == trials.ERROR
    assert trial.told.startswith("no end within 1 s")


def test_tests_that_fail_without_a_mistake_are_the_end(tiny_tree, capsys):
    root = tiny_tree(IT_SUBTRACTS)
    (root / "tests" / "test_add.py").write_text(TEST_ADD.replace("== 3", "== 4"))
    assert command.main([], root) == 1
    said = capsys.readouterr()
    assert "without a mistake they fail: tests/test_add.py::test_add" in said.err
    assert "it-subtracts" not in said.out


def test_a_whole_run_that_fails_without_a_mistake_kills_nothing(tiny_tree):
    root = tiny_tree(IT_IS_NOT_SEEN)
    (root / "tests" / "test_twice.py").write_text(TEST_TWICE.replace("== 4", "== 5"))
    with pytest.raises(trials.BaselineError, match="without a mistake they fail"):
        tried(root)


# The command


def test_it_says_which_test_killed_it_and_sums_up(tiny_tree, capsys):
    root = tiny_tree(IT_SUBTRACTS + IT_IS_NOT_SEEN)
    assert command.main(["--named"], root) == 1
    said = capsys.readouterr().out.splitlines()
    assert any("killed    adding/it-subtracts  tests/test_add.py::test_add (" in s for s in said)
    assert said[-2:] == ["1 of 2 mutations not killed:", "  survived: adding/it-is-not-seen"]
    page = root / "page.md"
    page.write_text(f"Before\n{BEGIN}\nold\n{END}\nafter\n")
    (root / command.MUTANTS / "adding.toml").write_text(HEAD + IT_SUBTRACTS)
    assert command.main(["--write", str(page)], root) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1].startswith("1 mutation: all killed by the default run (")
    before, text = page.read_text().split(BEGIN)
    rows, after = text.split(END)
    assert (before, after) == ("Before\n", "\nafter\n")
    assert "| `adding` | 1 | 1 | " in rows
    assert "old" not in rows


def test_a_list_is_shown_with_its_places(tiny_tree, capsys):
    root = tiny_tree(IT_SUBTRACTS)
    assert command.main(["--list"], root) == 0
    assert capsys.readouterr().out == "adding/it-subtracts  adding.py:2\n"
    (root / "adding.py").write_text(SOURCE.replace("a + b", "b + a"))
    assert command.main(["--list"], root) == 1
    assert "no longer applies" in capsys.readouterr().out


def test_figures_are_written_of_all_only_and_between_markers(tiny_tree, capsys):
    root = tiny_tree(IT_SUBTRACTS)
    page = root / "page.md"
    page.write_text(f"{END}\n{BEGIN}\n")
    assert command.main(["--write", str(page), "adding"], root) == 2
    assert "wants all" in capsys.readouterr().err
    assert command.main(["--write", str(page)], root) == 1
    assert "must have these two lines" in capsys.readouterr().err


def test_a_name_that_is_none_is_wrong_usage_and_a_list_that_is_none_is_not(tiny_tree, capsys):
    root = tiny_tree(IT_SUBTRACTS)
    assert command.main(["--list", "adding", "subtracting"], root) == 2
    assert "no mutation 'subtracting'; the areas are adding" in capsys.readouterr().err
    (root / command.MUTANTS / "adding.toml").write_text("it-subtracts = 1\n")
    assert command.main(["--list"], root) == 1
    assert "it-subtracts is no mutation" in capsys.readouterr().err


def test_an_interrupt_ends_it_quietly_and_leaves_nothing(tiny_tree, tmp_path, processes):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    begun = tmp_path / "begun"
    root = tiny_tree(
        "[it-sleeps]\nline = 'return a + b'\nbecomes = '''\n"
        f"open({str(begun)!r}, 'w').close()\nimport time\ntime.sleep(600)'''\n"
    )
    program = (
        "import pathlib, sys\n"
        f"sys.path.insert(0, {str(environment.TOOLS)!r})\n"
        "from environment import command_line\n"
        "from mutating import command\n"
        f"root = pathlib.Path({str(root)!r})\n"
        f"command_line.run('mutants', lambda: command.main([], root))\n"
    )
    process = Process([sys.executable, "-c", program], env={**os.environ, "TMPDIR": str(scratch)})
    processes.append(process)
    process.wait_for("without a mistake: passed")
    until(begun.exists, lambda: process.lines)
    process.signal(signal.SIGINT)
    assert process.wait() == 130
    assert not any("Traceback" in line for line in process.lines)
    assert list(scratch.iterdir()) == []
