"""CPython's side of a device's files, for MQTT clients that are not ours."""

import ssl

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from iotjobs_emulator.provision import CA, CERTIFICATE, KEY

PEM = serialization.Encoding.PEM
CERTIFICATE_PEM, KEY_PEM, CA_PEM = "device.pem", "key.pem", "ca.pem"


def write_pem(folder):
    """Write the device's certificate, its key and the CA as PEM too, beside the DER files."""
    for der, pem in ((CERTIFICATE, CERTIFICATE_PEM), (CA, CA_PEM)):
        certificate = x509.load_der_x509_certificate((folder / der).read_bytes())
        (folder / pem).write_bytes(certificate.public_bytes(PEM))
    key = serialization.load_der_private_key((folder / KEY).read_bytes(), None)
    secret = key.private_bytes(
        PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / KEY_PEM).write_bytes(secret)


def context_of(folder):
    """An SSLContext that shows the device's certificate, and trusts its CA."""
    write_pem(folder)
    context = ssl.create_default_context(cafile=folder / CA_PEM)
    context.load_cert_chain(folder / CERTIFICATE_PEM, folder / KEY_PEM)
    return context
