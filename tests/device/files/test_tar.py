"""TarSink: archives are unpacked, and told again byte by byte from the flash; what is none is
refused.
"""

import hashlib
import os

import on_flash
import vfs
from archives import archive, entry
from flash import formatted, mounted
from iotjobs.files.tar import HEADS, TarSink
from iotjobs.outcomes import JobFailed, JobRejected
from on_flash import KINDS, content, free, on_each
from support import equal, raises, result

FOLDER = "/flash/b"
FILES = {
    "application.py": b"import part\n" + b"x" * 1000,
    "empty": b"",
    "lib/a/deep.mpy": bytes(range(256)) * 2,  # a whole block
    "part.py": b"VERSION = 1\n",
}


def unpacked(data, piece=512, sink=None):
    sink = sink or TarSink(FOLDER)
    sink.begin(len(data))
    for at in range(sink.size, len(data), piece):
        sink.write(memoryview(data)[at : at + piece])
    sink.close()
    return sink


def tree():
    return on_flash.files(on_flash.tree(FOLDER))


def is_told_again(sink, data, case=None):
    equal(sink.size, len(data), case)
    equal(result(sink.digest()) == hashlib.sha256(data).digest(), True, case)


@on_each
def test_an_archive_is_unpacked_whatever_pieces_it_comes_in():
    data = archive(FILES)
    for piece in (1, 7, 511, 512, 513, 2048, len(data)):
        sink = unpacked(data, piece)
        sink.check_whole(sink.size)
        equal(tree(), FILES, piece)
        is_told_again(sink, data, piece)
        sink.discard()
        equal((sink.size, tree()), (0, {}))


@on_each
def test_what_tar_programs_make_is_taken():
    body = entry("./", kind=b"5") + entry("./lib/", kind=b"5")
    body += entry("./lib/a.py", b"a", magic=b"ustar  \0") + entry("b.py", b"b", kind=b"\0")
    body += entry("deep.py", b"c", before="lib/very")
    for end in (0, 512, 1024, 10_240 - len(body)):
        sink = unpacked(body + bytes(end))
        sink.check_whole(sink.size)
        wanted = {"lib/a.py": b"a", "b.py": b"b", "lib/very/deep.py": b"c"}
        equal(tree(), wanted, end)
        is_told_again(sink, body + bytes(end), end)
        sink.discard()


@on_each
def test_it_goes_on_where_it_was_whatever_a_reset_has_left():
    data = archive(FILES)
    for at in range(0, len(data), 100):
        sink = TarSink(FOLDER)
        sink.begin(len(data))
        sink.write(data[:at])
        sink.close()
        again = TarSink(FOLDER, True)
        equal(again.size <= at, True, at)
        lost = at - again.size  # a half head, or zeros
        equal(lost < 1024 or at > len(data) - 1024, True, (at, again.size))
        unpacked(data, 300, again).check_whole(len(data))
        equal(tree(), FILES, at)
        is_told_again(again, data, at)
        again.discard()


@on_each
def test_after_a_reset_what_is_behind_the_last_file_need_not_come_again():
    data = archive(FILES)
    unpacked(data)
    again = TarSink(FOLDER, True)
    equal(again.size < len(data), True)
    again.check_whole(len(data))
    is_told_again(again, data)


@on_each
def test_a_head_whose_file_a_reset_has_lost_is_gone_on_with():
    data = archive(FILES)
    for path in FILES:
        unpacked(data)
        os.remove(FOLDER + "/" + path)
        again = TarSink(FOLDER, True)
        unpacked(data, 512, again).check_whole(len(data))
        equal(tree(), FILES, path)
        is_told_again(again, data, path)
        again.discard()


@on_each
def test_what_is_left_of_something_else_is_thrown_away():
    for path, content_ in ((HEADS, b"#" * 512), ("/part.py", b"longer than it is to be")):
        unpacked(archive(FILES))
        on_flash.write(FOLDER + path, content_)
        again = TarSink(FOLDER, True)
        equal((again.size, tree()), (0, {}), path)


def test_what_cannot_be_thrown_away_is_no_beginning():
    device = formatted(vfs.VfsLfs2)
    mounted(vfs.VfsLfs2, device)
    sink = unpacked(archive(FILES))
    device.broken = True
    raises(OSError, sink.restart)
    sink.discard()  # as far as it goes
    device.broken = False


@on_each
def test_a_byte_of_a_file_that_is_another_on_the_flash_is_seen():
    data = archive(FILES)
    sink = unpacked(data)
    on_flash.write(FOLDER + "/part.py", b"V3RSION = 1\n")
    equal(result(sink.digest()) == hashlib.sha256(data).digest(), False)


@on_each
def test_what_was_written_through_outlives_a_reset():
    data = archive({"a.py": b"a" * 5000})
    for kind in KINDS:
        for sync_bytes, held in ((0, 512), (1000, 2512)):
            device = formatted(kind)
            mounted(kind, device)
            sink = TarSink(FOLDER, False, sync_bytes)
            sink.begin(len(data))
            sink.write(data[:512])
            for at in range(512, 3012, 500):
                sink.write(data[at : at + 500])
            device.power_off("lost")
            mounted(kind, device.restart())
            equal(TarSink(FOLDER, True).size, held, (kind, sync_bytes))


def refused(data, told, kind=JobFailed, case=None):
    sink = TarSink(FOLDER)
    reason = raises(kind, unpacked, data, 512, sink).reason
    equal(told in reason, True, (case or told, reason))
    sink.discard()


@on_each
def test_what_is_no_such_archive_is_refused():
    good = entry("a.py", b"a")
    for data, told in (
        (b"\xe9" + bytes(600), "no head of ustar"),
        (b"PK\x03\x04" * 300, "no head of ustar"),
        (good[:5] + b"#" + good[6:], "no head of ustar"),  # its sum
        (entry("a", magic=b"v7"), "no head of ustar"),
        (good + b"#" * 512, "no head of ustar"),
        (good[:-1] + b"#", "something between its files"),
        (good + bytes(1024) + good, "something between its files, or after"),
        (entry("a", kind=b"2"), "'a' is no file or folder of ustar: kind 50"),
        (entry("x", kind=b"x"), "'x' is no file or folder of ustar: kind 120"),
        (entry("a", size=-7), "'a' has a size of -7"),
        (entry("a", size=1 << 30), "'a' has a size of 1073741824"),
        (entry("a", size=(1 << 33) - 1), "'a' has a size of 8589934591"),
        (entry("", b""), "'' is no file"),
        (entry("a/", b"#"), "no head of ustar"),
        (good + entry("b/", b"#" * 600), "no head of ustar"),
    ):
        refused(data, told)


def test_more_files_than_an_update_has_are_refused():
    for kind in KINDS:
        mounted(kind, formatted(kind, 512, 400))
        for count in (64, 65):
            files = archive({"lib/%d.py" % number: b"" for number in range(count)})
            if count == 64:
                unpacked(files).discard()
            else:
                refused(files, "the archive has more than 64 files")


@on_each
def test_no_path_leaves_the_folder_and_none_is_there_twice():
    for path, told in (
        ("/etc/a", "is not relative"),
        (FOLDER + "/a", "is not relative"),
        ("../a", "has '..'"),
        ("a/../../b", "has '..'"),
        ("a\\b", "has '\\\\'"),
        ("c:", "has ':'"),
    ):
        for kind in (b"0", b"5"):
            refused(entry(path, kind=kind), told, JobRejected, (path, kind))
    equal(on_flash.names("/flash"), [name for name in on_flash.names("/flash") if name != "etc"])
    refused(entry("a.py") + entry("A.py"), "two of 'a.py'", JobRejected)
    refused(entry("a") + entry("a/b"), "is a file and a folder", JobRejected)


@on_each
def test_half_an_archive_is_none():
    data = archive(FILES, 0)
    for size in (0, 100, 512, 600, len(data) - 1):
        sink = unpacked(data[:size])
        told = raises(JobFailed, sink.check_whole, size).reason
        equal(told, "the archive is cut off, or has no files", size)
        sink.discard()
    equal(raises(JobFailed, unpacked(bytes(2048)).check_whole, 2048).reason, told)


@on_each
def test_the_free_space_is_looked_at_first():
    sink = TarSink(FOLDER)
    needed = free() + 1
    told = raises(JobFailed, sink.begin, needed).reason
    equal(told.startswith("%d bytes to write, " % needed), True, told)


@on_each
def test_a_full_flash_is_an_error():
    sink = TarSink(FOLDER)
    data = archive({"a.py": b"#" * (free() + 5000)})
    equal(raises(OSError, unpack_all, sink, data).errno, 28)
    sink.discard()
    equal(content(FOLDER + "/a.py"), None)


def unpack_all(sink, data):
    sink.begin(None)
    for at in range(0, len(data), 512):
        sink.write(data[at : at + 512])
    sink.close()


@on_each
def test_what_is_thrown_away_step_by_step_leaves_no_head_of_another_archive():
    unpacked(archive(FILES))
    sink = TarSink(FOLDER)
    steps = sink.empty()
    next(steps)  # a reset after the first file
    equal(TarSink(FOLDER, True).size, 0)
    equal(on_flash.names("/flash"), ["b"])
    unpacked(archive({"x.py": b"1"})).discard()
    equal(tree(), {})
