"""S3 placeholders in a job document: `${aws:iot:s3-presigned-url-v2:https://…}` becomes a signed
URL whenever the document is handed out to a device.

SERVICE.md, Documents and files in S3. They are looked for in the strings of the JSON, as these
read without their escapes.
"""

import json
import re
from collections.abc import Callable
from typing import Protocol

from ..errors import InvalidRequestError, ServiceUnavailableError
from ..limits import JOB_DOCUMENT_BYTES, PRESIGNED_URL_SECONDS
from ..s3.names import Named, of_path, of_url
from . import documents, members
from .store import Store

_MARK = "${aws:iot:s3-presigned-url"
_PLACE = re.compile(r"\$\{aws:iot:s3-presigned-url([^:{}]*):([^}]*)\}")
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')


class Files(Protocol):
    """s3.Files."""

    def has_bucket(self, bucket: str) -> bool: ...

    def read(self, named: Named, most: int) -> bytes: ...

    def presigned(self, named: Named, now: float, seconds: int) -> str: ...


def check(document: str, config: dict | None, files: Files | None, now: float) -> None:
    """InvalidRequestError unless every placeholder of a document (valid JSON) can be filled in,
    and it then still has at most 32,768 bytes.
    """

    def url_of(place: re.Match) -> str:
        named = _named(place)
        if files is None:
            raise _refused(place[0], "there are no files: tools/emulator --files DIR serves some")
        if not (config or {}).get("roleArn"):
            raise _refused(place[0], "it needs presignedUrlConfig with a roleArn")
        if not files.has_bucket(named.bucket):
            raise _refused(place[0], f"there is no bucket {named.bucket}")
        return files.presigned(named, now, PRESIGNED_URL_SECONDS[-1])

    size = len(_filled(document, url_of).encode())
    if size > JOB_DOCUMENT_BYTES:
        raise InvalidRequestError(
            f"document: {size} bytes with its presigned URLs, at most {JOB_DOCUMENT_BYTES} are "
            "allowed"
        )


class Documents:
    """The documents of jobs as devices get them, at one instant; with `drops_nulls` without the
    members that are null.
    """

    def __init__(self, store: Store, files: Files | None, now: float, drops_nulls: bool = False):
        self._store = store
        self._files = files
        self._now = now
        self._drops_nulls = drops_nulls

    def of(self, job_id: str) -> str:
        """The document of a job that exists, with URLs that are signed anew.

        ServiceUnavailableError: the emulator was started without the files, which it had when the
        job was created.
        """
        document, config = self._store.job_members(job_id, "document", "presigned_url_config")
        if self._drops_nulls:
            document = documents.without_nulls(document)
        if config is None:  # then it has no placeholder
            return document
        seconds = config.get("expiresInSec", PRESIGNED_URL_SECONDS[-1])

        def url_of(place: re.Match) -> str:
            if self._files is None:
                raise ServiceUnavailableError(
                    f"The document of job {job_id} needs tools/emulator --files DIR"
                )
            return self._files.presigned(_named(place), self._now, seconds)

        return _filled(document, url_of)


def _filled(document: str, url_of: Callable[[re.Match], str]) -> str:
    def in_string(token: re.Match) -> str:
        text = json.loads(token[0])
        if _MARK not in text:
            return token[0]
        filled = _PLACE.sub(url_of, text)
        if _MARK in filled:
            at = filled.index(_MARK)
            raise _refused(filled[at:], "it is none that the service fills in")
        return json.dumps(filled)

    # Without either, no string can have a placeholder.
    if _MARK not in document and "\\" not in document:
        return document
    return _STRING.sub(in_string, document)


def _named(place: re.Match) -> Named:
    """The object that a placeholder names."""
    version, text = place.groups()
    try:
        if version == "-v2":
            return of_url(text)
        if version:
            raise ValueError(
                "the emulator fills in s3-presigned-url and s3-presigned-url-v2 alone"
            )
        if "://" in text:
            return of_url(text, encoded=False)
        return of_path(text)
    except ValueError as error:
        raise _refused(place[0], str(error)) from None


def _refused(place: str, why: str) -> InvalidRequestError:
    return InvalidRequestError(f"document: {members.shown(place)} is not filled in: {why}")
