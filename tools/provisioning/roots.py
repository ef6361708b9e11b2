"""The root by which a board verifies the service."""

import hashlib
import ssl
from pathlib import Path

import botocore
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from iotjobs_inputs import pem

from .errors import ProvisionError

# Mozilla's roots, as certifi has them, come with botocore, which verifies AWS by them.
_ROOTS = Path(botocore.__file__).with_name("cacert.pem")
# Amazon Root CA 1, of 2015 to 2038, which has signed the servers of iot:Data-ATS. All else that is
# said of a root may be said of another too.
_SHA256 = "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e"


def amazons() -> bytes:
    """Amazon Root CA 1, as DER. Raises ProvisionError if botocore has it no more."""
    for found in pem.found(_ROOTS.read_bytes(), pem.CERTIFICATE):
        if hashlib.sha256(found.der).hexdigest() == _SHA256:
            return found.der
    raise ProvisionError("Amazon Root CA 1 is not in botocore's bundle: give it by --ca FILE")


def of_file(path: Path) -> bytes:
    """The certificate of an authority in a file, PEM or DER, as DER. Raises ProvisionError."""
    try:
        found = pem.found(path.read_bytes(), pem.CERTIFICATE)
        certificates = [x509.load_der_x509_certificate(each.der) for each in found]
    except OSError as error:
        raise ProvisionError(f"--ca: {path}: {error.strerror}") from None
    except (ValueError, ssl.SSLError):
        raise ProvisionError(f"--ca: {path} holds no certificate in PEM or DER") from None
    if len(certificates) != 1:
        raise ProvisionError(f"--ca: {path} holds {len(certificates)} certificates: give one")
    return certificates[0].public_bytes(serialization.Encoding.DER)
