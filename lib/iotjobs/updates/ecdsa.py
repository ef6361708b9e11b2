"""ECDSA signatures over P-256 and SHA-256, verified: FIPS 186-5, section 6.4.2.

What it works on is public, so it takes no care to take the same time always. Nothing here signs.
"""

from micropython import const

from .p256 import SPKI, G, N, P, inverse, is_point, total

_SIZE = const(32)


def public_key(data):
    """The key for `verify`, out of a point as 65 bytes (0x04, x, y), or a SubjectPublicKeyInfo in
    DER, 91 bytes.

    `data`: the bytes, or the path (str) of a file with them. Raises ValueError if there is no such
    file, or they are no point of P-256.
    """
    if isinstance(data, str):
        name = data
        try:
            with open(name, "rb") as file:
                data = file.read(len(SPKI) + 66)
        except OSError as error:
            raise ValueError("%s: %s" % (name, error))
    point = data[len(SPKI) :] if data[: len(SPKI)] == SPKI else data
    if len(point) != 65 or point[0] != 4:
        raise ValueError("no public key: 65 bytes, or 91 of DER, of an uncompressed P-256 point")
    x = int.from_bytes(point[1:33], "big")
    y = int.from_bytes(point[33:], "big")
    if not is_point(x, y):
        raise ValueError("no public key: not a point of P-256")
    return x, y, 1


def _integer(data, at):
    # The INTEGER at this place of DER, and where it ends. It is 0, which no signature has, for
    # what is none of 1 to 33 bytes, negative, or not as short as it can be.
    size = data[at + 1]
    end = at + 2 + size
    if data[at] != 2 or not 0 < size <= _SIZE + 1 or end > len(data):
        return 0, end
    first = data[at + 2]
    if first & 0x80 or size > 1 and not first and not data[at + 3] & 0x80:
        return 0, end
    return int.from_bytes(data[at + 2 : end], "big"), end


def _parse(data):
    # r and s, or None; RFC 3279, section 2.2.3. 72 bytes are the most that two such INTEGERs take.
    if not 8 <= len(data) <= 72 or data[0] != 0x30 or data[1] != len(data) - 2:
        return None
    r, at = _integer(data, 2)
    if r and at + 3 <= len(data):
        s, at = _integer(data, at)
        if at == len(data) and 0 < r < N and 0 < s < N:
            return r, s
    return None


def verifying(key, digest, signature):
    """A generator that does what `verify` does, and yields None about 70 times meanwhile."""
    if len(digest) != _SIZE:
        raise ValueError("a digest of %d bytes: 32" % len(digest))
    parsed = _parse(signature)
    if not parsed:
        return False
    r, s = parsed
    w = inverse(s, N)
    z = int.from_bytes(digest, "big")
    p = yield from total((z * w % N, G), (r * w % N, key))
    if not p:
        return False
    # Its x modulo n is to be r: without a division, for both values which that may have had.
    zz = p[2] * p[2]
    return not (r * zz - p[0]) % P or r + N < P and not ((r + N) * zz - p[0]) % P


def verify(key, digest, signature):
    """Whether `signature`, r and s in DER, is that of `digest` (32 bytes: SHA-256) by the owner of
    `key`, from `public_key`. Anything else of bytes is none: False. Allocates.

    Raises ValueError for a digest of another length.
    """
    steps = verifying(key, digest, signature)
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value
