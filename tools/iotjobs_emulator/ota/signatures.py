"""How a file of an OTA update is signed: by what the request brings along, or by the emulator.

SERVICE.md, OTA updates.
"""

import base64
from dataclasses import dataclass

from ..errors import InvalidRequestError
from ..jobs import members
from .signer import ALGORITHM, HASH, Signer

_WAYS = ("awsSignerJobId", "startSigningJobParameter", "customCodeSigning")


@dataclass(frozen=True, slots=True)
class Signature:
    """What a document says of a file's signature. `member` names hash and algorithm, as `sig-…`.

    `value` is its Base64, None of a file that is not signed; `certfile` is a label of the
    certificate, or None.
    """

    member: str
    value: str | None
    certfile: str | None


UNSIGNED = Signature("sig--", None, None)


def check(file: dict) -> None:
    """InvalidRequestError unless a file of a request is signed in a way that is here, or in none.

    What AWS Signer has signed is not here.
    """
    way, parameters = _way(file)
    if way == "awsSignerJobId":
        raise InvalidRequestError(
            "awsSignerJobId: the emulator has no jobs of AWS Signer; name a signing profile in "
            "startSigningJobParameter, or sign the file yourself: customCodeSigning"
        )
    if way == "startSigningJobParameter":
        members.typed(parameters, "signingProfileName", str, required=True)
    if way == "customCodeSigning":
        signature = members.typed(parameters, "signature", dict, required=True)
        members.typed(signature, "inlineDocument", bytes, required=True)
        for name in ("hashAlgorithm", "signatureAlgorithm"):
            members.typed(parameters, name, str, required=True)


def of(file: dict, content: bytes, signer: Signer) -> Signature:
    """The signature of a file of a request that was checked. `content` is all of the file."""
    way, parameters = _way(file)
    if way == "startSigningJobParameter":
        certfile = parameters.get("signingProfileParameter", {}).get("certificatePathOnDevice")
        value = base64.b64encode(signer.sign(content)).decode()
        return Signature(_member(HASH, ALGORITHM), value, certfile)
    if way == "customCodeSigning":
        certfile = parameters.get("certificateChain", {}).get("certificateName")
        value = _text(parameters["signature"]["inlineDocument"])
        member = _member(parameters["hashAlgorithm"], parameters["signatureAlgorithm"])
        return Signature(member, value, certfile)
    return UNSIGNED


def signs(file: dict) -> bool:
    """Whether it takes the file's content to sign it."""
    return _way(file)[0] == "startSigningJobParameter"


def _way(file: dict) -> tuple[str | None, dict]:
    """The one way in which a file is signed, with its parameters; None: in none."""
    signing = members.typed(file, "codeSigning", dict) or {}
    ways = [way for way in _WAYS if signing.get(way) is not None]
    if len(ways) > 1:
        raise InvalidRequestError(f"codeSigning: {' and '.join(ways)} exclude each other")
    return (ways[0], signing[ways[0]]) if ways else (None, {})


def _member(digest: str, algorithm: str) -> str:
    # As they were typed: "SHA-256" makes a member that no agent looks for, at the service too.
    return f"sig-{digest.lower()}-{algorithm.lower()}"


def _text(blob: bytes) -> str:
    """A signature as a document has it. Most clients send the blob's own Base64 as its bytes: text
    stays as it is.
    """
    try:
        text = blob.decode("ascii")
    except UnicodeDecodeError:
        return base64.b64encode(blob).decode()
    return text if text.isprintable() else base64.b64encode(blob).decode()
