"""The packages of `.venv`: installed by purpose, once, whatever happened before and meanwhile."""

import io
import os
import signal
import sys
import threading
import zipfile

import environment
import pytest
from commands import output
from environment import installing, telling
from environment_checkout import Checkout
from forked_tools import run_python
from waiting import LIMIT_S

NEED = "environment.need(%r)"
FAILS = """
try:
    environment.need(%r)
except environment.UnusableError as error:
    print(error)
"""


@pytest.fixture
def checkout(tmp_path):
    made = Checkout(tmp_path)
    yield made
    made.stop()


def begun(checkout, code, part):
    """The process of this code, when it has said a line on stderr that has this in it."""
    process = checkout.start(code)
    said = ""
    while part not in said:
        line = process.stderr.readline()
        assert line, f"{part} is not in {said}"
        said += line
    return process


def test_a_purpose_is_installed_once_with_those_that_it_needs(checkout):
    printed, said = checkout.run("print(environment.need('two'))")
    assert printed == "True\n"
    assert sorted(checkout.installed()) == ["one", "two"]
    lines = said.splitlines()
    assert lines[0] == "[set-up] first run: making .venv, from PyPI alone"
    for name in ("one", "two"):
        arrived = lines.index(f"[set-up] {name}: {name} 1, 1.5 MB")
        assert arrived < lines.index(f"[set-up] {name}: unpacking 1 package, 1.5 MB")
    assert len(lines) == 5
    assert checkout.run("print(environment.need('two'))") == ("False\n", "")
    assert len(checkout.installed()) == 2


def test_one_that_is_added_later_is_there_at_once_and_the_first_one_stays(checkout):
    checkout.run(NEED % "one")
    python = checkout.venv / "bin" / "python"
    code = "import one; environment.need('three'); import three; print(one.version, three.version)"
    printed, said = checkout.run(code, python)
    assert printed == "1 1\n"
    assert "first run" not in said
    assert checkout.installed() == ["one", "three"]
    assert (checkout.venv / "bin" / "three").read_text() == "a program"
    assert checkout.run("import one, three", python) == ("", "")


def test_what_is_installed_by_a_link_to_an_environment_is_there_at_once(checkout):
    checkout.run(NEED % "one")
    copy = Checkout(checkout.folder / "copy")
    (copy.folder / ".venv").symlink_to(checkout.venv)
    code = "environment.need('three'); import three; print(three.version)"
    assert copy.run(code, checkout.venv / "bin" / "python")[0] == "1\n"
    assert (checkout.installed(), copy.installed()) == (["one"], ["three"])


def test_a_file_that_has_changed_is_installed_anew_and_no_other(checkout):
    checkout.write("one", "one==1", "dropped==1")
    checkout.run(NEED % "two")
    checkout.write("one", "one==2")
    checkout.run(NEED % "two")
    assert sorted(checkout.installed()) == ["one", "one", "two"]
    code = "import importlib.util, one; print(one.version, importlib.util.find_spec('dropped'))"
    assert checkout.run(code, checkout.venv / "bin" / "python")[0] == "2 None\n"


def test_one_that_fails_says_all_that_pip_said_and_is_begun_again(checkout):
    checkout.run(NEED % "one")
    checkout.write("two", "half==1", "fails==1")
    printed, _ = checkout.run(FAILS % "two")
    assert printed.startswith("pip could not install two.txt: is the package index reachable?\n")
    for number in range(500):
        assert f"ERROR {number}: no such package\n" in printed
    checkout.run(NEED % "one")
    checkout.write("two", "two==1")
    checkout.run(NEED % "two")
    assert checkout.installed() == ["one", "two", "two"]
    assert not (checkout.venv / "packages" / "two" / "half.py").exists()


def test_what_was_cut_off_half_way_is_made_again_and_the_rest_stays(checkout):
    checkout.run(NEED % "one")
    checkout.write("two", "half==1", "waits==1")
    process = begun(checkout, NEED % "two", "two: waits 1")
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert (checkout.venv / "packages" / "two" / "half.py").exists()
    (checkout.requirements / "go").touch()
    checkout.run(NEED % "two")
    assert checkout.installed() == ["one", "two", "two"]


def test_an_environment_that_was_cut_off_half_way_is_made_again(checkout):
    checkout.run(NEED % "one")
    (checkout.venv / "made-from").unlink()
    _, said = checkout.run(NEED % "one")
    assert "first run" in said
    assert checkout.installed() == ["one", "one"]


def test_another_python_goes_on_with_the_environment_that_is_there(checkout):
    checkout.run(NEED % "one")
    another = "import sys; sys.version = '3.99 of another'; "
    assert checkout.run(another + "print(environment.need('one'))") == ("False\n", "")
    checkout.run(another + NEED % "two")
    assert checkout.installed() == ["one", "two"]
    (checkout.venv / "bin" / "python").unlink()  # it was taken from the machine
    for _ in range(2):
        _, said = checkout.run(another + NEED % "one")
    assert said == ""
    assert checkout.installed() == ["one", "two", "one"]


def test_a_checkout_that_one_may_not_write_is_said_in_a_line(checkout):
    (checkout.folder / ".venv.lock").mkdir()  # so that nobody may
    process = checkout.start("environment.enter('tools/demo', 'one')")
    _, said = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 1
    [line] = said.splitlines()
    assert line.startswith(f"demo: {checkout.folder}/.venv.lock: Is a directory: what the tools ")
    assert line.endswith("in a folder that is yours to write, on a disk with room")


def test_of_two_tools_at_once_one_installs_and_the_other_waits(checkout):
    checkout.run(NEED % "three")
    checkout.write("one", "one==1", "waits==1")
    first = begun(checkout, NEED % "one", "one: waits 1")
    second = begun(checkout, NEED % "one", "one is being made already: waiting for it")
    (checkout.requirements / "go").touch()
    for process in (first, second):
        process.communicate(timeout=LIMIT_S)
        assert process.returncode == 0
    assert checkout.installed() == ["three", "one"]


def test_an_interrupted_set_up_ends_without_a_traceback(checkout):
    checkout.write("one", "waits==1")
    process = begun(checkout, "environment.enter('tools/demo', 'one')", "one: waits 1")
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 130
    assert said.endswith("demo: interrupted: run it again to go on\n")
    assert "Traceback" not in said


def test_the_true_pip_installs_modules_and_programs(checkout):
    wheel = checkout.folder / "thing-1-py3-none-any.whl"
    information = {
        "METADATA": "Metadata-Version: 2.1\nName: thing\nVersion: 1\nRequires-Dist: other\n",
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
        "entry_points.txt": "[console_scripts]\nthing = thing:main\n",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("thing.py", "def main():\n    print('it runs')\n")
        for name, text in information.items():
            archive.writestr(f"thing-1.dist-info/{name}", text)
    checkout.write("one", f"thing @ {wheel.as_uri()}")
    checkout.pip = installing.pip()
    _, said = checkout.run(NEED % "one")
    assert "[set-up] one: thing 1\n[set-up] one: unpacking 1 package, 0.0 MB\n" in said
    assert output([checkout.venv / "bin" / "thing"]) == "it runs\n"
    checkout.write("one", "missing-1-py3-none-any.whl")
    printed, _ = checkout.run(FAILS % "one")
    assert "missing-1-py3-none-any.whl" in printed.splitlines()[-1]


def test_another_environment_is_made_by_the_pip_of_this_one(checkout):
    checkout.run(NEED % "three")
    checkout.write("aws", "awscli==1")
    for _ in range(2):
        printed, _ = checkout.run("print(environment.prepare_aws())")
        assert printed == f"{checkout.folder}/.venv-aws/bin/aws\n"
    assert checkout.installed() == ["three", "aws"]
    assert (checkout.folder / ".venv-aws" / "awscli.py").exists()


def test_parts_are_made_side_by_side_and_all_that_was_wrong_is_told():
    all_three = threading.Barrier(3)
    made = []

    def makes():
        all_three.wait(timeout=LIMIT_S)
        made.append("it")
        return "made"

    def fails():
        all_three.wait(timeout=LIMIT_S)
        raise environment.UnusableError("no")

    with pytest.raises(environment.UnusableError, match=r"^no\nno$"):
        environment.side_by_side(fails, makes, fails)
    assert made == ["it"]
    assert environment.side_by_side(makes, makes, makes) == ["made"] * 3


# What pip prints: 23.2, 24.2, and of a package that lies on this machine.
OLD = """\
Collecting aiohttp==3.14.5 (from -r service.txt (line 3))
  Obtaining dependency information for aiohttp==3.14.5 from https://an.index/aiohttp.metadata
  Downloading aiohttp-3.14.5-cp311-cp311-manylinux2014_x86_64.whl.metadata (8.1 kB)
Collecting six==1.17.0 (from -r service.txt (line 30))
  Using cached six-1.17.0-py2.py3-none-any.whl (11 kB)
Downloading aiohttp-3.14.5-cp311-cp311-manylinux2014_x86_64.whl (1.9 MB)
Installing collected packages: six, aiohttp
Successfully installed aiohttp-3.14.5 six-1.17.0
"""
NEW = """\
Collecting aiohttp==3.14.5 (from -r service.txt (line 3))
  Downloading aiohttp-3.14.5-cp313-cp313-manylinux2014_x86_64.whl.metadata (8.1 kB)
Processing /wheels/six-1.17.0-py2.py3-none-any.whl
Downloading aiohttp-3.14.5-cp313-cp313-manylinux2014_x86_64.whl (1.9 MB)
Installing collected packages: six, aiohttp

Successfully installed aiohttp-3.14.5 six-1.17.0
"""


@pytest.mark.parametrize(
    ("printed", "six"), [(OLD, "six 1.17.0, 11 kB"), (NEW, "six 1.17.0")], ids=["23.2", "24.2"]
)
def test_each_package_is_a_line_as_it_comes(printed, six, capsys):
    assert installing.show(printed.splitlines(keepends=True), "it") == printed.strip()
    assert capsys.readouterr().err.splitlines() == [
        f"[set-up] it: {six}",
        "[set-up] it: aiohttp 3.14.5, 1.9 MB",
        "[set-up] it: unpacking 2 packages, 1.9 MB",
    ]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_on_a_terminal_the_packages_pass_by_in_one_line(monkeypatch):
    monkeypatch.setenv("COLUMNS", "24")
    monkeypatch.setattr(sys, "stderr", Terminal())
    installing.show(OLD.splitlines(keepends=True), "it")
    telling.say_in_passing("the last one")
    telling.end_passing()
    assert sys.stderr.getvalue().split("\r\033[K") == [
        "[set-up] it: six 1.17.0",  # as wide as the terminal
        "[set-up] it: aiohttp 3.",
        "[set-up] it: unpacking 2 packages, 1.9 MB\n[set-up] the last one",
        "",
    ]


FIXTURE = """
import sys
import pytest

@pytest.fixture(scope="session")
def made(uncaptured):
    with uncaptured():
        print("[set-up] it takes long", file=sys.stderr)
    print("and this is captured", file=sys.stderr)

def test(made):
    pass
"""


def test_what_a_fixture_installs_is_seen_while_the_tests_are_captured(tmp_path):
    (tmp_path / "test_it.py").write_text(FIXTURE)
    options = ["-q", "-p", "testing.plugin", "-p", "no:cacheprovider", "--rootdir", tmp_path]
    done = run_python(
        *("-m", "pytest", *options, tmp_path),
        env={**os.environ, "PYTHONPATH": str(environment.TOOLS)},
    )
    assert done.returncode == 0, done.stdout
    assert done.stderr == "[set-up] it takes long\n"
    assert "captured" not in done.stdout
