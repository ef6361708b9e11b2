"""Device certificates: issued by the authority or registered; ACTIVE, INACTIVE or REVOKED."""

import hashlib
from collections.abc import Callable
from uuid import uuid4

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from iotjobs_inputs.pem import CERTIFICATE, found

from ..arns import Arns
from ..authority import Authority
from ..clock import WallClock
from ..database import Database
from ..errors import (
    CertificateValidationError,
    InvalidRequestError,
    ResourceAlreadyExistsError,
    ResourceNotFoundError,
    ServiceError,
)
from .paging import number, page
from .principal_changes import PrincipalChanges

ACTIVE, INACTIVE, REVOKED = "ACTIVE", "INACTIVE", "REVOKED"
_SETTABLE = (ACTIVE, INACTIVE, REVOKED)
DEFAULT, SNI_ONLY = "DEFAULT", "SNI_ONLY"  # [m] CertificateMode


def certificate_id(der: bytes) -> str:
    """The certificate's id: SHA-256 of its DER form, in hex."""
    return hashlib.sha256(der).hexdigest()


class Certificates:
    """The operations of the `iot` model on certificates: modelled input to output members."""

    def __init__(
        self,
        database: Database,
        clock: WallClock,
        authority: Authority,
        arns: Arns,
        changes: PrincipalChanges,
    ):
        self._database = database
        self._clock = clock
        self._authority = authority
        self._arns = arns
        self._changes = changes
        self._registered: list[Callable[[str], None]] = []

    def on_registered(self, action: Callable[[str], None]) -> None:
        """Call `action` with the PEM of each certificate that is brought along: at once with those
        that there are, later with each new one.
        """
        for row in self._database.rows("SELECT pem FROM certificate WHERE registered"):
            action(row["pem"])
        self._registered.append(action)

    def require(self, identifier: str):
        """The row of a certificate; ResourceNotFoundError if there is none."""
        select = "SELECT * FROM certificate WHERE id = ?"
        row = self._database.row(select, (identifier.lower(),))
        if row is None:
            raise ResourceNotFoundError(f"The certificate {identifier} does not exist")
        return row

    def create_keys_and_certificate(self, params: dict) -> dict:
        """A new P-256 key and its certificate. The private key ("EC PRIVATE KEY" PEM) is in this
        answer only.
        """
        certificate, keys = self._authority.issue_device()
        pair = {"PublicKey": keys.public_pem, "PrivateKey": keys.private_pem}
        return {**self._issued(certificate, params), "keyPair": pair}

    def create_certificate_from_csr(self, params: dict) -> dict:
        """A certificate for the key of a PEM certificate signing request."""
        csr = params["certificateSigningRequest"]
        return self._issued(self._authority.issue_from_csr(csr), params)

    def register_certificate(self, params: dict) -> dict:
        """Take in a certificate that an authority has signed: the one of `caCertificatePem`, which
        counts as registered here, or else the emulator's own.

        CertificateValidationError: it is none, or another authority has signed it.
        ResourceAlreadyExistsError: it is there.
        """
        certificate = _read("certificatePem", params["certificatePem"])
        given = params.get("caCertificatePem")
        authority = self._authority.certificate
        if given is not None:
            authority = _read("caCertificatePem", given)
        _check_signed(certificate, authority)
        status = ACTIVE if params.get("setAsActive") else INACTIVE
        return self._register(certificate, params.get("status", status), DEFAULT)

    def register_certificate_without_ca(self, params: dict) -> dict:
        """Take in a certificate, whoever has signed it. CertificateValidationError: it is none.
        ResourceAlreadyExistsError: it is there.
        """
        certificate = _read("certificatePem", params["certificatePem"])
        return self._register(certificate, params.get("status", INACTIVE), SNI_ONLY)

    def describe_certificate(self, params: dict) -> dict:
        """The certificate, its status and its dates."""
        row = self.require(params["certificateId"])
        certificate = x509.load_pem_x509_certificate(row["pem"].encode())
        return {
            "certificateDescription": {
                **self._summary(row),
                "certificatePem": row["pem"],
                "ownedBy": self._arns.account,
                "lastModifiedDate": row["modified"],
                "customerVersion": row["version"],
                "generationId": row["generation"],
                "validity": {
                    "notBefore": certificate.not_valid_before_utc.timestamp(),
                    "notAfter": certificate.not_valid_after_utc.timestamp(),
                },
            }
        }

    def list_certificates(self, params: dict) -> dict:
        """Certificates, the newest first unless `ascendingOrder`, a page at a time."""
        ascending = params.get("ascendingOrder", False)

        def rows(after: str | None, limit: int) -> list:
            behind, order = (">", "ASC") if ascending else ("<", "DESC")
            where = "" if after is None else f"WHERE number {behind} :after"
            return self._database.rows(
                f"SELECT * FROM certificate {where} ORDER BY number {order} LIMIT :limit",
                {"after": number(after), "limit": limit},
            )

        found, marker = page(rows, "number", params.get("marker"), params.get("pageSize"))
        return {"certificates": [self._summary(row) for row in found], "nextMarker": marker}

    def update_certificate(self, params: dict) -> dict:
        """Set the status to ACTIVE, INACTIVE or REVOKED; a revoked one stays revoked (developer
        guide, "Revoke a client certificate"). The other words of the model are refused.
        """
        status = params["newStatus"]
        _check_status("newStatus", status)
        with self._database.transaction():
            row = self.require(params["certificateId"])
            if row["status"] == REVOKED != status:
                raise ServiceError(
                    "CertificateStateException", f"The certificate {row['id']} is REVOKED for good"
                )
            if row["status"] != status:
                self._database.execute(
                    "UPDATE certificate SET status = ?, modified = ?, version = version + 1"
                    " WHERE id = ?",
                    (status, self._clock.time(), row["id"]),
                )
                self._changes.of_certificate(row["id"])
        return {}

    def delete_certificate(self, params: dict) -> dict:
        """Delete a certificate that is neither ACTIVE nor attached to a thing, and has no policy.

        With forceDelete its policies are detached (model: DeleteCertificateRequest); the rest
        must be so all the same.
        """
        with self._database.transaction():
            row = self.require(params["certificateId"])
            if row["status"] == ACTIVE:
                raise ServiceError(
                    "CertificateStateException",
                    f"The certificate {row['id']} is ACTIVE: deactivate it before deletion",
                )
            select = "SELECT thing_name FROM attachment WHERE certificate_id = ?"
            attached = self._database.row(select, (row["id"],))
            if attached:
                raise ServiceError(
                    "DeleteConflictException",
                    f"The certificate {row['id']} is attached to the thing "
                    f"{attached['thing_name']}: detach it before deletion",
                )
            self._detach_policies(row["id"], params.get("forceDelete", False))
            self._database.execute("DELETE FROM certificate WHERE id = ?", (row["id"],))
        return {}

    def _detach_policies(self, identifier: str, force: bool) -> None:
        policy = self._database.row(
            "SELECT policy_name FROM policy_target WHERE certificate_id = ?", (identifier,)
        )
        if policy and not force:
            raise ServiceError(
                "DeleteConflictException",
                f"The policy {policy['policy_name']} is attached to the certificate {identifier}: "
                "detach it before deletion, or force it",
            )
        delete = "DELETE FROM policy_target WHERE certificate_id = ?"
        self._database.execute(delete, (identifier,))

    def _issued(self, certificate: x509.Certificate, params: dict) -> dict:
        status = ACTIVE if params.get("setAsActive") else INACTIVE
        names = self._add(certificate, status, DEFAULT, registered=False)
        return {**names, "certificatePem": _pem(certificate)}

    def _register(self, certificate: x509.Certificate, status: str, mode: str) -> dict:
        _check_status("status", status)
        with self._database.transaction():
            identifier = certificate_id(certificate.public_bytes(serialization.Encoding.DER))
            if self._database.row("SELECT 1 FROM certificate WHERE id = ?", (identifier,)):
                arn = self._arns.certificate(identifier)
                raise ResourceAlreadyExistsError(
                    f"The certificate {identifier} is registered already",
                    members={"resourceId": identifier, "resourceArn": arn},
                )
            names = self._add(certificate, status, mode, registered=True)
            for action in self._registered:
                action(_pem(certificate))
        return names

    def _add(
        self, certificate: x509.Certificate, status: str, mode: str, registered: bool
    ) -> dict:
        identifier = certificate_id(certificate.public_bytes(serialization.Encoding.DER))
        now = self._clock.time()
        self._database.execute(
            "INSERT INTO certificate"
            " (id, pem, status, mode, registered, version, generation, created, modified)"
            " VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?)",
            (identifier, _pem(certificate), status, mode, registered, str(uuid4()), now, now),
        )
        return {"certificateArn": self._arns.certificate(identifier), "certificateId": identifier}

    def _summary(self, row) -> dict:
        return {
            "certificateArn": self._arns.certificate(row["id"]),
            "certificateId": row["id"],
            "status": row["status"],
            "certificateMode": row["mode"],
            "creationDate": row["created"],
        }


def _read(name: str, pem: str) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(found(pem.encode(), CERTIFICATE)[0].der)
    except ValueError as error:
        raise CertificateValidationError(f"{name} is no PEM certificate: {error}") from error


def _check_signed(certificate: x509.Certificate, authority: x509.Certificate) -> None:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise CertificateValidationError(
            f"certificatePem is not signed by {authority.subject.rfc4514_string()!a}: give the CA "
            "as caCertificatePem, or use RegisterCertificateWithoutCA"
        ) from error


def _check_status(name: str, status: str) -> None:
    if status not in _SETTABLE:
        raise InvalidRequestError(f"{name} {status} cannot be set by a request")


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
