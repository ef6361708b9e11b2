"""Programs of other environments that are forked: what they are given, and their end."""

import contextlib
import os
import signal
import subprocess
import sys

import fork_client
import pytest
from commands import finished
from fork_server import ForkServer
from waiting import LIMIT_S

PROGRAM = """
import os, sys, time, atexit
imported = 0
def prepare():
    global imported
    imported += 1
def main(arguments):
    global imported
    assert imported == 1
    imported += 1
    if arguments[0] == "tell":
        atexit.register(print, "the end")
        print(sys.stdin.read(), arguments[1:], os.environ["WORD"], os.getcwd(), sorted(os.environ))
        print("wrong", file=sys.stderr)
    elif arguments[0] == "raise":
        sys.exit(eval(arguments[1]))
    elif arguments[0] == "sleep":
        try:
            print("begun", flush=True)
            time.sleep(600)
        except KeyboardInterrupt:
            return 130
    elif arguments[0] == "die":
        os.kill(os.getpid(), 9)
    return 3
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    program = tmp_path_factory.mktemp("fork") / "program.py"
    program.write_text(PROGRAM)
    with ForkServer(sys.executable, program) as server:
        yield server


def test_it_is_given_what_a_process_is(server, tmp_path):
    for _ in range(2):  # what one has changed, the next has not
        done = server.run(["tell", "a b", 1], {"WORD": "é"}, tmp_path)
        told = f" ['a b', '1'] é {tmp_path} ['WORD']\nthe end\n"
        assert (done.returncode, done.stdout, done.stderr) == (3, told, "wrong\n")


def test_a_script_is_a_command_for_the_shell(server, tmp_path):
    script = server.script(tmp_path / "own tool")
    done = finished([script, "tell", "'"], input="in", cwd=tmp_path, env={"WORD": "w"})
    assert done.stdout.startswith(f'in ["\'"] w {tmp_path} [')
    assert (done.returncode, done.stderr) == (3, "wrong\n")


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [("None", 0, ""), ("7", 7, ""), ("'told'", 1, "told\n"), ("1 / 0", 1, "ZeroDivisionError: ")],
)
def test_its_end_is_its_exit_code(server, tmp_path, raised, code, said):
    done = server.run(["raise", raised], {}, tmp_path)
    assert done.returncode == code
    assert said in done.stderr


def test_it_is_interrupted_with_its_script(server, tmp_path):
    script = server.script(tmp_path / "tool", "sleep")
    with subprocess.Popen([script], stdout=subprocess.PIPE) as client:
        assert client.stdout.readline() == b"begun\n"
        client.send_signal(signal.SIGINT)
        assert client.wait() == 130


def test_what_nobody_waits_for_is_killed(server, tmp_path):
    script = server.script(tmp_path / "tool")
    with subprocess.Popen([script, "sleep"], stdout=subprocess.PIPE) as client:
        assert client.stdout.readline() == b"begun\n"
        client.kill()
        assert client.stdout.read() == b""  # nobody has it open any more


def test_one_that_does_not_end_says_what_it_had_printed(server, tmp_path, monkeypatch):
    run = fork_client.run

    def impatient(path, arguments, environment, folder, files, patience_s):
        assert patience_s == LIMIT_S
        for seconds in (1, 60):  # the first is enough, but for a busy machine
            with contextlib.suppress(TimeoutError):
                return run(path, arguments, environment, folder, files, seconds)
            if os.fstat(files[1]).st_size:
                break
        raise TimeoutError

    monkeypatch.setattr(fork_client, "run", impatient)
    with pytest.raises(TimeoutError, match=f"no end within {LIMIT_S} s:\nbegun\n"):
        server.run(["sleep"], {}, tmp_path)


def test_one_that_is_killed_says_so(server, tmp_path):
    assert server.run(["die"], {}, tmp_path).returncode == 255


def test_one_that_cannot_be_imported_is_told(tmp_path, capfd):
    program = tmp_path / "program.py"
    program.write_text("import no_such_module\n")
    with pytest.raises(RuntimeError, match=r"program\.py"), ForkServer(sys.executable, program):
        pass
    assert "no_such_module" in capfd.readouterr().err
