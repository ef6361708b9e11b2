"""Programs and tests that are wrong: what the kit says of them, and that nothing goes on."""

import re

import pytest

JOB = "service.create_job({'operation': 'blink', 'times': 1})"
BLINK = 'device.start("blink.py")'
NOT_ASKED = "job-1 is QUEUED still after 1 s: the program has not asked for it"
LAMP = "the program connects as 'MyThing': device.start(…, thing='MyThing') makes that thing"

HANGS = """- Ctrl-C shows where the program is -----------------------
Traceback (most recent call last):
  File "hangs.py", line 3, in <module>
KeyboardInterrupt:"""

# A program that takes no job; what is said of it. It fails its test at once, or in its time.
PROGRAMS = {
    "import blutooth": "job-1 is QUEUED still: the program has ended: there is no blutooth here.",
    "1 / 0": "job-1 is QUEUED still: the program has ended by ZeroDivisionError: divide by zero",
    "import machine; machine.WDT(timeout=50); 1 / 0": (
        "job-1 is QUEUED still: the program has ended 3 times in a row by ZeroDivisionError: "
    ),
    "": "job-1 is QUEUED still: the program has ended: a board would be at its prompt",
    "while True: pass": NOT_ASKED,
    "import sys; sys.exit()": NOT_ASKED,
    "print('x' * 1_000_000)": "980,001 characters before …\nxxxxx",
    "from machine import DAC": (
        "the program has ended: machine.DAC has no stand-in on a PC. Leave it out where it is "
        'missing: if hasattr(machine, "DAC")'
    ),
    "import os, time\nos.system('kill -SEGV $PPID')\ntime.sleep(100)": (
        "job-1 is QUEUED still: MicroPython was ended by SIGSEGV"
    ),
}
FILES = {
    "hangs": "print('begins')\nwhile True:\n    pass",
    "prints": "while True: print('x' * 30_000)",
}
# Lines of a test; what is said of them. A wait that is to end in vain begins when the program is
# where it is to be found then.
TESTS = {
    "device.power_cut()": "the board has no program: device.start(PROGRAM) comes first",
    "device.start('none.py')": "none.py: not in /",
    f"{BLINK}; {BLINK}": "device.start was called already: one test has one board",
    f"{BLINK}; device.power_cut(); {JOB}.wait()": "job-1 is QUEUED still: the board is off",
    f"{BLINK}; device.power_cut(after='keep')": 'keep: neither "job.…" nor "agent.…"',
    f"device.power_cut(after='job.hold'); {BLINK}; device.power_on()": (
        "no method is called job.hold. There are job."
    ),
    f"device.power_cut(after='job.keep'); {BLINK}; {JOB}; device.power_on(1)": (
        "no call of job.keep has ended after 1 s"
    ),
    f"device.power_cut(after='agent.poll'); {BLINK}; {JOB}.wait()": (
        "the power went after agent.poll, and device.power_on() was not called"
    ),
    f"{BLINK}; device.wait_for('never', 1)": "the board has not printed 'never', after 1 s",
    f"device.start('blink.py', thing='lamp'); device.wait_for('code 5'); {JOB}.wait(1)": LAMP,
    f"device.pins['ADC26'] = 1; {BLINK}": "ValueError: no pin is called 'ADC26' on this board: ",
    f"{BLINK}; device.pins['GP5'] = 1": "ValueError: no pin is called 'GP5' on this board: ",
    "device.start('hangs.py'); device.wait_for('begins'); device.wait_for('never', 1)": HANGS,
    f"device.start('hangs.py'); device.wait_for('begins'); {JOB}.wait(1)": HANGS,
    f"device.start('prints.py'); device.wait_for('x' * 30_000); {JOB}.wait(1)": (
        " characters before …\nxxxxx"
    ),
    f"{BLINK}; service.fault('dropp')": "ValueError: ",
    "service.create_job('{')": "the service refuses the job: ",
    f"{BLINK}; device.power_cut(); {JOB}.wait(0)": "job-1 is QUEUED still",
}


def test_what_is_wrong_is_said_in_a_line_and_nothing_goes_on(project):
    tests = ["import pytest"]
    said = [*PROGRAMS.values(), *TESTS.values()]
    for number, source in enumerate(PROGRAMS):
        project.write(**{f"program_{number}": source})
        is_slow = "while" in source or "exit" in source
        tests += [f"@pytest.mark.iotjobs_timeout({1 if is_slow else 60})"]
        tests += [f"def test_{number}(service, device):"]
        tests += [f"    device.start('program_{number}.py')", f"    {JOB}.wait()"]
    for number, lines in enumerate(TESTS, len(PROGRAMS)):
        tests += [f"def test_{number}(service, device):", f"    {lines}"]
    project.write(test_wrong="\n".join(tests), **FILES)
    done = project.run("--color=no")
    assert done.returncode == 1
    found = re.split(r"^_+ test_(\d+) _+$", done.stdout, flags=re.MULTILINE)
    told = dict(zip(map(int, found[1::2]), found[2::2], strict=True))
    wrong = [told.get(n, n) for n, text in enumerate(said) if text not in told.get(n, "")]
    assert not wrong, "\n".join(map(str, wrong))
    assert f"{len(said)} failed in " in done.stdout  # and none by an error at its end


def test_a_wait_for_a_job_has_an_option(project):
    project.write(test_it=f"def test_it(service):\n    {JOB}.wait()\n")
    assert "job-1 is QUEUED still after 1.5 s" in project.run("-o", "iotjobs_timeout=1.5").stdout


@pytest.mark.parametrize("mark", ["'soon'", "0", "", "1, 2"])
def test_a_timeout_is_a_number_of_seconds(project, mark):
    project.write(
        test_wrong=f"import pytest\n@pytest.mark.iotjobs_timeout({mark})\n"
        "def test_it(service): pass\n"
    )
    done = project.run()
    assert "iotjobs_timeout takes one number of seconds above 0" in done.stdout


@pytest.mark.parametrize(
    ("interpreter", "said"),
    [
        ("/none", "MICROPYTHON names /none, which is no program"),
        ("/bin/true", "MICROPYTHON names /bin/true, which is no MicroPython"),
        ("python3", "which is cpython 3."),
    ],
)
def test_a_machine_without_micropython_is_told_in_a_line(project, interpreter, said):
    project.write(test_it="def test_it(device): pass\n")
    done = project.run_anew("-q", "--tb=short", MICROPYTHON=interpreter)
    assert said in done.stdout
    assert "Traceback" not in done.stdout


def test_on_windows_it_says_what_is_missing(project):
    project.write(
        conftest="import os, pytest\n"
        "@pytest.fixture(autouse=True)\n"
        "def windows(monkeypatch):\n"
        "    from pytest_iotjobs import needs\n"
        "    class Windows:\n"
        "        name = 'nt'\n"
        "    monkeypatch.setattr(needs, 'os', Windows)\n",
        test_it="import sys\n"
        "def test_it(device): pass\n"
        "def test_first(): assert 'iotjobs_emulator' not in sys.modules\n",
    )
    done = project.run_anew("-q")
    said = "pytest-iotjobs needs MicroPython's unix port, which Windows lacks: run it in WSL"
    assert said in done.stdout
    assert "1 passed, 1 error in " in done.stdout


def test_a_failure_shows_the_jobs_and_the_board(project):
    project.write(
        test_it="def test_it(service, device):\n"
        "    device.start('blink.py')\n"
        "    assert service.create_job({'operation': 'blink'}).wait() == 'SUCCEEDED'\n"
    )
    said = project.run("-n", "1", "--color=no").stdout  # also by way of a worker
    for text in ("FAILED      reason: TypeError: ", "start: PWRON_RESET", "state REPORTING"):
        assert text in said
    for title in ("- jobs -", "- the board told -", "- the board printed -"):
        assert title in said
