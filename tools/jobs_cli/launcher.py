"""How `tools/jobs` begins: on CPython, which hands its arguments to `main` on MicroPython."""

import json
import os
import pathlib
import sys
import tempfile

import environment

HEAP = "64m"  # of MicroPython, for answers of any length
FAILURE = 255


def main() -> int:
    """Go on as MicroPython; returns, with an exit code, only if that cannot be."""
    environment.enter(sys.argv[0])
    try:
        arguments = json.dumps(sys.argv[1:], ensure_ascii=False).encode()
        interpreter = environment.micropython()
    except UnicodeEncodeError:
        print("jobs: an argument is not UTF-8", file=sys.stderr)
        return FAILURE
    program = pathlib.Path(__file__).with_name("main.py")
    # MicroPython's own command line has no room for more than 255 bytes in an argument.
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(arguments)
        file.seek(0)
        os.set_inheritable(file.fileno(), True)
        command = [interpreter, "-X", f"heapsize={HEAP}", program, f"/dev/fd/{file.fileno()}"]
        return os.execve(
            interpreter, command, environment.micropython_path(program.parent, environment.TOOLS)
        )
