"""Make the job document of an update: of an application, all files of a folder, or of a firmware.

The document names each file with its size and its SHA-256, and where it lies; put the files there
first. With a key it is signed, so that devices which know the public key take nothing else. Links
are followed. Hidden files and __pycache__ are left out, and named.

--url is a folder's URL, or a firmware's. It may be a placeholder of S3, which the service replaces
by a presigned URL: then each file gets one, with its name behind the folder's.

--ota makes what AWS's OTA service takes instead: one file, its signature, and the commands that
bring it there. An application becomes an archive.

Examples:
  tools/pack --new-key update.pem        once: update.der is the public key, for the devices
  tools/pack board/app/a --url https://example.com/1.2 --version 1.2.0 --sign update.pem > up.json
  tools/pack --firmware firmware.bin --url https://example.com/1.3.bin --version 1.3.0 > fw.json
  tools/pack board/app/a --version 1.2.0 --output up.json \\
      --url '${aws:iot:s3-presigned-url-v2:https://s3.eu-west-1.amazonaws.com/bucket/1.2}'
  aws iot create-job --job-id app-1-2-0 --targets ARN --document file://up.json
  tools/pack board/app/a --ota s3://bucket/app-1.2.0.tar --version 1.2.0 --sign update.pem
"""

import argparse
import pathlib
import sys

import environment


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "application",
        nargs="?",
        type=pathlib.Path,
        metavar="APPLICATION",
        help="its folder: that of the application alone, and not the board's root",
    )
    parser.add_argument(
        "--module",
        default="application",
        metavar="NAME",
        help="what the device imports of it, as main.py says to slots.run (default: application)",
    )
    parser.add_argument(
        "--firmware", type=pathlib.Path, metavar="FILE", help="instead of a folder"
    )
    parser.add_argument("--url", help="where the folder's files, or the firmware, can be had")
    parser.add_argument(
        "--ota", metavar="s3://BUCKET/KEY", help="instead of --url: where the one file goes"
    )
    parser.add_argument("--version", help="what the device reports that it then has")
    parser.add_argument(
        "--sign", type=pathlib.Path, metavar="KEY.pem", help="with this key (P-256)"
    )
    parser.add_argument(
        "--output",
        type=pathlib.Path,
        metavar="PATH",
        help="of the document, instead of stdout; with --ota a folder (default: ota)",
    )
    parser.add_argument("--new-key", type=pathlib.Path, metavar="KEY.pem", help="make a key pair")
    arguments = parser.parse_args()
    if arguments.new_key is None:
        if (arguments.application is None) == (arguments.firmware is None):
            parser.error("give an application or --firmware")
        if not arguments.version or bool(arguments.url) == bool(arguments.ota):
            parser.error("--version is needed, and --url or --ota")
    environment.enter(sys.argv[0])
    from . import signing
    from .errors import PackError

    try:
        if arguments.new_key is not None:
            public = signing.new_key(arguments.new_key)
            print(f"pack: the key is {arguments.new_key}, the devices' {public}", file=sys.stderr)
        elif arguments.ota:
            _pack_ota(arguments)
        else:
            _pack(arguments)
    except (PackError, OSError) as error:
        print(f"pack: {error}", file=sys.stderr)
        return 1
    return 0


def _pack(arguments) -> None:
    from . import documents, places, signing

    left_out = []
    if arguments.firmware is not None:
        document = documents.firmware(arguments.firmware, arguments.url, arguments.version)
        what = f"firmware {document['version']}, {document['size']:,} bytes"
    else:
        document, left_out = documents.application(
            arguments.application, arguments.url, arguments.version, arguments.module
        )
        total = sum(file["size"] for file in document["files"])
        what = f"{document['version']}, {len(document['files'])} files, {total:,} bytes"
    if arguments.sign:
        document = signing.sign(document, arguments.sign)
        what += ", signed"
    written = documents.encoded(document)
    if arguments.output:
        arguments.output.write_bytes(written + b"\n")
    else:
        # As bytes: the encoding of stdout is for people, and what it has not is escaped there.
        sys.stdout.buffer.write(written + b"\n")
        sys.stdout.buffer.flush()  # before the line on standard error
    room = len(written)
    count = documents.placeholders(document)
    if count:
        filled_in = room + count * places.PRESIGNED
        what += f", {count} by placeholders, with which it becomes about {filled_in:,} bytes"
    print(f"pack: {what}; a document of {room:,} bytes", file=sys.stderr)
    _tell_left_out(left_out)
    if count > places.MAX_PLACEHOLDERS:
        print(
            f"pack: {count} placeholders: the service may refuse more than"
            f" {places.MAX_PLACEHOLDERS} in a document",
            file=sys.stderr,
        )


def _pack_ota(arguments) -> None:
    from . import ota

    left_out = []
    place, version, key = arguments.ota, arguments.version, arguments.sign
    if arguments.firmware is not None:
        update = ota.firmware(arguments.firmware, place, version, key)
    else:
        update, left_out = ota.application(
            arguments.application, place, version, arguments.module, key
        )
    folder = arguments.output or pathlib.Path("ota")
    for line in update.write(folder):
        print(line, flush=True)
    signed = ", signed" if key else ", not signed"
    written = f"{folder}/{update.name}, files.json and document.json"
    print(f"pack: {written}: {version}, {len(update.content):,} bytes{signed}", file=sys.stderr)
    _tell_left_out(left_out)


def _tell_left_out(names: list[str]) -> None:
    if names:
        print(f"pack: left out: {', '.join(names)}", file=sys.stderr)
