"""A stand-in for `esp32`: flash with two slots for firmware, the bootloader that goes back, and
NVS.

The slots are files of the host; the library that runs is the same in both. An image boots on trial
as ESP-IDF's app rollback has it: it is there to stay when it was marked, and a reset before that
goes back.
"""

import json
import os
from binascii import hexlify

from board_on_unix import chip
from board_on_unix.root import HOST

HEAP_DATA, HEAP_EXEC = 4, 1
WAKEUP_ALL_LOW, WAKEUP_ANY_HIGH = False, True

_BLOCK = 4096
_SLOTS = {"ota_0": (16, 0x10000), "ota_1": (17, 0x1E0000)}  # the subtype, and where it begins
_SLOT_BYTES = 1856 * 1024
_VALIDATE_FAILED = 0x1503  # ESP_ERR_OTA_VALIDATE_FAILED
_NOT_FOUND = 0x1102  # ESP_ERR_NVS_NOT_FOUND
_NEW, _PENDING, _VALID, _ABORTED = "new", "pending", "valid", "aborted"

_flash = HOST + chip.facts["flash"]
_state = {"boot": "ota_0", "was": "ota_0", "ota_0": _VALID}
_running = "ota_0"


def __getattr__(name):
    raise AttributeError("esp32.%s has no stand-in on a PC" % name)


def begin():
    """The bootloader: choose the slot that runs."""
    global _running
    try:
        with open(_flash + "/otadata.json") as file:
            _state.update(json.load(file))
    except OSError:
        pass
    if _state.get(_state["boot"]) == _PENDING:  # it was not marked before the reset
        _state[_state["boot"]] = _ABORTED
        _state["boot"] = _state["was"]
        _save(_state, "otadata.json")
    elif _state.get(_state["boot"]) == _NEW:
        _state[_state["boot"]] = _PENDING
        _save(_state, "otadata.json")
    _running = _state["boot"]
    chip.tell(slot=_running)


def _save(what, name):
    with open(_flash + "/" + name + ".new", "w") as file:
        json.dump(what, file)
    os.rename(_flash + "/" + name + ".new", _flash + "/" + name)


class Partition:
    """A slot, "ota_0" or "ota_1"; also BOOT and RUNNING."""

    BOOT, RUNNING = 0, 1
    TYPE_APP, TYPE_DATA = 0, 1

    def __init__(self, id, block_size=_BLOCK):
        label = {self.BOOT: _state["boot"], self.RUNNING: _running}.get(id, id)
        if label not in _SLOTS:
            raise OSError(2)
        self._label = label
        self._block_size = block_size

    @classmethod
    def find(cls, type=TYPE_APP, subtype=0xFF, label=None, block_size=_BLOCK):
        if type != cls.TYPE_APP:
            return []
        found = sorted(name for name in _SLOTS if label in (None, name))
        return [cls(name) for name in found if subtype in (0xFF, _SLOTS[name][0])]

    def info(self):
        subtype, address = _SLOTS[self._label]
        return (self.TYPE_APP, subtype, address, _SLOT_BYTES, self._label, False)

    def readblocks(self, block_num, buf, offset=0):
        at = block_num * self._block_size + offset
        buf = memoryview(buf)
        self._check(at, len(buf))
        for i in range(len(buf)):
            buf[i] = 0xFF
        with self._file() as file:
            file.seek(at)
            file.readinto(buf)

    def writeblocks(self, block_num, buf, offset=None):
        at = block_num * self._block_size + (offset or 0)
        self._check(at, len(buf))
        if offset is None:
            if len(buf) % self._block_size:
                raise OSError(22)
        else:  # bits are only cleared
            there = bytearray(len(buf))
            self.readblocks(block_num, there, offset)
            buf = bytes(old & new for old, new in zip(there, buf))
        self._put(at, buf)

    def ioctl(self, op, arg=0):
        if op == 4:
            return _SLOT_BYTES // self._block_size
        if op == 5:
            return self._block_size
        if op == 6:
            self._check(arg * self._block_size, self._block_size)
            self._put(arg * self._block_size, b"\xff" * self._block_size)
        return 0

    def set_boot(self):
        head = bytearray(36)
        self.readblocks(0, head)
        if self._label != _running and (head[0] != 0xE9 or head[32:] != b"\x32\x54\xcd\xab"):
            raise OSError(-_VALIDATE_FAILED, "ESP_ERR_OTA_VALIDATE_FAILED")
        _state["was"] = _running
        _state["boot"] = self._label
        _state[self._label] = _VALID if self._label == _running else _NEW
        _save(_state, "otadata.json")

    def get_next_update(self):
        return Partition("ota_1" if _running == "ota_0" else "ota_0")

    @classmethod
    def mark_app_valid_cancel_rollback(cls):
        _state[_running] = _VALID
        _save(_state, "otadata.json")

    def _check(self, at, size):
        if not 0 <= at <= at + size <= _SLOT_BYTES:
            raise OSError(22)

    def _put(self, at, data):
        with self._file() as file:
            end = file.seek(0, 2)
            while end < at:  # what was never written reads as erased
                count = min(_BLOCK, at - end)
                file.write(b"\xff" * count)
                end += count
            file.seek(at)
            file.write(data)

    def _file(self):
        path = _flash + "/" + self._label
        try:
            return open(path, "r+b")
        except OSError:
            return open(path, "w+b")


class NVS:
    """A namespace of numbers and bytes that outlive a reset."""

    def __init__(self, namespace):
        self._space = namespace

    def set_i32(self, key, value):
        self._set(key, value)

    def get_i32(self, key):
        return self._get(key, int)

    def set_blob(self, key, value):
        self._set(key, hexlify(value).decode())

    def get_blob(self, key, buffer):
        data = bytes.fromhex(self._get(key, str))
        if len(data) > len(buffer):
            raise OSError(-0x110C, "ESP_ERR_NVS_INVALID_LENGTH")
        buffer[: len(data)] = data
        return len(data)

    def erase_key(self, key):
        self._get(key, (int, str))
        del _nvs()[self._space][key]

    def commit(self):
        _save(_nvs(), "nvs.json")

    def _set(self, key, value):
        if len(key) > 15:
            raise OSError(-0x1109, "ESP_ERR_NVS_KEY_TOO_LONG")
        _nvs().setdefault(self._space, {})[key] = value

    def _get(self, key, kind):
        value = _nvs().get(self._space, {}).get(key)
        if not isinstance(value, kind):
            raise OSError(-_NOT_FOUND, "ESP_ERR_NVS_NOT_FOUND")
        return value


_pages = None


def _nvs():
    global _pages
    if _pages is None:
        try:
            with open(_flash + "/nvs.json") as file:
                _pages = json.load(file)
        except OSError:
            _pages = {}
    return _pages


def mcu_temperature():
    """Of the chip, in °C: always the same."""
    return 40


def idf_heap_info(capabilities):
    """The memory of ESP-IDF: one piece, of which half is free."""
    return [(320_000, 160_000, 110_000, 150_000)]


def wake_on_ext0(pin, level):
    pass


def wake_on_ext1(pins, level):
    pass


def wake_on_touch(wake):
    pass
