"""How much of its slot an ESP32's image fills, and whether a job can replace it.

A job writes an image into the slot that does not run. It cannot change the table of partitions.
"""

import collections
import struct

import environment

from .making import BuildError

LEAST_FREE = 0.10  # of a slot: what later versions of MicroPython and of the library may take
IMAGE = "micropython.bin"  # what lies in a slot, and what a job fetches
TABLE = "partition_table/partition-table.bin"

# An entry of the table, by ESP-IDF's esp_flash_partitions.h: its mark, type, subtype, offset,
# size, label and flags. After the last entry comes another mark, or nothing.
_ENTRY = struct.Struct("<HBBII16sI")
_MARK = 0x50AA
_APP, _DATA = 0, 1
_FIRST_SLOT, _LAST_SLOT = 0x10, 0x1F  # subtypes of type app
_OTADATA = 0x00  # a subtype of type data

Share = collections.namedtuple("Share", "size slot")


def partitions(table):
    """The entries of a table's bytes: a list of (label, type, subtype, size)."""
    found = []
    for at in range(0, len(table) - _ENTRY.size + 1, _ENTRY.size):
        mark, kind, subtype, _, size, label, _ = _ENTRY.unpack_from(table, at)
        if mark != _MARK:
            break
        found.append((label.rstrip(b"\0").decode(errors="replace"), kind, subtype, size))
    return found


def share(folder):
    """The bytes of the image that was built in this folder, and of the smallest slot.

    Raises BuildError if a job could not replace this image by the next one of its size.
    """
    try:
        size = (folder / IMAGE).stat().st_size
        table = partitions((folder / TABLE).read_bytes())
    except OSError as error:
        raise BuildError(f"the build left no image in a slot: {error}") from error
    slots = [
        size
        for _, kind, subtype, size in table
        if kind == _APP and _FIRST_SLOT <= subtype <= _LAST_SLOT
    ]
    if len(slots) < 2 or not any(entry[1:3] == (_DATA, _OTADATA) for entry in table):
        raise BuildError(
            "no job can update this firmware: its table of partitions has"
            f" {len(slots)} slots, and two and otadata are needed"
        )
    if size > min(slots):
        raise BuildError(
            f"no job can update this firmware: its image has {size:,} bytes, a slot {min(slots):,}"
        )
    return Share(size, min(slots))


def told(found):
    """The share of the slot, as people read it."""
    return f"{found.size:,} bytes, {found.size / found.slot:.1%} of a slot of {found.slot:,}"


def warn(found):
    """Say so where too little of the slot is left."""
    if found.size > (1 - LEAST_FREE) * found.slot:
        environment.say(
            f"less than {LEAST_FREE:.0%} of the slot is left:"
            " a later version may not fit into the boards that have this table"
        )
