"""Make devices at AWS IoT, or at an emulator of it: for each a thing, a certificate and a policy,
and a folder of files for its board.

The private key is made here, and never leaves this machine. Run again, it goes on where it was
ended, and changes nothing of what is done. It takes the credentials and the region that `aws`
takes.

Examples:
  tools/provision MyThing
  tools/provision lamp-1 lamp-2 --group lamps --attribute room=kitchen
  tools/provision --list lamps.csv         a name a line, or columns: thing, type, groups,
                                           attribute:NAME
  tools/provision MyThing --endpoint-url http://127.0.0.1:8080 --ca ca.pem     an emulator
  tools/provision --list lamps.csv --rotate --wait 30         new certificates, by jobs
  tools/provision --list lamps.csv --remove                                    take all back
"""

import argparse
import sys
from pathlib import Path

import environment

from . import record as records

MISUSED = 2


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="provision",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("thing", nargs="*", metavar="THING", help="the names of devices")
    made.add_argument("--list", type=Path, metavar="FILE", help="of more devices, also as CSV")
    made.add_argument(
        "--to",
        type=Path,
        default=records.FOLDER,
        metavar="FOLDER",
        help="for a folder of each device (default: %(default)s)",
    )
    action = made.add_mutually_exclusive_group()
    action.add_argument("--remove", action="store_true", help="take the devices back, and delete")
    action.add_argument(
        "--rotate",
        action="store_true",
        help="give them new certificates, for keys that their boards make: begin, or go on",
    )
    made.add_argument(
        "--wait",
        type=_minutes,
        default=0.0,
        metavar="MINUTES",
        help="how long --rotate waits for the boards (default: not at all)",
    )
    made.add_argument(
        "--again", action="store_true", help="do each step also for what is done already"
    )
    devices = made.add_argument_group("the devices: what is not given stays as it was")
    devices.add_argument(
        "--attribute", action="append", default=[], metavar="NAME=VALUE", help="of each thing"
    )
    devices.add_argument("--type", metavar="NAME", help="the thing type of each, which is there")
    devices.add_argument(
        "--group",
        action="append",
        default=[],
        metavar="NAME",
        help="a thing group, which is there, that each is put into",
    )
    devices.add_argument(
        "--policy",
        metavar="NAME",
        help="of the policy of all, which is made once (default: iotjobs-device)",
    )
    devices.add_argument(
        "--https", action="store_true", help="they use HTTPS: a policy of its own for each, too"
    )
    devices.add_argument(
        "--rsa", action="store_true", help="keys of RSA, 2048 bits; otherwise on the curve P-256"
    )
    service = made.add_argument_group("the service")
    service.add_argument("--region", metavar="NAME", help="otherwise the one that `aws` takes")
    service.add_argument("--profile", metavar="NAME", help="of credentials, as `aws` has it")
    service.add_argument("--endpoint-url", metavar="URL", help="the control plane of an emulator")
    service.add_argument(
        "--ca", type=Path, metavar="FILE", help="of the endpoint, if not Amazon's"
    )
    service.add_argument(
        "--rate",
        type=_rate,
        default=10.0,
        metavar="N",
        help="devices a second (default %(default)g). An account takes 10 to 100",
    )
    return made


def main() -> int:
    """The exit code: 0 if each device is as it is wanted, 1 if not, 2 for wrong options."""
    options = parser().parse_args()
    environment.enter(sys.argv[0])
    from . import session
    from .errors import ProvisionError, RefusedError

    try:
        return session.run(options)
    except ProvisionError as error:
        print(f"provision: {error}", file=sys.stderr)
        return session.FAILED if isinstance(error, RefusedError) else MISUSED


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = -1.0
    if not 0 <= minutes <= 100_000:
        raise argparse.ArgumentTypeError(f"{text} is not 0 to 100,000 minutes")
    return minutes


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0.1 <= rate <= 1_000:
        raise argparse.ArgumentTypeError(f"{text} is not 0.1 to 1,000 a second")
    return rate
