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
    "stray",  # the same, but it is done: it overtook what was written to other blocks
)


# None, or what sees the changes that `cut` counts, by `changed()`, and takes part in what is
# mounted, by `mounted(file system)`: see tests/device/harness/watched.py.
watcher = None


class PowerCut(BaseException):
    """The power is off: no `except Exception` of the device goes on."""


class Flash:
    """`blocks` blocks of `block_size` bytes, erased or those of the list `data`. Each is a piece
    of its own, which flashes share until they write to it: a board's heap has no room for more.

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
        self.unreadable = ()  # the blocks whose reads fail with EIO
        self._erased = b"\xff" * block_size
        self._data = data or [self._erased] * blocks
        self.sync()

    def sync(self):
        """No cut loses what was written up to now."""
        self._synced = self._data[:]
        self._emptied = set()  # the blocks that were erased since
        self._own = set()  # the blocks that nothing else has, so that they are changed in place

    def cut(self, operation, how="done"):
        """Cut the power at this operation, counted from 0 and from now; `how`: one of CUTS."""
        self.operations = 0
        self._cut_at = operation
        self._how = how

    def power_off(self, how="done"):
        """Cut the power now, between two operations; `how`: "done" or "lost"."""
        self.is_on = False
        self._left = (self._synced if how in ("lost", "stray") else self._data)[:]

    def after(self):
        """The same flash when the power is back, as another object."""
        if self._left is None:
            self.power_off()
        return Flash(self.block_size, self.blocks, self._left)

    def restart(self):
        """As `after`, for a flash that was mounted."""
        found = self.after()
        # Its files are closed while the heap is locked.
        self._data = [bytearray(block) for block in self._data]
        self._gone = True
        return found

    def copy(self):
        """Another flash with the same content; this one goes on."""
        self._own = set()
        return Flash(self.block_size, self.blocks, self._data[:])

    def content(self, start, size):
        """So many of its bytes, with its power or without."""
        found = bytearray(size)
        self._read(start, found)
        return found

    # What a file system calls

    def readblocks(self, block, buf, offset=0):
        # A file system reads by pieces of 32 bytes, thousands of them for a file in a folder. So
        # nothing is called here that need not be.
        end = offset + len(buf)
        if self.is_on and end <= self.block_size and not self.unreadable:
            buf[:] = self._data[block][offset:end]
            return
        start = block * self.block_size + offset
        if self._gone:
            # The heap may be locked: nothing here allocates.
            for i in range(len(buf)):
                block = (start + i) // self.block_size
                buf[i] = self._data[block][(start + i) % self.block_size]
            return
        self._powered()
        end = start + len(buf)
        for bad in self.unreadable:
            if start < (bad + 1) * self.block_size and bad * self.block_size < end:
                raise OSError(errno.EIO)
        self._read(start, buf)

    def writeblocks(self, block, buf, offset=0):
        start = block * self.block_size + offset
        if self._gone:
            for i in range(len(buf)):
                block = (start + i) // self.block_size
                self._data[block][(start + i) % self.block_size] = buf[i]
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
            return self._change(argument * self.block_size, self._erased)
        failed = 0
        if request == _SYNC:
            failed = self._change(0, b"")
            if not failed:
                self.sync()
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
                if self._how == "stray":
                    self._keep_order(start, size)
                self._write(self._left, set(), start, memoryview(buf)[:size])
            raise PowerCut()
        if buf is self._erased:
            block = start // self.block_size
            self._data[block] = buf
            self._own.discard(block)
            self._emptied.add(block)
        else:
            self._write(self._data, self._own, start, buf)
        return 0

    def _keep_order(self, start, size):
        # No chip does what it is told of one block in another order, and none does anything else
        # while it erases.
        for block in self._emptied:
            self._left[block] = self._erased
        if size:
            first, last = start // self.block_size, (start + size - 1) // self.block_size
            self._left[first : last + 1] = self._data[first : last + 1]

    def _read(self, start, buf):
        at = 0
        while at < len(buf):
            block, offset = divmod(start + at, self.block_size)
            part = self._data[block][offset : offset + len(buf) - at]
            buf[at : at + len(part)] = part
            at += len(part)

    def _write(self, data, own, start, buf):
        at = 0
        while at < len(buf):
            block, offset = divmod(start + at, self.block_size)
            if block not in own:
                data[block] = bytearray(data[block])
                own.add(block)
            size = min(len(buf) - at, self.block_size - offset)
            data[block][offset : offset + size] = memoryview(buf)[at : at + size]
            at += size


def mounted(kind, flash, path="/flash"):
    """Mount `flash`, formatted as `kind` (vfs.VfsLfs2 or VfsFat), in place of what is there."""
    unmount(path)
    # The time of a file would be another in each run, and where littlefs puts what it writes
    # follows from all that it holds.
    system = kind(flash, mtime=False) if kind is vfs.VfsLfs2 else kind(flash)
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
