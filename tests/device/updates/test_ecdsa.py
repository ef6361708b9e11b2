"""ECDSA verification: what a key and a signature are, and points that meet on the curve.

The vectors of NIST and of Wycheproof are in tests/system/handlers/test_signatures.py.
"""

import gc
import os
from binascii import unhexlify
from hashlib import sha256

import sample
from example_key import POINT, X, Y, integer, sequence, signature
from iotjobs.updates import ecdsa, p256
from on_flash import write
from support import equal, raises

# RFC 6979, A.2.5: how the key signs "sample".
R = unhexlify("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716")
S = unhexlify("f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8")
SPKI = unhexlify("3059301306072a8648ce3d020106082a8648ce3d030107034200") + POINT
DIGEST = sha256(b"sample").digest()
KEY = ecdsa.public_key(POINT)
N = p256.N
P = p256.P
r = int.from_bytes(R, "big")
s = int.from_bytes(S, "big")
GOOD = signature(r, s)


def key_of(x, y):
    return ecdsa.public_key(b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big"))


def test_a_signature_is_good_by_its_own_key_and_digest_only():
    other = key_of(int.from_bytes(X, "big"), P - int.from_bytes(Y, "big"))
    equal(ecdsa.verify(KEY, DIGEST, GOOD), True)
    equal(ecdsa.verify(KEY, memoryview(DIGEST), bytearray(GOOD)), True)
    equal(ecdsa.verify(KEY, DIGEST, signature(r, N - s)), True)  # as ECDSA has it
    equal(ecdsa.verify(other, DIGEST, GOOD), False)
    for bit in range(0, 256, 17):
        digest = bytearray(DIGEST)
        digest[bit // 8] ^= 1 << bit % 8
        equal(ecdsa.verify(KEY, digest, GOOD), False, bit)


def test_every_changed_bit_of_a_signature_makes_it_none():
    bits = range(0, 8 * len(GOOD), 3)
    if not sample.exhaustive:
        bits = [8 * at + at % 8 for at in range(len(GOOD))]  # of each byte
    for bit in bits:
        changed = bytearray(GOOD)
        changed[bit // 8] ^= 1 << bit % 8
        equal(ecdsa.verify(KEY, DIGEST, changed), False, bit)


def test_what_is_not_quite_a_signature_in_der_is_none():
    one = integer(r)
    two = integer(s)
    for case in (
        b"",
        b"\x30",
        b"\x30\x00",
        sequence(b""),
        sequence(one),
        sequence(one + b"\x02"),
        sequence(one + b"\x02\x00"),
        sequence(one + b"\x02\x02\x00"),
        sequence(one + two + b"\x00"),
        sequence(one + two) + b"\x00",
        sequence(one + two + integer(1)),
        b"\x30\x80" + one + two + b"\x00\x00",  # BER's unknown length
        b"\x30\x81" + bytes((len(one + two),)) + one + two,
        b"\x31" + GOOD[1:],
        sequence(b"\x03" + one[1:] + two),
        sequence(b"\x02\x22\x00" + one[2:] + two),  # one zero too many
        sequence(b"\x02\x20" + R + two),  # negative
        sequence(one + b"\x02\x20" + S),
        sequence(b"\x02\x81\x21" + one[2:] + two),
        sequence(b"\x02\x7f" + one[2:] + two),
        sequence(b"\x02\xff" + one[2:] + two),
        R + S,
        GOOD[:-1],
        b"\x30" * 5000,
    ):
        equal(ecdsa.verify(KEY, DIGEST, case), False, case[:80])


def test_a_byte_behind_s_makes_it_none_where_there_is_room_for_it():
    numbers = integer(r) + integer(N - s)  # as good as s, and a byte shorter
    equal(ecdsa.verify(KEY, DIGEST, sequence(numbers)), True)
    longer = sequence(numbers + b"\x00")
    equal((len(longer) <= 72, ecdsa.verify(KEY, DIGEST, longer)), (True, False))


def test_r_and_s_outside_the_group_are_none():
    for case in ((0, s), (r, 0), (0, 0), (N, s), (r, N), (r + N, s), (r, s + N), (N, N), (1, 1)):
        equal(ecdsa.verify(KEY, DIGEST, signature(*case)), False, case)
    for case in ((N - 1, s), (r, N - 1), (P - N, s), (P - N - 1, s), (P, s), (1, N - 1)):
        equal(ecdsa.verify(KEY, DIGEST, signature(*case)), False, case)


def multiple(k):
    """k * G by nothing but p256._add, in affine numbers."""
    p = None
    for _ in range(k):
        p = p256._add(p, p256.G)
    return p256.affine(p)[:2]


def test_points_that_meet_while_they_are_added_are_no_exception():
    # With the private keys 1, 2, 3 and their negatives the sums meet one another, or vanish.
    for d, which, k in sample.combined((1, 2, 3, -1, -2, -3), range(8), (1, 2, 3, 4)):
        x, y = multiple(abs(d))
        if d < 0:
            y = P - y
        key = key_of(x, y)
        r = multiple(k)[0] % N
        if which < 7:
            number = (0, 1, 2, N - 1, N - r, r, 1 << 255)[which]
            s = (number + r * d) * p256.inverse(k, N) % N
            # An s of 0 is none; the sum is k * G otherwise, which is never at infinity.
            good = s != 0
        else:
            # u1 * G + u2 * Q at infinity.
            number = -r * d % N
            s = 5
            good = False
        digest = number.to_bytes(32, "big")
        equal(ecdsa.verify(key, digest, signature(r, s)), good, (d, k, number))


def test_a_key_is_a_point_or_der_or_a_file_of_either():
    equal(ecdsa.public_key(SPKI), KEY)
    equal(ecdsa.public_key(memoryview(SPKI)), KEY)
    for data in (POINT, SPKI):
        write("key.tmp", data)
        try:
            equal(ecdsa.public_key("key.tmp"), KEY)
        finally:
            os.remove("key.tmp")
    error = raises(ValueError, ecdsa.public_key, "key.tmp")
    equal(str(error).startswith("key.tmp: "), True)


def test_a_key_holds_little():
    gc.collect()
    before = gc.mem_alloc()
    key = ecdsa.public_key(POINT)
    gc.collect()
    held = gc.mem_alloc() - before
    equal((held < 512, key), (True, KEY), held)


def test_what_is_no_key_is_an_error_that_says_so():
    x = int.from_bytes(X, "big")
    for data, told in (
        (b"", "65 bytes"),
        (POINT[:-1], "65 bytes"),
        (POINT + b"\x00", "65 bytes"),
        (SPKI + b"\x00", "65 bytes"),
        (SPKI[:-1], "65 bytes"),
        (b"\x02" + X, "65 bytes"),  # compressed
        (b"\x06" + POINT[1:], "65 bytes"),
        (b"\x00" * 65, "65 bytes"),
        (b"-----BEGIN PUBLIC KEY-----", "65 bytes"),
        (b"\x30\x58" + SPKI[2:], "65 bytes"),
        (b"\x04" + bytes(64), "not a point"),
        (b"\x04" + Y + X, "not a point"),
        (b"\x04" + X + P.to_bytes(32, "big"), "not a point"),
        (b"\x04" + b"\xff" * 64, "not a point"),
        (b"\x04" + (x ^ 1).to_bytes(32, "big") + Y, "not a point"),
    ):
        error = raises(ValueError, ecdsa.public_key, data)
        equal(told in str(error), True, (data, error))


def test_a_coordinate_that_is_not_reduced_is_no_key():
    # The smallest x on the curve is 5: 5 + P is the same number of the field.
    y = 0x459243B9AA581806FE913BCE99817ADE11CA503C64D9A3C533415C083248FBCC
    key_of(5, y)
    raises(ValueError, key_of, 5 + P, y)


def test_a_digest_of_another_length_is_an_error():
    for digest in (b"", DIGEST[:20], DIGEST + b"\x00"):
        raises(ValueError, ecdsa.verify, KEY, digest, GOOD)


def test_verifying_yields_often_and_nothing_but_none():
    steps = ecdsa.verifying(KEY, DIGEST, GOOD)
    yielded = 0
    while True:
        try:
            equal(next(steps), None)
            yielded += 1
        except StopIteration as stop:
            equal(stop.value, True)
            break
    equal(yielded >= 64, True, yielded)


def test_a_small_number_with_a_zero_before_it_is_none():
    # The private key 1, and k = 1, so that s is 5.
    x, y = multiple(1)
    key = key_of(x, y)
    digest = ((5 - x) % N).to_bytes(32, "big")
    equal(ecdsa.verify(key, digest, sequence(integer(x) + b"\x02\x01\x05")), True)
    equal(ecdsa.verify(key, digest, sequence(integer(x) + b"\x02\x02\x00\x05")), False)
