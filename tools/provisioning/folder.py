"""What is known of one device, in a folder for its board: `device.der`, `key.der`, `ca.der`,
`settings.json`; and beside them `provisioned.json`, what was done so far, of which `record` tells.

Each file is written in one step, for its owner's eyes only. The key is here before its
certificate is asked for, so that no answer that is lost takes anything with it.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from environment.locks import HeldError, held

from . import record as records
from .errors import BusyError, ProvisionError

CERTIFICATE, KEY, CA, SETTINGS = "device.der", "key.der", "ca.der", "settings.json"
_LOCK = "provisioned.lock"
_TRIES = 100
_RSA_BITS = 2048
_DER = serialization.Encoding.DER


class Folder:
    """`path` is the folder, which is made when something is written."""

    def __init__(self, path: Path):
        self.path = path

    @contextlib.contextmanager
    def held(self, is_made: bool = True) -> Iterator[None]:
        """Have the folder for oneself: two that do the steps of one device at once would make two
        of what it has once. The lock ends with the process, and leaves no file. `is_made`: also
        where there is no folder yet.

        Raises BusyError, which says who has it, and ProvisionError.
        """
        if not (is_made or self.path.is_dir()):
            yield
            return
        lock = self.path / _LOCK
        with contextlib.ExitStack() as stack:
            try:
                self._lock(stack, lock)
            except HeldError as error:
                raise BusyError(f"{error} is at it") from None
            except OSError as error:
                raise ProvisionError(f"{lock}: {error.strerror}") from None
            try:
                yield
            finally:
                with contextlib.suppress(OSError):
                    lock.unlink()
                    self.path.rmdir()  # if nothing was written

    def _lock(self, stack: contextlib.ExitStack, lock: Path) -> None:
        for left in reversed(range(_TRIES)):
            try:
                self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
                stack.enter_context(held(lock))
                return
            except FileNotFoundError:  # whoever had it has just removed the folder
                if not left:
                    raise

    def read(self) -> dict[str, Any] | None:
        """The record; None if nothing was begun. Raises ProvisionError."""
        record = records.read(self.path)
        if record is None:
            self._check_empty()
        return record

    def write(self, **record: Any) -> None:
        """Replace the record."""
        self.put(records.FILE, records.written(self.path, record))

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
            with contextlib.suppress(OSError):
                new.unlink()  # a part of a file, on a disk that is full
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
        self._drop(KEY)

    def drop_files(self) -> None:
        """Remove what is for the board. Raises ProvisionError."""
        for name in (KEY, CERTIFICATE, CA, SETTINGS):
            self._drop(name)

    def remove(self) -> None:
        """Remove what provisioning wrote, and the folder if it is empty then. The record goes
        last.
        """
        self.drop_files()
        self._drop(records.FILE)
        with contextlib.suppress(OSError):
            self.path.rmdir()

    def _drop(self, name: str) -> None:
        try:
            for path in (self.path / name, self.path / f"{name}.new"):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise ProvisionError(f"{self.path / name}: {error.strerror}") from None

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


def is_for(certificate_pem: str, key: Any) -> bool:
    """Whether a certificate has this public key."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
    return certificate.public_key().public_bytes(_DER, form) == key.public_bytes(_DER, form)


def der_of(certificate_pem: str) -> bytes:
    """A certificate as a board reads it."""
    return x509.load_pem_x509_certificate(certificate_pem.encode()).public_bytes(_DER)
