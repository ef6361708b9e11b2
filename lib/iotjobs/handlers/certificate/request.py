"""A new key on P-256, and the request for its certificate (PKCS 10, RFC 2986), signed by ECDSA.

The key is made of 4 KiB of `os.urandom` and of the old key, by SHA-256. An RP2040 has a weak
source of chance; mixed so, the new key is as hard to guess as the old one at the least. The nonce
of the signature needs no chance (RFC 6979), so that a request stays the same.
The time that all this takes depends on the key. It is for few observations of one signature only.
"""

import os
from binascii import b2a_base64
from hashlib import sha256

from micropython import const

from ...files.replace import exists, replace
from ...outcomes import JobFailed
from ...updates.p256 import SPKI, G, N, affine, inverse, total
from .pair import KEY_SIZE, read, settled

_PIECE = const(64)  # bytes of chance at once
_PIECES = const(64)
_SIZE = const(32)

# RFC 5915, around the private key and the point.
_KEY_HEAD = b"0w\x02\x01\x01\x04 "
_KEY_CURVE = b"\xa0\x0a\x06\x08*\x86H\xce=\x03\x01\x07\xa1D\x03B\x00"
_COMMONNAME = b"\x06\x03U\x04\x03"
_ECDSA_SHA256 = b"0\x0a\x06\x08*\x86H\xce=\x04\x03\x02"


def requesting(cert, key, thing):
    """A generator that returns {"request": PKCS 10 in Base64}, for the thing `thing` (bytes) and
    for the key in the file `key` + ".next", which is made if there is none. Yields None some 150
    times. JobFailed where the flash fails.
    """
    new = key + ".next"
    try:
        if settled(cert, key) == new:
            raise JobFailed("%s is in use, and cannot be moved" % new)
        pair = read(new) if exists(new) else b""
        if len(pair) != KEY_SIZE or not pair.startswith(_KEY_HEAD):
            secret = _secret(read(key))
            x, y, _ = yield from times(secret)
            point = b"\x04" + x.to_bytes(_SIZE, "big") + y.to_bytes(_SIZE, "big")
            pair = _KEY_HEAD + secret.to_bytes(_SIZE, "big") + _KEY_CURVE + point
            replace(new, pair)
    except OSError as error:
        raise JobFailed("no new key: %s" % error)
    name = _der(0x30, _COMMONNAME + _der(0x0C, thing[:64]))
    body = b"\x02\x01\x00" + _der(0x30, _der(0x31, name)) + SPKI + pair[-65:] + b"\xa0\x00"
    body = _der(0x30, body)
    secret = int.from_bytes(pair[7:39], "big")
    signature = yield from signing(secret, sha256(body).digest())
    request = _der(0x30, body + _ECDSA_SHA256 + _der(0x03, b"\x00" + signature))
    return {"request": b2a_base64(request).decode().strip()}


def _secret(old):
    # 1 to n - 1, each as likely as the others.
    while True:
        found = sha256(old)
        for _ in range(_PIECES):
            found.update(os.urandom(_PIECE))
        secret = int.from_bytes(found.digest(), "big")
        if 0 < secret < N:
            return secret


def times(k):
    """A generator that returns the base point times `k`, 1 to n - 1, as (x, y, 1)."""
    return affine((yield from total((k, G))))


def signing(secret, digest):
    """A generator that returns the ECDSA signature (DER) of a SHA-256 by a private key (int)."""
    z = int.from_bytes(digest, "big")
    for k in _nonces(secret, z % N):
        r = (yield from times(k))[0] % N
        s = inverse(k, N) * (z + r * secret) % N
        if r and s:
            return _der(0x30, _integer(r) + _integer(s))


def _nonces(secret, z):
    # RFC 6979, section 3.2.
    both = secret.to_bytes(_SIZE, "big") + z.to_bytes(_SIZE, "big")
    key, value = bytes(_SIZE), b"\x01" * _SIZE
    for kind in (b"\x00", b"\x01"):
        key = _hmac(key, value + kind + both)
        value = _hmac(key, value)
    while True:
        value = _hmac(key, value)
        k = int.from_bytes(value, "big")
        if 0 < k < N:
            yield k
        key = _hmac(key, value + b"\x00")
        value = _hmac(key, value)


def _hmac(key, data):
    # RFC 2104, for a key of 32 bytes.
    pad = [bytes([c ^ mask for c in key]) + bytes((mask,)) * _SIZE for mask in (0x36, 0x5C)]
    return sha256(pad[1] + sha256(pad[0] + data).digest()).digest()


def _integer(number):
    data = number.to_bytes(_SIZE + 1, "big")
    start = 0
    while not data[start] and not data[start + 1] & 0x80:
        start += 1
    return _der(0x02, data[start:])


def _der(tag, body):
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    if size < 0x100:
        return bytes((tag, 0x81, size)) + body
    return bytes((tag, 0x82, size >> 8, size & 0xFF)) + body
