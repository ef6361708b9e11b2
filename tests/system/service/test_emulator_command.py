"""`tools/emulator` as a person uses it."""

import contextlib
import os
import pty
import re
import signal
import socket
import subprocess
import sys

import environment
import pytest
from forked import ForkedEmulator
from forked_tools import ForkedPython, run
from processes import Process
from waiting import LIMIT_S


def run_emulator(*options):
    return run("emulator", *options)


PORTS = ("--mqtt-port", "--mqtts-port", "--control-port", "--data-port", "--https-port")
ANY_PORTS = [part for name in PORTS for part in (name, "0")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_ends_it_at_once_and_cleanly(emulator, start_device, number):
    device = start_device(folder=emulator.device_folder("MyThing"), port=emulator.mqtts)
    device.wait_for("state IDLE")
    assert emulator.kill(number) == 0
    assert not any("Traceback" in line or "rror" in line for line in emulator.lines)


def test_more_devices_than_a_shell_allows_open_files_are_served(tmp_path, processes):
    command = [sys.executable, environment.TOOLS / "emulator", *ANY_PORTS, "--ca-dir", tmp_path]
    # With so few as this it starts, and no device more could come.
    process = Process(["sh", "-c", 'ulimit -Sn 24; exec "$@"', "sh", *command])
    processes.append(process)
    port = int(process.wait_for(r"plain .*?:(\d+)")[1])
    with contextlib.ExitStack() as connections:
        for number in range(40):
            device = socket.create_connection(("127.0.0.1", port), LIMIT_S)
            connections.enter_context(device)
            device.sendall(b"\x10\x0e\0\x04MQTT\x04\x02\0\x3c\0\x02%02d" % number)  # CONNECT
            assert device.recv(4) == b"\x20\x02\0\0", number
    assert process.kill(signal.SIGINT) == 0


def test_open_is_said_and_without_a_policy_a_device_gets_its_jobs_without_nulls(
    start_emulator, start_device
):
    emulator = start_emulator("--open", "--drop-nulls")
    emulator.wait_for("open  .* a certificate without a policy may use its own thing's jobs")
    folder = emulator.device_folder("MyThing")
    (certificate,) = emulator.iot.list_thing_principals(thingName="MyThing")["principals"]
    for policy in emulator.iot.list_attached_policies(target=certificate)["policies"]:
        emulator.iot.detach_policy(policyName=policy["policyName"], target=certificate)
    start_device(folder=folder, port=emulator.mqtts)
    emulator.create_job("echo", {"operation": "echo", "details": {"is": "1", "is-not": None}})
    assert emulator.wait_for_status("echo", "SUCCEEDED") == {"is": "1"}


def test_an_address_that_is_taken_is_named_with_the_way_out(emulator):
    taken = str(emulator.mqtts)
    done = run_emulator(*ANY_PORTS, "--mqtts-port", taken)
    assert done.returncode == 1
    assert f"127.0.0.1', {taken}" in done.stderr
    assert "--mqtts-port" in done.stderr


@pytest.mark.parametrize(
    ("options", "code", "why"),
    [
        (("--files", "nothing"), 1, "No such file or directory: 'nothing'"),
        (("--files", __file__), 1, "is not a folder"),
        (("--public", "bucket"), 2, "--public names a bucket of --files, which is not given"),
    ],
)
def test_files_that_are_no_folder_are_named(options, code, why):
    done = run_emulator(*options, *ANY_PORTS)
    assert done.returncode == code
    assert why in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_for_files_that_is_taken_is_named(emulator, tmp_path):
    taken = str(emulator.mqtts)
    options = ("--files", str(tmp_path), "--files-port", "0", "--files-https-port", taken)
    done = run_emulator(*ANY_PORTS, *options)
    assert done.returncode == 1
    assert f"127.0.0.1', {taken}" in done.stderr


def test_a_state_file_that_is_none_is_named(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("no database at all " * 100)
    done = run_emulator("--state", str(path), *ANY_PORTS)
    assert done.returncode == 1
    assert f"the state {path} cannot be used: file is not a database" in done.stderr
    assert path.read_text().startswith("no database")


def test_the_state_file_is_for_its_owner_only_and_keeps_ca_and_clock(tmp_path, start_emulator):
    state = tmp_path / "state.db"
    first = start_emulator("--state", str(state))
    ca = (tmp_path / "ca.der").read_bytes()
    first.device_folder("MyThing")
    first.steer("clock", {"mode": "virtual", "advance": 3600})
    stopped = first.steer("clock")
    first.kill()
    second = start_emulator("--state", str(state))
    second.wait_for("clock          stands still, as it was left")
    assert second.steer("clock") == stopped
    assert state.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "ca.der").read_bytes() == ca
    assert second.iot.describe_thing(thingName="MyThing")["thingName"] == "MyThing"


def test_a_second_emulator_on_a_state_file_is_refused_until_the_first_has_ended(
    tmp_path, start_emulator
):
    state, link = tmp_path / "state.db", tmp_path / "link.db"
    link.symlink_to(state)
    for number in (signal.SIGKILL, signal.SIGINT):
        first = start_emulator("--state", str(state))
        for path in (state, link):
            done = run_emulator("--state", str(path), *ANY_PORTS)
            assert done.returncode == 1
            used = f"emulator: the state {path} cannot be used: another emulator has it, process "
            assert re.fullmatch(used + r"\d+\n", done.stderr)
        first.iot.create_thing(thingName=number.name)  # which goes on
        first.kill(number)
    things = start_emulator("--state", str(state)).iot.list_things()["things"]
    assert {thing["thingName"] for thing in things} == {"SIGINT", "SIGKILL"}


class Follower(Process):
    def _started(self, command, options):
        return ForkedEmulator(command)


@pytest.fixture
def start_follower(processes):
    def start(*options):
        processes.append(Follower(["--trace", *options]))
        return processes[-1]

    return start


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_trace_of_an_emulator_that_runs(emulator, start_follower, number):
    follower = start_follower(emulator.control_url)
    emulator.iot.create_thing(thingName="lamp")
    follower.wait_for(r"127.0.0.1 -> HTTP POST /things/lamp \{\}")
    follower.wait_for(r"127.0.0.1 <- HTTP POST /things/lamp 200 \{")
    if number != signal.SIGKILL:
        assert follower.kill(number) == 0
    else:
        emulator.kill(number)
        follower.wait_for(f"emulator: {emulator.control_url} has ended")
    assert not any("Traceback" in line or "\x1b" in line for line in follower.lines)


def test_a_trace_where_no_emulator_is():
    done = run_emulator("--trace", "http://127.0.0.1:9")
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing answers at http://127.0.0.1:9 (Connection refused)" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_trace_that_nobody_reads_any_more_ends(emulator):
    for name in ("one", "two"):
        emulator.iot.create_thing(thingName=name)
    command = (
        f"'{sys.executable}' '{environment.TOOLS / 'emulator'}' --trace {emulator.control_url}"
    )
    with subprocess.Popen(
        f"{command} | head -n 1", shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as shown:
        assert b"/things/one" in shown.stdout.readline()
        while shown.poll() is None:  # the end of the pipe is noticed with the next line
            emulator.iot.create_thing(thingName="three")
        assert shown.stdout.read() == b""


def test_colours_are_for_terminals_and_not_with_no_color(emulator):
    emulator.iot.create_thing(thingName="lamp")
    command = [sys.executable, environment.TOOLS / "emulator", "--trace", emulator.control_url]
    for variables, coloured in (({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)):
        ours, theirs = pty.openpty()
        environ = {name: os.environ[name] for name in ("PATH",)} | variables
        shown = ForkedPython(command, stdout=theirs, stderr=2, env=environ)
        os.close(theirs)
        line = b""
        while b"lamp" not in line:
            line += os.read(ours, 1000)
        shown.kill()
        shown.wait()
        os.close(ours)
        assert (b"\x1b[3" in line) is coloured, variables
