"""The wrap_socket that umqtt.simple 1.3.4 calls, of a module that MicroPython has no more."""

import tls

no_delay = False


def wrap_socket(sock, key, cert, cadata, server_hostname):
    if no_delay:
        sock.setsockopt(6, 1, 1)  # IPPROTO_TCP, TCP_NODELAY
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    context.verify_mode = tls.CERT_REQUIRED
    context.load_verify_locations(cadata)
    context.load_cert_chain(cert, key)
    return context.wrap_socket(sock, server_hostname=server_hostname)
