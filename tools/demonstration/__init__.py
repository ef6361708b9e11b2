"""The demo: `story` tells it, `screen` shows it, and `device` is the device, on MicroPython."""
