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
_NO_NETWORK = """
import gc, sys, time, tls
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
"""
_RUN = (
    _NO_NETWORK
    + """
from iotjobs import HTTPSLink, JobsAgent, aio
def poll(self):
    gc.collect()
    print(gc.mem_free(), "bytes are free")
    sys.exit()
JobsAgent.poll = poll
try:
    import starter
except SystemExit:
    pass
"""
)
# Its heap is made as small as a Pico W's, where an SSLContext and a connection take their memory
# from it too. The first poll asks whether the network is there, once everything is registered.
_MEMORY = (
    _NO_NETWORK
    + """
def tell(when):
    gc.collect()
    free = gc.mem_free()
    piece = 0
    step = 1 << 17
    while step >= 16:
        try:
            bytearray(piece + step)
            piece += step
        except MemoryError:
            pass
        step >>= 1
    gc.collect()
    print(when, free, piece)
def load_cert_chain(self, cert, key):
    self.held = bytearray(%d)
SSLContext.load_cert_chain = load_cert_chain
def registered(self):
    print("ms", time.ticks_diff(time.ticks_ms(), started))
    tell("registered")
    tls = [bytearray(size) for size in (%s)]
    tell("connected")
    sys.exit()
Network.isconnected = registered
class Gc:
    threshold = lambda self, size: None
gc.threshold(-1)  # which a soft reset of an RP2 leaves as it was
gc.collect()
wifi = bytearray(gc.mem_free() - %d)
tell("boot")
started = time.ticks_ms()
if not %d:
    from iotjobs import slots
    slots.gc = Gc()
try:
    import starter
except SystemExit:
    pass
except MemoryError:
    print("MemoryError")
"""
)
PICO_W_FREE = 200_736  # at boot, of MicroPython 1.26.1 on an emulated Pico W
CONTEXT = 5_000  # bytes of heap, of an SSLContext with CA, certificate and key there
# Of a connection there, in the pieces that it asks for: what it receives into, what it sends from,
# and the rest of 24 kB in small ones.
SESSION = (16_717, 4_429, *[128] * 24)
_MEMORY_TOLD = re.compile(r"(boot|ms|registered|connected) ([\d ]+)\r\n")
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


def memory(console: PicoConsole, together: bool = True) -> dict[str, tuple[int, ...]]:
    """Run it after a reset, as on a Pico W, on a Pico with these files: the bytes of heap that are
    free, and the longest piece of them, at "boot", "registered" and "connected"; and "ms", which
    pass from the first to the second. What is missing has found no memory. `together`: with the
    `gc.threshold` that slots.run sets.

    Raises PicoError.
    """
    console.reset(_TIMEOUT_S)
    sizes = ", ".join(map(str, SESSION))
    code = _MEMORY % (CONTEXT, sizes, PICO_W_FREE, together)
    printed = console.ask(code, _TIMEOUT_S)
    told = dict(_MEMORY_TOLD.findall(printed))
    if ("connected" in told) == ("MemoryError" in printed):
        raise PicoError(f"boards/starter said: {printed}")
    return {when: tuple(map(int, numbers.split())) for when, numbers in told.items()}


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
