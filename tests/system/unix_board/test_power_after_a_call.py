"""The power of a board goes after a call of the library that its program makes."""

import pytest

# What is there of the library without a service: a job that keeps something, and a poll.
PROGRAM = (
    "import sys, time",
    "from iotjobs import Job, JobsAgent, MQTTLink",
    "agent = JobsAgent(MQTTLink('localhost', 'MyThing', tls=False), 'MyThing')",
    "job = Job(agent, 'id', 1, 5)",
)


@pytest.fixture
def watched(make_board):
    return make_board(is_watched=True)


@pytest.mark.parametrize("call", ["job.keep", "agent.handler"])
def test_the_power_goes_when_the_call_has_ended(watched, call):
    watched.cut_after(call)
    lines = watched.run(
        *PROGRAM,
        "print('begins')",
        "agent.handler('x')(None)" if call == "agent.handler" else "job.keep({'n': 1})",
        "print('never')",
    )
    assert lines == ["begins"]
    assert watched.of("cut") == [call]
    assert (watched.root / "iotjobs-MyThing.json").exists() == (call == "job.keep")
    assert not watched.is_on()


def test_it_goes_once(watched):
    watched.cut_after("job.keep")
    program = (*PROGRAM, "job.keep(1)", "print('after')")
    assert watched.run(*program) == []
    assert watched.run(*program) == ["after"]


def test_it_goes_also_when_the_call_raises(watched):
    watched.cut_after("job.keep")
    assert watched.run(*PROGRAM, "try:", "    job.keep({1})", "except: print('never')") == []


def test_a_board_that_is_on_hears_of_it_before_the_next_call(watched):
    watched.main(
        *PROGRAM,
        "import os",
        "print('waits')",
        "while 'go' not in os.listdir(): time.sleep_ms(5)",
        "job.keep(1)",
        "print('never')",
    )
    watched.power_on()
    watched.until_printed("waits\n")
    watched.cut_after("job.keep")
    (watched.root / "go").touch()
    assert watched.wait(120)
    assert watched.printed == "waits\n"


def test_a_cut_outlives_a_reset(watched):
    watched.cut_after("job.keep")
    lines = watched.run(
        *PROGRAM,
        "import machine",
        "print('starts')",
        "if machine.reset_cause() == machine.PWRON_RESET: machine.reset()",
        "job.keep(1)",
        "print('never')",
    )
    assert lines == ["starts", "starts"]


def test_the_calls_are_told_and_the_watching_is_in_no_traceback(watched):
    lines = watched.run(*PROGRAM, "job.keep({1})")
    assert {"job.keep", "job.progress", "job.reset", "agent.poll"} <= set(watched.calls)
    assert not [line for line in lines if "calls.py" in line]
    assert lines[-1].startswith(("ValueError", "TypeError"))


def test_what_a_handler_did_wrong_is_told_by_its_own_line(watched):
    lines = watched.run(
        *PROGRAM, "from iotjobs.outcomes import told", "try:", "    job.keep({1})",
        "except Exception as error: print(told(error))",
    )  # fmt: skip
    assert lines[0].endswith("(main.py, line 7)")


def test_a_program_without_the_library_runs_as_well(make_board):
    board = make_board(is_watched=True)
    (board.root / "lib" / "iotjobs").mkdir(parents=True)
    (board.root / "lib" / "iotjobs" / "__init__.py").touch()
    assert board.run("print('runs')") == ["runs"]
    assert board.calls == ()
