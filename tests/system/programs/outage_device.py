"""One start of the programs in boards/starter, on MicroPython, where the internet is away:
outage_device.py FOLDER SECONDS YEAR BACK WIFI GONE runs the main.py in FOLDER, which is the root
of the board's file system, for so long in a time of its own, which begins in that year. After BACK
seconds the servers of names and of the time answer, and no other host does. The first answer of
the latter is a refusal. The access point is there after WIFI seconds, and away for a minute after
GONE seconds. It takes any key but "wrong".

The network has two servers of names, as DHCP gives them, and neither answers: `getaddrinfo` waits
for them as lwIP's does. Exits with 0 when the time is over, 3 where the board was reset, and 5 if
it would be at its prompt for ever. Prints what happens, and when.
"""

import sys
import time

_LWIP_MS = 14_000  # two servers are asked four times each
_STEP_MS = 100  # a sleep is as long at least: fewer steps, and the board does the same

folder, seconds, year, back, wifi, gone = sys.argv[1:]
sys.path.insert(0, sys.path[0] + "/../../../tools/unix_board/device")

from board_on_unix import root  # noqa: E402


class Ended(SystemExit):
    """No program takes it for an exception that it may catch."""


class Chip:
    """Its time, and what happens at which."""

    now = 0
    bites = None  # when the watchdog does
    today = (int(year), 1, 1)

    def __init__(self):
        self.timers = {}

    def passes(self, ms):
        end = self.now + ms
        while True:
            due = [(at, name) for name, (at, _) in self.timers.items()]
            due.append((int(seconds) * 1000, "power off"))
            if self.bites is not None:
                due.append((self.bites, "watchdog"))
            at, name = min(due)
            if at > end:
                self.now = end
                return
            self.now = at
            if name == "power off":
                self.ends(name, 0)
            if name == "watchdog":
                self.ends(name, 3)
            _, callback = self.timers.pop(name)
            callback(None)

    def is_back(self):
        return self.now >= int(back) * 1000

    def ends(self, why, status):
        print(f"{why} at {self.now}")
        raise Ended(status)


chip = Chip()


class Time:
    ticks_add = time.ticks_add
    ticks_diff = time.ticks_diff

    def ticks_ms(self):
        return chip.now

    def sleep_ms(self, ms):
        chip.passes(max(ms, _STEP_MS))

    def gmtime(self):
        year, month, day = chip.today
        return (year, month, day, 0, 0, 0, 0, 1)


class Machine:
    class Pin:
        OUT = 1

        def __init__(self, number, mode):
            pass

        def toggle(self):
            pass

    class WDT:
        def __init__(self, timeout):
            self._timeout = timeout
            self.feed()

        def feed(self):
            chip.bites = chip.now + self._timeout

    class Timer:
        PERIODIC = 1

        def __init__(self, number):
            pass

        def init(self, mode, period, callback):
            chip.timers["timer"] = chip.now + period, callback

        def deinit(self):
            del chip.timers["timer"]

    def reset(self):
        chip.ends("reset", 3)


class Network:
    STA_IF = 0

    class WLAN:
        """As a Pico W's: it looks for the access point once."""

        def __init__(self, interface):
            self._connected = False
            self._joined = 0

        def _is_there(self):
            away = 0 <= chip.now - int(gone) * 1000 < 60_000
            return chip.now >= int(wifi) * 1000 and not away

        def active(self, wanted):
            pass

        def connect(self, ssid, key):
            self._connected = self._is_there() and key != "wrong"
            self._joined += self._connected
            if self._connected and self._joined > 1:
                print("joined again")

        def isconnected(self):
            self._connected = self._connected and self._is_there()
            return self._connected

    def ipconfig(self, what):
        return "192.168.1.1"


class Socket:
    """What is sent gets lost, or is a question for an address, which is answered."""

    AF_INET = 2
    SOCK_DGRAM = 2

    def __init__(self, *kind):
        pass

    def socket(self, *kind):
        return Socket()

    def getaddrinfo(self, host, port):
        if not host.replace(".", "").isdigit():
            print(f"waits for {host}")
            chip.passes(_LWIP_MS)
            raise OSError(-2)
        return [(self.AF_INET, 1, 0, "", (host, port))]

    def setblocking(self, wanted):
        pass

    def connect(self, where):
        pass

    def send(self, data):
        self._asked = data

    def recv(self, size):
        record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x0a\0\0\x09"
        return self._asked[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + self._asked[12:] + record

    def close(self):
        pass


class Select:
    POLLIN, POLLOUT = 1, 4

    def poll(self):
        return Poller()


class Poller:
    def register(self, sock, events):
        self._is_answered = chip.is_back() and events == Select.POLLIN
        self._sock = sock

    def poll(self, ms):
        return [(self._sock, Select.POLLIN)] if self._is_answered else []


class Ntptime:
    host = "pool.ntp.org"
    _refused = False

    def settime(self):
        sys.modules["socket"].getaddrinfo(self.host, 123)
        if not chip.is_back():
            chip.passes(1_000)
            raise OSError(110)
        print(f"the time is {self.host}'s")
        chip.today = (2026, 1, 1) if self._refused else (2036, 2, 7)
        self._refused = True


class TLS:
    PROTOCOL_TLS_CLIENT = CERT_REQUIRED = 0

    class SSLContext:
        def __init__(self, protocol):
            pass

        def load_verify_locations(self, ca):
            pass

        def load_cert_chain(self, cert, key):
            pass


root.mount(folder, "rp2", "Raspberry Pi Pico W with RP2040")
sys.path[:] = [root.HOST + path if path.startswith("/") else path for path in sys.path]
for name, stand_in in (
    ("time", Time()),
    ("machine", Machine()),
    ("network", Network()),
    ("socket", Socket()),
    ("select", Select()),
    ("ntptime", Ntptime()),
    ("tls", TLS()),
):
    sys.modules[name] = stand_in

try:
    with open("/main.py") as file:
        exec(file.read())
except Ended:
    raise
except BaseException as error:
    sys.print_exception(error)
print(f"prompt at {chip.now}")
if chip.bites is None:
    sys.exit(5)
chip.passes(60_000)
