"""A registry whose operations are called as an SDK would, checked against the service model."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import NameOID
from iotjobs_emulator.authority import Authority
from iotjobs_emulator.clock import VirtualClock
from iotjobs_emulator.database import Database
from iotjobs_emulator.errors import ServiceError
from iotjobs_emulator.registry import Registry
from iotjobs_emulator.rest import handlers_of, load_model
from iotjobs_emulator.rest.validation import violations
from iotjobs_emulator.rest.values import to_json
from jobs_world import ACCOUNT, REGION, START, pages

ARN = f"arn:aws:iot:{REGION}:{ACCOUNT}:"
UNKNOWN_ID = "0" * 64
INVALID, NOT_FOUND = "InvalidRequestException", "ResourceNotFoundException"
MODEL = load_model("iot")


def refusals(*rows: tuple[str, str, str, dict]):
    """A test of each: the error, what its message names, the operation and its parameters."""
    ids = [f"{operation} {named}" for _, named, operation, _ in rows]
    return pytest.mark.parametrize(("code", "named", "operation", "params"), rows, ids=ids)


class Bench:
    """A registry with what surrounds it; calling it is an operation, checked against the model."""

    def __init__(self, path: str = ":memory:", is_open: bool = False):
        self._path = path
        self.database = Database(path)
        self.clock = VirtualClock(START)
        self.authority = Authority(self.database)
        self.registry = Registry(
            self.database, self.clock, self.authority, REGION, ACCOUNT, "bench.local", is_open
        )
        self._handlers = handlers_of(MODEL, self.registry)

    def __call__(self, operation: str, **params) -> dict:
        shapes = MODEL.operations[operation]
        assert not violations(shapes.input_shape, params)
        output = self._handlers[operation](params)
        if shapes.output_shape is not None:
            to_json(shapes.output_shape, output)
        return output

    def fails(self, operation: str, **params) -> tuple[str, str]:
        with pytest.raises(ServiceError) as caught:
            self(operation, **params)
        assert caught.value.code in {
            s.error_code for s in MODEL.operations[operation].error_shapes
        }
        return caught.value.code, caught.value.message

    def refuses(self, code: str, named: str, operation: str, **params) -> None:
        """The operation fails with this error, whose message has `named`."""
        found, message = self.fails(operation, **params)
        assert (found, named in message) == (code, True), message

    def pages(self, operation: str, **params) -> list[list]:
        return pages(lambda members: self(operation, **members), **params)

    def chain(self, *groups: str) -> None:
        """Make thing groups, each the parent of the next."""
        parent = {}
        for name in groups:
            self("CreateThingGroup", thingGroupName=name, **parent)
            parent = {"parentGroupName": name}

    def restarted(self) -> "Bench":
        """Close the state file; the bench that opens it again."""
        self.database.close()
        return Bench(self._path)

    def thing_of(self, der: bytes) -> str | None:
        principal = self.registry.principal_of(der)
        return None if principal is None else principal.thing

    def certificate(self, active: bool = True) -> tuple[str, str, bytes]:
        """A new certificate's id, ARN and DER."""
        made = self("CreateKeysAndCertificate", setAsActive=active)
        return made["certificateId"], made["certificateArn"], der_of(made["certificatePem"])


def der_of(pem: str) -> bytes:
    certificate = x509.load_pem_x509_certificate(pem.encode())
    return certificate.public_bytes(serialization.Encoding.DER)


def csr_of(key: PrivateKeyTypes, name: str = "my board", algorithm=hashes.SHA256) -> str:
    """A request for that common name. `algorithm` None: of Ed25519."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    signed = request.sign(key, algorithm and algorithm())
    return signed.public_bytes(serialization.Encoding.PEM).decode()
