"""tools/deploy onto an emulated Pico, a Cortex-M0+: the firmware's own raw REPL, flash and .mpy
loader. It is slower than what stands for a board elsewhere, so this is one story on one board, in
order; how a deploy may end is tried in test_deploy_endings.py.
"""

import re
import signal
import socket
import threading

import pytest
from commands import finished
from deploy_tool import Tool, interrupted, written
from iotjobs_wire.board import QUIET
from plain_pico import plain_pico

SMALL = ("--handlers", "reboot", "--with", "none", "--timeout", "60")
LIMIT_S = 600
BUSY = b"while True:\n try:\n  print('busy')\n except KeyboardInterrupt as e:\n  raise e\n"


class Relay:
    """A TCP relay to a port, which cuts its one connection after so many bytes to the board."""

    def __init__(self, port, cut_after):
        host, number = port.removeprefix("socket://").split(":")
        self._board = (host, int(number))
        self._left = cut_after
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._relay, daemon=True).start()

    def _relay(self):
        near, _ = self._listener.accept()
        self._listener.close()
        with near, socket.create_connection(self._board) as far:
            back = threading.Thread(target=self._back, args=(far, near), daemon=True)
            back.start()
            while self._left > 0 and (data := near.recv(4096)):
                self._left -= len(data)
                far.sendall(data)
            far.shutdown(socket.SHUT_RDWR)
            near.shutdown(socket.SHUT_RDWR)
            back.join()

    @staticmethod
    def _back(far, near):
        try:
            while data := far.recv(4096):
                near.sendall(data)
        except OSError:
            pass


def start(port, *arguments):
    return Tool(port, *SMALL, *arguments)


def deploy(port, *arguments):
    return start(port, *arguments).ended(LIMIT_S)


def succeeded(port, *arguments):
    status, said, error = deploy(port, *arguments)
    assert status == 0, error
    return said


pytestmark = pytest.mark.exhaustive


@pytest.fixture(scope="module")
def port():
    with plain_pico() as pico:
        yield pico.port


def test_another_board_is_refused(port):
    status, said, error = deploy(port, "--board", "RPI_PICO_W")
    assert status == 1
    assert "this is no RPI_PICO_W: Raspberry Pi Pico with RP2040, MicroPython 1." in error
    assert not written(said)


def test_a_first_deploy_that_is_killed_then_cut_off_and_then_finished(port):
    tool = start(port, "--board", "RPI_PICO")
    tool.signal_at(r"  \[ 4/", signal.SIGKILL)
    tool.ended(LIMIT_S)
    status, said, error = deploy(Relay(port, 12_000).port)
    assert status == 1
    assert "the connection to socket://" in error
    middle = written(said)
    assert middle
    said = succeeded(port)
    assert "compiled for armv6m" in said
    assert re.search(r"iotjobs \S+ is imported there: its agent takes [\d,]+ bytes", said)
    assert not set(middle) & set(written(said))


def test_the_byte_loops_run_as_native_code(port):
    with interrupted(port, 60) as board:
        board.run("from iotjobs.codec import scan, viper")
        assert board.ask("scan.read is viper.read")
        assert board.ask("__import__('time').gmtime()[0]") >= 2025


def test_a_busy_program_is_put_there_and_interrupted_by_the_next(port, tmp_path):
    (tmp_path / "main.py").write_bytes(BUSY)
    with interrupted(port, 60) as board:
        board.run("with open('/lib/iotjobs/agent/agent.py', 'w') as f: f.write('shadow = 1')")
    tool = start(port, "--app", tmp_path, "--monitor")
    said = tool.signal_at(r"\s*busy$", signal.SIGINT)
    status, _, error = tool.ended(LIMIT_S)
    assert (status, error) == (0, "")
    assert "removed /lib/iotjobs/agent/agent.py" in said
    (tmp_path / "main.py").write_bytes(b"pass\n")
    assert written(succeeded(port, "--app", tmp_path)) == ["/main.py"]


def test_one_that_a_reset_has_started_is_interrupted_too(port, tmp_path):
    (tmp_path / "main.py").write_bytes(BUSY)
    said = succeeded(port, "--app", tmp_path, "--reset")
    assert "the board starts again" in said
    (tmp_path / "main.py").write_bytes(b"pass\n")
    assert written(succeeded(port, "--app", tmp_path)) == ["/main.py"]


def test_the_watchdog_of_a_program_is_turned_off(port):
    """In one piece: while an emulated Pico waits for a command, its watchdog bites at once."""
    enabled = "print(machine.mem32[0x40058000] >> 30 & 1)\n"
    begun = "import machine, time\nmachine.WDT(timeout=8_000)\n"
    with interrupted(port, 60) as board:
        printed = board.run(f"{begun}{enabled}{QUIET}{enabled}time.sleep(9)\nprint('alive')")
    assert printed.split() == ["1", "0", "alive"]


def test_an_rsa_key_is_refused_before_anything_is_written(port, tmp_path):
    options = ("-subj", "/CN=x", "-nodes", "-newkey", "rsa:2048")
    cert, key = tmp_path / "device.pem", tmp_path / "key.pem"
    finished(["openssl", "req", "-x509", *options, "-out", cert, "-keyout", key])
    status, said, error = deploy(port, "--cert", cert, "--key", key)
    assert (status, written(said)) == (1, [])
    assert "--key: an RSA key: with it an RP2040 computes" in error


def test_a_boot_that_does_not_end_is_interrupted_after_the_reset_that_runs_it(port, tmp_path):
    with interrupted(port, 60) as board:
        board.run(f"with open('/boot.py', 'wb') as f: f.write({BUSY!r})")
    (tmp_path / "boot.py").write_bytes(b"pass\n")
    # For so long it waits for the boot's end.
    assert written(succeeded(port, "--app", tmp_path, "--timeout", "20")) == ["/boot.py"]


def test_then_there_is_nothing_to_do(port):
    assert "nothing to do" in succeeded(port)


def test_a_full_flash(port, tmp_path):
    (tmp_path / "big").write_bytes(bytes(1_500_000))
    status, _, error = deploy(port, "--app", tmp_path)
    assert status == 1
    assert "the board's file system is too full: 1,500,000 bytes" in error
