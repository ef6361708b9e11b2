"""The table `download`: a whole device, whose job is to download, over mutual TLS.

The arguments are those of fetch_ours, the port of the broker, and the folder of its certificates.
"""

import gc
import sys
import time

gc.threshold(1024)

import job_device  # noqa: E402
from iotjobs.handlers import download  # noqa: E402


def run(url, sha256, ca, buffer_size, path, port, folder):
    agent = job_device.agent_on(job_device.connect(folder, "MQTT", port, 1024), folder)
    ca = None if ca == "-" else ca
    download.register(agent, path.rsplit("/", 1)[0], ca, attempts=1, buffer_size=int(buffer_size))
    since = time.ticks_us()
    job_device.finish(agent)
    print('{"us":%d,"size":%d}' % (time.ticks_diff(time.ticks_us(), since), 0))


run(*sys.argv[1:])
