"""Make packages of the library that `mip` installs onto a board.

Compiled ones, a folder for each architecture: less to load and to keep than source, and ready for
`mpremote`, or for any HTTP server. What they need besides, umqtt.simple, is fetched by mip. With
--source, package.json at the top is written anew: it lists the source, for all boards.

A board that has the source must lose it first (`mpremote rm -r :lib/iotjobs`): a .py beside a .mpy
is what MicroPython imports.

Examples:
  tools/package                                   for every architecture, into build/mip
  tools/package armv6m xtensawin --out /srv/www   for these two
  mpremote mip install build/mip/armv6m/package.json
  mpremote mip install package.json               the source
"""

import argparse
import pathlib
import sys

import environment

from .architectures import ARCHITECTURES


def main() -> int:
    boards = "\n".join(f"  {name:10} {text}" for name, text in ARCHITECTURES.items())
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=f"architectures:\n{boards}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "architectures", nargs="*", metavar="ARCHITECTURE", help="one of those below; else all"
    )
    parser.add_argument(
        "--out",
        type=pathlib.Path,
        default=environment.ROOT / "build" / "mip",
        metavar="FOLDER",
        help="where to put them (default: build/mip)",
    )
    parser.add_argument(
        "--source", action="store_true", help="write package.json at the top, and nothing else"
    )
    arguments = parser.parse_args()
    for name in arguments.architectures:
        if name not in ARCHITECTURES:
            parser.error(f"no architecture {name}: there are {', '.join(ARCHITECTURES)}")
    if arguments.source and arguments.architectures:
        parser.error("--source is the same for every architecture")
    environment.enter(sys.argv[0], "boards")
    try:
        if arguments.source:
            _write_source()
        else:
            _write_compiled(arguments.architectures or list(ARCHITECTURES), arguments.out)
    except OSError as error:
        print(f"package: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _write_source() -> None:
    from . import layout

    text = layout.of_source()
    path = layout.SOURCE
    changed = not path.is_file() or path.read_text() != text
    if changed:
        path.write_text(text)
    files = len(layout.modules())
    print(f"{path.name}: {files} files, {'written' if changed else 'as it was'}")


def _write_compiled(architectures: list, folder: pathlib.Path) -> None:
    from . import layout

    print(f"{'architecture':12} {'files':>6} {'bytes':>8} {'of them native':>15}")
    for name in dict.fromkeys(architectures):
        written = layout.write_compiled(name, folder / name)
        native = f"{written.native:,}" if written.native else "-"
        print(f"{name:12} {written.files:6} {written.size:8,} {native:>15}", flush=True)
    print(f"iotjobs {layout.version()} in {folder}: mpremote mip install {written.path}")
