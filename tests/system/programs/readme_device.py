"""A board for the programs of boards/starter, on MicroPython: readme_device.py FOLDER PORT FILES
runs the main.py in FOLDER, which is the root of the board's file system. The service is on this
port of this machine, and the index of packages at FILES + "pi/v2".
"""

import os
import sys

import vfs

folder, port, files = sys.argv[1:]
here = sys.path[0]
vfs.umount("/")
vfs.mount(vfs.VfsPosix(folder), "/")
vfs.mount(vfs.VfsPosix(), "/host")
sys.path[:] = ["/host" + path if path.startswith("/") else path for path in sys.path]
sys.path.insert(0, "/host" + here + "/board")
os.chdir("/")


class Os:
    """The module os, but for `rename`: below a folder of the unix port's, that takes one name for
    both.
    """

    def __getattr__(self, name):
        return getattr(os, name)

    def rename(self, old, new):
        os.rename("/host" + folder + old, "/host" + folder + new)


sys.modules["os"] = Os()

import iotjobs  # noqa: E402
from iotjobs.handlers import packages  # noqa: E402

link = iotjobs.MQTTLink
iotjobs.MQTTLink = lambda host, *rest, **named: link("localhost", *rest, port=int(port), **named)
register = packages.register
packages.register = lambda *rest, **named: register(*rest, index=files + "pi/v2", **named)

print("up")
with open("/main.py") as file:
    exec(file.read())
