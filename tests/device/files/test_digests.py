"""Sizes and SHA-256, of documents and of files."""

import os

from flash import fill
from iotjobs.files.digests import check_sha256, check_size, is_whole, read_size
from iotjobs.outcomes import JobRejected
from on_flash import on_each, write
from support import equal, raises
from web import FakeJob, sha256

DATA = bytes(range(256)) * 5  # no multiple of the buffer's size


def ended(steps):
    """What a generator returns, and how often it yielded before."""
    count = 0
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value, count
        count += 1


def test_a_size_is_a_number_of_bytes_that_32_bits_hold():
    for size in (0, 1, 0x3FFFFFFF):
        equal(check_size(size), size)
    for size in (-1, 0x40000000, 1.5, "1", True, None, [1]):
        error = raises(JobRejected, check_size, size, "files[0].size")
        equal(error.reason, "files[0].size: %r is no number of bytes" % (size,))


def test_the_size_of_a_document_may_be_text_or_missing():
    for size, read in ((12, 12), ("12", 12), ("0", 0), (None, None)):
        equal(read_size(FakeJob({"size": size})), read)
    for size in ("", "x", "-1", "1.5", "1234567890", True):
        raises(JobRejected, read_size, FakeJob({"size": size}))


def test_a_digest_is_64_hexadecimal_digits():
    equal(check_sha256("AB" * 32), "ab" * 32)
    for digest in ("ab" * 31, "ab" * 33, "xy" * 32, "", None, 5):
        raises(JobRejected, check_sha256, digest)


@on_each
def test_a_file_is_whole_by_its_size_and_the_beginning_of_its_digest():
    write("/flash/a", DATA)
    digest = sha256(DATA)
    buf = bytearray(512)
    for size, begins, whole in (
        (None, digest, True),
        (len(DATA), digest, True),
        (len(DATA), digest[:8], True),
        (len(DATA) - 1, digest, False),
        (0, digest, False),
        (None, "0" + digest, False),
        (None, sha256(DATA[:512]), False),
    ):
        equal(ended(is_whole("/flash/a", buf, begins, size))[0], whole, (size, begins))
    equal(ended(is_whole("/flash/a", buf, digest)), (True, 3))


@on_each
def test_what_is_not_there_or_no_file_is_not_whole():
    os.mkdir("/flash/folder")
    fill("/flash/file", 1)
    for path in ("/flash/none", "/flash/folder", "/flash/file/a", "/flash/none/a"):
        for size in (None, 0):
            equal(ended(is_whole(path, bytearray(16), sha256(b""), size)), (False, 0), path)
