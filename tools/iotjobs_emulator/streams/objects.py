"""A stream's files in S3: looked up when it is made, and read whenever a device asks."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from ..errors import (
    InternalFailureError,
    InvalidRequestError,
    LimitExceededError,
    ResourceNotFoundError,
    UnauthorizedError,
)
from ..jobs import members
from ..s3 import names
from ..s3.errors import S3Error
from ..s3.names import Named
from ..s3.stored import Stored
from .errors import ETagMismatchError
from .limits import FILE_BYTES, FILE_ID, STREAM_FILES
from .records import StreamFile

_UNVERSIONED = "null"  # what S3 calls the version of an object in a bucket that keeps none


class Files(Protocol):
    """s3.Files."""

    def open(self, named: Named) -> AbstractContextManager[Stored]: ...


class Objects:
    """The objects that streams are made of. `files` are those in S3, None: there are none."""

    def __init__(self, files: Files | None):
        self._files = files

    def named_in(self, params: dict) -> list[StreamFile]:
        """`files` of CreateStream and UpdateStream, each as it is in S3 now.

        InvalidRequestError: a member is missing, or a fileId comes twice.
        ResourceNotFoundError: no such object. UnauthorizedError: nobody may read it.
        LimitExceededError: it is larger than a stream's file may be.
        """
        given = members.typed(params, "files", list, required=True)
        if len(given) not in STREAM_FILES:
            raise InvalidRequestError(
                f"files must have 1 to {STREAM_FILES[-1]} entries, not {len(given)}"
            )
        found: list[StreamFile] = []
        for one in given:
            file = members.typed({"files": one}, "files", dict, required=True)
            file_id = members.number(file, "fileId", FILE_ID, required=True)
            if any(other.file_id == file_id for other in found):
                raise InvalidRequestError(f"files: the fileId {file_id} comes twice")
            location = members.typed(file, "s3Location", dict, required=True)
            found.append(self.look_up(file_id, location, FILE_BYTES))
        return found

    def look_up(self, file_id: int, location: dict, most: int) -> StreamFile:
        """The file that an `s3Location` names, of at most so many bytes; it raises as above."""
        named = location_of(location)
        with self._open(named) as stored:
            if stored.size > most:
                raise LimitExceededError(
                    f"{shown(named)} has {stored.size} bytes; {most} are the limit"
                )
            version = location.get("version")
            return StreamFile(file_id, named, stored.size, stored.etag(), version)

    def content(self, file: StreamFile) -> bytes:
        """All bytes of a file. It raises as `blocks` does."""
        return next(iter(self.blocks(file, max(file.size, 1), [0])))

    def blocks(self, file: StreamFile, size: int, numbers: list[int]) -> list[bytes]:
        """Those blocks of a file, each of `size` bytes, the last one of the file of the rest.

        ETagMismatchError: the object is another one now. ResourceNotFoundError,
        UnauthorizedError: as when it was looked up.
        """
        with self._open(file.named) as stored:
            found = [
                b"".join(stored.read(n * size, min((n + 1) * size, file.size))) for n in numbers
            ]
            if stored.etag() != file.etag:
                raise ETagMismatchError(
                    f"{shown(file.named)} has changed since the stream was made"
                )
        return found

    @contextmanager
    def _open(self, named: Named) -> Iterator[Stored]:
        if self._files is None:
            raise ResourceNotFoundError(
                f"{shown(named)}: there are no files: tools/emulator --files DIR serves some"
            )
        try:
            with self._files.open(named) as stored:
                yield stored
        except S3Error as error:
            kind = UnauthorizedError if error.status == 403 else ResourceNotFoundError
            raise kind(f"{shown(named)}: {error.code}: {error.message}") from None
        except OSError as error:  # of the disk: a timer that meets it must not meet it for ever
            raise InternalFailureError(f"{shown(named)} cannot be read: {error}") from error


def location_of(location: dict) -> Named:
    """What an `s3Location` names. InvalidRequestError: it names nothing that there can be."""
    bucket = members.typed(location, "bucket", str, required=True)
    key = members.typed(location, "key", str, required=True)
    version = members.typed(location, "version", str)
    if version not in (None, _UNVERSIONED):
        raise InvalidRequestError(
            f"version {members.shown(version)}: the emulator keeps no versions of objects; leave "
            f"it out, or give {_UNVERSIONED}"
        )
    try:
        return names.of_path(f"{bucket}/{key}")
    except ValueError as error:
        raise InvalidRequestError(f"s3Location: {error}") from None


def shown(named: Named) -> str:
    """An object as a message names it."""
    return f"s3://{named.bucket}/{named.key}"
