"""On a real board, before a test's program: main.py imports it. It joins the Wi-Fi, leads names of
AWS to the test's service, and watches the call after which the power is to go.

What happens is told on the console, in lines of JSON behind a character that no program prints.
/iotjobs_kit.json says what is to be done: pytest_iotjobs/wire/inserted.py writes it.
"""

import json
import os
import select
import sys
import time

import machine

_GO_MS = 5_000  # a board without a listener starts all the same
_AGAIN_MS = 200
_JOIN_MS = 30_000
_CAUSES = ("PWRON_RESET", "HARD_RESET", "WDT_RESET", "DEEPSLEEP_RESET", "SOFT_RESET")

cut = ""  # the call after which the power goes


def tell(**event):
    """Tell the host."""
    print("\x1e" + json.dumps(event))


def hear():
    """Nothing: the host tells nothing while the program runs."""


def ends(**event):
    """Tell the host, and stand still until the power is gone. No watchdog bites meanwhile."""
    exec(facts["quiet"])
    tell(**event)
    while True:
        time.sleep_ms(1_000)


def _cause():
    number = machine.reset_cause() if hasattr(machine, "reset_cause") else None
    for name in _CAUSES:
        if number is not None and getattr(machine, name, None) == number:
            return name
    return "unknown"


def _heard_at_start():
    """The call after which the power is to go, "" for none."""
    # After a reset a USB port is new, and what is printed before the host opens it is lost.
    cause, life = _cause(), int.from_bytes(os.urandom(4), "little")
    poller = select.poll()
    poller.register(sys.stdin, select.POLLIN)
    for _ in range(_GO_MS // _AGAIN_MS):
        tell(start=cause, life=life)
        if poller.poll(_AGAIN_MS):
            return _line(poller)
    return ""


def _line(poller):
    line = ""
    while poller.poll(_GO_MS):
        key = sys.stdin.read(1)
        if key in "\r\n":
            break
        line += key
    return line


def _set_clock(now):
    # A power cut stops it. Before it is set no certificate is valid.
    if list(time.gmtime()[:6]) < now[:6]:
        year, month, day, hour, minute, second, weekday = now
        machine.RTC().datetime((year, month, day, weekday, hour, minute, second, 0))


def _lead(host, endpoints, ports):
    import iotjobs_names as names
    from iotjobs.links.dns import Address

    ask = Address.ask

    def led(self, name, port):
        if names.is_service(name, endpoints):
            name, port = host, ports.get(str(port), port)
        return ask(self, name, port)

    Address.ask = led


def _join(ssid, password, waits):
    import network

    wlan = network.WLAN(network.STA_IF)
    wlan.active(True)
    if not (wlan.isconnected() and wlan.config("ssid") == ssid):
        wlan.connect(ssid, password)
    began = time.ticks_ms()
    while waits and not wlan.isconnected():
        # A Pico W says so, and looks no more; an ESP32 goes on.
        has_failed = wlan.status() < 0
        if has_failed or time.ticks_diff(time.ticks_ms(), began) > _JOIN_MS:
            tell(no_wifi=ssid, status=wlan.status())
            return
        time.sleep_ms(50)
    tell(wifi=ssid)


def begin():
    """Do what the facts say."""
    global cut
    _set_clock(facts["now"])
    cut = _heard_at_start()
    if facts["wifi"]:
        _join(*facts["wifi"])
    if facts["leads"]:
        _lead(*facts["leads"])
    if cut:
        from beside_lib.iotjobs import calls

        calls.watch(sys.modules[__name__])


with open("/iotjobs_kit.json") as file:
    facts = json.load(file)
begin()
