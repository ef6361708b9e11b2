"""The local certificate authority: issues what devices and the emulator's TLS server use.

Elliptic curve keys on P-256, signatures with SHA-256: what AWS IoT accepts and MicroPython's
mbedtls verifies. The CA's own private key is kept in the Database, unencrypted. Whoever can read
the state file can make certificates that the emulator and its devices trust. The file is created
with mode 0600, and nothing else should ever trust this CA.

Every certificate is valid from 2000 to the end of 2049. So a board whose clock is off still
connects, and one without a clock does, which starts at MicroPython's epoch.
"""

import hmac
from collections.abc import Iterable
from datetime import datetime, timezone
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from iotjobs_inputs import pem

from .database import Database
from .errors import InvalidRequestError
from .tls import ServerContext

CA_PEM = "ca.pem"
CA_DER = "ca.der"
NOT_BEFORE = datetime(2000, 1, 1, tzinfo=timezone.utc)  # MicroPython's epoch on most boards
NOT_AFTER = datetime(2049, 12, 31, 23, 59, 59, tzinfo=timezone.utc)  # as AWS IoT's own
OWN_HOSTS = ("localhost", "127.0.0.1", "::1")

# AWS IoT developer guide, "X.509 client certificates": keys that a CSR may have, and the hashes of
# signatures that the service supports
_CSR_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_CSR_RSA_BITS = 2048
_CSR_HASHES = ("sha256", "sha384", "sha512")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS authority (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    key_pem BLOB NOT NULL,
    certificate_pem BLOB NOT NULL
)
"""


class KeyPair(NamedTuple):
    """A new key, as PEM: the private one in SEC 1 form ("EC PRIVATE KEY")."""

    private_pem: str
    public_pem: str


class Authority:
    """The CA of one Database: made at the first start, the same from then on."""

    def __init__(self, database: Database):
        with database.transaction():
            database.create(_SCHEMA)
            row = database.row("SELECT key_pem, certificate_pem FROM authority")
            if row is None:
                row = _new_ca()
                database.execute("INSERT INTO authority VALUES (1, ?, ?)", tuple(row))
        self._key = serialization.load_pem_private_key(row[0], password=None)
        self.certificate = x509.load_pem_x509_certificate(row[1])

    @property
    def certificate_pem(self) -> str:
        """The CA's certificate, which clients verify the emulator's by."""
        return _pem(self.certificate)

    def issue_device(self) -> tuple[x509.Certificate, KeyPair]:
        """A new key and its client certificate. The private key is kept nowhere."""
        key = ec.generate_private_key(ec.SECP256R1())
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        certificate = self._issue_client(_name("AWS IoT Certificate"), key.public_key())
        return certificate, KeyPair(private.decode(), public.decode())

    def issue_from_csr(self, csr_pem: str) -> x509.Certificate:
        """A client certificate with the subject and key of a PEM certificate signing request.

        Raises InvalidRequestError for what is no CSR, and for a CSR not signed by its own key.
        Raises it too for a key other than RSA of 2048 bits or more, P-256, P-384 or P-521. A
        signature with another hash than SHA-256, SHA-384 or SHA-512 is refused likewise.
        """
        try:
            csr = x509.load_der_x509_csr(pem.found(csr_pem.encode(), pem.REQUEST)[0].der)
            key = csr.public_key()
            hash_algorithm = csr.signature_hash_algorithm
            signed = csr.is_signature_valid
        except (ValueError, InvalidSignature, TypeError, UnsupportedAlgorithm) as error:
            raise InvalidRequestError(
                f"certificateSigningRequest is no PEM CSR: {error}"
            ) from error
        if not _is_accepted(key):
            raise InvalidRequestError(
                "The key of certificateSigningRequest must be RSA of at least "
                f"{_CSR_RSA_BITS} bits, or on the curve P-256, P-384 or P-521"
            )
        if hash_algorithm is None or hash_algorithm.name not in _CSR_HASHES:
            name = "none" if hash_algorithm is None else hash_algorithm.name
            raise InvalidRequestError(
                f"certificateSigningRequest is signed with {name}: the service takes "
                f"{', '.join(_CSR_HASHES)}"
            )
        if not signed:
            raise InvalidRequestError("certificateSigningRequest is not signed by its own key")
        return self._issue_client(csr.subject, key)

    def secret(self, purpose: str) -> bytes:
        """32 bytes, the same at each start, and others for each purpose."""
        private = self._key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return hmac.digest(private, purpose.encode(), "sha256")

    def server_context(
        self, hosts: Iterable[str] = (), clients_by_certificate: bool = True
    ) -> ServerContext:
        """The TLS server's side. Clients must show a certificate of this CA, if they are known by
        that.

        The server's key is new at each call. Its certificate is for localhost, 127.0.0.1, ::1 and
        `hosts` (names or IP addresses that devices use).
        """
        issue = partial(self._issue_server, ec.generate_private_key(ec.SECP256R1()))
        ca = self.certificate_pem if clients_by_certificate else None
        return ServerContext(issue, (*OWN_HOSTS, *hosts), ca)

    def write_ca(self, folder: str | Path) -> tuple[Path, Path]:
        """Write the CA's certificate (no key) as ca.pem and ca.der into `folder`, which is made if
        need be, and return both paths. Raises OSError.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        in_pem, in_der = folder / CA_PEM, folder / CA_DER
        in_pem.write_text(self.certificate_pem)
        in_der.write_bytes(self.certificate.public_bytes(serialization.Encoding.DER))
        return in_pem, in_der

    def _issue_client(self, subject: x509.Name, key) -> x509.Certificate:
        builder = self._builder(subject, key, ExtendedKeyUsageOID.CLIENT_AUTH)
        return builder.sign(self._key, hashes.SHA256())

    def _issue_server(self, key: ec.EllipticCurvePrivateKey, hosts: Iterable[str]) -> bytes:
        names = [_general_name(host) for host in dict.fromkeys(hosts)]
        builder = self._builder(
            _name("iotjobs emulator"), key.public_key(), ExtendedKeyUsageOID.SERVER_AUTH
        ).add_extension(x509.SubjectAlternativeName(names), critical=False)
        return _unencrypted(key) + _pem(builder.sign(self._key, hashes.SHA256())).encode()

    def _builder(self, subject: x509.Name, key, purpose) -> x509.CertificateBuilder:
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return (
            _dated(subject, key, self.certificate.subject)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(issuer_key, critical=False)
        )


def _new_ca() -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("iotjobs emulator CA")
    certificate = (
        _dated(name, key.public_key(), name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _unencrypted(key), _pem(certificate).encode()


def _unencrypted(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _dated(subject: x509.Name, key, issuer: x509.Name) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(**allowed: bool) -> x509.KeyUsage:
    usages = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(**{**usages, **allowed})


def _is_accepted(key) -> bool:
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= _CSR_RSA_BITS
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CSR_CURVES)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
