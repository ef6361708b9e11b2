"""A board for the programs in the README, on MicroPython: readme_device.py FOLDER PORT runs the
main.py in FOLDER, which is the root of the board's file system, with the service on this port.
"""

import os
import sys

import vfs

folder, port = sys.argv[1:]
here = sys.path[0]
vfs.umount("/")
vfs.mount(vfs.VfsPosix(folder), "/")
vfs.mount(vfs.VfsPosix("/"), "/host")
sys.path[:] = ["/host" + path if path.startswith("/") else path for path in sys.path]
sys.path.insert(0, "/host" + here + "/board")
os.chdir("/")

import iotjobs  # noqa: E402

real = iotjobs.MQTTLink
iotjobs.MQTTLink = lambda host, *rest, **named: real("localhost", *rest, port=int(port), **named)

print("up")
with open("/main.py") as file:
    exec(file.read())
