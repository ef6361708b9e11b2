"""How a command writes the file that it makes, or checks that it is as it would be made."""

import argparse
import pathlib

import environment


def run(name: str, description: str, path: pathlib.Path, wanted: str, outdated: str) -> int:
    """The command `name`: write `wanted` into the file; with --check print what `outdated` says of
    the file if it has another text. Returns the exit code.
    """
    parser = argparse.ArgumentParser(
        prog=name, description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit 1 if out of date"
    )
    arguments = parser.parse_args()
    if path.exists() and path.read_text() == wanted:
        return 0
    shown = path.relative_to(environment.ROOT).as_posix()
    if arguments.check:
        print(f"{shown} {outdated}")
        return 1
    path.write_text(wanted)
    print(f"wrote {shown}")
    return 0
