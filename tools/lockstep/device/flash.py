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
    "stray",  # the same, but it is done: it has overtaken the others
)


# None, or what sees the changes that `cut` counts, by `changed()`, and takes part in what is
# mounted, by `mounted(file system)`: see tests/device/harness/watched.py.
watcher = None


class PowerCut(BaseException):
    """The power is off: no `except Exception` of the device goes on."""


class Flash:
    """`blocks` blocks of `block_size` bytes, at first those of `data`, a bytearray.

    After a cut every operation of this object is a PowerCut, until `restart` has made the next
    one. From then on it works for itself alone. The garbage collector closes a file that was open
    at the cut some day: that must neither change the next one nor fail.
    """

    is_on = True
    operations = 0
    broken = False  # every change fails with EIO
    _cut_at = None
    _how = None
    _left = None  # after a cut: what it left
    _gone = False

    def __init__(self, block_size, blocks, data=None):
        self.block_size = block_size
        self.blocks = blocks
        self.data = bytearray(b"\xff" * (block_size * blocks)) if data is None else data
        self.unreadable = ()  # the blocks whose reads fail with EIO
        self._unsynced = []  # (offset, the bytes that were there)

    def cut(self, operation, how="done"):
        """Cut the power at this operation, counted from 0 and from now; `how`: one of CUTS."""
        self.operations = 0
        self._cut_at = operation
        self._how = how

    def power_off(self, how="done"):
        """Cut the power now, between two operations; `how`: "done" or "lost"."""
        self.is_on = False
        self._left = bytearray(self.data)
        if how in ("lost", "stray"):
            for start, old in reversed(self._unsynced):
                self._left[start : start + len(old)] = old

    def restart(self):
        """The same flash when the power is back, as another object."""
        self.is_on = False
        self._gone = True
        if self._left is None:
            self.power_off()
        return Flash(self.block_size, self.blocks, self._left)

    def copy(self):
        """Another flash with the same content; this one goes on."""
        return Flash(self.block_size, self.blocks, bytearray(self.data))

    # What a file system calls

    def readblocks(self, block, buf, offset=0):
        start = block * self.block_size + offset
        # A file system reads by pieces of 32 bytes, thousands of them for a file in a folder. So
        # nothing is called here that need not be.
        if self.is_on and not self.unreadable:
            buf[:] = self.data[start : start + len(buf)]
            return
        if self._gone:
            # The heap may be locked: nothing here allocates.
            for i in range(len(buf)):
                buf[i] = self.data[start + i]
            return
        self._powered()
        end = start + len(buf)
        for bad in self.unreadable:
            if start < (bad + 1) * self.block_size and bad * self.block_size < end:
                raise OSError(errno.EIO)
        buf[:] = memoryview(self.data)[start:end]

    def writeblocks(self, block, buf, offset=0):
        start = block * self.block_size + offset
        if self._gone:
            for i in range(len(buf)):
                self.data[start + i] = buf[i]
            return 0
        return self._change(start, buf)

    def ioctl(self, request, argument):
        if request == _BLOCKS:
            return self.blocks
        if request == _BLOCK_SIZE:
            return self.block_size
        if self._gone:
            return 0  # an erased block has any content
        if request == _ERASE:
            return self._change(argument * self.block_size, b"\xff" * self.block_size)
        failed = 0
        if request == _SYNC:
            failed = self._change(0, b"")
            if not failed:
                self._unsynced.clear()
        return failed

    def _powered(self):
        if self._left is not None:
            raise PowerCut()

    def _change(self, start, buf):
        self._powered()
        if self.broken:
            # No exception: littlefs would be left in the middle of what it does, in RAM.
            return -errno.EIO
        cut = self.operations == self._cut_at
        self.operations += 1
        if watcher and self._cut_at is not None:
            watcher.changed()
        if cut:
            self.power_off(self._how)
            if self._how in ("torn", "stray"):
                size = len(buf) // 2 if self._how == "torn" else len(buf)
                self._left[start : start + size] = memoryview(buf)[:size]
            raise PowerCut()
        end = start + len(buf)
        if buf:
            self._unsynced.append((start, self.data[start:end]))
        self.data[start:end] = buf
        return 0


def mounted(kind, flash, path="/flash"):
    """Mount `flash`, formatted as `kind` (vfs.VfsLfs2 or VfsFat), in place of what is there."""
    unmount(path)
    system = kind(flash)
    vfs.mount(watcher.mounted(system) if watcher else system, path)


def unmount(path="/flash"):
    """Take away what is mounted there, powered or not."""
    try:
        vfs.umount(path)
    except OSError:
        pass


def formatted(kind, block_size=512, blocks=64):
    """A Flash with an empty file system of this kind."""
    flash = Flash(block_size, blocks)
    kind.mkfs(flash)
    return flash.copy()


def fill(path, size):
    """Write a file of this size, or as long as there is room."""
    piece = b"#" * 256
    try:
        with open(path, "wb") as file:
            while size > 0:
                file.write(piece if size >= 256 else piece[:size])
                size -= 256
    except OSError:
        pass


def cut_off(action, *arguments):
    """Call it; whether the power was cut in it."""
    try:
        action(*arguments)
    except PowerCut:
        return True
    return False
