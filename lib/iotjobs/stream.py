"""`Stream`: a TCP connection, with TLS or without, on which no call waits.

The TLS handshake is driven by the first writes and reads, so a slow or dead peer costs the caller
nothing but its own deadline; what a board's processor needs for it (about a second for EC P-256 on
an RP2040) passes inside two of these calls.
"""

import errno
import gc
import select
import socket

import tls
from micropython import const

# Where a connection failed: the `stage` of a LinkError.
DNS = "dns"  # the name has no address, or no network is there
TCP = "tcp"  # nobody listens, or nobody answers
CERTIFICATE = "certificate"  # this side refused the peer's certificate, or its name
HANDSHAKE = "handshake"  # the peer refused this side, or speaks no TLS
CONNACK = "connack"  # the broker refused the connection
LOST = "lost"  # the connection ended, or the peer fell silent
PROTOCOL = "protocol"  # the peer said what it must not say

_IPPROTO_TCP = const(6)
_TCP_NODELAY = const(1)
_FATAL_ALERT = const(-30592)  # MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE


class LinkError(OSError):
    """A connection cannot be made, or is over: `stage` says where, `reason` tells a person."""

    def __init__(self, stage, reason):
        super().__init__(stage, reason)
        self.stage = stage
        self.reason = reason


def tls_context(cert, key, ca):
    """An SSLContext that verifies the peer by `ca` and shows `cert`: bytes of DER, or a path to
    it.

    `cert` and `key` may be None. Raises ValueError, with the name of the file, for what is no DER.
    Allocates about 5 kB that must live as long as the connections made with it.
    """
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    context.verify_mode = tls.CERT_REQUIRED
    try:
        context.load_verify_locations(_der("ca", ca))
        if cert is not None:
            context.load_cert_chain(_der("cert", cert), _der("key", key))
    except OSError as error:  # an unreadable file has its own number, mbedtls a negative one
        raise ValueError("cannot use ca, cert or key: %s" % error)
    return context


def _der(role, source):
    if source is None:
        raise ValueError("%s is missing" % role)
    shown = role
    if isinstance(source, str):
        shown = "%s %s" % (role, source)
        try:
            with open(source, "rb") as file:
                source = file.read()
        except OSError as error:
            raise ValueError("%s cannot be read: %s" % (shown, error))
    if not source or source[0] != 0x30:  # every certificate and key is a DER SEQUENCE
        raise ValueError("%s is not DER (PEM must be converted first)" % shown)
    return source


class Stream:
    """One connection at a time to `host`:`port`. `context`: an SSLContext, or None for plain TCP.

    Every failure is a LinkError; then the stream is to be closed, and may be opened again. `write`
    and `read` allocate nothing.
    """

    def __init__(self, host, port, context=None):
        self._host = host
        self._port = port
        self._context = context
        self._socket = None
        self._raw = None
        self._poller = None
        self.secure = False

    def open(self):
        """Find the address and begin to connect. Waits for DNS, as long as the platform does."""
        self.close()
        gc.collect()  # TLS wants its buffers, 16 and 4 KiB, in one piece each
        try:
            infos = socket.getaddrinfo(self._host, self._port, 0, socket.SOCK_STREAM)
        except OSError as error:
            raise LinkError(DNS, "no address for %s: %s" % (self._host, error))
        if not infos:
            raise LinkError(DNS, "no address for %s" % self._host)
        info = infos[0]
        for other in infos:
            if other[0] == socket.AF_INET:
                info = other
                break
        try:
            self._raw = self._socket = socket.socket(info[0], socket.SOCK_STREAM)
            self._socket.setblocking(False)
            self._socket.connect(info[-1])
        except OSError as error:
            if abs(error.errno) != errno.EINPROGRESS:
                raise self._unreachable(error)
        self._poller = select.poll()
        self._poller.register(self._socket, select.POLLOUT)

    def connected(self):
        """Whether TCP has connected; to be asked until it has."""
        if self._poller is None:
            return self._socket is not None
        events = self._poller.poll(0)
        if not events:
            return False
        self._poller = None
        try:
            # Two small packets in a row would wait for the peer's delayed acknowledgement.
            self._raw.setsockopt(_IPPROTO_TCP, _TCP_NODELAY, 1)
        except (OSError, ValueError):  # a port whose lwIP does not offer it
            pass
        if events[0][1] & (select.POLLERR | select.POLLHUP):
            try:
                self._raw.readinto(bytearray(1))
            except OSError as error:
                raise self._unreachable(error)
            raise self._unreachable("refused")
        if self._context:
            try:
                self._socket = self._context.wrap_socket(
                    self._raw, server_hostname=self._host, do_handshake_on_connect=False
                )
            except (OSError, MemoryError) as error:
                raise self._broken(error)
        return True

    def write(self, buf, start, end):
        """Write what can be written of buf[start:end]; returns the position of the rest."""
        try:
            written = self._socket.write(buf, start, end - start)
        except (OSError, MemoryError) as error:
            raise self._broken(error)
        except ValueError as error:
            raise self._refused(error)
        if not written:
            return start
        self.secure = True
        return start + written

    def read(self, buf, size):
        """Read at most `size` bytes to the start of `buf`; returns how many, 0 for nothing yet."""
        try:
            count = self._socket.readinto(buf, size)
        except (OSError, MemoryError) as error:
            raise self._broken(error)
        except ValueError as error:
            raise self._refused(error)
        if count is None:
            return 0
        if count == 0:
            raise LinkError(LOST, "the peer closed the connection")
        return count

    def close(self):
        """Drop the connection, if there is one. Raises nothing."""
        self._poller = None
        self.secure = False
        for sock in (self._socket, self._raw):
            if sock is not None:
                try:
                    sock.close()
                except OSError:
                    pass
        self._socket = self._raw = None

    def _unreachable(self, error):
        return LinkError(TCP, "cannot connect to %s:%d: %s" % (self._host, self._port, error))

    def _broken(self, error):
        if isinstance(error, MemoryError):
            return LinkError(HANDSHAKE, "no memory for TLS: %s" % error)
        if error.errno == _FATAL_ALERT:
            return LinkError(HANDSHAKE, "the peer refused the TLS handshake")
        if self.secure:
            return LinkError(LOST, "the connection broke: %s" % error)
        if not self._context or abs(error.errno) == errno.ECONNREFUSED:
            return self._unreachable(error)
        return LinkError(HANDSHAKE, "the TLS handshake failed: %s" % error)

    def _refused(self, error):
        reason = str(error).strip()
        if "future" in reason or "expired" in reason:
            reason += " (is the clock set?)"
        return LinkError(CERTIFICATE, "the server's certificate: %s" % reason)
