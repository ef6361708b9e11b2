"""A block device in RAM that loses its power when a test says so, and what else flash does badly.

For `vfs.VfsLfs2` and `vfs.VfsFat`. It counts what changes it: writes, erases and syncs. A cut at a
read would leave what a cut at the next of these leaves, so reads are not counted.
"""

import errno
import vfs
from micropython import const

_SYNC = const(3)
_BLOCKS = const(4)
_BLOCK_SIZE = const(5)
_ERASE = const(6)

# What becomes of the operation at which the power is cut, and of those before it.
CUTS = (
    "done",  # those before it are done, it is not
    "torn",  # half of it is done too
    "lost",  # nothing is left of what was written since the last sync
)


class PowerCut(BaseException):
    """The power is off: no `except Exception` of the device goes on."""


class Flash:
    """`blocks` blocks of `block_size` bytes, at first those of `data`, a bytearray.

    After a cut this object stays dead, whatever still holds it: `restart` makes the next one.
    """

    operations = 0
    broken = False  # every change fails with EIO
    unreadable = ()  # the blocks whose reads fail with EIO
    _cut_at = None
    _how = None
    _off = False
    _gone = False

    def __init__(self, block_size, blocks, data=None):
        self.block_size = block_size
        self.blocks = blocks
        self.data = bytearray(b"\xff" * (block_size * blocks)) if data is None else data
        self._unsynced = []  # (offset, the bytes that were there)

    def cut(self, operation, how="done"):
        """Cut the power at this operation, counted from 0 and from now; `how`: one of CUTS."""
        self.operations = 0
        self._cut_at = operation
        self._how = how

    def restart(self):
        """The same flash when the power is back, as another object."""
        self._gone = True
        return Flash(self.block_size, self.blocks, bytearray(self.data))

    def power_off(self):
        """Nothing is done from now on. Whoever calls raises PowerCut, or has lost the device."""
        self._off = True

    def lose_power(self, how="done"):
        """The same, between two operations: with "lost" nothing is left of what is unsynced."""
        while self._unsynced and how == "lost":
            start, old = self._unsynced.pop()
            self.data[start : start + len(old)] = old
        self.power_off()

    def copy(self):
        """Another flash with the same content; this one goes on."""
        return Flash(self.block_size, self.blocks, bytearray(self.data))

    # What a file system calls

    def readblocks(self, block, buf, offset=0):
        if self._gone:
            return
        if self._gone:
            return -errno.EIO
        self._alive()
        start = block * self.block_size + offset
        end = start + len(buf)
        for bad in self.unreadable:
            if start < (bad + 1) * self.block_size and bad * self.block_size < end:
                raise OSError(errno.EIO)
        buf[:] = memoryview(self.data)[start:end]
        return 0

    def writeblocks(self, block, buf, offset=0):
        if self._gone:
            return
        if self._gone:
            return -errno.EIO
        self._change(block * self.block_size + offset, buf)
        return 0

    def ioctl(self, request, argument):
        if request == _BLOCKS:
            return self.blocks
        if request == _BLOCK_SIZE:
            return self.block_size
        if self._gone:
            return 0
        if request == _ERASE:
            self._change(argument * self.block_size, b"\xff" * self.block_size)
        if request == _SYNC:
            self._change(0, b"")
            self._unsynced.clear()
        return 0

    def _alive(self):
        if self._off:
            raise PowerCut()

    def _change(self, start, buf):
        self._alive()
        if self.broken:
            raise OSError(errno.EIO)
        size = len(buf)
        cut = self.operations == self._cut_at
        if cut and self._how != "torn":
            size = 0
        elif cut:
            size //= 2
        self.operations += 1
        self._unsynced.append((start, self.data[start : start + size]))
        self.data[start : start + size] = memoryview(buf)[:size]
        if cut:
            self.lose_power(self._how)
            raise PowerCut()


def mounted(kind, flash, path="/flash"):
    """Mount `flash`, formatted as `kind` (vfs.VfsLfs2 or VfsFat), in place of what is there."""
    unmount(path)
    vfs.mount(kind(flash), path)


def unmount(path="/flash"):
    """Take away what is mounted there, powered or not."""
    try:
        vfs.umount(path)
    except OSError:
        pass


def formatted(kind, block_size=512, blocks=32):
    """A Flash with an empty file system of this kind."""
    flash = Flash(block_size, blocks)
    kind.mkfs(flash)
    return flash.copy()


def cut_off(action):
    """Run it; whether the power was cut in it."""
    try:
        action()
    except PowerCut:
        return True
    return False
