"""Runs the application in the slot that is current, and goes back to the other slot when an update
turns out to be bad. This file never changes: an update replaces the application only.
"""

import machine

# It begins before anything that can raise: a program that ends, or hangs, begins anew in 8 s.
machine.WDT(timeout=8_000)

from iotjobs import slots  # noqa: E402

slots.run("/app", "application")
