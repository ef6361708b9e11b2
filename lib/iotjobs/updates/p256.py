"""The curve P-256: SP 800-186, section 3.2.1.3, and its arithmetic.

Points are (x, y, z), in Jacobian coordinates: x / z², y / z³; None is the one at infinity. The
time that all this takes depends on the numbers.
"""

# The field, the order of the group, the curve, its base point.
P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    1,
)

# RFC 5480: what SubjectPublicKeyInfo says before an uncompressed point of this curve.
SPKI = b"0Y0\x13\x06\x07*\x86H\xce=\x02\x01\x06\x08*\x86H\xce=\x03\x01\x07\x03B\x00"


def is_point(x, y):
    """Whether they are the coordinates of a point."""
    return x < P and y < P and not (y * y - (x * x - 3) * x - _B) % P


def inverse(a, m):
    """Of a, which is not 0, modulo the prime m."""
    # By Euclid: pow knows no -1 here, and m - 2 is slow.
    m, b, x, y = a, m % a, 1, -(m // a)
    while b:
        q = m // b
        m, b, x, y = b, m - q * b, y, x - q * y
    return x


def _double(p):
    x, y, z = p
    zz = z * z % P
    yy = y * y % P
    b = x * yy % P
    a = 3 * (x - zz) * (x + zz) % P
    x = (a * a - 8 * b) % P
    return x, (a * (4 * b - x) - 8 * yy * yy) % P, 2 * y * z % P


def _add(p, q):
    # q has the z 1.
    if not p:
        return q
    x, y, z = p
    zz = z * z % P
    h = (q[0] * zz - x) % P
    r = (q[1] * (z * zz % P) - y) % P
    if not h:
        return None if r else _double(q)
    hh = h * h % P
    hhh = h * hh % P
    v = x * hh % P
    x = (r * r - hhh - 2 * v) % P
    return x, (r * (v - x) - y * hhh) % P, z * h % P


def affine(p):
    """The same point with the z 1; it is not the one at infinity."""
    z = inverse(p[2], P)
    zz = z * z % P
    return p[0] * zz % P, p[1] * zz * z % P, 1


def _odd(p):
    # p, which has the z 1, times 1, 3, 5, 7, -7, -5, -3, -1. A generator; it takes 1.2 kB of heap,
    # so it is made for each signature.
    twice = affine(_double(p))
    found = [p]
    while len(found) < 4:
        yield
        found.append(affine(_add(found[-1], twice)))
    for x, y, z in found[::-1]:
        found.append((x, P - y, z))
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


def total(*products):
    """A generator that returns the sum of the products k * p, for each pair (k, p): k from 0 to
    n - 1, and p with the z 1. Yields None about 65 times, and 3 times a pair; takes 1.5 kB a pair.
    """
    factors = []
    for k, p in products:
        odd = yield from _odd(p)
        factors.append((_digits(k), odd))
    p = None
    for at in range(256, -1, -1):
        if p:
            p = _double(p)
        for digits, odd in factors:
            if digits[at]:
                p = _add(p, odd[digits[at] >> 1])
        if not at & 3:
            yield
    return p
