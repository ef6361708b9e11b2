"""A stand-in for an ESP32's flash with two firmware slots, its bootloader, and MicroPython's
`esp32.Partition`, block for block.

As in ports/esp32/esp32_partition.c and ESP-IDF's esp_ota_ops.c and bootloader_utility.c: the 2
argument form of writeblocks erases first, whole sectors only; the 3 argument form only clears
bits. Which slot boots is in two sectors of the partition otadata, written by turns: a sequence
number, a state and a CRC-32. At the first boot both are blank, and the bootloader writes into the
first of them that the slot which it boots is VALID. With rollback, what was chosen is NEW, is
PENDING_VERIFY once it was booted, VALID when it is marked, and ABORTED if it is reset before. An
image here is 0xE9, what it is called, the magic of an application's description, and at its end
the SHA-256 of that.
"""

import hashlib
import struct
import sys
from binascii import crc32

from afterwards import afterwards
from flash import Flash

BLOCK = 4096
_PIECE = 512  # a board's heap has not always a whole image in one
NEW, PENDING, VALID, ABORTED, UNDEFINED = 0, 1, 2, 4, 0xFFFFFFFF
BLANK = 0xFFFFFFFF  # a sequence number that was never written
LABELS = ("ota_0", "ota_1")


class Aborted(BaseException):
    """ESP-IDF stops a program that writes where the running firmware lies."""


def image(name, size):
    """An image of this size, of a firmware that is called so."""
    made = bytearray(size)  # in place: a board has no room for many copies
    head = struct.pack("<BI16s11xI", 0xE9, size, b"%-16s" % name.encode(), 0xABCD5432)
    made[: len(head)] = head
    for at in range(len(head), size - 32, 32):
        part = hashlib.sha256(made[max(at - 64, 0) : at]).digest()[: size - 32 - at]
        made[at : at + len(part)] = part
    made[size - 32 :] = hashlib.sha256(memoryview(made)[: size - 32]).digest()
    return bytes(made)


class Chip:
    """`flash` has otadata in its blocks 0 and 1, and then the slots of `blocks` blocks each."""

    def __init__(self, first, blocks=4, rollback=True, slots=2):
        self.blocks = blocks
        self.rollback = rollback
        self.slots = slots
        empty = Flash(BLOCK, 2 + blocks * slots)
        empty.writeblocks(2, first)
        self.flash = empty.copy()
        self.running = 0
        self.boots = []  # the name of each firmware that was booted

    # otadata

    def _records(self):
        records = []
        for sector in (0, 1):
            data = self.flash.content(sector * BLOCK, 12)
            number, state, crc = struct.unpack("<III", data)
            good = number != BLANK and crc == crc32(data[:4])
            records.append((number, state) if good else None)
        return records

    def _is_blank(self):
        # What was cut off while it was written is none and not blank either.
        start = b"\xff" * 4
        return self.flash.content(0, 4) == start == self.flash.content(BLOCK, 4)

    def _active(self):
        best = None
        for sector, record in enumerate(self._records()):
            if record and record[1] != ABORTED and (not best or record[0] > best[1]):
                best = (sector, record[0], record[1])
        return best

    def _record(self, sector, number, state):
        data = struct.pack("<II", number, state)
        data += struct.pack("<I", crc32(data[:4]))
        self.flash.ioctl(6, sector)
        self.flash.writeblocks(sector, data, 0)
        self.flash.sync()  # nothing is written later than it is said

    def chosen(self):
        active = self._active()
        return (active[1] - 1) % self.slots if active else 0

    def choose(self, slot):
        if not self.is_image(slot):
            raise OSError(-0x1503, "ESP_ERR_OTA_VALIDATE_FAILED")
        active = self._active()
        number = slot + 1
        while active and number < active[1]:  # of two that are the same the first holds
            number += self.slots
        sector = (active[0] + 1) % 2 if active else 0
        self._record(sector, number, NEW if self.rollback else UNDEFINED)

    def mark_valid(self):
        if not self.rollback:
            raise OSError(-261)
        active = self._active()
        if not active:
            raise OSError(-1, "ESP_FAIL")
        if active[2] != VALID:
            self._record(active[0], active[1], VALID)

    # The bootloader

    def is_image(self, slot):
        return self.name(slot) is not None

    def name(self, slot):
        """What the firmware in this slot is called; None if there is none that is whole."""
        start = (2 + slot * self.blocks) * BLOCK
        kind, size, name = struct.unpack("<BI16s", self.flash.content(start, 21))
        if kind != 0xE9 or not 68 <= size <= self.blocks * BLOCK:
            return None
        if self._digest(start, size - 32) != self.flash.content(start + size - 32, 32):
            return None
        return name.decode().strip()

    def _digest(self, start, size):
        found = hashlib.sha256()
        for at in range(0, size, _PIECE):
            found.update(self.flash.content(start + at, min(_PIECE, size - at)))
        return found.digest()

    def boot(self):
        """Reset the chip; returns the name of the firmware that then runs."""
        if self.rollback:
            for sector, record in enumerate(self._records()):
                if record and record[1] == PENDING:
                    self._record(sector, record[0], ABORTED)
        blank = self._is_blank()
        slot = self.chosen()
        active = self._active()
        if self.rollback and active and active[2] == NEW:
            self._record(active[0], active[1], PENDING)
        if not self.is_image(slot):
            slot = (slot + 1) % self.slots
            if not self.is_image(slot):
                raise AssertionError("bricked")
        if blank:
            self._record(0, slot + 1, VALID)
        self.running = slot
        self.boots.append(self.name(slot))
        return self.boots[-1]

    def restart(self):
        """The power is back."""
        self.flash = self.flash.after()

    def state(self):
        """The state of what boots next."""
        active = self._active()
        return active[2] if active else None

    def sector(self):
        """The sector of otadata that says what boots next."""
        active = self._active()
        return active[0] if active else None

    def installed(self):
        """Make `import esp32` find this chip."""
        chip = self

        class Partition(_Partition):
            BOOT, RUNNING = 0, 1

            def __init__(self, which):
                if which == 0:
                    which = LABELS[chip.chosen()]
                elif which == 1:
                    which = LABELS[chip.running]
                if which not in LABELS[: chip.slots]:
                    raise OSError(2)
                self._chip = chip
                self._slot = LABELS.index(which)

            def get_next_update(self):
                return Partition(LABELS[(self._slot + 1) % chip.slots])

            @staticmethod
            def mark_app_valid_cancel_rollback():
                chip.mark_valid()

        class Module:
            pass

        Module.Partition = Partition
        sys.modules["esp32"] = Module
        afterwards(uninstalled)


def uninstalled():
    """No chip is found any more."""
    sys.modules.pop("esp32", None)


class _Partition:
    def info(self):
        chip = self._chip
        start = 0x10000 + self._slot * chip.blocks * BLOCK
        return 0, 16 + self._slot, start, chip.blocks * BLOCK, LABELS[self._slot], False

    def _place(self, block, size, offset):
        at = block * BLOCK + offset
        if at < 0 or at + size > self._chip.blocks * BLOCK:
            raise OSError(-0x104, "ESP_ERR_INVALID_SIZE")
        return divmod((2 + self._slot * self._chip.blocks) * BLOCK + at, BLOCK)

    def readblocks(self, block, buf, offset=0):
        block, offset = self._place(block, len(buf), offset)
        self._chip.flash.readblocks(block, buf, offset)

    def writeblocks(self, block, buf, offset=None):
        if self._slot == self._chip.running:
            raise Aborted()
        flash = self._chip.flash
        place, rest = self._place(block, len(buf), offset or 0)
        if offset is None:
            if len(buf) % BLOCK:
                raise OSError(-0x104, "ESP_ERR_INVALID_SIZE")
            for at in range(len(buf) // BLOCK):
                flash.ioctl(6, place + at)
        cleared = flash.content(place * BLOCK + rest, len(buf))
        for at in range(len(cleared)):
            cleared[at] &= buf[at]
        failed = flash.writeblocks(place, cleared, rest)
        if failed:
            raise OSError(-failed)
        flash.sync()

    def set_boot(self):
        self._chip.choose(self._slot)
