"""ECDSA signatures over P-256 and SHA-256, verified: FIPS 186-5, section 6.4.2.

What it works on is public, so it takes no care to take the same time always. Nothing here signs.
"""

from micropython import const

_SIZE = const(32)

# SP 800-186, section 3.2.1.3: the field, the order of the group, the curve, its base point.
_P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    1,
)

# RFC 5480: what SubjectPublicKeyInfo says before an uncompressed point of this curve.
_SPKI = b"0Y0\x13\x06\x07*\x86H\xce=\x02\x01\x06\x08*\x86H\xce=\x03\x01\x07\x03B\x00"

# Points are (x, y, z), in Jacobian coordinates: x / z², y / z³; None is the one at infinity.


def _inverse(a, m):
    # Of a, which is not 0, modulo the prime m, by Euclid: pow knows no -1 here, and m - 2 is slow.
    m, b, x, y = a, m % a, 1, -(m // a)
    while b:
        q = m // b
        m, b, x, y = b, m - q * b, y, x - q * y
    return x


def _double(p):
    x, y, z = p
    zz = z * z % _P
    yy = y * y % _P
    b = x * yy % _P
    a = 3 * (x - zz) * (x + zz) % _P
    x = (a * a - 8 * b) % _P
    return x, (a * (4 * b - x) - 8 * yy * yy) % _P, 2 * y * z % _P


def _add(p, q):
    # q has the z 1.
    if not p:
        return q
    x, y, z = p
    zz = z * z % _P
    h = (q[0] * zz - x) % _P
    r = (q[1] * (z * zz % _P) - y) % _P
    if not h:
        return None if r else _double(q)
    hh = h * h % _P
    hhh = h * hh % _P
    v = x * hh % _P
    x = (r * r - hhh - 2 * v) % _P
    return x, (r * (v - x) - y * hhh) % _P, z * h % _P


def _affine(p):
    z = _inverse(p[2], _P)
    zz = z * z % _P
    return p[0] * zz % _P, p[1] * zz * z % _P, 1


def _odd(p):
    # p, which has the z 1, times 1, 3, 5, 7, -7, -5, -3, -1. A generator; it takes 1.2 kB of heap,
    # so it is made for each signature.
    twice = _affine(_double(p))
    found = [p]
    while len(found) < 4:
        yield
        found.append(_affine(_add(found[-1], twice)))
    for x, y, z in found[::-1]:
        found.append((x, _P - y, z))
    return found


def _digits(k):
    # k in 257 digits, the last first: 0, or the odd ones from -7 to 7, modulo 16. Of four that
    # are neighbours one at most is not 0.
    digits = bytearray(257)
    for at in range(257):
        if k & 1:
            digits[at] = d = k & 15
            k -= d if d < 8 else d - 16
        k >>= 1
    return digits


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
                data = file.read(len(_SPKI) + 66)
        except OSError as error:
            raise ValueError("%s: %s" % (name, error))
    point = data[len(_SPKI) :] if data[: len(_SPKI)] == _SPKI else data
    if len(point) != 65 or point[0] != 4:
        raise ValueError("no public key: 65 bytes, or 91 of DER, of an uncompressed P-256 point")
    x = int.from_bytes(point[1:33], "big")
    y = int.from_bytes(point[33:], "big")
    if x >= _P or y >= _P or (y * y - (x * x - 3) * x - _B) % _P:
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
        if at == len(data) and 0 < r < _N and 0 < s < _N:
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
    w = _inverse(s, _N)
    # p: the sum of both products, digit by digit from the top.
    ones = _digits(int.from_bytes(digest, "big") * w % _N)
    twos = _digits(r * w % _N)
    of_one = yield from _odd(_G)
    of_two = yield from _odd(key)
    p = None
    for at in range(256, -1, -1):
        if p:
            p = _double(p)
        if ones[at]:
            p = _add(p, of_one[ones[at] >> 1])
        if twos[at]:
            p = _add(p, of_two[twos[at] >> 1])
        if not at & 3:
            yield
    if not p:
        return False
    # Its x modulo n is to be r: without a division, for both values which that may have had.
    zz = p[2] * p[2]
    return not (r * zz - p[0]) % _P or r + _N < _P and not ((r + _N) * zz - p[0]) % _P


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
