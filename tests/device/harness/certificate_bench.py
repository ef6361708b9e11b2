"""A board whose certificate is rotated, and a service that knows which ones are active."""

import hashlib
from binascii import b2a_base64, hexlify

import vfs
from afterwards import replaced
from flash import formatted, mounted
from iotjobs.handlers import certificate
from iotjobs.handlers.certificate import change, request
from iotjobs.links.link import LinkError
from on_flash import content, names, read, write
from one_job import Board
from support import ScriptedLink, equal

CERT = "/flash/device.der"
KEY = "/flash/key.der"
NEXT = KEY + ".next"
THING = b"MyThing"


def key(number):
    """A key in DER; its point, the last 65 bytes, says which one."""
    secret = bytes((number,)) * 32
    return request._KEY_HEAD + secret + request._KEY_CURVE + b"\x04" + bytes((number,)) * 64


def certificate_for(key, more=0):
    """What looks like a certificate for it, DER of 400 bytes. `more`: another one."""
    body = bytes((more,)) * 200 + key[-65:] + b"s" * 131
    return b"0\x82" + len(body).to_bytes(2, "big") + body


def identity(certificate):
    return hexlify(hashlib.sha256(certificate).digest()).decode()


OLD_KEY = key(1)
NEW_KEY = key(2)
OLD = certificate_for(OLD_KEY)
NEW = certificate_for(NEW_KEY)
PAIRS = ((OLD, OLD_KEY), (NEW, NEW_KEY))
CHANGED = ("SUCCEEDED", {"certificate": identity(NEW)})


def made(kind=vfs.VfsLfs2, files=None):
    """A flash with the old pair, and the next key."""
    device = formatted(kind, 512, 64)
    mounted(kind, device)
    for path, data in (files or {CERT: OLD, KEY: OLD_KEY, NEXT: NEW_KEY}).items():
        write(path, data)
    return device.copy()


def context(cert, key, ca):
    """What stands for an SSLContext."""
    equal(ca, "ca.der")
    return cert, read(key)


class _Sock:
    def __init__(self, context):
        self.context = context


class _Link(ScriptedLink):
    """Connects with the pair that is its context, if the service takes that."""

    def __init__(self, board):
        super().__init__()
        cert, key = certificate.load(CERT, KEY)
        self.sock = _Sock((read(cert), read(key)))
        self.board = board

    def poll(self):
        if not (self.closed or self.connected):
            if not self.board.takes(*self.sock.context):
                self.fail = LinkError("handshake", "the peer refused it")
        super().poll()

    def close(self):
        super().close()
        self._inbox = []

    disconnect = close

    def publish_from(self, *message):
        self.board.told.append(self.sock.context and self.sock.context[0])
        super().publish_from(*message)


class Rotation(Board):
    """`active`: the certificates with which it may connect. `told`: over which one each request
    was made. `trial_ms`: as `register` has it.
    """

    trial_ms = 10_000

    def __init__(self, device=None, kind=vfs.VfsLfs2, given=NEW, **settings):
        document = {"operation": "certificate"}
        if given is not None:
            text = given if isinstance(given, str) else b2a_base64(given).decode().strip()
            document["certificate"] = text
        super().__init__(kind, device or made(kind), document, self.registered, **settings)
        self.active = [OLD, NEW]
        self.told = []
        if change.tls_context is not context:  # once a test
            replaced(change, "tls_context", context)
            replaced(change, "unload_arithmetic", lambda: None)  # other tests want it

    def takes(self, cert, key):
        return cert in self.active and key[-65:] in cert

    def link(self):
        return _Link(self)

    def registered(self, agent):
        certificate.register(agent, CERT, KEY, "ca.der", self.trial_ms)

    def pair(self):
        """What it uses, if it starts now; the files are settled."""
        mounted(self.kind, self.device)
        cert, key = certificate.load(CERT, KEY)
        equal([name for name in names() if name.endswith("der.new")], [])
        return content(cert), content(key)
