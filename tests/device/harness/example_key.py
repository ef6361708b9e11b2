"""The key pair of RFC 6979, A.2.5, for the tests of signatures."""

import hashlib
from binascii import b2a_base64, unhexlify

from iotjobs.updates.p256 import G, N

D = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721  # the private one
X = unhexlify("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6")
Y = unhexlify("7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299")
POINT = b"\x04" + X + Y


def integer(number):
    """As DER has it."""
    size = 1
    while number >> (8 * size - 1):
        size += 1
    return bytes((2, size)) + number.to_bytes(size, "big")


def sequence(body):
    return bytes((0x30, len(body))) + body


def signature(r, s):
    return sequence(integer(r) + integer(s))


def sign(content):
    """The signature of `content` (bytes) by the private key, in Base64 (str)."""
    r = G[0] % N  # k = 1, which gives the key away
    s = (int.from_bytes(hashlib.sha256(content).digest(), "big") + r * D) % N
    return b2a_base64(signature(r, s)).decode().strip()
