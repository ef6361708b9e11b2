"""CPython's side of a device's files, for MQTT clients that are not ours."""

import ssl

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from provision import CA, CERTIFICATE, KEY

PEM = serialization.Encoding.PEM


def context_of(folder):
    """An SSLContext that shows the device's certificate, and trusts its CA."""
    certificate = x509.load_der_x509_certificate((folder / CERTIFICATE).read_bytes())
    key = serialization.load_der_private_key((folder / KEY).read_bytes(), None)
    secret = key.private_bytes(
        PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain = folder / "chain.pem"
    chain.write_bytes(secret + certificate.public_bytes(PEM))
    ca = x509.load_der_x509_certificate((folder / CA).read_bytes())
    context = ssl.create_default_context(cadata=ca.public_bytes(PEM).decode())
    context.load_cert_chain(chain)
    return context
