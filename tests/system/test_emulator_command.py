"""`tools/emulator` as a person uses it."""

import signal
import subprocess
import sys

import environment
import pytest


def emulator(*options):
    command = [sys.executable, str(environment.TOOLS / "emulator"), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_at_once_and_cleanly(start_emulator, start_device, number):
    running = start_emulator()
    device = start_device(folder=running.device_folder("MyThing"), port=running.mqtts)
    device.wait_for("state IDLE")
    assert running.kill(number) == 0
    assert not any("Traceback" in line or "rror" in line for line in running.lines)


def test_an_address_that_is_taken_is_named_with_the_way_out(emulator_ports):
    taken = str(emulator_ports[1])
    done = emulator("--mqtts-port", taken, "--mqtt-port", "0", "--control-port", "0")
    assert done.returncode == 1
    assert f"127.0.0.1', {taken}" in done.stderr
    assert "--mqtts-port" in done.stderr


@pytest.fixture
def emulator_ports(start_emulator):
    return start_emulator().ports


def test_a_state_file_that_is_none_is_named(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("no database at all " * 100)
    done = emulator("--state", str(path), "--mqtt-port", "0", "--mqtts-port", "0")
    assert done.returncode == 1
    assert f"the state {path} cannot be used: file is not a database" in done.stderr
    assert path.read_text().startswith("no database")


def test_the_state_file_is_for_its_owner_only_and_keeps_the_ca(tmp_path, start_emulator):
    state = tmp_path / "state.db"
    first = start_emulator("--state", str(state))
    ca = (tmp_path / "ca.der").read_bytes()
    first.device_folder("MyThing")
    first.kill()
    second = start_emulator("--state", str(state))
    assert state.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "ca.der").read_bytes() == ca
    assert second.iot.describe_thing(thingName="MyThing")["thingName"] == "MyThing"


def test_help_shows_an_example():
    done = emulator("--help")
    assert done.returncode == 0
    assert "examples:" in done.stdout
