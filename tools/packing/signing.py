"""The signature of a job document, and the keys for it, on the curve P-256."""

import base64
import pathlib

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from iotjobs_desk import keys
from iotjobs_inputs import pem

from .errors import PackError


def signed_text(document: dict) -> bytes:
    """What a signature is over: what is to be on the device, and not where it comes from."""
    name = document["operation"]
    files = document.get("files") or [document | {"path": "firmware"}]
    lines = [f"iotjobs {name} 1", f"version {document['version']}"]
    lines += [f"{file['sha256']} {file['size']} {file['path']}" for file in files]
    return "".join(line + "\n" for line in lines).encode()


def sign(document: dict, key: pathlib.Path) -> dict:
    """The document with a signature by the private key in the PEM file `key`."""
    return document | {"signature": signature(signed_text(document), key)}


def signature(content: bytes, key: pathlib.Path) -> str:
    """The signature of `content`, in Base64, by the private key in the PEM file `key`."""
    try:
        found = pem.found(key.read_bytes(), pem.PRIVATE_KEY)[0]
        if found.is_encrypted:
            raise ValueError("the key is encrypted: one without a password is needed")
        private = serialization.load_der_private_key(found.der, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise PackError(f"{key}: no private key without a password: {error}") from None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
        raise PackError(f"{key}: not a key on the curve P-256")
    return base64.b64encode(private.sign(content, ec.ECDSA(hashes.SHA256()))).decode()


def new_key(path: pathlib.Path) -> pathlib.Path:
    """Make a key pair, as `iotjobs_desk.keys` says. Raises PackError."""
    if path.suffix == ".der":
        raise PackError(f"{path}: that is the public key's name; give one in .pem")
    try:
        return keys.new_key(path)
    except FileExistsError as error:
        raise PackError(str(error)) from None
