"""An emulated Pico W on which boards/starter runs as the pages put it there, and the internet that
it is in: the emulator at the endpoint, and a web server.
"""

import contextlib
import json
import re
import socket
import threading
import time

import environment
from benches.compiled import compile_library
from emulated_pico.pico import EmulatedPico
from iotjobs_emulator import provision
from iotjobs_emulator.authority import Authority
from iotjobs_emulator.database import Database

ENDPOINT = "a1b2c3-ats.iot.eu-west-1.amazonaws.com"  # as in boards/starter/settings.json
NAMES = ("files.example.com", "micropython.org")  # of the web server
_LIMIT_S = 3600  # of a machine that does much else: only what hangs takes so long
_POLL_S = 0.2


def web_context(state):
    """The SSLContext of a web server, of the authority that an emulator with this state has."""
    with contextlib.closing(Database(str(state))) as database:
        context = Authority(database).server_context(NAMES)
    context.verify_mode = 0
    return context


def files(desk, emulator, library, place):
    """What is to be on the board, of a desk on which the page's commands have run. The library is
    compiled below the folder `library`. `place`: "lib", where a firmware that has one itself takes
    that; "" is before it.
    """
    compile_library(library / place, "armv6m")
    certificate, key = (desk.folder / name for name in ("device.pem", "key.pem"))
    provision.write_files(certificate.read_text(), key.read_text(), library)
    (library / provision.CA).write_bytes((emulator.folder / provision.CA).read_bytes())
    found = {}
    for root in (library, desk.folder / "board"):
        for path in root.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                found[str(path.relative_to(root))] = path.read_bytes()
    return found


class PicoW:
    """A context manager; runs the main.py in its files, and keeps what it prints: `lines`."""

    def __init__(self, firmware, contents, ports):
        environment.need("pico")
        self.chip = EmulatedPico(firmware, "pico_w", contents, ports)
        self.lines = []

    def __enter__(self):
        self.chip.__enter__()
        host, port = self.chip.port.removeprefix("socket://").split(":")
        self._console = socket.create_connection((host, int(port)))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *error):
        self.chip.__exit__(*error)
        self._reader.join()
        self._console.close()

    def _read(self):
        rest = ""
        with contextlib.suppress(OSError):  # of a chip that has ended
            while data := self._console.recv(4096):
                *lines, rest = (rest + data.decode(errors="replace")).split("\n")
                self.lines += [line.rstrip("\r") for line in lines]

    def until(self, condition):
        """Wait until that holds."""
        deadline = time.monotonic() + _LIMIT_S
        while not condition():
            printed = "\n".join(self.lines[-40:])
            assert self._reader.is_alive(), f"the emulated Pico W has ended:\n{printed}"
            assert time.monotonic() < deadline, f"{self.chip.restarts}\n{printed}"
            time.sleep(_POLL_S)

    def wait_for(self, pattern, after=0):
        """Wait until a line from number `after` on has that in it."""
        self.until(lambda: any(re.search(pattern, line) for line in self.lines[after:]))

    def passes(self, seconds):
        """Let so much of its own time pass."""
        end = self.chip.seconds() + seconds
        self.until(lambda: self.chip.seconds() >= end)

    def ended(self, emulator, job_id):
        """The status with which a job ends, and its details."""
        ends = {"SUCCEEDED", "FAILED", "REJECTED", "TIMED_OUT", "CANCELED", "REMOVED"}
        self.until(lambda: emulator.execution(job_id)[0] in ends)
        return emulator.execution(job_id)

    def json(self, path):
        """What a file of its own has now."""
        return json.loads(self.chip.saved_files()[path])
