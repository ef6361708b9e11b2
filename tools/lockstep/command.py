"""Try the device's agent on random schedules in which everything goes wrong at once.

The library itself runs on MicroPython, and speaks with the emulator's own parts in a time of their
own (tools/lockstep). In each schedule messages are lost, doubled, late and cut. Requests are
rejected, connections refused, versions changed, jobs canceled and deleted. The power is cut at any
step. Then that ceases. Every job must have ended as it must, with its handler run as often as it
may, and nothing reported twice. A schedule follows from its seed, and is the same at every run.

With --handlers the jobs' handlers misbehave. They hand over every odd value at every place, hang,
never end, recurse and use up the memory. They reset the board, end the program, poll the agent,
and call into the job from their clean-up. Each third program has asyncio's loop, and async
handlers that do the same. A watchdog resets the board 8 s after its last poll. The line carries
500 B/s, the flash is full or takes nothing, and another board has the same client id. Then no poll
may have raised. Each such job must have ended within its limits, in one of the ways in which it
may. All other jobs must have ended as if nothing had been.

With --quota the service lets only so much pass, from the beginning to the end: the names and
numbers of `tools/emulator --quota`, or "any" for some that follow from each schedule. Every job
must end as it does without. What is throttled again and again must be tried more and more seldom.

Examples:
  tools/storm --seeds 10000 --from 7
  tools/storm --seed 123 --trace         one schedule, with all that happened in it
  tools/storm --handlers --seeds 500     storms in which the handlers misbehave, too
  tools/storm --quota reads=0.2,writes=0.2
  tools/storm --quota any --seeds 500    some quotas in each storm
  tools/storm --matrix faults            each fault on each message, and every two of them
  tools/storm --matrix power             the power cut at each step, and once more after that
  tools/storm --https --matrix power     the same where the device talks over HTTPS
  tools/storm --streams --matrix power   the same where jobs get files over MQTT
  tools/storm --matrix boards            each failure of a board: names, memory, a heap in pieces
  MICROPYTHON=/path/to/micropython tools/storm
"""

import argparse
import os
import sys
import time

import environment

_SHOWN_FAILURES = 5
_MATRICES = ("faults", "power", "boards")
_RED, _GREEN, _PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[0m"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--seeds", type=_from(1), default=1_000, help="how many; default: 1000")
    which.add_argument("--seed", type=_from(0), help="this one alone")
    which.add_argument("--matrix", choices=_MATRICES, help="these schedules instead")
    parser.add_argument("--from", type=_from(0), dest="first", help="the first; default: 0")
    parser.add_argument("--story", help="of a matrix: this story alone")
    parser.add_argument("--handlers", action="store_true", help="storms of handlers, too")
    parser.add_argument("--https", action="store_true", help="over HTTPS, not MQTT")
    parser.add_argument("--streams", action="store_true", help="a matrix of files over MQTT")
    parser.add_argument("--quota", help="within these quotas: NAME=NUMBER,… or any")
    parser.add_argument("--trace", action="store_true", help="show all that happens")
    parser.add_argument(
        "--devices", type=_from(1), help="at once; default: one for each processor"
    )
    arguments = parser.parse_args()
    if arguments.first is not None and (arguments.matrix or arguments.seed is not None):
        parser.error("--from goes with --seeds alone")
    if arguments.story is not None and not arguments.matrix:
        parser.error("--story is one of a matrix: --matrix says of which")
    if arguments.handlers and arguments.matrix:
        parser.error("--handlers are storms, which no matrix has")
    if arguments.streams and (arguments.https or not arguments.matrix):
        parser.error("--streams are a matrix's, over MQTT: --matrix says of which")
    environment.enter(sys.argv[0])
    from . import storming

    link = storming.HTTPS if arguments.https else storming.MQTT
    stories = storming.stories_of(link, arguments.streams)
    if arguments.story is not None:
        if arguments.story not in stories:
            parser.error(f"no story {arguments.story}: there are {', '.join(stories)}")
        stories = {arguments.story: stories[arguments.story]}
    try:
        quotas = {} if arguments.quota is None else storming.quotas_of(arguments.quota)
    except ValueError as error:
        parser.error(f"--quota: {error}")
    try:
        interpreter = environment.micropython()
        if arguments.seed is not None:
            schedules, count = storming.seeds(arguments.seed, 1, link, arguments.handlers)
        elif arguments.matrix:
            schedules, count = storming.matrix_of(interpreter, arguments.matrix, stories.values())
        else:
            schedules, count = storming.seeds(
                arguments.first or 0, arguments.seeds, link, arguments.handlers
            )
        if quotas != {}:
            schedules = storming.all_within(schedules, quotas)
        with storming.Farm(interpreter, arguments.devices) as farm:
            verdicts = farm.run(schedules, keep_trace=arguments.trace)
            return report(verdicts, storming.Counts(count), arguments.trace)
    except ValueError as error:
        print(f"storm: {error}", file=sys.stderr)
        return 1


def _from(least: int):
    """A type of argparse: whole numbers from this one on."""

    def number(text: str) -> int:
        if int(text) < least:
            raise argparse.ArgumentTypeError(f"{text} is less than {least}")
        return int(text)

    return number


def report(verdicts, counts, with_trace):
    is_terminal = sys.stdout.isatty()
    has_colours = is_terminal and not os.environ.get("NO_COLOR")
    shown = 0.0
    for verdict in verdicts:
        counts.add(verdict)
        if is_terminal and (time.monotonic() - shown > 0.2 or verdict.wrong):
            shown = time.monotonic()
            print(f"\r\x1b[K{counts}", end="", flush=True)
        if with_trace or (verdict.wrong and counts.failed <= _SHOWN_FAILURES):
            told = verdict.told() if with_trace else str(verdict)
            print(f"\r\x1b[K{told}" if is_terminal else told, flush=True)
    if is_terminal:
        print("\r\x1b[K", end="")
    verdict = "all is well" if not counts.failed else "something is wrong"
    if has_colours:
        verdict = (_RED if counts.failed else _GREEN) + verdict + _PLAIN
    print(f"{verdict}: {counts}")
    return 1 if counts.failed else 0
