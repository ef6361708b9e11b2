"""When the device loses its power, and what its flash is like afterwards."""

import os

import flash
import vfs

_BLOCK_SIZE = 512
PATH = "/flash"
_FILLER = "filler"
DOWNLOADS = "downloads"  # the folder of what jobs have got
KINDS = ("flash", "sent", "unsent", "received", "handled", "time")


class Power:
    """Takes the power as `cuts` says: a list of (kind, number, how), one after the other.

    `kind`:
    - "flash": at the operation `number`, counted from 0
    - "unsent" and "sent": before and after the packet `number` is sent, counted from 1
    - "received": when the last byte of a packet is read; "handled": after the poll in which it was
    - "time": in ms

    All are counted over the whole schedule. `how`: what becomes of the flash (flash.CUTS), which
    has so many `blocks`.
    """

    def __init__(self, net, cuts, blocks):
        self._net = net
        self._cuts = list(cuts)
        self.counts = dict.fromkeys(KINDS, 0)
        device = flash.Flash(_BLOCK_SIZE, blocks)
        vfs.VfsLfs2.mkfs(device)
        self._flash = device.copy()
        self._operations = 0

    @property
    def operations(self):
        """Flash operations so far."""
        return self._operations + self._flash.operations

    def on(self):
        """The device starts, with its flash as it was left. Raises OSError for a broken one."""
        flash.mounted(vfs.VfsLfs2, self._flash, PATH)
        self._plan()

    def stop(self):
        """The device stops, though its power is not cut: from now on all is a PowerCut."""
        if self._flash.is_on:
            self._flash.power_off()

    def check(self):
        """Raise PowerCut if the device has stopped, or its power was cut."""
        if not self._flash.is_on:
            raise flash.PowerCut()

    def files(self):
        """What is in the flash, but for what fills it, and for what jobs have got."""
        return [name for name in os.listdir(PATH) if name not in (_FILLER, DOWNLOADS)]

    def disturb(self, how):
        """The flash is "full" from now on, or "broken", so that nothing can be written; or, if
        `how` is None, as before.
        """
        self._flash.broken = False
        if how == "full":
            flash.fill(PATH + "/" + _FILLER, _BLOCK_SIZE * self._flash.blocks)
        elif _FILLER in os.listdir(PATH):
            os.remove(PATH + "/" + _FILLER)
        self._flash.broken = how == "broken"

    def at(self, kind):
        """One more of this has happened. Raises PowerCut."""
        self.check()
        self.counts[kind] += 1
        self._strike(kind, self.counts[kind])

    def handled(self):
        """A poll has ended."""
        if self.counts["handled"] != self.counts["received"]:
            self.counts["handled"] = self.counts["received"]
            self._strike("handled", self.counts["handled"])
        self._strike("time", self._net.now)

    def off(self, is_cut):
        """The device has stopped, by a cut or by itself."""
        if is_cut:
            self._cuts.pop(0)
        self._operations += self._flash.operations
        self._flash = self._flash.restart()
        flash.unmount(PATH)

    def _strike(self, kind, number):
        cuts = self._cuts
        if cuts and cuts[0][0] == kind and number >= cuts[0][1]:
            self._flash.power_off(cuts[0][2])
            raise flash.PowerCut()

    def _plan(self):
        # Only the first cut waits in the flash.
        if self._cuts and self._cuts[0][0] == "flash":
            left = self._cuts[0][1] - self.operations
            self._operations = self.operations
            self._flash.cut(max(left, 0), self._cuts[0][2])
