"""A device whose certificate the emulator's authority has not signed."""

from cryptography.hazmat.primitives.serialization import Encoding
from iotjobs_emulator.authority import Authority
from iotjobs_emulator.database import Database


def pem_of(certificate):
    return certificate.public_bytes(Encoding.PEM).decode()


class Stranger:
    """Another authority, and a certificate that it has signed."""

    def __init__(self):
        authority = Authority(Database())
        self.ca = pem_of(authority.certificate)
        certificate, keys = authority.issue_device()
        self.pem, self.key = pem_of(certificate), keys.private_pem
        self.id = certificate.fingerprint(certificate.signature_hash_algorithm).hex()
