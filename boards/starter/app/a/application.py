"""A complete program for a Pico W or an ESP32: it blinks, and takes all jobs that come with the
library. Change `Blinker` to what your board is there for.
"""

import gc
import os
import time

import machine
import network
import ntptime
from iotjobs import JobsAgent, LinkError, MQTTLink, dns, slots
from iotjobs.fetch import Fetcher
from iotjobs.handlers import (
    certificate,
    config,
    download,
    firmware,
    packages,
    reboot,
    services,
    update,
)

watchdog = machine.WDT(timeout=8_000)  # the one that main.py has begun
settings = config.load("/settings.json")

wlan = network.WLAN(network.STA_IF)
wlan.active(True)


class Wifi:
    """Joined, and joined again while it is not there. An ESP32 looks for it without end, and a
    Pico W only once: it would never find an access point that begins later than itself.
    """

    since = 0

    def join(self):
        self.since = time.ticks_ms()
        try:
            wlan.connect(settings["ssid"], settings["password"])
        except OSError as error:  # of an ESP32 that is looking
            print("no Wi-Fi yet:", error)

    def is_there(self):
        """Whether it is. If not, it is joined each half a minute."""
        if wlan.isconnected():
            return True
        if not 0 <= time.ticks_diff(time.ticks_ms(), self.since) < 30_000:
            self.join()
        return False


wifi = Wifi()
wifi.join()


class Clock:
    """Set by the network, since a board forgets the time, and before that no certificate is valid.
    The address of the server of time is found without waiting; `ntptime` would wait for it longer
    than the watchdog does.
    """

    address = dns.Address()
    asked = False
    since = None

    def is_set(self):
        """Whether it is. If not, a step towards that, which waits for a second at the most."""
        today = time.gmtime()[:3]
        # A server that refuses says 0, of which an older `ntptime` makes this day.
        if today[0] >= 2025 and today != (2036, 2, 7):
            return True
        now = time.ticks_ms()
        try:
            if self.since is None or not 0 <= time.ticks_diff(now, self.since) < 5_000:
                self.since = now
                self.asked = True
                self.address.ask("pool.ntp.org", 123)
            found = self.asked and self.address.found()
            if found:
                self.asked = False
                ntptime.host = found[-1][0]
                ntptime.settime()
        except OSError as error:
            self.asked = False
            print("no time:", error)
        return False


clock = Clock()


def online():
    """Whether the network is there and the clock is set: until then the agent connects nowhere."""
    return wifi.is_there() and clock.is_set()


class Blinker:
    """What this board is there for. Jobs can start and stop it, and change `blink_ms`."""

    pin = machine.Pin(settings.get("led", "LED"), machine.Pin.OUT)
    running = True
    since = time.ticks_ms()

    def start(self):
        self.running = True

    def stop(self):
        self.running = False
        self.pin.off()

    def poll(self):
        now = time.ticks_ms()
        blink_ms = settings.get("blink_ms", 500)
        if self.running and not 0 <= time.ticks_diff(now, self.since) < blink_ms:
            self.since = now
            self.pin.toggle()


def change(new):
    """Take these settings, which a job has changed. ValueError with the name of what is wrong."""
    if not isinstance(new.get("blink_ms", 500), int):
        raise ValueError("blink_ms")
    settings.clear()  # what was removed, too
    settings.update(new)


blinker = Blinker()
device, key = certificate.load("/device.der", "/key.der")
link = MQTTLink(
    settings["endpoint"],
    settings["thing"],
    cert=device,
    key=key,
    ca="/ca.der",
)
agent = JobsAgent(
    link,
    settings["thing"],
    "/iotjobs.json",
    network=online,
    fleet_size=settings.get("fleet_size", 1),
)

# What to do where a connection fails, by its stage. boards/README.md has more, by symptom.
TO_DO = {
    "dns": "check the endpoint's name, and Wi-Fi",
    "tcp": "check the endpoint, and whether a firewall blocks port 8883",
    "clock": "the board's clock is behind: it is set by pool.ntp.org",
    "certificate": "check ca.der, and that the endpoint's name is in the server's certificate",
    "handshake": "check device.der and key.der, and that the certificate is active",
    "memory": "freeze the library, or register fewer handlers",
    "connack": "check that the policy lets this thing connect",
    "lost": "if it stays so: check the policy, and whether another board has this thing's name",
    "protocol": "check the policy, and that the endpoint is that of AWS IoT",
}


def show(event, value):
    """Print what the agent does, and what fails, on the board's console."""
    print(event, value)
    if isinstance(value, LinkError):
        print("  what to do:", TO_DO[value.stage])


agent.on_event = show

# Servers of files are verified by all roots that `tools/deploy --ca` has put there.
roots = tuple("/" + name for name in os.listdir("/") if name[:2] == "ca" and name[-4:] == ".der")
files = Fetcher(ca=roots, offline=True)  # from .mpy two TLS sessions do not fit
reboot.register(agent)
# What is used at the start is tried by one: if it does not reach the service, the next has the
# previous settings.
tried = ("ssid", "password", "endpoint", "thing", "led")
config.register(agent, "/settings.json", change, trial=tried)
certificate.register(agent, "/device.der", "/key.der", "/ca.der")
services.register(agent, {"blinker": blinker})
download.register(agent, "/data", fetcher=files)
packages.register(agent, "/lib", allowed=("logging",), fetcher=files)
update.register(agent, "/app", key="/update.der", fetcher=files)
firmware.register(agent, key="/update.der", fetcher=files)  # a Pico W says that it has no slots

gc.threshold(32_768)  # slots.run has less: what lives stays together while all this is loaded

while True:
    agent.poll()
    slots.confirm(agent)  # a version that reaches the service stays
    config.confirm(agent)  # and so do settings
    blinker.poll()
    watchdog.feed()
    time.sleep_ms(10)
