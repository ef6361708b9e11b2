"""The process in which an emulated Pico runs: python -m emulated_pico.chip FIRMWARE BOARD FILES.
It prints the port on which it serves the console, and ends when its standard input does.
"""

import asyncio
import contextlib
import pathlib
import sys
import threading
import time

from rp2040py.cli.socket_repl import SocketInteractiveRepl

from . import chip_parts


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


async def serve(firmware, board, image):
    """Run a board until this process is to end."""
    device = chip_parts.device(pathlib.Path(firmware), board, pathlib.Path(image))
    waited_ns = chip_parts.speed_up(device)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    console = Console(device, lambda _: ended.set())
    threading.Thread(
        target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)), daemon=True
    ).start()
    device.simulator.execute = lambda: execute(device.simulator, waited_ns, console.news)
    await device.astart()
    await console.start()
    print(console.port, file=sys.__stdout__, flush=True)
    await ended.wait()
    loop.set_exception_handler(lambda *_: None)  # of a connection that is cut off here
    await console.stop()
    device.stop()


if __name__ == "__main__":
    # What rp2040py prints is for people.
    sys.stdout = sys.stderr
    asyncio.run(serve(*sys.argv[1:]))
