"""The job document of an OTA update, `afr_ota`, as AWS makes it (SERVICE.md, OTA updates)."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from .. import strict_json
from ..s3.names import Named
from ..streams.records import StreamFile
from .records import HTTP, MQTT
from .signatures import Signature

_AUTH_SCHEME = "aws.s3.presigned"


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the document: as the request has it, as it lies in S3, and its signature."""

    requested: dict
    file: StreamFile
    signature: Signature


def of(
    protocols: Sequence[str], stream_id: str | None, files: Sequence[Member], region: str
) -> str:
    """The document's text. `stream_id` is None for HTTP alone.

    What a file does not have is null, as today's documents of the service have it; older ones,
    and the emulator's with `--drop-nulls`, leave it out.
    """
    stream = {"streamname": stream_id} if MQTT in protocols else {}
    return strict_json.dumps(
        {
            "afr_ota": {
                "protocols": list(protocols),
                **stream,
                "files": [_file(member, HTTP in protocols, region) for member in files],
            }
        }
    )


def _file(member: Member, has_url: bool, region: str) -> dict:
    signature, file = member.signature, member.file
    return {
        "filepath": member.requested.get("fileName"),
        "filesize": file.size,
        "fileid": file.file_id,
        "certfile": signature.certfile,
        "fileType": member.requested.get("fileType"),
        "update_data_url": _placeholder(file.named, region) if has_url else None,
        "auth_scheme": _AUTH_SCHEME if has_url else None,
        signature.member: signature.value,
    }


def _placeholder(named: Named, region: str) -> str:
    """What becomes a presigned URL whenever a device gets the document."""
    path = quote(f"{named.bucket}/{named.key}", safe="/~")
    return f"${{aws:iot:s3-presigned-url-v2:https://s3.{region}.amazonaws.com/{path}}}"
