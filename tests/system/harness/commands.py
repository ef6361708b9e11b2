"""Programs that a test starts and waits for, and those that it writes."""

import contextlib
import os
import pathlib
import subprocess

from waiting import LIMIT_S


def finished(command, timeout=LIMIT_S, **options):
    """The finished process of a command, whose output is text."""
    command = [str(part) for part in command]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, **options)


def output(command, **options):
    """What a command prints, which ends well."""
    done = finished(command, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def processes_with(text):
    """The command lines of processes that have it in them."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            found.append(path.read_bytes())
    return [line for line in found if os.fsencode(text) in line]


def write_script(path, body):
    """Write a program for the shell, also its folder; its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def write_files(folder, files):
    """Write these texts or bytes into a folder, by name, also the folders in it; the folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder
