"""What AWS's OTA service takes of an update, and the document of such a job made by hand.

The device's handler `ota` reads these.
"""

import json
import pathlib
import re
from dataclasses import dataclass

from . import archives, documents, images, signing
from .errors import PackError

MAX_BYTES = 16 * 1024 * 1024  # of a file, the service's
_PLACE = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(\S{1,1024}[^\s/])")
_ID = re.compile(r"[^a-zA-Z0-9_-]+")
_MAX_ID = 56  # the job is called AFR_OTA- and that, and has 64
_FIRMWARE_TYPE = 0  # by FreeRTOS's agreement: what the device runs


@dataclass(frozen=True)
class Update:
    """A file with this `content`, which goes to `bucket` and `key` in S3. `version` is its label,
    `signature` is in Base64, or None.
    """

    content: bytes
    bucket: str
    key: str
    version: str
    signature: str | None

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2]

    @property
    def update_id(self) -> str:
        """What it is called there: after its file."""
        stem = self.name.removesuffix(".tar").removesuffix(".bin")
        return _ID.sub("-", stem)[:_MAX_ID]

    def files(self) -> list[dict]:
        """The `files` of CreateOTAUpdate."""
        file = {
            "fileName": self.version,
            "fileType": _FIRMWARE_TYPE,
            "fileLocation": {"s3Location": {"bucket": self.bucket, "key": self.key}},
        }
        if self.signature is not None:
            file["codeSigning"] = {
                "customCodeSigning": {
                    "signature": {"inlineDocument": self.signature},
                    "hashAlgorithm": "SHA256",
                    "signatureAlgorithm": "ECDSA",
                }
            }
        return [file]

    def document(self) -> dict:
        """The document of a job that is made by hand, beside a stream of this update's id."""
        file = {
            "filepath": self.version,
            "filesize": len(self.content),
            "fileid": 0,
            "certfile": None,
            "fileType": _FIRMWARE_TYPE,
            "sig-sha256-ecdsa" if self.signature else "sig--": self.signature,
        }
        made = {"protocols": ["MQTT"], "streamname": self.update_id, "files": [file]}
        return {"afr_ota": made}

    def write(self, folder: pathlib.Path) -> list[str]:
        """Write the file, `files.json` and `document.json`; the commands that bring it to AWS."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / self.name
        file.write_bytes(self.content)
        (folder / "files.json").write_text(json.dumps(self.files(), indent=1) + "\n")
        (folder / "document.json").write_bytes(documents.encoded(self.document()) + b"\n")
        return [
            f"aws s3 cp {file} s3://{self.bucket}/{self.key}",
            f"aws iot create-ota-update --ota-update-id {self.update_id} --targets $TARGET"
            f" --protocols MQTT --files file://{folder}/files.json --role-arn $ROLE",
        ]


def application(
    folder: pathlib.Path, place: str, version: str, module: str, key: pathlib.Path | None
) -> tuple[Update, list[str]]:
    """An update to all files of `folder`, and the names of what is left out. `place`: where its
    archive goes, s3://BUCKET/KEY. Raises PackError.
    """
    found, left_out = documents.application_files(folder, module)
    return _update(archives.archive(found), place, version, key), left_out


def firmware(image: pathlib.Path, place: str, version: str, key: pathlib.Path | None) -> Update:
    """An update to the firmware `image`. Raises PackError."""
    content = image.read_bytes()
    images.check(content, str(image))
    return _update(content, place, version, key)


def _update(content: bytes, place: str, version: str, key: pathlib.Path | None) -> Update:
    found = _PLACE.fullmatch(place)
    if not found:
        raise PackError(f"--ota {place!r}: not s3://BUCKET/KEY")
    if len(content) > MAX_BYTES:
        raise PackError(f"{len(content)} bytes: an OTA update has at most {MAX_BYTES}")
    signed = signing.signature(content, key) if key else None
    return Update(content, *found.groups(), documents.checked_version(version), signed)
