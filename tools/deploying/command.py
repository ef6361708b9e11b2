"""Put iotjobs onto a board that runs MicroPython, and with it, as wanted, an application, a
certificate with its key, and settings.

Only what differs is copied, and each file becomes visible when it is whole. A deploy that was cut
off is finished by running it again. One that has nothing to do changes nothing. The program on the
board is stopped for it; if the deploy is refused, or is a dry run, the board starts again. Below
/lib/iotjobs, what does not belong to the library is removed; everything else on the board stays.

Examples:
  tools/deploy                             the library, onto the only board that is plugged in
  tools/deploy --port /dev/ttyACM0 --board RPI_PICO_W --with mqtt --handlers reboot,config
  tools/deploy --app board --thing MyThing --reset   which tools/provision has made
  tools/deploy --app board --cert device.pem --key key.pem --ca AmazonRootCA1.pem --reset
  tools/deploy --set ssid=Home --ask password   settings; what is asked for is not shown
  tools/deploy --dry-run                   what it would do
  tools/deploy --monitor                   then start the program, and show what it prints
"""

import argparse
import pathlib
import sys

import environment


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    path = pathlib.Path
    board = made.add_argument_group("the board")
    board.add_argument(
        "--port", help="where it is: /dev/ttyACM0, socket://HOST:PORT; else the only one"
    )
    board.add_argument(
        "--board", metavar="NAME", help="refuse any but this one: RPI_PICO_W, 'Raspberry Pi Pico'"
    )
    board.add_argument(
        "--timeout",
        type=_seconds,
        default=10.0,
        metavar="S",
        help="how long a board may be silent (10 seconds)",
    )
    library = made.add_argument_group("the library")
    library.add_argument(
        "--handlers",
        default="all",
        metavar="NAMES",
        help="as in reboot,update; all (the default); none",
    )
    library.add_argument(
        "--with",
        dest="parts",
        default="all",
        metavar="PARTS",
        help="what the program uses besides the agent, of mqtt,https,aio,slots,fetch,streams; or "
        "all, or none",
    )
    library.add_argument("--source", action="store_true", help="as .py, not compiled to .mpy")
    library.add_argument("--force", action="store_true", help="also if the firmware has it")
    program = made.add_argument_group("the application")
    program.add_argument(
        "--app",
        type=path,
        metavar="FOLDER",
        help="its files, for the board's root; links are followed",
    )
    device = made.add_argument_group("a device that tools/provision has made")
    device.add_argument(
        "--thing", metavar="NAME", help="its certificate, key, CA, and settings for its program"
    )
    device.add_argument(
        "--things",
        type=path,
        default=path("things"),
        metavar="FOLDER",
        help="in which it is (default: %(default)s)",
    )
    keys = made.add_argument_group("the certificates, PEM or DER")
    keys.add_argument("--cert", type=path, metavar="FILE", help="the device's, for /device.der")
    keys.add_argument("--key", type=path, metavar="FILE", help="its private key, for /key.der")
    keys.add_argument(
        "--key-password-file", type=path, metavar="FILE", help="if it is encrypted; else asked for"
    )
    keys.add_argument(
        "--ca",
        type=path,
        action="append",
        default=[],
        metavar="FILE",
        help="of one authority or several, for /ca.der, /ca-2.der, …; may be repeated",
    )
    values = made.add_argument_group("settings, merged into the board's /settings.json")
    values.add_argument(
        "--set", action="append", default=[], metavar="NAME=TEXT", help="or NAME:=JSON"
    )
    values.add_argument(
        "--set-from", action="append", default=[], metavar="NAME=FILE", help="the text of a file"
    )
    values.add_argument(
        "--ask", action="append", default=[], metavar="NAME", help="ask for it, do not show it"
    )
    values.add_argument(
        "--settings", type=path, metavar="FILE", help="of JSON; null removes what has that name"
    )
    values.add_argument(
        "--replace-settings", action="store_true", help="write these only, do not merge"
    )
    after = made.add_argument_group("afterwards")
    after.add_argument("--reset", action="store_true", help="start the board again")
    after.add_argument(
        "--monitor", action="store_true", help="start it, and show what it prints, until Ctrl-C"
    )
    after.add_argument("--dry-run", action="store_true", help="show what there is to do, only")
    return made


def main() -> int:
    made = parser()
    arguments = made.parse_args()
    if arguments.thing is not None and (arguments.cert or arguments.key):
        made.error("--thing has a certificate and a key: leave --cert and --key out")
    if (arguments.cert is None) != (arguments.key is None):
        made.error("--cert and --key are given together")
    environment.enter(sys.argv[0], "boards")
    from . import deployment

    return deployment.run(arguments)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 600:
        raise argparse.ArgumentTypeError(f"{text} is not 1 to 600 seconds")
    return seconds
