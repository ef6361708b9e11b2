"""The command `tools/run`."""

import signal
import sys
from typing import NoReturn

import environment


def main() -> int:
    """Run the program until its end, or that of a job. Returns the exit code."""
    environment.enter(sys.argv[0])
    from botocore.exceptions import BotoCoreError, ClientError
    from iotjobs_desk.errors import RunError

    from . import session
    from .options import parser

    parse = parser()
    options = parse.parse_args()
    if options.service and options.files:
        parse.error("--files is for the emulator that is started: --service names one that runs")
    if options.things and not options.service:
        parse.error("--things has devices of a service that runs: --service says where that is")
    if options.watch and options.in_place:
        parse.error(
            "--watch is for a program that is copied: with --in-place the board's own writes "
            "would start it anew. Leave one of the two out"
        )
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup has it
            signal.signal(number, _terminated)
    try:
        return session.run(options)
    except RunError as error:
        print(f"run: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # a folder that is read-only, a disk that is full
        print(f"run: {error}", file=sys.stderr)
        return 2
    except (BotoCoreError, ClientError) as error:
        print(f"run: the service has failed: {error}", file=sys.stderr)
        return 2


def _terminated(number: int, frame: object) -> NoReturn:
    # By way of what ends the board. A terminal that is closed may say so twice.
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)
