"""Archives of anything: what is none is refused, and leaves nothing; nothing gets out of the
folder; and of one that is taken the flash can tell every byte again, whatever reset came between.
"""

import hashlib
import os
import random

import sample
import vfs
from archives import entry
from flash import formatted, mounted
from iotjobs.files.tar import TarSink
from iotjobs.outcomes import JobFailed
from support import equal, result

NAMES = ["a", "A", "b.py", "lib/x", "lib/y", "lib", "lib/", "./", "./c", "..", "../x", "/x", "a/"]
NAMES += ["d/e/f", "n" * 100, "\x00", "x\x00y", ".heads", "e\xff", "//", ".", "lib//z", "q:", "t."]
KINDS = (b"0", b"0", b"0", b"\0", b"5", b"1", b"x", b"L", b"g", b"7")
SIZES = (b"%011o\0", b"%011o ", b"%012o", b"-%010o\0", b"\x80%011o", b"0o%09o\0", b"+%09o \0")
BEFORE = ("", "", "", "p", "p/q", "..", "/", "/flash")
CASES = 2_500  # on each file system


def summed(head):
    head = head[:148] + b" " * 8 + head[156:]
    return head[:148] + b"%06o\0 " % sum(head) + head[156:]


def made():
    """Half of them are as they should be, but for names that are there twice."""
    is_odd = random.getrandbits(1)
    data = b""
    for _ in range(random.getrandbits(2) + 1):
        body = b"x" * random.choice((0, 1, 3, 511, 512, 513, 900))
        if is_odd:
            data += odd(body)
        else:
            data += entry(random.choice(NAMES[:5]), body)
    return data + bytes(1024)


def odd(body):
    one = entry(random.choice(NAMES), body, random.choice(KINDS), before=random.choice(BEFORE))
    head = one[:512]
    if not random.getrandbits(2):
        size = random.choice(SIZES) % (len(body) if random.getrandbits(1) else 0o77777777777)
        head = head[:124] + size[:12] + bytes(12 - len(size[:12])) + head[136:]
    head = summed(head)
    if not random.getrandbits(3):
        at = random.getrandbits(9)
        head = head[:at] + bytes([random.getrandbits(8)]) + head[at + 1 :]
        if random.getrandbits(1):
            head = summed(head)
    return head + one[512:]


def unpacked(data, cut):
    """Whether it is taken, with a reset after so many bytes."""
    sink = TarSink("/flash/o/b")
    try:
        sink.begin(None)
        for at in range(0, cut, 700):
            sink.write(memoryview(data)[at : min(at + 700, cut)])
        sink.close()
        sink = TarSink("/flash/o/b", True)
        equal(sink.size <= cut, True, data)
        sink.write(memoryview(data)[sink.size :])
        sink.close()
        sink.check_whole(len(data))
        equal(result(sink.digest()) == hashlib.sha256(data).digest(), True, data)
        return True
    except JobFailed:
        return False
    finally:
        sink.discard()


def test_whatever_comes_is_told_again_or_refused():
    taken = tried = 0
    for kind in (vfs.VfsLfs2, vfs.VfsFat):
        mounted(kind, formatted(kind, 512, 200))
        os.mkdir("/flash/o")
        for _ in range(CASES if sample.exhaustive else CASES // 20):
            data = made()
            taken += unpacked(data, random.getrandbits(12) % len(data))
            tried += 1
            equal((os.listdir("/flash"), os.listdir("/flash/o")), (["o"], ["b"]), data)
            equal(os.listdir("/flash/o/b"), [], data)
    print("%d of %d archives were taken" % (taken, tried))
    equal(tried // 10 < taken < tried // 2, True, taken)
