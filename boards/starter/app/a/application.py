"""A complete program for a Pico W or an ESP32: it blinks, and takes all jobs that come with the
library. Change `Blinker` to what your board is there for.
"""

import gc
import time

import machine
import network
import ntptime
from iotjobs import JobsAgent, MQTTLink, slots
from iotjobs.fetch import Fetcher
from iotjobs.handlers import config, download, firmware, packages, reboot, services, update

settings = config.load("/settings.json")

wlan = network.WLAN(network.STA_IF)
wlan.active(True)
wlan.connect(settings["ssid"], settings["password"])


def online():
    """Whether the network is there and the clock is set. Before that no certificate is valid."""
    if not wlan.isconnected():
        return False
    if time.gmtime()[0] < 2025:
        try:
            ntptime.settime()
        except OSError:
            return False
    return True


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
        if self.running and time.ticks_diff(now, self.since) >= settings.get("blink_ms", 500):
            self.since = now
            self.pin.toggle()


blinker = Blinker()
link = MQTTLink(
    settings["endpoint"],
    settings["thing"],
    cert="/device.der",
    key="/key.der",
    ca="/ca.der",
)
agent = JobsAgent(link, settings["thing"], "/iotjobs.json", network=online)
agent.on_event = print  # what the agent does, and what fails, on the board's console

files = Fetcher(ca="/ca.der", offline=True)  # one TLS session at a time fits into the memory
reboot.register(agent)
config.register(agent, "/settings.json", settings.update)
services.register(agent, {"blinker": blinker})
download.register(agent, "/data", fetcher=files)
packages.register(agent, "/lib", allowed=("logging",), fetcher=files)
update.register(agent, "/app", key="/update.der", fetcher=files)
firmware.register(agent, key="/update.der", fetcher=files)  # a Pico W says that it has no slots

gc.threshold(32_768)  # slots.run has less: what lives stays together while all this is loaded

watchdog = None  # until the service was reached: before that DNS may block for too long
while True:
    agent.poll()
    if agent.state in ("IDLE", "RUNNING", "REPORTING"):
        slots.confirm()  # this version has reached the service: it stays
        watchdog = watchdog or machine.WDT(timeout=8_000)
    blinker.poll()
    if watchdog:
        watchdog.feed()
    time.sleep_ms(10)
