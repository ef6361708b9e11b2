"""A device that downloads when it may: waiting_download_device.py name=value … prints "received"
and the URL of a job, and begins when the file `go` is in its folder.

files: the folder for files; and handler_agent.py's. The certificates are verified by ca.der there.
"""

import os

from handler_agent import agent, folder, run, settings
from iotjobs.fetch import Fetcher
from iotjobs.handlers.download import Download

download = Download(Fetcher(folder + "/ca.der", attempts=1), settings["files"])


def may_begin():
    try:
        return os.stat(folder + "/go")
    except OSError:
        return False


@agent.handler("download")
def wait_and_download(job):
    print("received", job.get("url"))
    while not may_begin():
        yield
    return (yield from download(job))


run()
