"""The process in which the RP2040 runs: chip.py FIRMWARE BOARD FILES. It prints the port on which
it serves the console, and ends when its standard input does.
"""

import asyncio
import contextlib
import pathlib
import secrets
import sys
import threading
import time

# Of the RP2040's registers, by its datasheet [2.17.8]: where the ring oscillator's begin, without
# the last 12 bits, and which of them is RANDOMBIT.
_ROSC = 0x40060
_RANDOMBIT = 0x1C


def _serve(firmware, board, image):
    from rp2040py.boards import resolve_board_spec
    from rp2040py.cli.socket_repl import SocketInteractiveRepl
    from rp2040py.device import MicroPythonDevice
    from rp2040py.peripherals.peripheral import UnimplementedPeripheral
    from rp2040py.utils.firmware_retrieve import MICROPYTHON

    class Console(SocketInteractiveRepl):
        """Its computer sends nothing while it has nothing to send, as a real one does. rp2040py
        sends empty packets without end then, and the firmware is busy with them: everything else
        takes three times as long.
        """

        def __init__(self, cdc, *rest, **named):
            super().__init__(cdc, *rest, **named)
            self.news = asyncio.Event()  # its computer has something to send
            self._answer = cdc.usb.on_endpoint_read
            self._waiting = 0  # the size of the packet that the board waits for
            cdc.usb.on_endpoint_read = self._on_endpoint_read
            self._forget = cdc.usb.on_reset
            cdc.usb.on_reset = self._on_reset

        def _on_reset(self):
            self._waiting = 0
            self._forget()

        def _on_endpoint_read(self, endpoint, size):
            if endpoint == self._cdc._out_endpoint and not self._cdc.tx_fifo.item_count:
                self._waiting = size
            else:
                self._answer(endpoint, size)

        def pump(self):
            self.news.set()
            done = super().pump()
            if self._waiting and self._cdc.tx_fifo.item_count:
                size, self._waiting = self._waiting, 0
                self._answer(self._cdc._out_endpoint, size)
            return done

    async def execute(simulator, news):
        """Let the chip run, but not ahead of time: while it waits it would take all of a core, to
        find that nothing happens. What it is behind is forgotten.
        """
        simulator.stopped = False
        begun = time.monotonic() - simulator.clock.nanos / 1e9
        while not simulator.stopped:
            simulator._execute_batch()
            now = time.monotonic() - simulator.clock.nanos / 1e9
            ahead = max(begun - now, 0)
            begun = max(begun, now)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(news.wait(), ahead) if ahead else await asyncio.sleep(0)
            news.clear()

    class RingOscillator(UnimplementedPeripheral):
        """Has the random bits, of which the firmware makes os.urandom."""

        def read_uint32(self, offset):
            return secrets.randbits(1) if offset == _RANDOMBIT else super().read_uint32(offset)

    async def run():
        spec = resolve_board_spec(board, MICROPYTHON, firmware)
        device = MicroPythonDevice(board=spec, filesystem=pathlib.Path(image))
        device.mcu.peripherals[_ROSC] = RingOscillator(device.mcu, "ROSC_BASE")
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        console = Console(device.cdc, device.simulator, on_quit=lambda _: ended.set())
        threading.Thread(
            target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)), daemon=True
        ).start()
        device.simulator.execute = lambda: execute(device.simulator, console.news)
        await device.astart()
        await console.start()
        print(console.port, file=sys.__stdout__, flush=True)
        await ended.wait()
        loop.set_exception_handler(lambda *_: None)  # of a connection that is cut off here
        await console.stop()
        device.stop()

    # What rp2040py prints is for people.
    sys.stdout = sys.stderr
    asyncio.run(run())


if __name__ == "__main__":
    _serve(*sys.argv[1:])
