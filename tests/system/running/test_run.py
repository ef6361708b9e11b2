"""`tools/run` as a person uses it: a program of one's own, and a job for it."""

import json
import re
import shutil
import signal
import sys

import environment
import pytest
from commands import finished, processes_with
from forked_tools import ToolProcess, run
from iotjobs_emulator import provision
from iotjobs_emulator.database import Database
from iotjobs_emulator.in_thread import EmulatorThread
from iotjobs_emulator.kept_clock import KeptClock

TOOL = environment.TOOLS / "run"
STARTER = environment.ROOT / "boards" / "starter"
PROGRAM = STARTER / "tests" / "blink.py"
STOP = '{"operation": "stop", "services": "blinker"}'
BLINK = '{"operation": "blink", "times": 3}'


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "blink.py"
    path.write_text(PROGRAM.read_text())
    return path


@pytest.fixture
def start(processes):
    """Start it with these arguments."""

    def start(*arguments):
        process = ToolProcess([sys.executable, TOOL, *arguments])
        processes.append(process)
        return process

    return start


def test_a_program_of_ones_own_does_a_job(program):
    done = run("run", program, "--job", BLINK)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == "run: job run-1  SUCCEEDED   blinks: 3"
    assert [line for line in lines if "pin" in line] == [
        "run: pin LED 1",
        "run: pin LED 0",
        "run: pin LED 1",
    ]
    assert "state CONNECTING" in lines
    assert done.stderr == ""
    assert processes_with(str(program)) == []


@pytest.mark.parametrize(
    ("job", "code", "last"),
    [
        ('{"operation": "blink"}', 1, "FAILED      reason: TypeError: .* \\(blink.py, line 24\\)"),
        ('{"operation": "coffee"}', 3, "REJECTED    reason: no handler for operation 'coffee'"),
    ],
)
def test_the_exit_code_says_how_the_job_ended(program, job, code, last):
    done = run("run", program, "--job", job)
    assert re.fullmatch(f"run: job run-1  {last}", done.stdout.splitlines()[-1])
    assert done.returncode == code


@pytest.mark.parametrize(
    ("source", "said", "last"),
    [
        (
            "import blutooth",
            "the program has ended: there is no blutooth here. If it is a module of the board's "
            "firmware, put a blutooth.py that stands for it into the folder lib of the board's "
            "root",
            "QUEUED still: the program has ended",
        ),
        (
            "1 / 0",
            "the program has ended by ZeroDivisionError: divide by zero: a board would be at its "
            "prompt",
            "QUEUED still: the program has ended",
        ),
        (
            "print('x' * 1_000_000)",
            "the program has ended: a board would be at its prompt",
            "QUEUED still: the program has ended",
        ),
        (
            "while True: pass",
            "MyThing is at the emulator. In a browser, what it holds: http://127.0.0.1:",
            "QUEUED still after 2 s: the program has not asked for it. Does its loop call "
            "agent.poll()? Does it connect as MyThing (--thing)?",
        ),
        (
            "import sys; sys.exit()",
            "the board is reset by sys.exit()",
            "QUEUED still after 2 s: the program has not asked for it. Does its loop call "
            "agent.poll()? Does it connect as MyThing (--thing)?",
        ),
    ],
    ids=["what is not there", "an exception", "an end", "a loop without an end", "an exit"],
)
def test_a_program_that_takes_no_job_is_told_and_nothing_goes_on(tmp_path, source, said, last):
    program = tmp_path / "wrong.py"
    program.write_text(source + "\n")
    done = run("run", program, "--job", BLINK, "--timeout", "2")
    assert done.returncode == 7
    assert any(line.startswith(f"run: {said}") for line in done.stdout.splitlines())
    assert done.stdout.splitlines()[-1] == f"run: job run-1 is {last}"
    assert processes_with(str(program)) == []


def test_a_program_that_ends_at_each_start_is_not_waited_for(tmp_path):
    program = tmp_path / "wrong.py"
    program.write_text("import machine\nmachine.WDT(timeout=50)\n1 / 0\n")
    done = run("run", program, "--job", BLINK)
    assert done.returncode == 7
    last = "run: job run-1 is QUEUED still: the program has ended 3 times in a row by "
    assert done.stdout.splitlines()[-1].startswith(last + "ZeroDivisionError: divide by zero: its")
    assert done.stdout.count("the program has ended by") >= 3


@pytest.mark.parametrize(("source", "code"), [("print(1)", 0), ("1 / 0", 1)])
def test_without_a_job_the_exit_code_says_whether_the_program_failed(tmp_path, source, code):
    (tmp_path / "ends.py").write_text(source + "\n")
    assert run("run", tmp_path / "ends.py").returncode == code


def test_a_handler_that_takes_too_long_is_told(program):
    program.write_text(program.read_text().replace("led.toggle()", "while True: yield"))
    done = run("run", program, "--job", BLINK, "--timeout", "4")
    assert done.returncode == 7
    last = "run: job run-1 is IN_PROGRESS still after 4 s: --timeout waits longer"
    assert done.stdout.splitlines()[-1] == last


def test_where_a_handler_hangs_is_shown(program):
    program.write_text(program.read_text().replace("led.toggle()", "while True: pass"))
    done = run("run", program, "--job", BLINK, "--timeout", "2")
    *_, raised, last = done.stdout.splitlines()
    assert last == "run: job run-1 is IN_PROGRESS still after 2 s: --timeout waits longer"
    assert raised.rstrip() == "KeyboardInterrupt:"
    told, _, traceback = done.stdout.partition("run: Ctrl-C shows where the program is:\n")
    assert re.search(r'  File "blink.py", line \d+, in blink\n', traceback), done.stdout
    assert "Traceback" not in told
    assert "the program has ended" not in done.stdout


def test_a_program_that_connects_as_another_thing_is_told_how(program):
    program.write_text(program.read_text().replace("MyThing", "lamp"))
    done = run("run", program, "--job", BLINK, "--timeout", "4")
    assert "run: the program connects as 'lamp': --thing lamp makes that thing" in done.stdout
    assert done.returncode == 7
    assert run("run", program, "--job", BLINK, "--thing", "lamp").returncode == 0


def test_without_a_job_it_goes_on_until_ctrl_c_and_says_how_one_is_made(
    program, start, aws_command
):
    tool = start(program)
    line = tool.wait_for("^run:   (AWS_ACCESS_KEY_ID=.* aws iot create-job .*)$")[1]
    assert '"operation": "blink"' in line
    line = line.replace('"blink"', '"blink", "times": 2').replace(" aws ", f" {aws_command} ")
    tool.wait_for("^state IDLE$")
    assert "first-1" in finished(["/bin/sh", "-c", line]).stdout
    tool.wait_for("^end SUCCEEDED$")
    assert tool.running()
    assert tool.kill(signal.SIGINT) == 0
    assert not [line for line in tool.lines if line.startswith("error")]  # the board went first
    assert processes_with(str(program)) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_nothing_goes_on_after_a_signal_and_nothing_is_left(tmp_path, start, number, monkeypatch):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    program = tmp_path / "goes_on.py"
    program.write_text("print('here')\nwhile True: pass\n")
    tool = start(program, "--job", BLINK)
    tool.wait_for("here")
    assert list((tmp_path / "temporary").iterdir())
    assert tool.kill(number) == 128 + number
    assert processes_with(str(program)) == []
    assert not list((tmp_path / "temporary").iterdir())


def test_it_ends_quietly_when_nobody_reads_it(tmp_path):
    program = tmp_path / "prints.py"
    program.write_text("while True: print('x')\n")
    line = f"{sys.executable} {TOOL} {program} | head -n 20 >/dev/null"
    done = finished(["/bin/bash", "-c", f"{line}; exit ${{PIPESTATUS[0]}}"])
    assert (done.returncode, done.stderr) == (141, "")
    assert processes_with(str(program)) == []


def test_a_changed_file_starts_the_board_anew_also_one_behind_a_link(tmp_path, start):
    folder, shared = tmp_path / "board", tmp_path / "shared"
    folder.mkdir()
    shared.mkdir()
    (folder / "main.py").write_text("import mine\n")
    (folder / "lib").symlink_to(shared)
    (shared / "mine.py").write_text("print('one')\n")
    tool = start(folder, "--watch")
    tool.wait_for("^one$")
    (shared / "mine.py").write_text("print('the second')\n")
    tool.wait_for("^run: a file has changed: the board starts anew$")
    tool.wait_for("^the second$")
    assert tool.kill(signal.SIGINT) == 0


def test_each_change_gets_a_job_of_its_own(program, start):
    tool = start(program, "--watch", "--job", BLINK)
    tool.wait_for("^run: job run-1  SUCCEEDED   blinks: 3$")
    program.write_text(program.read_text().replace('"blinks"', '"seen"'))
    tool.wait_for("^run: job run-2  SUCCEEDED   seen: 3$")
    tool.kill(signal.SIGINT)


def test_the_complete_program_runs_as_it_is_and_stays_so(tmp_path):
    before = {path: path.read_bytes() for path in STARTER.rglob("*") if path.is_file()}
    job = '{"operation": "config", "settings": {"blink_ms": 100}}'
    done = run("run", STARTER, "--job", job)
    assert done.stdout.splitlines()[-1] == "run: job run-1  SUCCEEDED   settings: changed"
    assert re.search(r"run: /update.der is new: tools/pack --sign \S+/update.pem\n", done.stdout)
    assert {path: path.read_bytes() for path in STARTER.rglob("*") if path.is_file()} == before


def test_in_place_what_a_job_changes_stays_and_the_service_remembers(tmp_path):
    board = tmp_path / "board"
    shutil.copytree(STARTER, board)
    job = '{"operation": "config", "settings": {"blink_ms": 100}}'
    assert run("run", board, "--in-place", "--job", job).returncode == 0
    made = (board / "device.der").read_bytes()
    assert json.loads((board / "settings.json").read_text())["blink_ms"] == 100
    assert (board / "key.der").stat().st_mode & 0o077 == 0
    done = run("run", board, "--in-place", "--job", STOP)
    assert done.stdout.splitlines()[-1] == "run: job run-2  SUCCEEDED   stopped: blinker"
    assert (board / "device.der").read_bytes() == made


def test_in_place_a_clock_that_was_left_standing_is_told(tmp_path):
    (tmp_path / "main.py").write_text("print('up')\n")
    told = "run: the emulator's clock stands still, as it was left\n"
    assert told not in run("run", tmp_path, "--in-place").stdout
    database = Database(str(tmp_path / ".iotjobs-run" / "service.db"))
    KeptClock(database).stop()
    database.close()
    done = run("run", tmp_path, "--in-place")
    assert done.stdout.count(told) == 1
    assert "up" in done.stdout


def test_a_key_that_is_there_is_not_replaced_in_place(tmp_path):
    board = tmp_path / "board"
    board.mkdir()
    (board / "main.py").write_text("print('never')\n")
    (board / "key.der").write_bytes(b"of AWS")
    done = run("run", board, "--in-place")
    assert done.returncode == 2
    assert done.stderr == (
        f"run: {board}/key.der is there, and another one is needed here: leave --in-place out, or "
        "move it away\n"
    )
    assert "never" not in done.stdout
    assert (board / "key.der").read_bytes() == b"of AWS"
    assert not (board / "device.der").exists()
    done = run("run", board)
    assert "never" in done.stdout


def test_an_emulator_that_runs_is_used_and_left_without_the_certificate(program, emulator):
    done = run("run", program, "--job", BLINK, "--service", emulator.control_url)
    assert done.returncode == 0, done.stdout
    iot = provision.iot_client(emulator.control_url)
    assert iot.list_thing_principals(thingName="MyThing")["principals"] == []
    assert iot.list_certificates()["certificates"] == []
    done = run("run", program, "--job", BLINK, "--service", emulator.control_url)
    assert done.stdout.splitlines()[-1] == "run: job run-2  SUCCEEDED   blinks: 3"


def test_the_board_may_be_an_esp32_with_other_settings(tmp_path):
    done = run("run", STARTER, "--board", "esp32", "--set", "led:=2", "--job", STOP)
    assert done.returncode == 0, done.stdout
    assert re.search("^run: pin 2 [01]$", done.stdout, re.MULTILINE)


def test_files_of_s3_are_served_by_the_names_of_aws(tmp_path):
    (tmp_path / "files" / "tables").mkdir(parents=True)
    (tmp_path / "files" / "tables" / "a.bin").write_bytes(b"table" * 100)
    board = tmp_path / "board"
    shutil.copytree(STARTER, board)
    (board / "data").mkdir()
    job = json.dumps(
        {
            "operation": "download",
            "url": "${aws:iot:s3-presigned-url-v2:https://s3.eu-west-1.amazonaws.com/tables/a.bin}",
            "path": "a.bin",
        }
    )
    arguments = ("--in-place", "--files", tmp_path / "files", "--job", job)
    done = run("run", board, *arguments)
    assert done.returncode == 0, done.stdout
    assert (board / "data" / "a.bin").read_bytes() == b"table" * 100


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["missing.py"], "missing.py: no such file or folder"),
        (["empty"], "empty: a board's root has a main.py. Name the file that is to run"),
        (["file.py", "--in-place"], "--in-place is for a folder that is the board's root"),
        (["empty", "--in-place", "--watch"], "--watch is for a program that is copied: with"),
        (["file.py", "--job", "{"], "--job is no JSON: Expecting property name"),
        (["file.py", "--job", "[]"], "--job is not a JSON object, such as"),
        (["file.py", "--job", "file://none.json"], "--job none.json: "),
        (["file.py", "--service", "http://127.0.0.1:1"], "--service http://127.0.0.1:1: no emul"),
        (["file.py", "--timeout", "0"], "argument --timeout: 0: not a number of seconds above 0"),
        (["file.py", "--set", "led"], "argument --set: led: not NAME=TEXT, nor NAME:=JSON"),
        (["file.py", "--set", "led:=x"], "argument --set: led:=x: no JSON: "),
        (["file.py", "--files", "x", "--service", "http://x"], "--files is for the emulator that"),
        (["file.py", "--files", "none"], "the emulator cannot start: "),
        (["file.py", "--job", '{"operation": "${aws:iot:no}"}'], "the service refuses the job: "),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(tmp_path, arguments, why):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.py").write_text("")
    done = run("run", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(("run: " + why, "run: error: " + why))


def test_a_job_may_be_in_a_file(program, tmp_path):
    (tmp_path / "job.json").write_text("\ufeff" + BLINK)
    assert run("run", program, "--job", f"file://{tmp_path}/job.json").returncode == 0


def test_a_folder_runs_in_place_for_one_at_a_time(tmp_path, start):
    (tmp_path / "main.py").write_text("print('here')\nwhile True: pass\n")
    tool = start(tmp_path, "--in-place")
    tool.wait_for("^here$")
    done = run("run", tmp_path, "--in-place", "--set", "a=b")
    assert done.returncode == 2
    said = f"run: {tmp_path} runs in place already: another emulator has it, process \\d+\n"
    assert re.fullmatch(said, done.stderr)
    assert not (tmp_path / "settings.json").exists()
    assert tool.running()
    tool.kill(signal.SIGINT)


def test_settings_that_cannot_be_read_are_not_replaced(tmp_path):
    (tmp_path / "main.py").write_text("print('never')\n")
    (tmp_path / "settings.json").write_text('{"ssid": "Home",}')
    done = run("run", tmp_path, "--in-place", "--set", "led:=2")
    assert done.returncode == 2
    said = f"run: --set: {tmp_path}/settings.json is no JSON object, and is left as it is\n"
    assert done.stderr == said
    assert (tmp_path / "settings.json").read_text() == '{"ssid": "Home",}'


def test_what_was_cut_off_before_it_was_noted_is_finished(tmp_path):
    (tmp_path / "main.py").write_text("")
    assert run("run", tmp_path, "--in-place").returncode == 0
    key = (tmp_path / "key.der").read_bytes()
    shutil.rmtree(tmp_path / ".iotjobs-run" / "put")
    (tmp_path / "ca.der").unlink()
    (tmp_path / "ca.der.new").write_bytes(b"half")
    done = run("run", tmp_path, "--in-place")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "key.der").read_bytes() == key
    assert (tmp_path / "ca.der").exists()
    assert list(tmp_path.glob("*.new")) == []


def test_state_that_is_no_emulators_is_told(tmp_path):
    (tmp_path / "main.py").write_text("")
    (tmp_path / ".iotjobs-run").mkdir()
    (tmp_path / ".iotjobs-run" / "service.db").write_text("something else")
    done = run("run", tmp_path, "--in-place")
    assert done.returncode == 2
    assert done.stderr.startswith("run: what the service holds cannot be read: file is not a data")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("link", "to", "why"),
    [
        ("dead", "nowhere", "dead: a link that leads nowhere"),
        ("lib/up", "..", "lib/up is a link to a folder in which it lies"),
    ],
)
def test_a_folder_that_cannot_be_copied_is_told(tmp_path, link, to, why):
    (tmp_path / "main.py").write_text("")
    (tmp_path / link).parent.mkdir(exist_ok=True)
    (tmp_path / link).symlink_to(to)
    done = run("run", tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"run: {tmp_path}/{why}")
    assert done.stderr.count("\n") == 1


def test_links_are_followed_and_byte_order_marks_are_taken_away(tmp_path):
    board = tmp_path / "board"
    (board / "lib").mkdir(parents=True)
    (tmp_path / "real.py").write_text(
        "\ufeffimport mine, json\nprint(json.load(open('a.json')))\n"
    )
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "mine.py").write_text("\ufeffprint('mine')\n")
    (board / "main.py").symlink_to("../real.py")
    (board / "lib" / "mine.py").symlink_to("../../real/mine.py")
    (board / "a.json").write_text("\ufeff[1]")
    assert run("run", board).stdout.splitlines()[-3:-1] == ["mine", "[1]"]
    assert (board / "a.json").read_text() == "\ufeff[1]"
    (tmp_path / "real.py").write_text("\ufeffprint('a file')\n")
    assert "a file" in run("run", tmp_path / "real.py").stdout.splitlines()


def test_a_character_in_two_pieces_is_shown_whole(tmp_path):
    program = tmp_path / "prints.py"
    program.write_text("print('.' + '\N{EURO SIGN}' * 200_000)\n")
    assert "." + "\N{EURO SIGN}" * 200_000 in run("run", program).stdout.splitlines()


def test_a_folder_that_is_being_replaced_is_waited_for(tmp_path, start):
    (tmp_path / "main.py").write_text("print('one')\n")
    tool = start(tmp_path, "--watch")
    tool.wait_for("^one$")
    (tmp_path / "a.txt").symlink_to("b.txt")
    (tmp_path / "main.py").write_text("print('the second')\n")
    tool.wait_for("^run: it waits for the next change: .*a.txt: a link that leads nowhere")
    (tmp_path / "b.txt").write_text("here")
    tool.wait_for("^the second$")
    assert tool.kill(signal.SIGINT) == 0


def test_a_service_that_ends_meanwhile_is_told(tmp_path, start):
    program = tmp_path / "goes_on.py"
    program.write_text("print('here')\nwhile True: pass\n")
    with EmulatorThread() as emulator:
        tool = start(program, "--job", BLINK, "--service", emulator.control_url)
        tool.wait_for("^here$")
    tool.wait_for("^run: the service has failed: ")
    assert tool.wait() == 2
    assert processes_with(str(program)) == []


def test_a_sensor_is_set_and_a_name_that_no_pin_has_is_refused(tmp_path):
    program = tmp_path / "senses.py"
    program.write_text(
        "import dht\nfrom machine import ADC, Pin\n"
        "print('raw', ADC(26).read_u16())\n"
        "sensor = dht.DHT22(Pin(15))\nsensor.measure()\nprint('degrees', sensor.temperature())\n"
    )
    measured = (
        "--pin",
        "26=32768",
        "--pin",
        "DHT15.temperature=21.5",
        "--pin",
        "DHT15.humidity=4",
    )
    done = run("run", program, *measured)
    assert {"raw 32768", "degrees 21.5"} <= set(done.stdout.splitlines()), done.stdout
    for pin in ("ADC26=1", "GP5=1", "30=1", "05=1", "DHT30.humidity=1"):
        done = run("run", program, "--pin", pin)
        assert done.returncode == 2
        said = f"run: --pin: no pin is called {pin.partition('=')[0]!r} on this board: there are "
        assert done.stderr.startswith(said + '"0" to "29", also for an ADC'), done.stderr
    assert run("run", program, "--board", "esp32", "--pin", "39=1").returncode != 2
    assert run("run", program, "--board", "esp32", "--pin", "LED=1").returncode == 2
    assert "26: not NAME=NUMBER" in run("run", program, "--pin", "26").stderr


def test_what_has_no_stand_in_is_said_with_the_way_around_it(tmp_path):
    program = tmp_path / "plays.py"
    program.write_text("from machine import I2S\n")
    done = run("run", program)
    assert done.stdout.splitlines()[-1] == (
        "run: the program has ended: machine.I2S has no stand-in on a PC. Leave it out where it "
        'is missing: if hasattr(machine, "I2S")'
    )


def test_a_thing_takes_the_place_of_the_one_in_the_settings(tmp_path):
    board = tmp_path / "board"
    board.mkdir()
    (board / "settings.json").write_text('{"thing": "MyThing"}')
    source = PROGRAM.read_text().replace('"MyThing"', "settings['thing']")
    opened = "import json\nsettings = json.load(open('settings.json'))\n"
    (board / "main.py").write_text(opened + source)
    done = run("run", board, "--thing", "lamp", "--job", BLINK)
    assert done.returncode == 0, done.stdout
    assert json.loads((board / "settings.json").read_text()) == {"thing": "MyThing"}
