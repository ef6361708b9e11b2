"""The table `sleep`: a connection with its TLS handshake, on which nothing is said.

It has the arguments of job_device, and tells the version of TLS.
"""

import sys
import time

import job_device

_QUIET_MS = 300  # for what the server sends on its own: session tickets


def run():
    stream = job_device.connect(*sys.argv[1:]).sock
    stream.open()
    while not stream.connected():
        time.sleep_ms(1)
    buf = bytearray(16)
    started = time.ticks_ms()
    while time.ticks_diff(time.ticks_ms(), started) < _QUIET_MS:
        stream.read(buf, len(buf))
        time.sleep_ms(1)
    print('{"tls":"%s"}' % stream._socket.cipher()[1])
    stream.close()


run()
