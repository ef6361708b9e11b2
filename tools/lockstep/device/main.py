"""A device on MicroPython that lives through one schedule after the other; see `network`."""

import gc

from device import Device, take_time
from network import Network

net = Network()
take_time(net)
result = None
while True:
    schedule = net.schedule(result)
    net.begin()
    gc.collect()
    result = Device(net, schedule).run()
