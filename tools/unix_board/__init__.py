"""A board that is a process of MicroPython's unix port, over a folder that is its file system.

`board` has the host's side: power, resets, the watchdog, pins. `device/` is what runs on
MicroPython: the start, and stand-ins for the modules that a board has and a PC has not.
"""
