"""Measure the library beside what a MicroPython user has without it, and print tables.

Every figure is measured in this run, on a 64-bit and on a 32-bit MicroPython. The tables json,
unquote, write, topics and verify are measured on ARM under qemu too. The latter two interpreters
are fetched on the first run, and left out where they are not to be had. Tables come out as
Markdown, progress goes to standard error.

Tables:
  json      reading messages: Message.read and json.loads
  unquote   a document that came as a string over HTTPS: unquote, scan.unescape, json.loads
  write     writing the four requests: JobsClient and json.dumps
  topics    building and matching topics: Topics, % and split
  verify    an ECDSA signature: ecdsa.verify, and its longest step between two yields
  request   from request to answer against the emulator: MQTTLink, HTTPSLink, umqtt.simple
  poll      the time of one agent.poll, in each of its states
  heap      the smallest heap in which a device finishes a job over mutual TLS
  download  a file of 1 MiB, over TCP and TLS: Fetcher, the interpreter's own requests
  stream    a file of 1 MiB over MQTT: the smallest heap, beside HTTPS; speed and bytes
  sleep     a device that wakes for a job and sleeps: heap, bytes, time; MQTT and HTTPS
  kit       the test kit: a test, a hundred, an hour in virtual time; and tools/run
  size      bytes of .mpy
  import    the heap that an import takes: frozen into the firmware, from .mpy, from source
  pico      on an emulated Pico: flash and heap that the library takes, and estimates of times

The last two build firmware on their first run, which takes minutes. The source is Debian's
packages, or the checkout that MICROPYTHON_SOURCE names. Without one they are left out.

Examples:
  tools/bench                           all tables
  tools/bench json size                 two of them
  tools/bench --json figures.json       the figures in a file as well
  tools/bench --write size heap         and into their places in tools/benches/FIGURES.md
  tools/bench --emulator                what the emulator carries, instead: 10,000 devices at once
"""

import argparse
import json
import pathlib
import sys

import environment

NAMES = (
    "json",
    "unquote",
    "write",
    "topics",
    "verify",
    "request",
    "poll",
    "heap",
    "download",
    "stream",
    "sleep",
    "kit",
    "size",
    "import",
    "pico",
)
EMULATED = {"json", "unquote", "write", "topics", "verify"}  # on ARM too


def measure(names: list[str], short: bool, write: bool) -> list:
    """The tables with these names, each printed, and with `write` put into the page, as soon as it
    is there.
    """
    from . import (
        calls,
        compiled,
        downloads,
        imports,
        interpreters,
        kit,
        page,
        pico,
        polls,
        signatures,
        sleep,
        smallest_heap,
        streams,
    )
    from . import request as round_trip

    measures = {
        "json": calls.reading,
        "unquote": calls.unquoting,
        "write": calls.writing,
        "topics": calls.topics,
        "verify": signatures.verify,
        "request": round_trip.request,
        "poll": polls.polls,
        "heap": smallest_heap.heap,
        "download": downloads.download,
        "stream": streams.stream,
        "sleep": sleep.sleep,
        "kit": kit.kit,
        "size": compiled.size,
        "import": imports.imports,
        "pico": pico.pico,
    }
    found = interpreters.at_hand(emulated=not EMULATED.isdisjoint(names))
    shown = [f"{interpreter.machine}: {interpreter.version}" for interpreter in found]
    print(f"MicroPython, {'; '.join(shown)}\n", flush=True)
    tables = []
    for name in names:
        # What involves processes and connections would measure the emulator, and take long.
        chosen = [one for one in found if name in EMULATED or not one.emulated]
        for table in measures[name](chosen, short):
            print(table.markdown(), flush=True)
            tables.append(table)
            if write and page.write([table], found):
                interpreters.say(f"written: {table.name}")
    return tables


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="*", metavar="table", help=", ".join(NAMES))
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path, help="write the figures too")
    parser.add_argument(
        "--write", action="store_true", help="put the tables into tools/benches/FIGURES.md"
    )
    parser.add_argument(
        "--short", action="store_true", help="few rounds and rows: shows that it works"
    )
    parser.add_argument(
        "--emulator", action="store_true", help="measure the emulator, and nothing else"
    )
    arguments = parser.parse_args()
    if arguments.emulator and arguments.tables:
        parser.error("--emulator has tables of its own")
    if arguments.write and arguments.short:
        parser.error("--write wants figures, and those of --short are none")
    for name in arguments.tables:
        if name not in NAMES:
            parser.error(f"no table {name!r}: {', '.join(NAMES)}")
    environment.enter(sys.argv[0], "boards")
    from figures import PageError

    from .interpreters import BenchError

    try:
        _measure(arguments)
    except (BenchError, PageError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


def _measure(arguments) -> None:
    from . import emulator, page

    names = arguments.tables or list(NAMES)
    if arguments.write:
        page.check(emulator.NAMES if arguments.emulator else names)
    if arguments.emulator:
        tables = emulator.measure(arguments.short)
        print("\n".join(table.markdown() for table in tables), flush=True)
        if arguments.write:
            page.write(tables, [])
    else:
        tables = measure(names, arguments.short, arguments.write)
    if arguments.json:
        content = [table.as_dict() for table in tables]
        written = json.dumps(content, indent=1, ensure_ascii=False)
        arguments.json.write_text(written + "\n", encoding="utf-8")
