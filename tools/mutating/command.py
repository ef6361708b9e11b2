"""Make known mistakes, one at a time, and see whether the default run of the tests fails.

Each mistake is made in a copy of the tree; the working tree stays as it is. First the test files
run that the mutation names, two mutations side by side. What these do not see goes through the
whole default run at the end. A mutation is killed if a test fails. A line that is no longer there
is an error, and so are tests that cannot be collected, and a run that does not end.

The mutations are in tests/mutants/, a file for each area.

Examples:
  tools/mutants                             all of them (many minutes)
  tools/mutants --list                      their names, and where they are made
  tools/mutants agent session               those of two areas
  tools/mutants session/the-back-off-does-not-grow
  tools/mutants --named                     without the whole run for what the files named miss
  tools/mutants --write tests/README.md     all, and their figures into this page

The exit code is 0 only if all were killed, 2 for a wrong argument, else 1.
"""

import argparse
import pathlib
import sys
import time

import environment

MUTANTS = "tests/mutants"


def main(arguments: list[str] | None = None, root: pathlib.Path = environment.ROOT) -> int:
    """The command, by default with those of the command line; `root` is the tree in which the
    mistakes are made.
    """
    options = _parser().parse_args(arguments)
    if options.write and options.names:
        print("mutants: --write wants all of the mutations", file=sys.stderr)
        return 2
    environment.enter(sys.argv[0], "tests")
    import figures

    from . import catalogue, trials
    from .by_area import NAME, table

    try:
        mutations = catalogue.chosen(catalogue.load(root / MUTANTS), options.names)
        if options.list:
            return _show(mutations, root)
        if options.write:
            figures.check(options.write, NAME)
        found = _try(mutations, root, options.named)
        if options.write:
            figures.write(options.write, NAME, table(found))
        return 0 if all(trial.verdict == trials.KILLED for trial in found) else 1
    except catalogue.UnknownNameError as error:
        print(f"mutants: {error}", file=sys.stderr)
        return 2
    except (catalogue.CatalogueError, trials.BaselineError, figures.PageError) as error:
        print(f"mutants: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mutants", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="name", help="of an area, or of a mutation")
    parser.add_argument("--list", action="store_true", help="show them, and do nothing")
    parser.add_argument(
        "--named", action="store_true", help="run the test files that they name, and no others"
    )
    parser.add_argument(
        "--write", metavar="PAGE", type=pathlib.Path, help="put the figures between its markers"
    )
    return parser


def _show(mutations, root) -> int:
    from .catalogue import CatalogueError

    wrong = 0
    for mutation in mutations:
        places = []
        try:
            for name in mutation.files:
                place = mutation.place((root / name).read_text(encoding="utf-8"))
                places.append(f"{name}:{place}")
            print(mutation.title, *places, sep="  ")
        except (CatalogueError, OSError) as error:
            wrong = 1
            print(error)
    return wrong


def _try(mutations, root, named_only):
    from . import trials

    began = time.monotonic()
    count = len(mutations)
    width = len(str(count))
    with trials.Laboratory(root) as laboratory:
        print(f"without a mistake: {_count(count, 'mutation')}, the files they name …", flush=True)
        print(f"without a mistake: passed ({laboratory.check(mutations):.1f} s)", flush=True)
        found = []

        def postponed(mutation):
            later = "not by the files that it names: at the end by the whole run"
            print(f"{'':{2 * width + 3}}{mutation.title}: {later}", flush=True)

        for trial in laboratory.trials(mutations, postponed, named_only):
            found.append(trial)
            print(
                f"{len(found):{width}}/{count}  {trial.verdict:8}  {trial.mutation.title}  "
                f"{trial.told} ({trial.seconds:.1f} s)",
                flush=True,
            )
    _sum_up(found, time.monotonic() - began)
    return found


def _sum_up(found, seconds) -> None:
    from . import trials

    left = [trial for trial in found if trial.verdict != trials.KILLED]
    if left:
        print(f"{len(left)} of {_count(len(found), 'mutation')} not killed:")
        for trial in left:
            print(f"  {trial.verdict}: {trial.mutation.title}")
    else:
        print(f"{_count(len(found), 'mutation')}: all killed by the default run ({seconds:.0f} s)")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
