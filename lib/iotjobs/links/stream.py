"""`Stream`: a TCP connection, with TLS or without, on which no call waits.

The TLS handshake is driven by the first writes and reads, so a slow or dead peer costs the caller
nothing but its own deadline. What a board's processor needs for it passes inside two of these
calls: 1.5 s for EC P-256 on an RP2040.
"""

import errno
import gc
import select
import socket
import time

import tls
from micropython import const

from .dns import Address
from .link import LinkError

_IPPROTO_TCP = const(6)
_TCP_NODELAY = const(1)  # but where the port has a number of its own
_GOES_ON = (errno.EINPROGRESS, -errno.EINPROGRESS)  # a connection that is being made
_FAILURES = (OSError, MemoryError, ValueError)
_FATAL_ALERT = const(-30592)  # MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE
_NO_BIGNUM = const(16)  # MBEDTLS_ERR_MPI_ALLOC_FAILED, -16, of which MicroPython makes an errno


def _der(name, data):
    if isinstance(data, str):
        name = data
        try:
            with open(name, "rb") as file:
                data = file.read()
        except OSError as error:
            raise ValueError("%s: %s" % (name, error))
    if not data or data[0] != 0x30:  # every certificate and key is a DER SEQUENCE
        raise ValueError(name + ": missing, or not DER")
    return data


def tls_context(cert, key, ca):
    """An SSLContext of a client: certificate, key and CA as `Stream` has them in `keys`. Raises
    ValueError for what is missing or no DER, with its name. Allocates about 5 kB.
    """
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    context.verify_mode = tls.CERT_REQUIRED
    for root in ca if isinstance(ca, tuple) else (ca,):
        context.load_verify_locations(_der("ca", root))
    if cert is not None:
        context.load_cert_chain(_der("cert", cert), _der("key", key))
    return context


class Stream:
    """One connection at a time to `host`:`port`.

    `keys`: None for plain TCP. For TLS certificate, key, and the CA by which the peer is
    verified, each as bytes of DER or a path to it; certificate and key may be None, and the CA a
    tuple of several. What `tls_context` raises passes. `context`: None, or the SSLContext of the
    next connection; another one may take its place. `address`: its Address. If the service is
    there, whoever knows how it speaks says so to that: `proved`.

    Every failure is a LinkError; then the stream is to be closed, and may be opened again. `write`
    and `read` allocate nothing.
    """

    def __init__(self, host, port, keys=None):
        self.host = host
        self.port = port
        self.context = None
        self.hint = ""  # what a peer that refuses this side may want
        if keys:
            cert, key, ca = keys
            self.hint = " (no client certificate is set)"
            if cert:
                self.hint = " (is the client certificate known there?)"
            self.context = tls_context(cert, key, ca)
        self.address = Address()
        self._socket = None
        self._raw = None  # the TCP socket below TLS
        self._stage = None  # what a failure would be now

    def open(self):
        """Begin to find the address, and to connect: see `Address`, which says when that waits."""
        self.close()
        gc.collect()  # TLS wants its buffers, 16 and 4 KiB, in one piece each
        self._stage = "dns"
        self._connect(True)

    def _connect(self, asks):
        # Begin to connect, as soon as the address is known.
        address = self.address
        try:
            if asks:
                address.ask(self.host, self.port)
            info = address.found()
            if not info:
                return
            self._stage = "tcp"
            self._raw = socket.socket(info[0])
            self._raw.setblocking(False)
            self._raw.connect(info[-1])
        except _FAILURES as error:  # ValueError: there is no address
            if getattr(error, "errno", None) not in _GOES_ON:
                raise self._failure(error)

    def connected(self):
        """Whether TCP has connected; when it first has, TLS begins."""
        if self._socket:
            return True
        if self._stage == "dns":
            self._connect(False)
            return False
        poller = select.poll()
        poller.register(self._raw, select.POLLOUT)
        events = poller.poll(0)
        if not events:
            return False
        try:
            # Two small packets in a row would wait for the peer's delayed acknowledgement.
            option = getattr(socket, "TCP_NODELAY", _TCP_NODELAY)
            self._raw.setsockopt(_IPPROTO_TCP, option, 1)
        except Exception:  # a port whose lwIP does not offer it
            pass
        try:
            if events[0][1] != select.POLLOUT:
                self._raw.read(1)  # raises what went wrong
            if self.context:
                self._stage = "handshake"
                self._socket = self.context.wrap_socket(
                    self._raw, server_hostname=self.host, do_handshake_on_connect=False
                )
            else:
                self._stage = "lost"
                self._socket = self._raw
        except _FAILURES as error:
            raise self._failure(error)
        return True

    def write(self, buf, start, end):
        """Write what can be written of buf[start:end]; returns the position of the rest."""
        try:
            written = self._socket.write(buf, start, end - start)
        except _FAILURES as error:
            raise self._failure(error)
        if written:
            self._stage = "lost"
            start += written
        return start

    def read(self, buf, limit):
        """Read up to `limit` bytes to the start of `buf`; returns how many, 0 for nothing yet."""
        try:
            count = self._socket.readinto(buf, limit)
        except _FAILURES as error:
            raise self._failure(error)
        if count == 0:
            raise LinkError("lost", "the peer closed the connection")
        return count or 0

    def late(self, reason):
        """A LinkError for what has not come in time; DNS's or TCP's, where it came no further."""
        if self._stage in ("dns", "tcp"):
            return LinkError(self._stage, "%s:%d: %s" % (self.host, self.port, reason))
        return LinkError("lost", reason)

    def close(self):
        """Drop the connection, if there is one. Raises nothing."""
        self.address.close()
        for sock in (self._socket, self._raw):
            if sock:
                try:
                    sock.close()
                except OSError:
                    pass
        self._socket = self._raw = None

    def _failure(self, reason):
        stage = self._stage
        text = str(reason).strip()
        where = "%s:%d" % (self.host, self.port)
        if self._is_memory(reason, text):
            where += ": no memory for " + ("TLS" if stage == "handshake" else "the connection")
            stage = "memory"
            try:
                from .memory import left

                where += ", " + left()
            except MemoryError:  # not even for that
                pass
        elif stage == "dns":
            pass
        elif isinstance(reason, ValueError):
            stage = "certificate"
            if "future" in text:
                stage = "clock"
            if stage == "clock" or "expired" in text:
                where += " on %04d-%02d-%02d by this clock" % time.localtime()[:3]
        elif reason.errno == _FATAL_ALERT:  # with TLS 1.3 it comes after the first write
            stage = "handshake"
        return LinkError(stage, "%s: %s" % (where, text))

    def _is_memory(self, reason, text):
        # Whether it is the want of it. Parts of mbedtls say so by names such as ECP_ALLOC_FAILED.
        number = getattr(reason, "errno", None)
        return (
            number in (errno.ENOMEM, -errno.ENOMEM)
            or number == _NO_BIGNUM
            and self._stage == "handshake"
            or isinstance(reason, MemoryError)
            or "ALLOC" in text
        )
