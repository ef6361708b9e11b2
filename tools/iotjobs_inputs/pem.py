"""Certificates and keys, of DER files and of PEM files.

A PEM file may have several blocks, with any text between them, a byte order mark, and line ends of
any kind. Nothing of a key is in what an error says.
"""

from binascii import a2b_base64

from .text import unmarked

CERTIFICATE = "CERTIFICATE"
PRIVATE_KEY = "PRIVATE KEY"
REQUEST = "CERTIFICATE REQUEST"

# What each kind is called between the dashes, in today's files and in old ones.
_LABELS = {
    CERTIFICATE: ("CERTIFICATE", "X509 CERTIFICATE"),
    PRIVATE_KEY: ("PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"),
    REQUEST: ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
}
_BEGIN = b"-----BEGIN "
_END = b"-----END "
_DASHES = b"-----"
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="


class Found:
    """A certificate or a key. `der`: its bytes. `is_encrypted`: as far as PEM says it.

    `pem` is None, but for a key that is encrypted as OpenSSL did it before PKCS 8, without `der`.
    """

    def __init__(self, der, pem=None, is_encrypted=False):
        self.der = der
        self.pem = pem
        self.is_encrypted = is_encrypted


def found(data, kind):
    """All of a kind in the bytes of a file, a list of at least one Found, in the file's order.

    Raises ValueError, whose message says what the file has instead.
    """
    if _is_der(data):
        return [Found(data)]
    data = unmarked(data)
    made = []
    others = []
    at = data.find(_BEGIN)
    while at >= 0:
        begin = at + len(_BEGIN)
        body = data.find(_DASHES, begin)
        label = data[begin : max(body, begin)]
        end = data.find(_END + label + _DASHES, begin)
        name = "".join(chr(c) for c in label[:40] if 32 <= c < 127)
        if body < 0 or end < 0 or data.find(_BEGIN, begin, end) >= 0:
            raise ValueError("the block %s does not end" % name)
        if name in _LABELS[kind]:
            made.append(_read(name, data[body + len(_DASHES) : end]))
        else:
            others.append(name)
        at = data.find(_BEGIN, end)
    if not made:
        told = "it has " + ", ".join(others) if others else "neither DER nor PEM"
        raise ValueError("no %s in it: %s" % (kind, told))
    return made


def _read(name, body):
    # Lines with a colon are headers: they come before the rest, and say how it is encrypted.
    lines = [line.strip() for line in body.replace(b"\r", b"\n").split(b"\n")]
    headers = [line for line in lines if b":" in line]
    if [line for line in headers if b"ENCRYPTED" in line]:
        label = name.encode()
        ends = _BEGIN + label + _DASHES, _END + label + _DASHES
        content = [line for line in lines if line and b":" not in line]
        pem = b"\n".join([ends[0]] + headers + [b""] + content + [ends[1], b""])
        return Found(None, pem, True)
    text = b"".join([b"".join(line.split()) for line in lines if b":" not in line])
    der = b""
    if not [c for c in text if c not in _BASE64]:
        try:
            der = a2b_base64(text)
        except ValueError:
            pass
    if not _is_der(der):
        raise ValueError("the block %s is damaged" % name)
    return Found(der, None, name.startswith("ENCRYPTED"))


def _is_der(data):
    # Every certificate and key is a SEQUENCE, whose length is that of all that follows.
    if len(data) < 2 or data[0] != 0x30:
        return False
    size, head = data[1], 2
    if size & 0x80:
        head += size & 0x7F
        size = int.from_bytes(data[2:head], "big")
    return len(data) == head + size
