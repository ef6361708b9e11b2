"""Build MicroPython for a board, with iotjobs frozen into it.

RPI_PICO and unix are built from Debian's packages of sources, which are fetched on the first run
and not installed. The other boards need a checkout of MicroPython. The submodules that a checkout
lacks are fetched by git. A compiler for the Picos is fetched from Debian. The ESP32s need ESP-IDF,
exported as its own documentation has it.

make and gcc, and g++ for the Picos, must be installed. What is missing is told before anything is
fetched or built.

Examples:
  tools/firmware --list                                 the boards that there are
  tools/firmware RPI_PICO                               from Debian's packages
  tools/firmware RPI_PICO_W --micropython ~/micropython
  tools/firmware ESP32_GENERIC_S3 --micropython ~/micropython
  tools/firmware unix && build/unix/micropython         the unix port
"""

import argparse
import pathlib
import sys

import environment


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("board", nargs="?", metavar="BOARD", help="as --list names it")
    parser.add_argument("--list", action="store_true", help="name the boards, and end")
    parser.add_argument(
        "--micropython", type=pathlib.Path, metavar="FOLDER", help="a checkout to build from"
    )
    parser.add_argument(
        "--manifest", type=pathlib.Path, metavar="FILE", help="freeze this instead of the board's"
    )
    parser.add_argument(
        "--output", type=pathlib.Path, metavar="FOLDER", help="build there, not in build/BOARD"
    )
    arguments = parser.parse_args()
    if not arguments.list and arguments.board is None:
        parser.error("name a board, or --list")
    if arguments.manifest and not arguments.manifest.is_file():
        parser.error(f"--manifest: there is no file {arguments.manifest}")
    environment.enter(sys.argv[0])
    from . import builds, slots

    if arguments.board not in (None, *builds.names()):
        parser.error(f"no board {arguments.board}: there are {', '.join(builds.names())}")
    if arguments.list:
        for name, folder in builds.names().items():
            print(f"{name:18}{folder.relative_to(environment.ROOT)}")
        return 0
    try:
        built = builds.build(
            arguments.board,
            tree=arguments.micropython and arguments.micropython.resolve(),
            manifest=arguments.manifest and arguments.manifest.resolve(),
            folder=arguments.output and arguments.output.resolve(),
            progress=_Progress(arguments.board),
        )
    except OSError as error:
        _clear()
        print(f"firmware: {error}", file=sys.stderr)
        return 1
    finally:
        _clear()
    here = pathlib.Path.cwd()
    path = built.path.relative_to(here) if here in built.path.parents else built.path
    size = slots.told(built.share) if built.share else f"{built.size:,} bytes"
    print(f"{path}: MicroPython {built.version}, {size}")
    if built.share:
        slots.warn(built.share)
    return 0


class _Progress:
    """Shows a percentage: on a terminal in one line, elsewhere each quarter once."""

    def __init__(self, board: str) -> None:
        self._board = board
        self._shown = -1

    def __call__(self, percent: int) -> None:
        if sys.stderr.isatty():
            print(f"\rfirmware: {self._board} {percent}%", end="", file=sys.stderr, flush=True)
        elif percent // 25 > self._shown:
            self._shown = percent // 25
            print(f"firmware: {self._board} {percent}%", file=sys.stderr, flush=True)


def _clear() -> None:
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
