"""The power of an emulated Pico: it is cut at a change of its flash, and is back at once."""

from rp2040py.device.base_device import ResetCause
from rp2040py.peripherals import ssi
from rp2040py.peripherals.watchdog import TIMER

_PROGRAM = ssi.CMD_PAGE_PROGRAM
_CHANGES = (_PROGRAM, ssi.CMD_SECTOR_ERASE, ssi.CMD_BLOCK_ERASE)
_HEAD = 4  # bytes of a command, before the data


class Power:
    """`tell` hears of each start that was not the first: "cut", "bitten" by the watchdog, "reset"
    by the program.
    """

    def __init__(self, device, tell):
        self._device = device
        self._tell = tell
        self._changes = None  # of the flash, until the power is cut
        # Once the instruction is over that changes the flash: what carries it out goes on then.
        self._off = device.simulator.clock.create_alarm(self._cut)
        self._ssi = device.mcu.ssi
        self._apply = self._ssi._apply_command
        self._ssi._apply_command = self._on_command
        device.mcu.watchdog.on_watchdog_trigger = self._on_watchdog

    def cut(self, changes):
        """Cut it: at once, or within that many changes of the flash from now. A page is then
        written by half, and a sector is not erased.
        """
        self._changes = changes
        if not changes:
            self._off.schedule(0)

    def _on_command(self):
        sent = self._ssi._tx_buffer
        if self._changes and sent and sent[0] in _CHANGES:
            self._changes -= 1
            if not self._changes:
                if sent[0] == _PROGRAM:
                    del sent[_HEAD + (len(sent) - _HEAD) // 2 :]
                    self._apply()
                self._off.schedule(0)
                return
        self._apply()

    def _cut(self):
        self._restart("cut", ResetCause.POWER_ON)

    def _on_watchdog(self):
        bitten = self._device.mcu.watchdog.read_uint32(8) & TIMER
        self._restart("bitten" if bitten else "reset", ResetCause.WATCHDOG)

    def _restart(self, why, cause):
        self._tell(why)
        self._device.hard_reset(cause=cause)
