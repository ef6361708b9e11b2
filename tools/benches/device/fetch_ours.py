"""The table `download`: a file by Fetcher, verified or not, into a file.

Arguments: its URL; its SHA-256, or -; the CA's file, or -; the size of the buffer; the file.
"""

import gc
import sys
import time

gc.threshold(1024)  # while importing too, as in job_device

from iotjobs.fetch import Fetcher, FileSink  # noqa: E402


class Job:
    @staticmethod
    def network():
        return True


def run(url, sha256, ca, buffer_size, path):
    fetcher = Fetcher(None if ca == "-" else ca, int(buffer_size), attempts=1)
    sink = FileSink(path)
    since = time.ticks_us()
    for _ in fetcher.fetch(Job, url, sink, None, None if sha256 == "-" else sha256):
        pass
    sink.close()
    us = time.ticks_diff(time.ticks_us(), since)
    print('{"us":%d,"size":%d}' % (us, sink.size))


run(*sys.argv[1:])
