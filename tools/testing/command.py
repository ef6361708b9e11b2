"""The command `tools/test`."""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import environment

from . import parts, record, running
from .words import slowest, spoken

MINUTES = 45  # for the exhaustive parts that are due
CHECKS = (
    ("-m", "ruff", "check", "--quiet", "."),
    ("-m", "ruff", "format", "--check", "--quiet", "."),
    ("tools/grammar", "--check"),
    ("tools/twin", "--check"),
)

DESCRIPTION = """\
Run the tests: the device's on MicroPython, the emulator's on CPython, and both together.

Without arguments: the style checks; then all tests, in which whatever is exhaustive (matrices,
power cuts, fuzzing) takes a sample; then, of the exhaustive parts, those of which a file that they
depend on has changed since they passed. That they pass is kept in tests/passed.json, to be
committed with the change.

Other arguments are pytest's: of all tests those run that they choose, and nothing else.
"""
EXAMPLES = f"""\
the parts: {", ".join(part.name for part in parts.PARTS)}

examples:
  tools/test                        the style checks, the tests, and the parts that are due
  tools/test -k start_next          the tests that have start_next in their names
  tools/test tests/device -x        the device's tests, up to the first failure
  tools/test --part faults          this part, whatever has changed
  tools/test --part device -k fat   of this part the tests that have fat in their names
  tools/test --all                  the checks, the tests, and all parts
  tools/test --seed 7 --shuffle     with other random numbers, in another order
  MICROPYTHON=/path/to/micropython tools/test tests/device
"""


def main():
    arguments, chosen = _parser().parse_known_args()
    environment.enter(sys.argv[0], "tests")
    _keep_bytecode()
    os.chdir(environment.ROOT)
    seeds = ["--seed", str(arguments.seed)] if arguments.seed is not None else []
    if arguments.part:
        return _run_parts([parts.named(name) for name in arguments.part], [*seeds, *chosen])
    if arguments.shuffle:
        seeds.append("--shuffle")
    if chosen:
        print(
            "only what is chosen: no style checks, and a sample of what is exhaustive "
            "(tools/test --help)",
            flush=True,
        )
        environment.micropython()
        return _pytest([*_workers(chosen), *seeds, *chosen])
    return _run_all(arguments, seeds)


def _parser():
    parser = argparse.ArgumentParser(
        prog="test",
        usage="tools/test [--all] [--seed N] [--shuffle] [--part NAME ...] [arguments of pytest]",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--all", action="store_true", help="all parts, whatever has changed")
    parser.add_argument(
        "--part",
        action="append",
        metavar="NAME",
        choices=[part.name for part in parts.PARTS],
        help="this part, whatever has changed; may be given more than once",
    )
    parser.add_argument("--seed", type=int, metavar="N", help="of the tests' random numbers")
    parser.add_argument("--shuffle", action="store_true", help="in an order that follows from it")
    return parser


def _run_all(arguments, seeds):
    """The checks, the tests and the parts."""
    started = time.monotonic()
    seconds = {}
    _prepare()
    seconds["set-up"] = time.monotonic() - started
    print("style checks", flush=True)
    began = time.monotonic()
    for check in CHECKS:
        if subprocess.run([sys.executable, *check], cwd=environment.ROOT).returncode:
            print(f"failed: python {' '.join(check)}")
            return 1
    seconds["style checks"] = time.monotonic() - began
    print("tests", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="iotjobs-tests-") as folder:
        path = pathlib.Path(folder) / "summary.json"
        status = _pytest([*_SPREAD, *seeds, "--summary", str(path), "tests"])
        summary = json.loads(path.read_text()) if path.is_file() else {"passed": 0, "failed": 1}
    tests_s = time.monotonic() - began
    seconds.update(summary.get("files", {}))
    if status:
        outcome = running.Outcome()
        outcome.left.append("the exhaustive parts, since tests have failed")
    else:
        outcome = _exhaustive(arguments.all)
        seconds.update(outcome.seconds)
    print("the slowest:")
    print("\n".join(slowest(seconds)))
    for sentence in outcome.left:
        print(f"left out: {sentence}")
    print(
        f"{summary['passed']} tests in {spoken(tests_s)}, {outcome.passed} of exhaustive parts, "
        f"{spoken(time.monotonic() - started)} in all"
    )
    failed = max(summary["failed"], bool(status)) + outcome.failed
    print(f"tests: {summary['passed'] + outcome.passed} passed, {failed} failed")
    return 1 if failed else 0


def _exhaustive(everything):
    """Run the parts that are due, or all; what is not run is said in the Outcome's `left`."""
    due = list(parts.PARTS) if everything else record.due(parts.PARTS)
    unchanged = [part.name for part in parts.PARTS if part not in due]
    minutes = None if everything else MINUTES
    chosen, outside = due, []
    if not everything:
        chosen, outside = running.fitting(due, MINUTES, os.cpu_count() or 1)
    if chosen:
        print(f"exhaustive parts: {', '.join(part.name for part in chosen)}", flush=True)
    outcome = running.run(chosen, (), minutes, _say)
    if outside:
        names = [f"--part {part.name}" for part in outside]
        outcome.left.append(
            f"for want of time, to run next time or by tools/test {' '.join(names)}"
        )
    if unchanged:
        outcome.left.append(
            "exhaustive parts that passed with the files that they depend on "
            f"({', '.join(unchanged)}): tools/test --all runs them too"
        )
    return outcome


def _run_parts(chosen, arguments):
    outcome = running.run(chosen, arguments, None, _say)
    for sentence in outcome.left:
        print(f"left out: {sentence}")
    print(f"tests: {outcome.passed} passed, {outcome.failed} failed")
    return 1 if outcome.failed or outcome.left else 0


def _prepare():
    """Have ready what the tests need. What takes a processor for a while comes first."""
    from . import kit_venv  # needs packages of the tests

    environment.micropython()
    environment.side_by_side(
        _compile,
        environment.prepare_aws,
        lambda: kit_venv.prepare(by_pip=False),
        environment.prepare_device_sdk,
        lambda: environment.need("style", "vectors"),
    )


def _compile():
    """Let one process compile all tests and what they import, in place of each that runs tests."""
    if not any((environment.ROOT / "tests").glob("*/__pycache__/*-pytest-*.pyc")):
        collects = [sys.executable, sys.argv[0], "--collect-only", "--quiet", "tests"]
        subprocess.run(collects, cwd=environment.ROOT, capture_output=True, check=False)


# Three more than there are processors: many tests wait for deadlines, or processes of theirs.
_SPREAD = ("-n", str(3 + (os.cpu_count() or 1)), "--dist", "worksteal")
_PLUGINS = ("xdist.plugin",)
_ALONE = ("-k", "-n", "--numprocesses", "-s", "--capture=no", "--pdb", "--trace", "--co")


def _workers(chosen):
    """The arguments that spread tests over the processors.

    There are none for a file or a name, of which the tests would only begin later. There are none
    for a folder that is not there: spread, pytest does not say so.
    """
    files = [argument for argument in chosen if ".py" in argument]
    folders = [argument for argument in chosen if "/" in argument and argument[0] != "-"]
    missing = [folder for folder in folders if not pathlib.Path(folder).exists()]
    if files or missing or any(argument.startswith(_ALONE) for argument in chosen):
        return ()
    return _SPREAD


def _keep_bytecode():
    """Let this process and its children keep what they compile: they begin much sooner."""
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _pytest(arguments):
    """Run pytest in this process, which is no other's to wait for; returns its exit code."""
    import pytest

    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # each takes its part of a second
    plugins = [part for name in _PLUGINS for part in ("-p", name)]
    return int(pytest.main(["--no-header", *plugins, *arguments]))


def _say(text):
    print(text, flush=True)
