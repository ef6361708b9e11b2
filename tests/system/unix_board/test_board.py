"""A board's process: its starts, its resets, its watchdog, its power, and how it ends."""

import os
import select
import signal
import subprocess
import sys
import threading
import time

import environment
import pytest
from waiting import until

FIRST = "import machine, sys, time\nfirst = machine.reset_cause() == machine.PWRON_RESET"
FOREVER = "while True: time.sleep_ms(20)"


def test_boot_py_and_main_py_run_as_one(board):
    (board.root / "boot.py").write_text("found = 5\n")
    assert board.run("print(found, __name__)") == ["5 __main__"]
    assert board.events == [{"start": "PWRON_RESET"}, {"end": None}]


def test_an_exception_ends_the_program_with_its_own_lines_and_no_others(board):
    lines = board.run("def broken():", "    return [][1]", "", "broken()")
    assert lines == [
        "Traceback (most recent call last):",
        '  File "main.py", line 4, in <module>',
        '  File "main.py", line 2, in broken',
        "IndexError: list index out of range",
    ]
    assert board.of("end") == ["IndexError: list index out of range"]


def test_a_file_may_be_the_program(make_board, tmp_path):
    (tmp_path / "blink.py").write_text("import helper, sys\nprint(sys.argv, 1 / 0)\n")
    (tmp_path / "helper.py").write_text("print('helps')\n")
    board = make_board(program=tmp_path / "blink.py")
    assert board.run("print('not this one')")[:3] == [
        "helps",
        "Traceback (most recent call last):",
        '  File "blink.py", line 2, in <module>',
    ]


def test_without_a_main_py_it_is_at_its_prompt_at_once(board):
    board.power_on()
    assert board.wait(60)
    assert board.of("end") == [None]


def test_the_board_has_a_root_of_its_own(board):
    assert board.run(
        "import os",
        "os.mkdir('/data')",
        "open('/data/a', 'w').close()",
        "os.rename('/data/a', '/data/b')",
        "os.chdir('/data')",
        "os.rename('b', 'c')",
        "print(os.listdir('/'), os.listdir(), [entry[0] for entry in os.ilistdir('/data')])",
        "os.chdir('/')",
        "print(os.listdir(), os.uname().sysname)",
    ) == ["['main.py', 'data'] ['c'] ['c']", "['main.py', 'data'] rp2"]
    assert (board.root / "data" / "c").is_file()


def test_a_reset_begins_anew_at_once(board):
    lines = board.run(
        FIRST,
        "print('start')",
        "try:",
        "    if first: machine.reset()",
        "finally:",
        "    print('finally')",
    )
    assert lines == ["start", "start", "finally"]  # no finally ran at the reset
    assert board.of("reset") == ["machine.reset()"]


def test_what_it_has_printed_just_before_a_reset_is_heard(board):
    board.may_see.clear()
    board.main(
        FIRST,
        "import os",
        "if first:",
        "    machine.Pin('LED', machine.Pin.OUT).on()",
        "    while 'go' not in os.listdir(): time.sleep_ms(5)",
        "    print('last')",
        "    machine.reset()",
    )
    board.power_on()
    board.until(pin="LED")
    (board.root / "go").touch()
    # The reset comes; the board's thread has seen neither, and looks at what is told first.
    until(lambda: select.select([board._wires.told], [], [], 0)[0])
    board.may_see.set()
    assert board.wait(60)
    assert board.printed == "last\n"


def test_an_exit_is_a_soft_reset(board):
    lines = board.run(
        "import os, sys",
        "print('start')",
        "if 'been' not in os.listdir():",
        "    open('been', 'w').close()",
        "    sys.exit(5)",
    )
    assert lines == ["start", "start"]
    assert board.of("reset") == ["sys.exit()"]


@pytest.mark.parametrize(
    ("kind", "causes"),
    [
        # An RP2040 knows no other causes than these two.
        ("pico-w", ["PWRON_RESET", "WDT_RESET", "WDT_RESET", "WDT_RESET", "PWRON_RESET"]),
        ("esp32", ["PWRON_RESET", "HARD_RESET", "SOFT_RESET", "DEEPSLEEP_RESET", "PWRON_RESET"]),
    ],
)
def test_the_cause_of_a_reset_is_told_as_that_board_does(make_board, kind, causes):
    board = make_board(kind=kind)
    board.main(
        FIRST,
        "import os",
        "n = len(os.listdir())",
        "open('start%d' % n, 'w').close()",
        "print(n, machine.reset_cause())",
        "if n == 1: machine.reset()",
        "if n == 2: machine.soft_reset()",
        "if n == 3: machine.deepsleep(10)",
        "print('waits')",
        FOREVER,
    )
    board.power_on()
    board.until(start=causes[3])
    board.until_printed("waits\n")
    board.press_reset()
    board.until(reset="the reset button")
    board.until(start="PWRON_RESET")
    assert board.of("start") == causes


def test_the_watchdog_bites_what_hangs(board):
    lines = board.run(
        FIRST,
        "print(machine.reset_cause())",
        "if first:",
        "    machine.WDT(timeout=300)",
        "    while True: pass",
    )
    assert lines == ["1", "3"]
    assert board.of("reset") == ["the watchdog"]


def test_the_watchdog_bites_after_the_program_has_ended_and_goes_on_over_a_soft_reset(board):
    lines = board.run(
        FIRST,
        "import os",
        "print('start')",
        "if first:",
        "    if 'been' not in os.listdir():",
        "        machine.WDT(timeout=500)",
        "        open('been', 'w').close()",
        "        sys.exit()",
        "    1 / 0",
    )
    assert [line for line in lines if line in ("start", "ZeroDivisionError: divide by zero")] == [
        "start",
        "start",
        "ZeroDivisionError: divide by zero",
        "start",
    ]
    assert board.of("reset") == ["sys.exit()", "the watchdog"]


def test_a_watchdog_that_is_fed_does_not_bite(make_board):
    board = make_board()
    board.main(
        FIRST,
        "if first:",
        "    watchdog = machine.WDT(timeout=800)",
        "    for _ in range(150):",
        "        watchdog.feed()",
        "        time.sleep_ms(10)",
        "    print('fed')",
    )
    for _ in range(5):  # on a machine that does too much else, the board may come too late
        board.power_on()
        assert board.wait(60)
        if "fed" in board.printed:
            return
    raise AssertionError(board.events)


def test_deep_sleep_ends_by_itself_or_by_the_button(board):
    board.main(FIRST, "if first: machine.deepsleep()", "print('awake')")
    board.power_on()
    board.until(reset="machine.deepsleep()")
    assert not board.wait(0.2)
    board.main("print('awake')")
    board.press_reset()
    assert board.wait(60)
    assert board.printed == "awake\n"


def test_a_bootloader_waits_for_a_person(board):
    assert board.run("import machine", "machine.bootloader()", "print('never')") == []
    assert board.of("start") == ["PWRON_RESET"]


def test_when_the_power_goes_nothing_more_is_done_and_what_was_written_is_there(board):
    board.main(
        "import time",
        "with open('kept', 'w') as file:",
        "    file.write('half')",
        "    print('written')",
        "    time.sleep(100)",
        "    file.write('whole')",
    )
    board.power_on()
    board.until_printed("written\n")
    board.power_off()
    assert not board.is_on()
    assert (board.root / "kept").read_text() == "half"
    board.main("print(open('kept').read())")
    board.power_on()
    assert board.wait(60)
    assert board.printed.splitlines() == ["written", "half"]


def test_memory_of_the_clock_outlives_a_reset_and_no_cut_of_the_power(esp32):
    program = (
        FIRST,
        "rtc = machine.RTC()",
        "print(rtc.memory())",
        "rtc.memory(rtc.memory() + b'a')",
        "if len(rtc.memory()) < 3: machine.reset()",
    )
    assert esp32.run(*program) == ["b''", "b'a'", "b'aa'"]
    esp32.power_on()
    assert esp32.wait(60)
    assert esp32.printed.splitlines()[3:] == ["b''", "b'a'", "b'aa'"]


def test_a_program_that_prints_a_megabyte_is_read_to_its_end(board):
    lines = board.run("for i in range(16384): print('%063d' % i)")
    assert len(lines) == 16384
    assert int(lines[-1]) == 16383


def test_an_interpreter_that_dies_is_told(board):
    board.main("import os, time", "print(1)", "os.system('kill -SEGV $PPID')", "time.sleep(100)")
    board.power_on()
    assert board.wait(60)
    assert board.of("died") == ["MicroPython was ended by SIGSEGV"]


def _wait_for_end(child):
    for _ in range(6000):
        try:
            os.kill(child, 0)
            with open(f"/proc/{child}/stat") as file:
                if file.read().split()[2] == "Z":
                    return
        except (ProcessLookupError, FileNotFoundError):
            return
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    raise AssertionError("it goes on")


def test_what_it_has_started_goes_with_it(board):
    board.main("import os", "os.system('sleep 1000 & echo $!; wait')")
    board.power_on()
    board.until_printed("\n")
    board.power_off()
    child = int(board.printed)
    _wait_for_end(child)


def test_it_ends_with_its_host_however_that_ends(tmp_path):
    (tmp_path / "main.py").write_text("import os\nos.system('echo $PPID')\nwhile True: pass\n")
    host = (
        "import sys, pathlib, environment",
        "from unix_board.board import Board",
        f"root = pathlib.Path({str(tmp_path)!r})",
        "show = lambda data: print(data.decode(), flush=True)",
        "interpreter = environment.micropython()",
        "board = Board(root, root / 'c', interpreter=interpreter, path=(), on_output=show)",
        "board.power_on()",
        "board.wait()",
    )
    process = subprocess.Popen(
        [sys.executable, "-c", "\n".join(host)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(environment.TOOLS)},
    )
    child = int(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()
    _wait_for_end(child)


BUSY = (
    "import machine, time",
    "led = machine.Pin('LED', machine.Pin.OUT)",
    "print('begins')",
    "time.sleep_ms(100)",
    "print('ends')",
    "led.on()",
    "open('/done', 'w').close()",
)


@pytest.mark.parametrize("last", [FOREVER, "", "machine.deepsleep()"])
def test_what_it_did_before_is_heard_after_catching_up(make_board, last):
    board = make_board()
    board.may_print.clear()  # as beside other work
    board.main(*BUSY, last)
    board.power_on()
    until((board.root / "done").exists)
    assert board.printed != "begins\nends\n"
    threading.Timer(0.5, board.may_print.set).start()
    board.catch_up()
    assert (board.printed, board.pins["LED"]) == ("begins\nends\n", 1)


def test_what_it_did_while_orders_were_taken_is_heard_too(board):
    board.main(
        *("import machine, os, time", "led = machine.Pin('LED', machine.Pin.OUT)", "led.off()"),
        *("while 'go' not in os.listdir('/'):", "    time.sleep_ms(5)"),
        *BUSY,
        FOREVER,
    )

    class First(threading.Event):
        def set(self):  # in the board's thread, after it has looked for what there is
            (board.root / "go").touch()
            until((board.root / "done").exists)
            board._order(second)

    class Second(threading.Event):
        def set(self):  # there too, which has not gone on to look
            self.heard = board.printed, board.pins["LED"]
            super().set()

    second = Second()

    board.power_on()
    board.until(pin="LED")
    board._order(First())
    until(second.is_set)
    assert second.heard == ("begins\nends\n", 1)


def test_what_was_caught_up_with_is_not_waited_for_again(board):
    board.may_see.clear()
    board.main(
        *("import machine, os, time", "machine.Pin('LED', machine.Pin.OUT).on()"),
        *("while 'go' not in os.listdir('/'):", "    time.sleep_ms(5)"),
        *("print('it')", "open('/done', 'w').close()"),
        *("while 'stop' not in os.listdir('/'):", "    time.sleep_ms(5)"),
    )
    board.power_on()
    board.until(pin="LED")
    # The order comes first, and then the output: its thread learns of both at the same time.
    first, second = threading.Event(), threading.Event()
    board._order(first)
    (board.root / "go").touch()
    until((board.root / "done").exists)
    board.may_see.set()
    until(first.is_set)
    board._order(second)
    was_heard = second.wait(60)
    (board.root / "stop").touch()
    assert was_heard
    assert board.printed == "it\n"


def test_one_that_prints_without_end_is_caught_up_with(board):
    board.main("while True: print('and on' * 100)")
    board.power_on()
    for _ in range(3):
        before = len(board.printed)
        until(lambda before=before: len(board.printed) > before)
        board.catch_up()


def test_one_that_is_off_or_resets_is_caught_up_with(board):
    board.catch_up()
    board.main("import machine", "machine.reset()")
    board.power_on()
    for _ in range(20):
        board.catch_up()
    board.power_off()
    board.catch_up()
    board.close()
    board.catch_up()
    assert board.of("start")


def test_in_its_own_thread_nothing_is_caught_up_with(make_board, monkeypatch):
    board = make_board()
    heard = []
    monkeypatch.setattr(board, "_on_event", lambda event: heard.append(board.catch_up()))
    board.main("print(1)")
    board.power_on()
    assert board.wait(60)
    assert len(heard) == 2


def test_it_may_be_closed_twice_and_is_not_started_then(board):
    board.run("print(1)")
    board.close()
    board.close()
    with pytest.raises(ValueError, match="closed"):
        board.power_on()


def test_its_folders_may_have_any_name(tmp_path, make_board):
    folder = tmp_path / "ä 'q\" \N{GRINNING FACE}"
    folder.mkdir()
    board = make_board(folder=folder)
    assert board.run("import os", "print(os.listdir(), __file__)") == ["['main.py'] main.py"]


def test_what_listens_may_fail_and_is_heard(make_board):
    board = make_board()
    board._on_event = lambda event: 1 // 0
    board.main("print(1)")
    board.power_on()
    with pytest.raises(ZeroDivisionError):
        board.wait(60)
    assert not board.is_on()
