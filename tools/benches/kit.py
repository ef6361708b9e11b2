"""What the test kit costs: a test, a hundred of them, an hour in virtual time; and tools/run."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from environment.places import LIB, ROOT, TOOLS, UMQTT

from .interpreters import BenchError, Interpreter, say
from .table import Table

_BLINK = ROOT / "boards" / "starter" / "tests" / "blink.py"
_MANY = 100
_ROUNDS = 3
_NOTHING = "def test_nothing(): pass\n"
_TEST = (
    "def test_{number}(service, device):\n"
    "    device.start('blink.py')\n"
    "    job = service.create_job({{'operation': 'blink', 'times': 3}})\n"
    "    assert job.wait() == 'SUCCEEDED'\n"
    "    assert job.details == {{'blinks': '3'}}\n"
)
_HOUR = (
    "def test_hour(service, device):\n"
    "    device.start('blink.py', time='virtual')\n"
    "    device.wait_for('state IDLE')\n"
    "    service.advance(3_600)\n"
)


def kit(interpreters: list[Interpreter], short: bool) -> list[Table]:
    """The times of whole runs of pytest, by the clock on the wall."""
    interpreter = interpreters[0]
    many = 4 if short else _MANY
    files = {
        "nothing": _NOTHING,
        "one": _TEST.format(number=1),
        "many": "\n".join(_TEST.format(number=number) for number in range(many)),
        "hour": _HOUR,
    }
    with tempfile.TemporaryDirectory(prefix="iotjobs-bench-") as place:
        folder = pathlib.Path(place)
        plugin = _linked(folder / "kit")
        for name, text in files.items():
            (folder / f"test_{name}.py").write_text(text)
        shutil.copy(_BLINK, folder)
        (folder / "pytest.ini").write_text("[pytest]\n")

        def run(name: str, *options: str) -> Callable[[], float]:
            command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
            command += ["-p", "pytest_iotjobs.plugin", *options, f"test_{name}.py"]
            return lambda: _seconds(command, folder, plugin, interpreter)

        job = '{"operation": "blink", "times": 3}'
        by_hand = [sys.executable, str(TOOLS / "run"), str(_BLINK), "--job", job]
        runs = {
            "pytest, with a test of nothing": (1, run("nothing")),
            "a test of five lines": (1, run("one")),
            f"{many} of them": (many, run("many")),
            f"{many} of them, with -n 2": (many, run("many", "-n", "2")),
            "a test of an hour in virtual time": (1, run("hour")),
            "tools/run blink.py --job …": (None, lambda: _seconds(by_hand, folder, plugin, None)),
        }
        times: dict[str, list[float]] = {name: [] for name in runs}
        for number in range(1 if short else _ROUNDS):
            for name, (_, measure) in runs.items():
                say(f"kit: {name}, round {number + 1}")
                times[name].append(measure())
    table = Table(
        "kit",
        "The test kit: runs of pytest, and of tools/run",
        ["what", "tests", "seconds", "s a test"],
        notes=[
            f"Each time is the median of {_ROUNDS} runs of the whole program, which go round all "
            "that is measured. What a test takes is without the run of nothing.",
            "a test of five lines: an emulator and a board are started, the board connects by "
            "mutual TLS, and does a job in three steps.",
            "an hour: the same program waits for a job that does not come. It looks every 10 ms, "
            "and asks the service four times.",
            "tools/run: from its start until the job has ended.",
        ],
    )
    alone = _median(times["pytest, with a test of nothing"])
    for name, (tests, _) in runs.items():
        seconds = _median(times[name])
        is_of_kit = tests is not None and "nothing" not in name
        table.rows.append([name, tests, seconds, (seconds - alone) / tests if is_of_kit else None])
    return [table]


def _linked(folder: pathlib.Path) -> pathlib.Path:
    # As the wheel has it, without making one.
    package = folder / "pytest_iotjobs"
    (package / "lib").mkdir(parents=True)
    for source in (TOOLS / "kit" / "pytest_iotjobs").iterdir():
        if source.name != "__pycache__":
            (package / source.name).symlink_to(source)
    (package / "lib" / "iotjobs").symlink_to(LIB / "iotjobs")
    (package / "lib" / "umqtt").symlink_to(UMQTT / "umqtt")
    return folder


def _seconds(
    command: list[str],
    folder: pathlib.Path,
    plugin: pathlib.Path,
    interpreter: Interpreter | None,
) -> float:
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTEST")
    }
    variables["PYTHONPATH"] = os.pathsep.join(map(str, (plugin, TOOLS)))
    if interpreter is not None:
        variables["MICROPYTHON"] = str(interpreter.path)
    begun = time.monotonic()
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)
    taken = time.monotonic() - begun
    if done.returncode:
        raise BenchError(f"{' '.join(command)}: {(done.stdout + done.stderr)[-2000:]}")
    return taken


def _median(times: list[float]) -> float:
    return sorted(times)[len(times) // 2]
