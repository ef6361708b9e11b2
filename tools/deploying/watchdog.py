"""The watchdog of the program that ran: nobody feeds it while the board is deployed to."""

import contextlib

from .board import Board
from .errors import BoardError

# An RP2040's or RP2350's is off with the bit ENABLE of its register CTRL. An ESP32's cannot be
# turned off: it gets an hour, which `machine.reset` ends.
_QUIET = """
import machine, sys
if sys.platform == 'rp2':
    _at = 0x400d8000 if 'RP2350' in sys.implementation._machine else 0x40058000
    machine.mem32[_at] &= 0xbfffffff
elif sys.platform == 'esp32':
    machine.WDT(timeout=3600000)
"""


def quiet(board: Board):
    """Let it not reset the board, whose program was interrupted."""
    with contextlib.suppress(BoardError):  # what has no such thing has no watchdog
        board.run(_QUIET)
