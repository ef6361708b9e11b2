"""The emulator: database, state machine, registry, broker and control plane, tied together."""

import asyncio
import time
from collections.abc import Callable, Collection, Iterable
from functools import partial
from pathlib import Path

from . import device_rest, small_tls, throttling
from .alarm import Alarm
from .arns import Arns
from .authority import Authority
from .clock import WallClock
from .console import Console, Whereabouts
from .console.answers import AnswerError
from .database import Database
from .device_requests import DeviceRequests
from .faults import Faults
from .kept_clock import KeptClock
from .listening import ANY_PORTS, LOOPBACK, HttpServers, Ports
from .mqtt import Broker, TraceEvent
from .ports import DevicePort, OpenPort
from .quotas import Quotas
from .rest import Api, Server, Service, load_model
from .s3.files import Files
from .s3.folder import Folder
from .s3.memory import Memory
from .s3.signing import Signer
from .services import Services
from .steering import Steering

REGION = "eu-west-1"
ACCOUNT = "123456789012"


class Emulator:
    """A local AWS IoT Jobs service, to be started and closed on one event loop.

    `state`: the file that keeps what the account holds, or ":memory:", or a Database. `clock` is
    the caller's own; None: the machine's, as it was moved and stopped in the same state before.
    `endpoint` is the host name that DescribeEndpoint answers; the server's certificate is for it,
    for `hosts` and for localhost. `is_open`: a certificate without a policy may do what belongs to
    its own thing; at the service it may do nothing. `files` is the folder of what is in S3, or a
    Memory, None: there is no S3; anyone may read its buckets `public`. `stream_qos`: what blocks
    of streams come with. `drops_nulls`: devices get job documents without their members that are
    null. `trace` is called for every MQTT packet, in the loop's thread. `faults`: what goes wrong
    on demand, by this clock; more can be added at any time, in the loop's thread. `quotas`: of
    what it lets pass only so much, by this clock too; to be changed as the faults. `monotonic`
    moves the broker's deadlines; by `call_seldom` it looks after them (Broker). Raises
    sqlite3.Error for a state file that cannot be used, and OSError for `files` that are no folder.
    """

    def __init__(
        self,
        *,
        state: str | Database = ":memory:",
        clock: WallClock | None = None,
        region: str = REGION,
        account: str = ACCOUNT,
        endpoint: str = "localhost",
        hosts: Iterable[str] = (),
        is_open: bool = False,
        files: str | Path | Memory | None = None,
        public: Collection[str] = (),
        stream_qos: int = 0,
        drops_nulls: bool = False,
        trace: Callable[[TraceEvent], None] | None = None,
        faults: Faults | None = None,
        quotas: Quotas | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        call_seldom: Callable[..., asyncio.TimerHandle] | None = None,
    ):
        small_tls.use()
        self._database = state if isinstance(state, Database) else Database(state)
        self.clock = clock or KeptClock(self._database)
        self.faults = Faults() if faults is None else faults
        self.faults.now = self.clock.time
        self.quotas = Quotas() if quotas is None else quotas
        self.quotas.now = self.clock.time
        self.ports = ANY_PORTS
        self._hosts = (endpoint, *hosts)
        self.authority = Authority(self._database)
        self._region, self._account = region, account
        self._public = public
        self._files = None
        if files is not None:
            folder = files if isinstance(files, Memory) else Folder(files)
            self._files = Files(folder, Signer(self.authority.secret("s3"), region))
        arns = Arns(region, account)
        self.services = services = Services(
            self._database,
            self.clock,
            self.authority,
            arns,
            endpoint=endpoint,
            is_open=is_open,
            files=self._files,
            drops_nulls=drops_nulls,
        )
        self.registry, self.engine = services.registry, services.engine
        self.streams, self.ota = services.streams, services.ota
        self._whereabouts = Whereabouts(self.clock.time, self.registry.thing_exists)
        self.registry.on_thing_deleted(self._whereabouts.forget)
        self._requests = DeviceRequests(
            self.engine, self.streams, self.faults, self.quotas, self._whereabouts, stream_qos
        )
        self.broker = Broker(
            request=self._requests.answer,
            after_request=self.settle,
            is_thing=self.registry.thing_exists,
            trace=self._show,
            watch=self._whereabouts,
            monotonic=monotonic,
            call_seldom=call_seldom,
            wall_time=self.clock.time,
            faults=self.faults,
            quotas=self.quotas,
            on_wait=self._message_waits,
        )
        self._sending = Alarm(self.clock, self.broker.send_waiting, self.broker.next_sending)
        self.registry.on_principal_changed(self.broker.principals_changed)
        iot = load_model("iot")
        control = Service(iot, services.handlers(iot))
        data = device_rest.service(self.engine.data)
        settled = {
            "admit": partial(throttling.check_call, self.quotas),
            "after_request": self.settle,
        }
        self._both = Api(control, data, **settled)
        self._data_alone = Api(data, **settled)
        self._servers = HttpServers()
        self.console = Console(
            database=self._database,
            clock=self.clock,
            arns=arns,
            clients=self.broker.clients,
            whereabouts=self._whereabouts,
            list_thing_groups=self.registry.list_thing_groups,
        )
        steering = Steering(
            self.clock,
            self.faults,
            self.quotas,
            facts=self.facts,
            run_clock=self.run_clock,
            advance=self.advance,
        )
        self.console.routes.update(steering.routes())
        self._trace = trace
        self._trace_failure: BaseException | None = None
        self._stop: asyncio.Event | None = None
        self._alarm = Alarm(self.clock, self.run_timers, self.engine.next_deadline)

    async def start(
        self,
        ports: Ports = ANY_PORTS,
        host: str = LOOPBACK,
        control_host: str = LOOPBACK,
    ) -> Ports:
        """Listen, and return the ports.

        MQTT over TLS, HTTPS and the files are on `host`. Both planes over HTTP, and the data plane
        alone, are on `control_host`. Plain MQTT is on loopback. Raises OSError for an address that
        is taken; then the emulator is closed.
        """
        try:
            mqtt = await self.broker.listen_plain(LOOPBACK, ports.mqtt)
            context = self.authority.server_context(self._hosts)
            self.registry.on_certificate_registered(context.trust)
            mqtts = await self.broker.listen_tls(
                host, ports.mqtts, context, self.registry.principal_of
            )
            own = {host.lower() for host in self._hosts}
            names = own if control_host in (LOOPBACK, "localhost", "::1") else None
            console, fault = self.console, self._requests.http_fault
            both = OpenPort(console, fault, names, with_console=True)
            data_alone = OpenPort(console, fault, names, with_console=False)
            devices = DevicePort(console, fault, self.registry.principal_of)
            listen = self._servers.listen
            server = partial(Server, now=self.clock.time)
            control = await listen(server(self._both, both), control_host, ports.control)
            data = await listen(server(self._data_alone, data_alone), control_host, ports.data)
            https = await listen(server(self._data_alone, devices), host, ports.https, context)
            self.ports = Ports(mqtt, mqtts, control, data, https, 0, 0)
            if self._files is not None:
                found = await self._servers.listen_for_files(
                    self._files,
                    host,
                    ports,
                    own_names=self._hosts,
                    region=self._region,
                    authority=self.authority,
                    now=self.clock.time,
                    public=self._public,
                    add_to_trace=self.console.trace.add_http,
                )
                self.ports = self.ports._replace(files=found[0], files_https=found[1])
        except OSError:
            await self.close()
            raise
        self.begin()
        return self.ports

    def begin(self) -> None:
        """Fire timers from now on, on the running event loop. `start` does so too; without it
        nobody listens, and connections come by `broker.serve` and `data_server`.
        """
        self._alarm.begin()
        self._sending.begin()

    def data_server(self, keep_alive: float) -> Server:
        """A server of the data plane, for any client, which does not listen (`Server.serve`)."""
        port = OpenPort(self.console, self._requests.http_fault, names=None, with_console=False)
        return Server(self._data_alone, port, keep_alive, self.clock.time)

    def facts(self) -> dict:
        """What a program needs that is to use the emulator: all of it may be told to anyone.

        `ports` by the names of `Ports`, None for one that is not there; `endpoint` as
        DescribeEndpoint answers it, `region`, `account`; `ca`, the PEM of the CA's certificate;
        `signer`, that of the public key by which OTA updates with a signing profile are signed.
        Raises AnswerError until all ports are known.
        """
        if not self._alarm.is_on:
            raise AnswerError(503, "The emulator is starting: ask again")
        return {
            "ports": {name: port or None for name, port in self.ports._asdict().items()},
            "endpoint": self.registry.endpoint,
            "region": self._region,
            "account": self._account,
            "ca": self.authority.certificate_pem,
            "signer": self.ota.signer.public_pem,
        }

    async def serve_until(self, stop: asyncio.Event) -> None:
        """Go on until `stop` is set, then close. What `trace` raises ends it too, and is raised
        here: the service itself does not fail with who watches it.
        """
        self._stop = stop
        if self._trace_failure is not None:
            stop.set()
        await stop.wait()
        await self.close()
        if self._trace_failure is not None:
            raise self._trace_failure

    async def close(self) -> None:
        """End everything at once."""
        self._alarm.end()
        self._sending.end()
        self.console.close()
        await self._servers.close()
        await self.broker.close()
        self._database.close()

    def run_timers(self) -> None:
        """Fire the timers that are due, and send what the quotas have held back until now.
        Happens by itself while the clock runs.

        Raises sqlite3.Error when the state cannot be kept. What has fired before that is told.
        """
        try:
            self.engine.run_timers()
        finally:
            self.broker.send_waiting()
            self.settle()

    def advance(self, seconds: float) -> None:
        """Move the clock forward, and fire what is due by then, each at its instant. ValueError
        as of `WallClock.advance`, sqlite3.Error as of a KeptClock's and of `run_timers`.
        """
        self.clock.advance(seconds)
        self.run_timers()

    def run_clock(self, running: bool) -> None:
        """Let the clock run, or stop it."""
        if running:
            self.clock.run()
        else:
            self.clock.stop()
        self.settle()

    def settle(self) -> None:
        """Publish what the last requests and timers have caused."""
        for message in self._requests.take_messages():
            self.broker.publish(*message)
        self._alarm.set()
        self._sending.set()

    def _message_waits(self) -> None:
        self._sending.set()

    def _show(self, event: TraceEvent) -> None:
        self.console.trace.add(event)
        if self._trace is None:
            return
        try:
            self._trace(event)
        except BaseException as error:
            self._trace = None
            self._trace_failure = error
            if self._stop is not None:
                self._stop.set()
