"""The table `download`: the same by the interpreter's own requests, which verifies no server.

The arguments are those of fetch_ours.
"""

import gc
import sys
import time

gc.threshold(1024)

import requests  # noqa: E402


def run(url, sha256, ca, buffer_size, path):
    buf = bytearray(int(buffer_size))
    view = memoryview(buf)
    size = 0
    since = time.ticks_us()
    response = requests.get(url, stream=True)
    with open(path, "wb") as file:
        while True:
            count = response.raw.readinto(buf)
            if not count:
                break
            file.write(view[:count])
            size += count
    response.close()
    us = time.ticks_diff(time.ticks_us(), since)
    print('{"us":%d,"size":%d}' % (us, size))


run(*sys.argv[1:])
