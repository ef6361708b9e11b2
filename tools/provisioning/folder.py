"""What is known of one device, in a folder for its board: `device.der`, `key.der`, `ca.der`,
`settings.json`; and beside them `provisioned.json`, what was done so far.

Each file is written in one step, for its owner's eyes only. The key is here before its
certificate is asked for, so that no answer that is lost takes anything with it.
"""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from .errors import ProvisionError

CERTIFICATE, KEY, CA, SETTINGS = "device.der", "key.der", "ca.der", "settings.json"
RECORD = "provisioned.json"
BOARDS = "board"  # who has the key, in a record
_RSA_BITS = 2048
_DER = serialization.Encoding.DER


class Folder:
    """`path` is the folder, which is made when something is written."""

    def __init__(self, path: Path):
        self.path = path

    def read(self) -> dict[str, Any] | None:
        """The record: "certificateArn", "asked" (when a certificate was, seconds since 1970),
        "done" (for what), "key" (who has it, if not this folder) and "rotation" (see `rotating`),
        as far as they are known; None if nothing was begun. Raises ProvisionError.
        """
        try:
            record = json.loads((self.path / RECORD).read_text(encoding="utf-8"))
        except FileNotFoundError:
            self._check_empty()
            return None
        except (OSError, ValueError) as error:
            raise ProvisionError(f"{self.path / RECORD} cannot be read: {error}") from None
        if not isinstance(record, dict):
            raise ProvisionError(f"{self.path / RECORD} is not what tools/provision wrote")
        return record

    def write(self, **record: Any) -> None:
        """Replace the record."""
        self.put(RECORD, json.dumps(record, indent=4).encode() + b"\n")

    def put(self, name: str, data: bytes) -> None:
        """Replace a file by these bytes. Raises ProvisionError."""
        new = self.path / f"{name}.new"
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            new.unlink(missing_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with open(os.open(new, flags, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path / name)
        except OSError as error:
            raise ProvisionError(f"{self.path / name}: {error.strerror}") from None

    def has_key(self) -> bool:
        """Whether there is a private key."""
        return (self.path / KEY).exists()

    def key(self, is_rsa: bool) -> Any:
        """The device's private key: made, and written, if there is none yet."""
        path = self.path / KEY
        try:
            return serialization.load_der_private_key(path.read_bytes(), None)
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError):
            raise ProvisionError(f"{path} is no key that tools/provision wrote") from None
        made = (
            rsa.generate_private_key(65537, _RSA_BITS)
            if is_rsa
            else ec.generate_private_key(ec.SECP256R1())
        )
        form = serialization.PrivateFormat.TraditionalOpenSSL  # every version of mbedtls reads it
        self.put(KEY, made.private_bytes(_DER, form, serialization.NoEncryption()))
        return made

    def drop_key(self) -> None:
        """Remove the private key, if there is one. Raises ProvisionError."""
        try:
            (self.path / KEY).unlink(missing_ok=True)
        except OSError as error:
            raise ProvisionError(f"{self.path / KEY}: {error.strerror}") from None

    def remove(self) -> None:
        """Remove what provisioning wrote, and the folder if it is empty then. The record goes
        last.
        """
        try:
            for name in (KEY, CERTIFICATE, CA, SETTINGS, RECORD):
                for path in (self.path / name, self.path / f"{name}.new"):
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise ProvisionError(f"{self.path}: {error.strerror}") from None
        with contextlib.suppress(OSError):
            self.path.rmdir()

    def _check_empty(self) -> None:
        # What is written first is a record: a key without one is somebody's own.
        for name in (CERTIFICATE, KEY):
            if (self.path / name).exists():
                raise ProvisionError(
                    f"{self.path / name} is there, and tools/provision has not written it: move "
                    "it away, or choose another folder by --to"
                )


def signing_request(key: Any, thing: str) -> str:
    """A PEM certificate signing request for the key, in the thing's name."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, thing[:64])])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return request.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def is_boards(record: dict) -> bool:
    """Whether the device's key is on its board alone."""
    return record.get("key") == BOARDS


def is_for(certificate_pem: str, key: Any) -> bool:
    """Whether a certificate has this public key."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
    return certificate.public_key().public_bytes(_DER, form) == key.public_bytes(_DER, form)


def der_of(certificate_pem: str) -> bytes:
    """A certificate as a board reads it."""
    return x509.load_pem_x509_certificate(certificate_pem.encode()).public_bytes(_DER)
