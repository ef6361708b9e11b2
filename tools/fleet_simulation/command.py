"""See what a fleet of boards does to the quotas of AWS IoT, and how long it takes by them.

A simulation: no board and no service is touched. The boards decide as the library's agent does.
They have its default settings, but for fleet_size, which is the number of boards, and
clean_session=0. The quotas are AWS's defaults.

Examples:
  tools/fleet --devices 100000                          all are powered up at once
  tools/fleet --devices 100000 --story outage --svg outage.svg
  tools/fleet --devices 20000 --setting fleet_size=1    what it is like without that setting
  tools/fleet --devices 1000000 --quota connections=1000000,subscriptions=2000000
  tools/fleet --devices 50000 --story job-12 --rollout 3000 --quota writes=600

The stories:
"""

import argparse
import sys
import time
from pathlib import Path

import environment

MISUSED = 2
_STORIES = {
    "power": "all are powered up at once",
    "outage": "nobody answers for ten minutes; the time counts from its end",
    "job-2": "a job for all, which each starts and ends",
    "job-12": "the same, with ten updates between",
    "churn": "the broker ends 1 % of the connections a minute, for an hour",
}


def parser() -> argparse.ArgumentParser:
    told = "".join(f"  {name:8} {what}\n" for name, what in _STORIES.items())
    made = argparse.ArgumentParser(
        prog="fleet",
        description=__doc__ + told,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "--devices", type=_devices, default=1_000, metavar="N", help="default: %(default)s"
    )
    made.add_argument("--story", choices=_STORIES, default="power", help="default: %(default)s")
    made.add_argument(
        "--quota",
        default="default",
        metavar="NAME=N,…",
        help="raised or lower quotas, as the emulator's: connects, connections, filters, "
        "subscriptions, writes",
    )
    made.add_argument(
        "--setting",
        action="append",
        default=[],
        metavar="NAME=N",
        help="another setting of JobsAgent or MQTTLink; may be given often",
    )
    made.add_argument(
        "--before", action="store_true", help="as the agent was before it knew of fleets"
    )
    made.add_argument(
        "--rollout",
        type=_devices,
        default=1_000,
        metavar="N",
        help="boards a minute to which a job is handed out (default: %(default)s)",
    )
    made.add_argument("--seed", type=int, default=1, help="of the random waits")
    made.add_argument("--svg", type=Path, metavar="FILE", help="draw requests a second over time")
    made.add_argument(
        "--write", type=Path, metavar="PAGE", help="put the table of all stories into this page"
    )
    return made


def main() -> int:
    """The exit code: 0, or 2 for wrong options."""
    options = parser().parse_args()
    environment.enter(sys.argv[0])
    import figures
    from iotjobs_emulator.quotas import QuotaTextError

    from .conduct import SettingError
    from .service import LevelError

    try:
        return _run(options)
    except (SettingError, LevelError, QuotaTextError, figures.PageError, OSError) as error:
        print(f"fleet: {error}", file=sys.stderr)
        return MISUSED


def _run(options):
    import figures
    from iotjobs_emulator.quotas import parse_quotas

    from . import picture, result, stories, table
    from .conduct import BEFORE, conduct

    if options.write:
        figures.check(options.write, table.NAME)
        figures.write(options.write, table.NAME, table.table(_tell))
        return 0
    quotas = parse_quotas(options.quota)
    base = BEFORE if options.before else table.advised(options.devices)
    settings = conduct(options.setting, base)
    begun = time.monotonic()
    run = stories.run(
        options.story, options.devices, settings, quotas, options.rollout, options.seed, _tell
    )
    print(result.text(options.story, options.devices, result.of(run), settings))
    print(f"  simulated in {time.monotonic() - begun:.1f} s")
    if options.svg:
        drawn = picture.svg(run.boards.service, int(run.from_ms / 1_000))
        options.svg.write_text(drawn, encoding="utf-8")
        print(f"drawn: {options.svg}")
    return 0


def _tell(text):
    print(f"fleet: {text}", file=sys.stderr)


def _devices(text):
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text} is not 1 to 1,000,000")
    return number
