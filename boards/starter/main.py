"""Runs the application in the slot that is current, and goes back to the other slot when an update
turns out to be bad. This file never changes: an update replaces the application only.
"""

from iotjobs import slots

slots.run("/app", "application")
