"""The key by which the emulator signs files, where a request names a signing profile."""

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HASH, ALGORITHM = "SHA256", "ECDSA"

# SP 800-186, section 3.2.1.3: the order of P-256's group.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class Signer:
    """Signs as AWS Signer does for the platform AmazonFreeRTOS-Default: ECDSA on P-256, SHA-256.

    `secret`: 32 bytes that the key is made from. The same make the same key, which so outlives a
    restart. There is one key, whatever the profile is called.
    """

    def __init__(self, secret: bytes):
        number = int.from_bytes(secret, "big") % (_ORDER - 1) + 1
        self._key = ec.derive_private_key(number, ec.SECP256R1())

    @property
    def public_pem(self) -> str:
        """The public key, which devices verify by, as PEM."""
        public = self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return public.decode()

    def sign(self, content: bytes) -> bytes:
        """The signature over the content, in DER: the same one for the same content."""
        algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        return self._key.sign(content, algorithm)
