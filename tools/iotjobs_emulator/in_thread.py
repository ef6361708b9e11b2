"""The emulator in a thread of its own, for programs that are not asynchronous."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any

from . import skipping_loop
from .clock import WallClock
from .emulator import ANY_PORTS, LOOPBACK, Emulator, Ports
from .skipped_time import SkippedTime


class EmulatorThread:
    """`with EmulatorThread(state=...) as emulator:` runs an Emulator on free ports.

    Takes the Emulator's settings, and the address at which it listens for devices. What raises
    while it starts is raised here. What raises later, `trace` for one, ends the emulator, and is
    raised at the end of the block.
    `time`: the time that it lives in, of which `skip` skips some.
    """

    def __init__(
        self,
        ports: Ports = ANY_PORTS,
        host: str = LOOPBACK,
        *,
        time: SkippedTime | None = None,
        **settings: Any,
    ):
        self.ports = ports
        self._time = time
        self.emulator: Emulator | None = None
        self._host = host
        self._settings = settings
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._failure: BaseException | None = None
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="emulator", daemon=True)

    @property
    def control_url(self) -> str:
        """The control plane's URL, for boto3 and the `aws` command."""
        return f"http://127.0.0.1:{self.ports.control}"

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function in the emulator's thread, and return what it returns."""

        async def run() -> Any:
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def skip(self, most: float, is_real: bool, patience: float) -> skipping_loop.Skip:
        """As of SkippingLoop."""
        return self._loop.skip(most, is_real, patience)

    def __enter__(self) -> "EmulatorThread":
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(self, *failure: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: it has ended by itself
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            if self._time is None:
                asyncio.run(self._serve())
            else:
                self._live_in(self._time)
        except BaseException as error:
            self._failure = error
            self._started.set()

    def _live_in(self, time: SkippedTime) -> None:
        loop = skipping_loop.SkippingLoop(time)
        self._settings.update(
            clock=WallClock(time.wall), monotonic=time.monotonic, call_seldom=loop.call_seldom
        )
        skipping_loop.run(loop, self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self.emulator = Emulator(**self._settings)
        self.ports = await self.emulator.start(self.ports, self._host)
        self._started.set()
        await self.emulator.serve_until(self._stop)
