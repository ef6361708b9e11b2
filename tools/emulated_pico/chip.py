"""The process in which an emulated Pico runs: python -m emulated_pico.chip FIRMWARE BOARD FILES
PORTS. It prints the port on which it serves the console, and then lines: a word and a value. It is
told by such lines too, and ends when its standard input does.
"""

import asyncio
import contextlib
import json
import pathlib
import sys
import threading
import time

from rp2040py.cli.socket_repl import SocketInteractiveRepl

from . import chip_parts
from .internet import Internet
from .power import Power


class Console(SocketInteractiveRepl):
    """A board's console, on a TCP port."""

    def __init__(self, device, on_quit):
        super().__init__(device.cdc, device.simulator, on_quit=on_quit)
        self.news = asyncio.Event()  # its computer has something to send
        self._computer = chip_parts.QuietComputer(device.cdc)

    def pump(self):
        self.news.set()
        done = super().pump()
        self._computer.send()
        return done


async def execute(simulator, waited_ns, news):
    """Let the chip run, but not wait ahead of time: it would take all of a core, to find that
    nothing happens. What it is behind is forgotten.
    """
    simulator.stopped = False
    begun = time.monotonic() - waited_ns() / 1e9
    while not simulator.stopped:
        simulator._execute_batch()
        now = time.monotonic() - waited_ns() / 1e9
        ahead = max(begun - now, 0)
        begun = max(begun, now)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(news.wait(), ahead) if ahead else await asyncio.sleep(0)
        news.clear()


class Told:
    """What this process is told to do, by a line: the name of a method, and its argument."""

    def __init__(self, device, internet):
        self._device = device
        self._internet = internet
        self._power = Power(device, lambda why: _say("restart", why))

    def do(self, line):
        name, argument = line.split()
        getattr(self, name)(argument)

    def cut(self, changes):
        self._power.cut(int(changes))

    def internet(self, there):
        (self._internet.be_back if there == "back" else self._internet.be_away)()

    def time(self, _):
        _say("time", self._device.simulator.clock.nanos)

    def save(self, path):
        self._device.dump_flash_image(pathlib.Path(path))
        _say("saved", path)


def _say(*words):
    print(*words, file=sys.__stdout__, flush=True)


async def serve(firmware, board, image, ports):
    """Run a board until this process is to end."""
    device = chip_parts.device(pathlib.Path(firmware), board, pathlib.Path(image))
    waited_ns = chip_parts.speed_up(device)
    internet = None
    if device.wifi:
        bus = device.wifi.bus
        ports = {int(port): here for port, here in json.loads(ports).items()}
        internet = bus.nat_bridge = Internet(device.mcu, bus.queue_rx_ethernet_frame, ports)
    told = Told(device, internet)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    console = Console(device, lambda _: ended.set())

    def listen():
        for line in sys.stdin:
            loop.call_soon_threadsafe(told.do, line)
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=listen, daemon=True).start()
    device.simulator.execute = lambda: execute(device.simulator, waited_ns, console.news)
    await device.astart()
    await console.start()
    _say(console.port)
    await ended.wait()
    loop.set_exception_handler(lambda *_: None)  # of a connection that is cut off here
    await console.stop()
    device.stop()


if __name__ == "__main__":
    # What rp2040py prints is for people.
    sys.stdout = sys.stderr
    asyncio.run(serve(*sys.argv[1:]))
