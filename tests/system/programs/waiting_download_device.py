"""A device that downloads when it may: waiting_download_device.py name=value … prints "received"
and the URL of a job, and "holds" where it waits for the file `go` in its folder.

files: the folder for files; holds: it waits when so many bytes are there, 0: before the first; and
handler_agent.py's. The web server is verified by its folder's ca.der.
"""

import os

from handler_agent import agent, folder, run, settings
from iotjobs.fetch import Fetcher
from iotjobs.handlers.download import Download

download = Download(Fetcher(folder + "/ca.der", attempts=1), settings["files"])
holds = int(settings.get("holds", "0"))


def size(path):
    try:
        return os.stat(path)[6]
    except OSError:
        return -1


@agent.handler("download")
def wait_and_download(job):
    print("received", job.get("url"))
    part = settings["files"] + "/" + job.get("path") + ".part"
    steps = download(job)
    while True:
        if max(size(part), 0) >= holds and size(folder + "/go") < 0:
            print("holds", size(part))
            while size(folder + "/go") < 0:
                yield
        try:
            details = next(steps)
        except StopIteration as end:
            return end.value
        yield details


run()
