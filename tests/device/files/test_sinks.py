"""FileSink and MemorySink: what they hold, what they refuse, and what is left of them; copies."""

import os

from flash import fill, formatted, mounted
from iotjobs.files.sinks import FileSink, MemorySink, copy
from iotjobs.outcomes import JobFailed
from on_flash import KINDS, content, free, on_each, write
from support import equal, raises

PATH = "/flash/a/b.part"


@on_each
def test_a_file_is_appended_to_and_read_back():
    sink = FileSink(PATH)
    sink.begin(None)
    for part in (b"abc", b"", bytearray(b"defg"), memoryview(b"hij")[1:]):
        sink.write(part)
    buf = bytearray(4)
    equal((sink.readinto(7, buf), bytes(buf[:2])), (2, b"ij"))
    equal((sink.readinto(0, buf), bytes(buf)), (4, b"abcd"))
    sink.write(b"k")
    sink.close()
    equal((sink.size, content(PATH)), (10, b"abcdefgijk"))


@on_each
def test_what_is_there_counts_only_if_that_is_wanted():
    os.mkdir("/flash/a")
    fill(PATH, 256)
    sink = FileSink(PATH, resume=True)
    equal(sink.size, 256)
    sink.begin(300)
    sink.write(b"x" * 44)
    sink.close()
    equal(content(PATH), b"#" * 256 + b"x" * 44)
    sink = FileSink(PATH)
    equal((sink.size, os.listdir("/flash/a")), (0, []))
    sink = FileSink(PATH, resume=True)
    equal(sink.size, 0)


def test_what_was_written_through_outlives_a_reset():
    for kind in KINDS:
        for sync_bytes, held in ((0, 0), (600, 1200), (601, 900), (1200, 1200), (1201, 0)):
            device = formatted(kind)
            mounted(kind, device)
            sink = FileSink(PATH, sync_bytes=sync_bytes)
            sink.begin(None)
            for _ in range(4):
                sink.write(b"y" * 300)
            device.power_off("lost")
            mounted(kind, device.restart())
            sink = FileSink(PATH, resume=True)
            equal(sink.size, held, (kind, sync_bytes))


@on_each
def test_the_limit_holds_before_and_while_it_is_written():
    for sink in (FileSink(PATH, 10), MemorySink(10)):
        equal(raises(JobFailed, sink.begin, 11).reason, "11 bytes, more than 10")
        sink.begin(10)
        sink.begin(None)
        sink.write(b"123456789")
        equal(raises(JobFailed, sink.write, b"xy").reason, "11 bytes, more than 10")
        sink.write(b"0")
        equal(sink.size, 10)
        sink.restart()
        equal(sink.size, 0)


@on_each
def test_the_free_space_is_looked_at_first():
    room = free()
    reason = raises(JobFailed, FileSink(PATH).begin, room + 1).reason
    equal(reason, "%d bytes to write, %d are free" % (room + 1, room))
    equal(os.listdir("/flash"), [])
    os.mkdir("/flash/a")
    fill(PATH, 3000)
    room = free()
    sink = FileSink(PATH, resume=True)
    sink.begin(sink.size + room)  # what it holds needs no room
    raises(JobFailed, sink.begin, sink.size + room + 1)
    sink.close()


@on_each
def test_nothing_is_left_of_one_that_is_discarded():
    os.mkdir("/flash/old")
    for path in ("/flash/n/m/b.part", "/flash/old/n/b.part"):
        for again in (False, True):
            sink = FileSink(path)
            sink.begin(5)
            sink.write(b"12")
            if again:
                sink.restart()
                sink.begin(5)
            sink.discard()
            equal((os.listdir("/flash"), os.listdir("/flash/old")), (["old"], []))
            sink.discard()


def test_memory_is_read_back():
    sink = MemorySink(10)
    sink.write(memoryview(b"12345"))
    buf = bytearray(3)
    equal((sink.readinto(1, buf), bytes(buf)), (3, b"234"))
    equal((sink.readinto(4, buf), bytes(buf)), (1, b"534"))
    equal(bytes(sink.data), b"12345")


@on_each
def test_a_file_is_copied_into_folders_that_are_made_for_it():
    buf = memoryview(bytearray(512))
    for size in (0, 1, 511, 512, 513, 1024):
        fill("/flash/old", size)
        for _ in copy("/flash/old", "/flash/n/m/new", buf):
            pass
        equal(content("/flash/n/m/new"), content("/flash/old"), size)
    raises(OSError, next, copy("/flash/none", "/flash/new", buf))


@on_each
def test_a_copy_goes_on_behind_what_is_there_and_takes_no_other_file_for_it():
    buf = memoryview(bytearray(512))
    data = bytes(range(251)) * 5
    write("/flash/old", data)
    begun = [data[:size] for size in (0, 1, 255, 256, 257, 512, len(data) - 1, len(data))]
    others = [b"x", b"x" + data[1:], data[:256] + b"x", data[:-1] + b"x", data + b"x", data * 2]
    for there in begun + others:
        write("/flash/new", there)
        steps = len(list(copy("/flash/old", "/flash/new", buf)))
        equal(content("/flash/new"), data, there)
        if there in begun:  # what was there was read in halves of the buffer, and not written
            left = len(data) - len(there)
            equal(steps, -(-len(there) // 256) + 1 + -(-left // 512) + 1, len(there))
