"""Two runs of tools/provision for the same device at once: one of them waits."""

import contextlib
import subprocess
import sys
import time
import types

import environment
import pytest
from environment.locks import HeldError, held
from provisioning import session
from provisioning.errors import BusyError
from provisioning.folder import Folder
from provisioning.screen import Screen
from rotated_board import RotatedBoard

# Calls that are about all devices.
OF_ALL = {"DescribeEndpoint", "GetPolicy", "ListTargetsForPolicy", "DeletePolicy"}
HOLDER = """
import pathlib, sys, time
sys.path.insert(0, sys.argv[1])
from provisioning.folder import Folder
with Folder(pathlib.Path(sys.argv[2])).held():
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def sleeping(monkeypatch):
    """Let a function stand for the waits of a run, and of nothing else in this process."""

    def put(sleep):
        clock = types.SimpleNamespace(sleep=sleep, monotonic=time.monotonic)
        monkeypatch.setattr(session, "time", clock)

    return put


@pytest.fixture
def holder(registry):
    """Another process, which has the folder of "lamp"."""
    command = [sys.executable, "-c", HOLDER, str(environment.TOOLS), str(registry.of("lamp").path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_one_waits_and_says_for_whom_until_the_other_is_killed(
    registry, run, holder, sleeping, capsys
):
    sleeps = []

    def sleep(seconds):
        sleeps.append(seconds)
        if len(sleeps) == 3:
            holder.kill()
            holder.wait()

    sleeping(sleep)
    assert run("lamp", "shade") == 0
    assert len(sleeps) == 3
    waits, *done = sorted(capsys.readouterr().err.splitlines(), key=lambda line: "made" in line)
    assert waits.startswith(f"provision: lamp: process {holder.pid} on ")
    assert waits.endswith(" is at it: waiting for it")
    assert sorted(done) == ["provision: lamp: made", "provision: shade: made"]
    assert len(registry.all_certificates()) == 2
    for name in ("lamp", "shade"):
        assert not (registry.of(name).path / "provisioned.lock").exists()


def test_another_run_is_named_once_for_all_that_it_has(capsys):
    screen = Screen(3)
    for thing, who in (("lamp", "process 1"), ("shade", "process 1"), ("hall", "process 2")):
        screen.waits(thing, f"{who} is at it")
    assert capsys.readouterr().err.splitlines() == [
        "provision: lamp: process 1 is at it: waiting for it",
        "provision: hall: process 2 is at it: waiting for it",
    ]


def test_ctrl_c_ends_the_waiting(run, holder, sleeping):
    def sleep(seconds):
        raise KeyboardInterrupt

    sleeping(sleep)
    for action in ([], ["--remove"], ["--rotate"]):
        with pytest.raises(KeyboardInterrupt):
            run("lamp", *action)


def test_nobody_else_has_the_folder_at_any_step(registry, run, tmp_path, monkeypatch):
    steps = []

    def check():
        steps.append(None)
        with pytest.raises(BusyError), registry.of("lamp").held():
            pass

    def before(model, **_):
        if model.name not in OF_ALL:
            check()

    put = Folder.put

    def checked(folder, name, data):
        check()
        put(folder, name, data)

    monkeypatch.setattr(Folder, "put", checked)
    registry.iot.meta.events.register_first("before-call.iot", before)
    assert run("lamp", "--https") == 0
    assert len(steps) > 9
    board = RotatedBoard(registry.emulator, "lamp", registry.of("lamp"), tmp_path)
    for rounds in range(3):
        steps.clear()
        assert run("lamp", "--rotate") == 0
        assert steps
        board.serve()
        assert ("rotation" in registry.of("lamp").read()) == (rounds < 2)
    steps.clear()
    assert run("lamp", "--remove") == 0
    assert len(steps) > 4
    assert not registry.of("lamp").path.exists()


def test_what_is_not_there_gets_no_folder(registry, run):
    assert run("lamp", "--remove") == 0
    assert run("lamp", "--rotate") == 1
    assert list(registry.folder.iterdir()) == []
    with registry.of("lamp").held():
        pass
    assert list(registry.folder.iterdir()) == []


def test_a_lock_on_a_file_that_is_removed_is_none(tmp_path):
    path = tmp_path / "lock"
    with contextlib.ExitStack() as first:
        first.enter_context(held(path))

        def waiting():
            path.unlink()
            first.close()

        with held(path, waiting):
            assert path.exists()
            with pytest.raises(HeldError, match=r"^process \d+ on "), held(path):
                pass
    with held(path):
        pass


def test_a_folder_that_goes_meanwhile_is_made_anew(registry, monkeypatch):
    folder = registry.of("lamp")
    made = []
    mkdir = type(folder.path).mkdir

    def goes(path, *arguments, **more):
        mkdir(path, *arguments, **more)
        if not made:
            made.append(path)
            path.rmdir()

    monkeypatch.setattr(type(folder.path), "mkdir", goes)
    with folder.held():
        assert (folder.path / "provisioned.lock").exists()
    assert made == [folder.path]
