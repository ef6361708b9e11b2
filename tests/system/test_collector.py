"""The collector that makes pytest items of the device's tests."""

import shutil
import subprocess
import sys

import environment
import pytest

DEVICE_TESTS = environment.ROOT / "tests" / "device"

SAMPLE = """
import sys

def test_runs_on_micropython():
    assert sys.implementation.name == "micropython"

def test_fails():
    print("what it printed")
    assert 1 == 2, "why it failed"

def test_exits_early():
    raise SystemExit(0)

def helper():
    raise ValueError
"""


@pytest.fixture
def run(tmp_path):
    for name in ("conftest.py", "run.py"):
        shutil.copy(DEVICE_TESTS / name, tmp_path)
    (tmp_path / "test_sample.py").write_text(SAMPLE)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
            cwd=tmp_path,
            env={"PYTHONPATH": str(environment.TOOLS), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def test_each_function_is_an_item_that_runs_on_micropython(run):
    done = run("-v")
    assert done.returncode == 1
    assert "test_sample.py::test_runs_on_micropython PASSED" in done.stdout
    assert "test_sample.py::test_fails FAILED" in done.stdout
    assert "test_sample.py::test_exits_early FAILED" in done.stdout
    assert "helper" not in done.stdout
    assert "2 failed, 1 passed" in done.stdout


def test_a_failure_shows_what_the_test_printed_and_where_it_failed(run):
    done = run("-k", "test_fails")
    assert "what it printed" in done.stdout
    assert "AssertionError: why it failed" in done.stdout
    assert 'test_sample.py", line 9' in done.stdout
    assert "1 failed, 2 deselected" in done.stdout


def test_the_arguments_of_pytest_work(run):
    assert "1 passed, 2 deselected" in run("-k", "micropython").stdout
    assert "stopping after 1 failures" in run("-x").stdout
    assert "1 passed" in run("test_sample.py::test_runs_on_micropython").stdout
    assert "2 failed, 1 passed" in run("test_sample.py").stdout


def test_without_an_interpreter_it_says_so_and_nothing_passes():
    path = "/no/such/micropython"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", str(DEVICE_TESTS / "test_topics.py")],
        cwd=environment.ROOT,
        env={"PATH": "/usr/bin:/bin", "MICROPYTHON": path},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 3
    assert f"no MicroPython at {path}" in done.stdout + done.stderr
    assert "passed" not in done.stdout
