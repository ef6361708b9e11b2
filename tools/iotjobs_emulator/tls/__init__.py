"""The server's side of TLS, and the name by which a client asks for it.

`server_context` has the certificates and lets clients in, `client_hello` reads which name a client
asks for, and `endpoint_names` knows the names of AWS IoT's own.
"""

from .server_context import ServerContext

__all__ = ["ServerContext"]
