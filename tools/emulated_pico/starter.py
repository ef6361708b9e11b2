"""boards/starter on an emulated Pico, as it is, up to its first poll: the largest program, with
both links, `aio` and all handlers imported.

There the chip has no network, for which there are stand-ins.
"""

import pathlib
import re
import tempfile

import environment
from packing import signing

from .console import PicoConsole, PicoError

STARTER = environment.ROOT / "boards" / "starter"
_TIMEOUT_S = 900  # all imports pass before it prints: minutes, on a machine that does other work

# Modules that can be imported, and no more.
NO_NETWORK = {
    f"lib/{name}.py": b'"""Stands for the module that a Pico without Wi-Fi does not have."""\n'
    for name in ("socket", "tls", "usocket")
}
_RUN = """
import gc, machine, sys, tls
class Network:
    STA_IF = 0
    WLAN = lambda self, interface: self
    active = lambda self, wanted: None
    connect = lambda self, ssid, password: print("wifi", ssid)
    isconnected = lambda self: True
class Ntptime:
    settime = lambda self: None
class SSLContext:
    def __init__(self, protocol):
        pass
    def load_verify_locations(self, ca):
        pass
    def load_cert_chain(self, cert, key):
        pass
sys.modules["network"] = Network()
sys.modules["ntptime"] = Ntptime()
tls.SSLContext = SSLContext
tls.PROTOCOL_TLS_CLIENT = tls.CERT_REQUIRED = 0
from iotjobs import HTTPSLink, JobsAgent, aio
def poll(self):
    machine.mem32[0x40058000] &= 0xBFFFFFFF  # the watchdog's CTRL.ENABLE: it has survived so far
    gc.collect()
    print(gc.mem_free(), "bytes are free")
    sys.exit()
JobsAgent.poll = poll
try:
    import starter
except SystemExit:
    pass
"""
_TOLD = re.compile(r"wifi Home\r\n(\d+) bytes are free\r\n")


def files() -> dict[str, bytes]:
    """What the program needs in a board's file system, and itself. Its main.py has another name,
    so that it does not run by itself.
    """
    found = {
        str(path.relative_to(STARTER)): path.read_bytes()
        for path in STARTER.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    found["starter.py"] = found.pop("main.py")
    for name in ("device.der", "key.der", "ca.der"):
        found[name] = b"0"  # as every DER begins
    with tempfile.TemporaryDirectory() as folder:
        found["update.der"] = signing.new_key(pathlib.Path(folder, "update.pem")).read_bytes()
    return found | NO_NETWORK


def free(console: PicoConsole) -> int:
    """Run it after a reset, on a Pico with these files: the bytes of heap that it leaves free.
    Raises PicoError.
    """
    console.reset(_TIMEOUT_S)
    printed = console.ask(_RUN, _TIMEOUT_S)
    told = _TOLD.fullmatch(printed)
    if not told:
        raise PicoError(f"boards/starter said: {printed}")
    return int(told[1])
