"""The TLS server's side of the emulator, by whichever of its names a client asks for it."""

import ssl
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from .client_hello import IncompleteError, server_name
from .endpoint_names import is_data_endpoint

MOST_NAMES = 32  # contexts that are kept, one for each name that was asked for


class ServerContext(ssl.SSLContext):
    """TLS 1.2 or newer. `issue(hosts)` is a new certificate for these hosts and its key, as PEM.

    The certificate is for `hosts`. With `ca`, the PEM of a certificate, clients must show one that
    this has signed, or one that is trusted by itself (`trust`). A client that then asks for the
    name of a data endpoint of AWS IoT is shown a certificate for that very name (asyncio's
    connections only). It is issued when the name is first asked for. `MOST_NAMES` are kept; the
    one that nobody has asked for for longest goes.

    The name is read before TLS begins. OpenSSL would acknowledge every name to the client that
    `sni_callback` is called for, and who asks for another one is to get no byte more.
    """

    def __new__(cls, *arguments: object) -> "ServerContext":
        return super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)

    def __init__(
        self, issue: Callable[[Iterable[str]], bytes], hosts: Iterable[str], ca: str | None
    ):
        self._issue = issue
        self._authorities = [] if ca is None else [ca]
        self._named: dict[str, ssl.SSLContext] = {}
        self.sslobject_class = _Connection
        self._set_up(self, hosts)

    def trust(self, certificate_pem: str) -> None:
        """Let clients in that show this very certificate, from now on, whoever has signed it.

        If it is a CA's, TLS takes those that it has signed too: the registry has to know whom it
        lets in.
        """
        for context in (self, *self._named.values()):
            context.load_verify_locations(cadata=certificate_pem)
        self._authorities.append(certificate_pem)

    def wrap_bio(
        self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *rest: object, **named: object
    ) -> ssl.SSLObject:
        connection = super().wrap_bio(incoming, outgoing, *rest, **named)
        connection.incoming = incoming
        return connection

    def for_name(self, name: str) -> ssl.SSLContext:
        """What is shown to a client that asks for this name."""
        name = name.lower()
        if not (self._authorities and is_data_endpoint(name)):
            return self
        context = self._named.pop(name, None)
        if context is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._set_up(context, [name])
        self._named[name] = context  # the last one to go
        if len(self._named) > MOST_NAMES:
            del self._named[next(iter(self._named))]
        return context

    def _set_up(self, context: ssl.SSLContext, hosts: Iterable[str]) -> None:
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self._authorities:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata="".join(self._authorities))
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # for `trust`
        # ssl reads a key from a file alone: it lies in a private folder for that moment.
        with tempfile.TemporaryDirectory() as folder:
            chain = Path(folder, "server.pem")
            chain.write_bytes(self._issue(hosts))
            context.load_cert_chain(chain)


class _Connection(ssl.SSLObject):
    """A connection that goes on in the context of the name that its client asks for."""

    incoming: ssl.MemoryBIO | None = None  # until that name is known

    def do_handshake(self) -> None:
        if self.incoming is not None:
            self._choose(self.incoming)
            self.incoming = None
        super().do_handshake()

    def _choose(self, incoming: ssl.MemoryBIO) -> None:
        came = incoming.read()
        if came:  # what was read is read again by TLS
            incoming.write(came)
        try:
            name = server_name(came)
        except IncompleteError:
            message = "the ClientHello is not whole"
            raise ssl.SSLWantReadError(ssl.SSL_ERROR_WANT_READ, message) from None
        if name is not None:
            self.context = self.context.for_name(name)
