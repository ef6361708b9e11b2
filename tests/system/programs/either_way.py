"""The link of a program that is told the way, on MicroPython: WAY FOLDER PORT THING. WAY is mqtt
or https; the folder has the DER files.
"""

import sys

from iotjobs import HTTPSLink, MQTTLink

way, folder, port, thing_name = sys.argv[1:5]


def link(**settings):
    """It has these settings besides."""
    settings["cert"] = folder + "/device.der"
    settings["key"] = folder + "/key.der"
    settings["ca"] = folder + "/ca.der"
    if way == "mqtt":
        return MQTTLink("localhost", thing_name, port=int(port), **settings)
    return HTTPSLink("localhost", int(port), **settings)
