"""pip, which says a line for each package while it lasts, and all that it said if it fails."""

import pathlib
import re
import subprocess
import tempfile

from .errors import UnusableError
from .places import VENV
from .telling import end_passing, say, say_in_passing

_ARRIVES = re.compile(r"\s*(?:Downloading|Using cached) (\S+\.(?:whl|tar\.gz|zip)) \((.*)\)")
_FROM_A_FOLDER = re.compile(r"\s*Processing (\S+\.(?:whl|tar\.gz|zip))")
_INSTALLS = "Installing collected packages: "
_KILOBYTES = {"bytes": 0.001, "kB": 1, "MB": 1000, "GB": 1000 * 1000}


def install(python, requirements, *options):
    """Install a requirements file, for this Python, with these options of pip's.

    What is not in the file is not installed. Raises UnusableError.
    """
    command = [python, pip(), "--disable-pip-version-check", "--no-input", "--no-color"]
    command += ["install", "--no-deps", "--progress-bar", "off", "--no-warn-script-location"]
    command += [*options, "--requirement", requirements]
    with tempfile.TemporaryFile("w+", errors="replace") as errors:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            errors="replace",
        )
        with process:
            printed = show(process.stdout, requirements.stem)
        errors.seek(0)
        complaint = errors.read().strip() or printed
    if process.returncode:
        end_passing()
        raise UnusableError(
            "pip could not install %s: is the package index reachable?\n%s"
            % (requirements.name, complaint)
        )


def show(lines, title):
    """Say which packages come, and how large they are, from the lines that pip prints; returns
    all of them as a text.
    """
    printed, kilobytes = [], 0.0
    for line in lines:
        printed.append(line)
        arrived = _ARRIVES.match(line)
        local = _FROM_A_FOLDER.match(line)
        if arrived:
            kilobytes += _size(arrived[2])
            say_in_passing("%s: %s, %s" % (title, _package(arrived[1]), arrived[2]))
        elif local:
            say_in_passing("%s: %s" % (title, _package(local[1])))
        elif line.startswith(_INSTALLS):
            count = len(line[len(_INSTALLS) :].split(","))
            packages = "1 package" if count == 1 else "%d packages" % count
            say("%s: unpacking %s, %.1f MB" % (title, packages, kilobytes / 1000))
    return "".join(printed).strip()


def pip():
    """The pip of `.venv`, as a path that any Python can be started with."""
    # Other environments are made without one of their own, which would take seconds for each.
    for folder in VENV.glob("lib*/python*/site-packages/pip"):
        return folder
    raise UnusableError("no pip in %s: remove it, and it is made anew" % VENV)


def _package(path):
    """Name and version, from the name of a file: aiohttp-3.14.5-cp311-….whl."""
    name = pathlib.PurePosixPath(path).name
    return " ".join(re.sub(r"\.(whl|tar\.gz|zip)$", "", name).split("-")[:2])


def _size(text):
    number, _, unit = text.partition(" ")
    try:
        return float(number) * _KILOBYTES[unit]
    except (KeyError, ValueError):
        return 0.0
