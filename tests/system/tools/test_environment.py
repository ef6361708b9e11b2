"""What the tools say when something that they need is missing."""

import os
import shutil
import sys

import environment
import pytest
from commands import finished, write_script
from forked_tools import run


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("echo 1 24 1", "is MicroPython 1.24.1: 1.25 or newer is needed"),
        ("echo 1 25 0; exit 1", "has no TLS (the module tls)"),
        ("echo hello", "is no MicroPython"),
        ("echo trouble >&2; exit 1", "is no MicroPython: trouble"),
    ],
)
def test_an_interpreter_that_does_not_do_is_refused_with_the_reason(tmp_path, body, complaint):
    path = write_script(tmp_path / "micropython", body)
    for tool in ("demo", "jobs", "test"):
        done = run(tool, env={**os.environ, "MICROPYTHON": str(path)})
        assert done.returncode == 1
        assert f"{tool}: {path} {complaint}" in done.stderr


def test_one_that_has_changed_is_asked_again(tmp_path, monkeypatch):
    path = write_script(tmp_path / "micropython", "echo 1 25 0")
    monkeypatch.setenv("MICROPYTHON", str(path))
    assert environment.micropython() == str(path)
    write_script(path, "echo 1 23 0")
    os.utime(path, (1, 1))
    with pytest.raises(environment.UnusableError, match=r"is MicroPython 1\.23\.0"):
        environment.micropython()


def test_what_starts_that_of_the_environment_does_as_pips_program(tmp_path, monkeypatch):
    monkeypatch.delenv("MICROPYTHON", raising=False)
    program = "import sys; print(sys.argv, sys.path, sys.version); sys.exit(3)"
    printed = []
    for path in (environment.micropython(), environment.VENV / "bin" / "micropython"):
        done = finished([path, "-c", program, "é"], cwd=tmp_path)
        assert (done.returncode, done.stderr) == (3, "")
        printed.append(done.stdout)
    assert printed[0] == printed[1]


def test_an_interpreter_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setenv("MICROPYTHON", "/no/such/micropython")
    with pytest.raises(environment.UnusableError, match="no MicroPython at /no/such/micropython"):
        environment.micropython()


def test_the_interpreter_that_is_named_is_taken(monkeypatch):
    found = environment.micropython()
    monkeypatch.setenv("MICROPYTHON", found)
    assert environment.micropython() == found


BESIDE = [path for path in environment.TOOLS.iterdir() if path.is_file()]
LAUNCHERS = sorted(path.name for path in BESIDE if not path.suffix)


@pytest.fixture(scope="module")
def newer_tools(tmp_path_factory):
    """The launchers for a Python that there is not yet, and only what any Python can read."""
    tools = tmp_path_factory.mktemp("newer") / "tools"
    tools.mkdir()
    for name in LAUNCHERS:
        shutil.copy(environment.TOOLS / name, tools)
    shutil.copytree(environment.TOOLS / "environment", tools / "environment")
    entering = tools / "environment" / "entering.py"
    entering.write_text(entering.read_text().replace("(3, 10)", "(3, 99)", 1))
    return tools


@pytest.mark.parametrize("name", LAUNCHERS)
def test_an_old_python_is_told_which_one_is_needed(newer_tools, name):
    done = finished([sys.executable, newer_tools / name, "--help"])
    assert done.returncode == 1
    assert done.stderr.startswith(f"{name}: Python 3.99 or newer is needed, this is 3.")
    assert done.stdout == ""
