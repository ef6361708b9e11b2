"""The command line of the emulator."""

import argparse
import asyncio
import contextlib
import errno
import ipaddress
import signal
import socket
import sqlite3
import sys
import tempfile
from pathlib import Path

from . import open_files
from .console.follow import follow
from .emulator import ACCOUNT, LOOPBACK, REGION, Emulator, Ports
from .errors import InvalidRequestError
from .faults import Faults, parse_text, read_rule
from .mqtt import TraceEvent
from .quotas import Quotas, QuotaTextError, parse_quotas
from .s3.names import origin
from .show import standing, trace_line, wants_colours
from .state_lock import StateInUseError, held

EPILOG = """examples:
  tools/emulator                                     for a device on this machine
  tools/emulator --host 0.0.0.0 --state bench.db     for boards on the network; jobs are kept
  tools/emulator --files files                       files/BUCKET/KEY is what is in S3
  tools/emulator --trace http://127.0.0.1:8080       what goes on in one that runs
  tools/emulator --fault 'drop out notify-next nth=2' --fault 'cut in UpdateJobExecution share=0.1'
  tools/emulator --quota reads=2,connects=5          what throttling does to a device
  aws iot create-thing --thing-name lamp --endpoint-url http://127.0.0.1:8080
"""

OPEN = (
    "  open           a certificate without a policy may use its own thing's jobs; "
    "at the service it may do nothing"
)


def main(arguments: list[str] | None = None) -> int:
    """Run the emulator until Ctrl-C. Returns the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if isinstance(options.trace, str):
        if vars(options) != vars(parser.parse_args(["--trace", options.trace])):
            parser.error("--trace URL starts no emulator: no other option goes with it")
        return follow(options.trace)
    if options.public and not options.files:
        parser.error("--public names a bucket of --files, which is not given")
    open_files.allow_many()
    try:
        with held(options.state) if options.state else contextlib.nullcontext():
            return asyncio.run(_run(options))
    except (sqlite3.Error, StateInUseError) as error:
        print(f"emulator: the state {options.state} cannot be used: {error}", file=sys.stderr)
    except OSError as error:
        hint = ""
        if error.errno == errno.EADDRINUSE:
            hint = "; --mqtt-port, --mqtts-port, … choose others (0: a free one)"
        print(f"emulator: {error}{hint}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="emulator",
        description="A local AWS IoT Jobs service: MQTT for devices, and the control plane that "
        "the aws command line and boto3 speak.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    ports = Ports()
    parser.add_argument(
        "--host",
        default=LOOPBACK,
        help="address for MQTT over TLS, HTTPS and --files (default %(default)s; 0.0.0.0 opens "
        "them to the network)",
    )
    parser.add_argument(
        "--name",
        action="append",
        default=[],
        help="a further host name or address that devices use, for the server's certificate",
    )
    parser.add_argument(
        "--control-host",
        default=LOOPBACK,
        help="address for both planes over HTTP, which ask nobody who they are (default "
        "%(default)s)",
    )
    for name, port, what in (
        ("--mqtts-port", ports.mqtts, "MQTT over TLS"),
        ("--mqtt-port", ports.mqtt, "MQTT without TLS, on loopback only"),
        ("--control-port", ports.control, "the control plane, and the data plane when signed for"),
        ("--data-port", ports.data, "the data plane (iot-jobs-data), signed or not"),
        ("--https-port", ports.https, "the data plane over HTTPS with client certificates"),
        ("--files-port", ports.files, "--files over HTTP"),
        ("--files-https-port", ports.files_https, "--files over HTTPS"),
    ):
        parser.add_argument(
            name, type=_port, default=port, help=f"{what} (default %(default)s; 0: a free one)"
        )
    parser.add_argument(
        "--files",
        metavar="DIR",
        help="what is in S3: DIR/BUCKET/KEY is served by signed URLs, and jobs can name it",
    )
    parser.add_argument(
        "--public",
        metavar="BUCKET",
        action="append",
        default=[],
        help="a bucket of --files that needs no signature",
    )
    parser.add_argument(
        "--state",
        metavar="FILE",
        help="keep things, certificates, policies, jobs and the clock in FILE, but no MQTT "
        "sessions, retained messages, faults or quotas (default: all in memory)",
    )
    parser.add_argument(
        "--ca-dir",
        metavar="DIR",
        help="where ca.pem and ca.der are written (default: beside FILE, else a new folder that "
        "is removed at the end)",
    )
    parser.add_argument(
        "--open",
        action="store_true",
        help="let a certificate without a policy do what belongs to its own thing; at the service "
        "it may do nothing",
    )
    parser.add_argument(
        "--drop-nulls",
        action="store_true",
        help="hand job documents out without their members that are null, as two people saw the "
        "service do",
    )
    parser.add_argument(
        "--stream-qos",
        type=int,
        choices=(0, 1),
        default=0,
        help="with which QoS blocks of streams are published (default %(default)s, as seen of the "
        "service)",
    )
    parser.add_argument("--region", default=REGION, help="in ARNs (default %(default)s)")
    parser.add_argument("--account", default=ACCOUNT, help="in ARNs (default %(default)s)")
    parser.add_argument(
        "--fault",
        type=_fault,
        action="append",
        default=[],
        metavar="TEXT",
        help="let something go wrong: ACTION [in|out] [PACKET|OPERATION] [NAME=VALUE]…, or JSON; "
        "actions: drop, delay, duplicate, reorder, cut, silent, reject, disturb, alter, reverse, "
        "refuse (see the head of iotjobs_emulator/faults/rule.py)",
    )
    parser.add_argument(
        "--fault-seed", type=int, default=0, help="for faults with a share (default %(default)s)"
    )
    parser.add_argument(
        "--quota",
        type=_quotas,
        action="append",
        default=[],
        metavar="TEXT",
        help="let only so much pass, as the service does: NAME=NUMBER,…; default: as AWS has it "
        "(SERVICE.md, Quotas, has the names)",
    )
    parser.add_argument(
        "--trace",
        nargs="?",
        const=True,
        metavar="URL",
        help="show every MQTT message; with the URL of a running emulator's control plane: of "
        "that one, and start none",
    )
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is no port: 0 to 65535")
    return port


def _fault(text: str) -> dict:
    try:
        rule = parse_text(text)
        read_rule(rule)
    except InvalidRequestError as error:
        raise argparse.ArgumentTypeError(error.message) from None
    return rule


def _quotas(text: str) -> dict[str, float]:
    try:
        return parse_quotas(text)
    except QuotaTextError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


async def _run(options: argparse.Namespace) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    endings = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as nohup has it
        endings.append(signal.SIGHUP)
    for number in endings:
        loop.add_signal_handler(number, stop.set)
    names = list(dict.fromkeys([*options.name, *_names(options.host)]))
    faults = Faults(options.fault_seed)
    for rule in options.fault:
        faults.add(rule)
    quotas = Quotas()
    for limits in options.quota:
        quotas.set(limits)
    emulator = Emulator(
        state=options.state or ":memory:",
        region=options.region,
        account=options.account,
        endpoint=names[0],
        hosts=names,
        is_open=options.open,
        files=options.files,
        public=options.public,
        stream_qos=options.stream_qos,
        drops_nulls=options.drop_nulls,
        trace=_show if options.trace else None,
        faults=faults,
        quotas=quotas,
    )
    wanted = Ports(
        options.mqtt_port,
        options.mqtts_port,
        options.control_port,
        options.data_port,
        options.https_port,
        options.files_port,
        options.files_https_port,
    )
    with contextlib.ExitStack() as cleanup:
        if options.ca_dir or options.state:
            folder = Path(options.ca_dir or Path(options.state).resolve().parent)
        else:
            folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="iotjobs-")))
        pem, der = emulator.authority.write_ca(folder)
        ports = await emulator.start(wanted, options.host, options.control_host)
        print(
            f"iotjobs emulator, Ctrl-C ends it\n"
            f"  MQTT over TLS  {options.host}:{ports.mqtts}  (server name: {', '.join(names)})\n"
            f"  MQTT, plain    {LOOPBACK}:{ports.mqtt}  (the client id is the thing's name)\n"
            f"  HTTPS          {options.host}:{ports.https}  (the same certificates)\n"
            f"  control plane  http://{options.control_host}:{ports.control}"
            "  (in a browser: what it holds)\n"
            f"  data plane     http://{options.control_host}:{ports.data}  (signed or not)\n"
            f"{_shown_files(options, names[0], ports)}"
            f"  CA             {pem}, {der.name}\n"
            f"  state          {options.state or 'in memory'}",
            flush=True,
        )
        if options.open:
            print(OPEN, flush=True)
        if told := standing(emulator.clock):
            print(f"  clock          {told}", flush=True)
        if quotas.limits():
            print(f"  quotas         {len(quotas.limits())} in force", flush=True)
        await emulator.serve_until(stop)
    return 0


def _shown_files(options: argparse.Namespace, name: str, ports: Ports) -> str:
    if not options.files:
        return ""
    signed = f"https://{origin(name, ports.files_https)}/BUCKET/KEY"
    plain = f"http://{origin(name, ports.files)}/BUCKET/KEY"
    return f"  S3             {signed}  ({options.files})\n  S3, plain      {plain}\n"


def _names(host: str) -> list[str]:
    """What devices may call the machine that listens on `host`."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return [host]
    if address.is_loopback:
        return ["localhost"]
    if not address.is_unspecified:
        return [host]
    name = socket.gethostname()
    found = [name]
    with contextlib.suppress(OSError):
        found += [info[4][0] for info in socket.getaddrinfo(name, None, socket.AF_INET)]
    return list(dict.fromkeys(found))


def _show(event: TraceEvent) -> None:
    line = trace_line(event, packets=True, colours=wants_colours())
    if line is not None:
        print(line, flush=True)
