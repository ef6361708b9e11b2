"""A board for the programs of boards/starter, on MicroPython: readme_device.py FOLDER PORT FILES
runs the main.py in FOLDER, which is the root of the board's file system. The service is on this
port of this machine, and the index of packages at FILES + "pi/v2".
"""

import sys

folder, port, files = sys.argv[1:]
sys.path.insert(0, sys.path[0] + "/board")

import posix_root  # noqa: E402

posix_root.mounted(folder)

import iotjobs  # noqa: E402
from iotjobs.handlers import packages  # noqa: E402

link = iotjobs.MQTTLink
iotjobs.MQTTLink = lambda host, *rest, **named: link("localhost", *rest, port=int(port), **named)
register = packages.register
packages.register = lambda *rest, **named: register(*rest, index=files + "pi/v2", **named)

print("up")
with open("/main.py") as file:
    exec(file.read())
