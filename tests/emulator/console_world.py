"""For the tests: an emulator with its console on one HTTP port, in a thread of its own."""

import asyncio
import threading

import aiohttp
from aiohttp import web
from iotjobs_emulator.arns import Arns
from iotjobs_emulator.clock import WallClock
from iotjobs_emulator.console import Console, TraceLog, refusal
from iotjobs_emulator.emulator import ACCOUNT, LOOPBACK, REGION, Emulator
from iotjobs_emulator.steering import Steering

_HOP_BY_HOP = {"transfer-encoding", "connection", "content-encoding", "content-length"}


class ConsoleWorld:
    """`with ConsoleWorld(clock=…) as world:` what the console does not answer goes on to the
    control plane of a whole emulator."""

    def __init__(self, **settings):
        self.port = 0
        self.mqtt_port = 0
        self.emulator = None
        self.console = None
        self._settings = settings
        self._started = threading.Event()
        self._failure = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self):
        return f"http://{LOOPBACK}:{self.port}"

    def call(self, function, *arguments):
        """Call a function in the emulator's thread, and return what it returns."""

        async def run():
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def advance(self, seconds):
        """Move the virtual clock."""
        self.call(self.emulator.advance, seconds)

    def __enter__(self):
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(self, *failure):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self):
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failure = error
            self._started.set()

    async def _serve(self):
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        clock = self._settings.pop("clock", None) or WallClock()
        log = TraceLog(clock=clock.time)
        self.emulator = Emulator(trace=log.add, clock=clock, **self._settings)
        self.console = Console(
            database=self.emulator._database,
            clock=self.emulator.clock,
            arns=Arns(REGION, ACCOUNT),
            clients=self.emulator.broker.clients,
            list_thing_groups=getattr(self.emulator.registry, "list_thing_groups", None),
            trace=log,
        )
        self.console.routes["/_emulator/clock"] = {"POST": self._clock}
        self._steering = Steering(self.emulator)
        ports = await self.emulator.start()
        self.mqtt_port = ports.mqtt
        self._control = f"http://{LOOPBACK}:{ports.control}"
        app = web.Application(middlewares=[self._respond])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        await web.TCPSite(runner, LOOPBACK, 0).start()
        self.port = runner.addresses[0][1]
        self._started.set()
        async with aiohttp.ClientSession(auto_decompress=False) as self._session:
            await self._stop.wait()
            self.console.close()
            await runner.cleanup()
            await self.emulator.close()

    @web.middleware
    async def _respond(self, request, handler):
        reason = refusal(request.method, request.headers)
        if reason is not None:
            return web.json_response({"message": reason}, status=403)
        response = await self.console.respond(request)
        return response or await self._control_plane(request)

    async def _control_plane(self, request):
        body = await request.read()
        async with self._session.request(
            request.method, self._control + request.raw_path, data=body
        ) as answered:
            answer = await answered.read()
            headers = {k: v for k, v in answered.headers.items() if k.lower() not in _HOP_BY_HOP}
            client = request.remote or ""
            self.console.trace.add_http(
                client, request.method, request.raw_path, body, answered.status, answer
            )
            return web.Response(status=answered.status, headers=headers, body=answer)

    async def _clock(self, request):
        answer = self._steering.answer(request.method, request.path, await request.read())
        return web.json_response(answer.content, status=answer.status)
