"""The options of `tools/run`."""

import argparse
import json
import math
from pathlib import Path

from iotjobs_desk import needs
from unix_board.kinds import KINDS, PICO_W

EPILOG = """exit codes: with --job, how it ended: 0 SUCCEEDED, 1 FAILED, 3 REJECTED, 4 TIMED_OUT,
5 CANCELED, 6 REMOVED, 7 it did not end. Without: 1 if the program ended by an exception. 2 for
wrong options.

examples:
  tools/run blink.py --job '{"operation": "blink", "times": 3}'
  tools/run blink.py --watch                   starts it anew when the file changes
  tools/run boards/starter                     the complete program, as it is
  tools/run board --set ssid=Lab --in-place    in the folder itself, which jobs change
  tools/run boards/starter --board esp32 --set led:=2
"""


def parser() -> argparse.ArgumentParser:
    """What parses them."""
    made = argparse.ArgumentParser(
        prog="run",
        description="Run a board's program on this machine: on MicroPython's unix port, with "
        "stand-ins for what a board has, against an emulator of AWS IoT Jobs.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "program",
        type=Path,
        metavar="PROGRAM",
        help="a file, or a folder that is the board's root, with a main.py",
    )
    made.add_argument(
        "--job", metavar="JSON", help="create this job, and wait for its end; or file://PATH"
    )
    made.add_argument(
        "--timeout",
        type=_seconds,
        default=120.0,
        metavar="SECONDS",
        help="for the job's end (default %(default)g)",
    )
    made.add_argument("--watch", action="store_true", help="start anew when a file changes")
    made.add_argument(
        "--in-place",
        action="store_true",
        help="the folder itself is the board's root, and what the service holds is kept in it; "
        "otherwise a copy is, for this time",
    )
    made.add_argument(
        "--board",
        choices=tuple(KINDS),
        default=PICO_W,
        help="what the stand-ins stand for (default %(default)s)",
    )
    made.add_argument(
        "--set",
        action="append",
        default=[],
        type=_setting,
        metavar="NAME=TEXT",
        help="change settings.json on the board; NAME:=JSON for another value than text",
    )
    made.add_argument(
        "--pin",
        action="append",
        default=[],
        type=_level,
        metavar="NAME=NUMBER",
        help="set a pin from outside, or what a sensor measures there: 26=32768 for an ADC at pin "
        "26, 0 to 65535; DHT15.temperature=21.5",
    )
    made.add_argument(
        "--thing",
        metavar="NAME",
        help="the thing that the program connects as, also if its settings.json names another "
        '(default: "thing" there, or else MyThing)',
    )
    made.add_argument(
        "--things",
        type=Path,
        metavar="FOLDER",
        help="in which tools/provision has made that thing, at the service of --service",
    )
    for name, file in needs.PLACES.items():
        made.add_argument(
            f"--{name}",
            default=file,
            metavar="PATH",
            help="where the program looks for it on the board (default %(default)s)",
        )
    made.add_argument(
        "--service",
        metavar="URL",
        help="the control plane of an emulator that runs; otherwise one is started",
    )
    made.add_argument(
        "--files",
        type=Path,
        metavar="DIR",
        help="what is in S3: DIR/BUCKET/KEY, of the emulator that is started",
    )
    return made


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < 1e6:
        raise argparse.ArgumentTypeError(f"{text}: not a number of seconds above 0")
    return seconds


def _level(text: str) -> tuple[str, float]:
    name, equals, value = text.partition("=")
    try:
        level = float(value)
    except ValueError:
        level = math.nan
    if not (equals and name and math.isfinite(level)):
        raise argparse.ArgumentTypeError(f"{text}: not NAME=NUMBER, as in 26=32768")
    return name, int(level) if level.is_integer() else level


def _setting(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    is_json = name.endswith(":")
    name = name.removesuffix(":")
    if not (equals and name):
        raise argparse.ArgumentTypeError(f"{text}: not NAME=TEXT, nor NAME:=JSON")
    try:
        return name, json.loads(value) if is_json else value
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text}: no JSON: {error}") from None
