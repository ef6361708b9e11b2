"""A device on MicroPython that lives through one schedule after the other; see `network`.

Its arguments are the numbers of two open pipes, from the host and to it. Standard output is not
the program's alone: the collector tells there of files that cannot be closed.
"""

import gc
import sys

import holes
from device import Device
from device_time import take_time
from network import Network

net = Network(open(int(sys.argv[1]), "rb"), open(int(sys.argv[2]), "wb"))
take_time(net)
filled = holes.filled()
result = None
while True:
    schedule = net.schedule(result)
    net.begin()
    gc.collect()
    result = Device(net, schedule).run()
