"""documentSource: a job document out of S3 (SERVICE.md, Documents and files in S3)."""

from ..errors import InvalidRequestError
from ..limits import DOCUMENT_SOURCE_CHARACTERS, JOB_DOCUMENT_BYTES
from ..s3.names import of_url
from . import members
from .presigned import Files


def read(params: dict, files: Files | None) -> tuple[str | None, str | None]:
    """The document's text and its source: by `document` there is no source.

    InvalidRequestError: both are given, or none; or there is no such object; or it is no text.
    """
    source = members.characters(params, "documentSource", DOCUMENT_SOURCE_CHARACTERS)
    if source is None:
        return members.typed(params, "document", str, required=True), None
    if params.get("document") is not None:
        raise InvalidRequestError("document and documentSource exclude each other")
    if files is None:
        raise InvalidRequestError(
            "documentSource: there are no files: tools/emulator --files DIR serves some"
        )
    try:
        data = files.read(of_url(source), JOB_DOCUMENT_BYTES + 1)
        if len(data) > JOB_DOCUMENT_BYTES:
            raise ValueError(f"a document has at most {JOB_DOCUMENT_BYTES} bytes")
        return data.decode(), source
    except ValueError as error:  # UnicodeDecodeError is one
        raise InvalidRequestError(f"documentSource {members.shown(source)}: {error}") from None
