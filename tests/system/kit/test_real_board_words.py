"""What the kit makes of a real board's console, of programs for it, and of its options."""

import datetime
import io
import json
import os
import sys
from types import SimpleNamespace

import pytest
from iotjobs_desk.program import Program
from iotjobs_wire.errors import DeployError
from pytest_iotjobs.errors import DeviceError
from pytest_iotjobs.wire import address, inserted, options
from pytest_iotjobs.wire.place import Wire
from pytest_iotjobs.wire.power import Command
from pytest_iotjobs.wire.secret import Secret
from pytest_iotjobs.wire.terminal import Terminal
from pytest_iotjobs.wire.told import Told
from unix_board.kinds import NOWHERE

HOUSE = "\N{HOUSE BUILDING}"
GREETING = b'MicroPython v1.26.1 on 2026-09-11; Pico W\r\nType "help()" for more information.\r\n'
TRACE = b'Traceback (most recent call last):\r\n  File "a.py", line 1\r\n'


def told(data, size):
    """What a console says, in pieces of that size: the output, and the events with its length."""
    console, printed, events = Told(), b"", []
    for at in range(0, len(data), size):
        for piece in console.take(data[at : at + size]):
            if isinstance(piece, bytes):
                printed += piece
            else:
                events.append((len(printed), piece))
    return printed, events


@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
@pytest.mark.parametrize(
    ("data", "printed", "events"),
    [
        (b"a\r\nb\rc\r\n", b"a\nb\rc\n", []),
        (b'a\x1e{"start": "x"}\r\nb\r\n', b"ab\n", [(1, {"start": "x"})]),
        (b'\x1e{"a": 1}\n\x1e{"b": 2}\n', b"", [(0, {"a": 1}), (0, {"b": 2})]),
        # What a reset has cut off, and what is none.
        (b'\x1e{"cu\x1e{"b": 2}\r\n', b'{"cu', [(4, {"b": 2})]),
        (b"\x1e[1]\r\nb\r\n", b"[1]\nb\n", []),
        (GREETING + b">>> ", GREETING.replace(b"\r", b"") + b">>> ", [(82, {"end": None})]),
        (b"MicroPython\r\n>>> ", b"MicroPython\n>>> ", [(16, {"end": None})]),
        (b"a\r\nMicroPython is\r\n>>>", b"a\nMicroPython is\n>>>", []),
        (b"MicroPython a\r\nb\r\n>>> ", b"MicroPython a\nb\n>>> ", []),
    ],
    ids=["lines", "mark", "marks", "cut off", "no mark", "end", "short", "no end", "said"],
)
def test_a_console_is_read_in_whatever_pieces_it_comes(data, printed, events, size):
    assert told(data, size) == (printed, events)


@pytest.mark.parametrize(
    ("before", "why"),
    [
        (TRACE + b"ValueError: no\r\n", "ValueError: no"),
        (TRACE + b"ValueError: no\r\nlater\r\n", None),  # the agent has printed it
        (TRACE + b"ValueError: no\r\n" + TRACE + b"OSError: 5\r\n", "OSError: 5"),
        (b"done\r\n", None),
    ],
)
def test_the_end_of_a_program_is_told_with_its_exception(before, why):
    printed, events = told(before + GREETING + b">>> ", 10_000)
    assert events == [(len(printed), {"end": why})]


def test_a_line_without_end_is_no_event():
    data = b"\x1e" + b"x" * 10_000
    assert told(data, 1_000) == (data[1:], [])


def files_of(folder, **given):
    """What is put onto a board for the program in a folder, by name."""
    program = Program(
        folder, folder.parent / "work", in_place=False, changes=given.get("changes", {})
    )
    program.refresh()
    made = inserted.program_files(program, given.get("ssid"), given.get("password"))
    return {file.path: file.content for file in made}


@pytest.mark.parametrize(
    ("source", "joint"),
    [
        ("x = 1\n", "; "),
        ('"""Its docstring."""\n', "; "),
        ("# a comment\nx = 1\n", "; "),
        ("\nx = 1\n", "; "),
        ("def f():\n    pass\n", "\n"),
        ("@f\ndef g(): pass\n", "\n"),
        ("no python at all\n", "\n"),
    ],
)
def test_the_lines_of_a_main_stay_where_that_can_be(tmp_path, source, joint):
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "main.py").write_text(source)
    assert files_of(tmp_path / "root")["/main.py"].decode() == f"import iotjobs_kit{joint}{source}"


def test_a_file_comes_with_those_beside_it_that_it_imports(tmp_path):
    sources = {
        "blink.py": "\ufeffimport one, machine\nfrom pack.part import x\n",
        "one.py": "import blink, two.three\n",
        "two/three.py": "no python at all\n",
        "pack/part.py": "x = 1\n",
        "other.py": "",
        "test_blink.py": "",
    }
    for name, source in sources.items():
        path = tmp_path / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    found = files_of(tmp_path / "own" / "blink.py")
    assert list(found) == ["/blink.py", "/one.py", "/pack/part.py", "/two/three.py", "/main.py"]
    assert found["/blink.py"].startswith(b"import one")
    assert found["/main.py"] == b'import iotjobs_kit; execfile("blink.py")\n'


def test_only_settings_of_a_wifi_become_those_that_are_given(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "main.py").write_text("1")
    for settings, expected in (
        ({"ssid": "Home", "x": 1}, {"ssid": "Lab", "x": 1, "password": "p"}),
        ({"x": 1}, {"x": 1}),
    ):
        (root / "settings.json").write_text(json.dumps(settings))
        found = files_of(root, ssid="Lab", password=Secret("p"))
        assert json.loads(found["/settings.json"]) == expected


def test_names_beyond_16_bits_are_written_as_they_are(tmp_path):
    """MicroPython's json reads them so alone."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "main.py").write_text("1")
    (root / "settings.json").write_text('{"ssid": "Home"}')
    changed = files_of(root, changes={"name": HOUSE})["/settings.json"]
    assert changed == b'{"ssid": "Home", "name": "%s"}' % HOUSE.encode()
    secret = Secret(HOUSE + HOUSE)
    joined = files_of(root, ssid=HOUSE, password=secret)["/settings.json"]
    told = inserted.facts(NOWHERE, (HOUSE, secret, True), datetime.datetime.now()).content
    for content in (joined, told):
        assert content.count(HOUSE.encode()) == 3
        assert b"\\u" not in content


def test_a_secret_is_not_shown():
    assert "horse" not in f"{Secret('horse')} {Secret('horse')!r}"
    assert Secret("horse").used(str.encode) == b"horse"


def test_this_machine_is_found_on_the_way_to_the_board():
    assert address.towards("socket://127.0.0.1:4000") == "127.0.0.1"
    assert address.to_listen_at("127.0.0.1") == "127.0.0.1"
    assert address.to_listen_at("192.0.2.7") == "0.0.0.0"  # of what forwards to this machine


class Config:
    """Of a run of pytest with these options."""

    def __init__(self, **given):
        self._given = {"board_erase": False, "board": "/dev/x", **given}

    def getoption(self, name, default=None):
        return self._given.get(name.lstrip("-").replace("-", "_"), default)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"board": None, "wifi": "Lab"}, "--wifi is of a real board: it needs --board PORT"),
        ({"numprocesses": 2}, "one board runs one test at a time: give -n 0"),
        ({"micropython": "x"}, "--board and --micropython: the tests run on one of them"),
        ({"service_host": "my-pc"}, "--service-host: my-pc is no IPv4 address"),
        ({"service_port": 65_535}, "--service-port: 65535 is not 1 to 65534"),
        ({"power_command": "uhubctl -a on"}, "there is no {state} in it, for on and off"),
        ({"power_command": "'{state}"}, "--power-command: No closing quotation"),
    ],
)
def test_options_that_cannot_be_are_refused(given, said):
    with pytest.raises(pytest.UsageError) as caught:
        options.given(Config(**given))
    assert said in str(caught.value)


def test_a_power_command_gets_the_state_and_not_the_password(monkeypatch, tmp_path):
    monkeypatch.setenv(options.PASSWORD, "horse")
    told = tmp_path / "told"
    script = 'import os, sys; open(sys.argv[1], "a").write(f"{sys.argv[2:]}{os.environ}")'
    switch = Command([sys.executable, "-c", script, str(told), "-a={state}", "b"])
    switch.off()
    switch.on()
    assert "['-a=off', 'b']" in told.read_text() and "['-a=on', 'b']" in told.read_text()
    assert "horse" not in told.read_text()


def terminal_of_tests():
    class Plugins:
        @staticmethod
        def getplugin(name):
            return None

    config = Config()
    config.pluginmanager = Plugins
    return Terminal(config)


def test_a_question_that_is_answered_by_ctrl_d_is_an_error(monkeypatch):
    asked = terminal_of_tests()
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    asked.ask("Unplug it")
    with pytest.raises(DeviceError, match="Unplug it: the terminal's input has ended: run the"):
        asked.ask("Unplug it")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (b"", "nothing was typed"),
        (b"stra\xdfe", "what was typed is not text in UTF-8"),
        ("stra\udcdfe", "what was typed is not text in UTF-8"),  # where there is no /dev/tty
    ],
)
def test_a_password_that_is_none_is_an_error_without_it(typed, found, monkeypatch):
    def answer(prompt):
        if not typed:
            raise EOFError
        return typed if isinstance(typed, str) else typed.decode()

    monkeypatch.delenv(options.PASSWORD, raising=False)
    monkeypatch.setattr("getpass.getpass", answer)
    asked = terminal_of_tests()
    monkeypatch.setattr(asked, "is_there", lambda: True)
    wire = Wire(SimpleNamespace(ssid="Lab", port="/dev/x", power=None), asked, 1)
    with pytest.raises(DeployError) as failure:
        wire._password()
    assert str(failure.value) == f"--wifi: {found}: set IOTJOBS_WIFI_PASSWORD to its password"
    error = failure.value
    while error is not None:
        assert not isinstance(error, UnicodeError)  # it holds what was typed
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["/none/hub", "{state}"], "--power-command: .*'/none/hub'"),
        ([sys.executable, "-c", "exit('no hub')", "{state}"], r"exit.* off failed: no hub"),
    ],
)
def test_a_power_command_that_fails_is_told_with_what_it_said(command, said):
    with pytest.raises(DeviceError, match=said):
        Command(command).off()


def test_what_pytest_takes_for_a_folder_is_refused(tmp_path):
    for name in ("--board", "--micropython"):
        with pytest.raises(pytest.UsageError, match=rf"write {name}={tmp_path}, with an equals"):
            options.check_spelling(["-q", name, str(tmp_path)])
        options.check_spelling([f"{name}={tmp_path}", name, str(tmp_path / "none"), name])


def test_options_that_can_be():
    given = options.given(Config(power_command="hub 'a b' {state}", service_host="10.0.0.1"))
    assert given.power == ["hub", "a b", "{state}"]
    assert (given.port, given.service_host, given.ssid) == ("/dev/x", "10.0.0.1", None)
    assert options.given(Config(board=None)) is None


def test_on_a_machine_without_a_network_the_port_is_told_of_first_and_a_board_is_let_go(
    monkeypatch,
):
    monkeypatch.setattr(address, "towards", lambda port: None)
    ours, theirs = os.openpty()
    for port, said in (("/dev/none", "no such port"), (os.ttyname(theirs), "no address in a net")):
        # There is no terminal to be asked for a password.
        wire = Wire(options.given(Config(board=port, wifi="Lab")), None, 1)
        with pytest.raises(DeployError, match=said), wire:
            pass
        assert not wire.board.is_open
    os.close(ours)
    os.close(theirs)
