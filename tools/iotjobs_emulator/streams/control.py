"""The control plane of streams, in the shapes of the model `iot` (SERVICE.md, Streams)."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from ..arns import Arns
from ..errors import (
    DeleteConflictError,
    LimitExceededError,
    ResourceAlreadyExistsError,
    ResourceNotFoundError,
)
from ..jobs import members, tagging
from ..jobs.operation import Operation
from ..jobs.pages import page
from ..jobs.tag_store import STREAM
from ..limits import ROLE_ARN
from .limits import LAST_VERSION, STREAM_ID
from .objects import Objects
from .records import Stream, StreamFile
from .store import StreamStore

# Who uses a stream, by its id: the name of that, None if nobody does.
UserOf = Callable[[str], str | None]


class StreamControl:
    """CreateStream, DescribeStream, ListStreams, UpdateStream, DeleteStream.

    Each raises InvalidRequestError for a member of the wrong form. `user_of` says who needs a
    stream, which then cannot be deleted.
    """

    def __init__(
        self,
        operation: Callable[[], AbstractContextManager[Operation]],
        store: StreamStore,
        objects: Objects,
        arns: Arns,
    ):
        self._operation = operation
        self._store = store
        self._objects = objects
        self._arns = arns
        self.user_of: UserOf = lambda stream_id: None

    def create_stream(self, params: dict) -> dict:
        """Make a stream of objects in S3. ResourceAlreadyExistsError: the streamId is taken.

        It raises as `Objects.named_in`, too.
        """
        stream_id = _stream_id(params)
        description = members.text(params, "description")
        role = members.matching(params, "roleArn", ROLE_ARN, required=True)
        tags = tagging.read(params)
        with self._operation() as operation:
            files = self._objects.named_in(params)
            stream = self.create_in(operation, stream_id, description, role, files)
            operation.store.tags.set(STREAM, stream_id, tags)
            return self._identity(stream)

    def create_in(
        self,
        operation: Operation,
        stream_id: str,
        description: str | None,
        role_arn: str,
        files: list[StreamFile],
    ) -> Stream:
        """A new stream, within an operation that has begun."""
        if self._store.stream(stream_id) is not None:
            raise ResourceAlreadyExistsError(
                f"Stream {stream_id} already exists",
                members={"resourceId": stream_id, "resourceArn": self._arns.stream(stream_id)},
            )
        now = operation.now
        stream = Stream(stream_id, description, role_arn, files, now, now)
        self._store.add(stream)
        return stream

    def describe_stream(self, params: dict) -> dict:
        """The stream with its files; their sizes are for devices alone."""
        with self._operation() as operation:
            stream = self.find(operation, _stream_id(params))
        return {
            "streamInfo": {
                **self._identity(stream),
                "files": [_file(file) for file in stream.files],
                "roleArn": stream.role_arn,
                "createdAt": stream.created_at,
                "lastUpdatedAt": stream.last_updated_at,
            }
        }

    def list_streams(self, params: dict) -> dict:
        """The streams, the newest first unless ascendingOrder, in pages."""
        ascending = members.flag(params, "ascendingOrder", default=False)
        with self._operation():
            fetch = self._store.oldest if ascending else self._store.newest
            streams, next_token = page(params, fetch, ascending)
        return {"streams": [self._identity(stream) for stream in streams], **next_token}

    def update_stream(self, params: dict) -> dict:
        """Change what is given, the list of files as a whole; the version grows by one.

        Each file is looked at anew only if files are given. It raises as `create_stream`.
        """
        stream_id = _stream_id(params)
        description = members.text(params, "description")
        role = members.matching(params, "roleArn", ROLE_ARN)
        with self._operation() as operation:
            stream = self.find(operation, stream_id)
            if params.get("files") is not None:
                stream.files = self._objects.named_in(params)
            stream.description = description or stream.description
            stream.role_arn = role or stream.role_arn
            self.renew_in(operation, stream)
            return self._identity(stream)

    def renew_in(self, operation: Operation, stream: Stream) -> None:
        """Keep a stream that was changed, as its next version."""
        if stream.version == LAST_VERSION:
            raise LimitExceededError(f"Version {LAST_VERSION} of a stream is its last one")
        stream.version += 1
        stream.last_updated_at = operation.now
        self._store.save(stream)

    def delete_stream(self, params: dict) -> dict:
        """Delete a stream, also under a device that reads it.

        DeleteConflictError: an OTA update needs it.
        """
        with self._operation() as operation:
            stream = self.find(operation, _stream_id(params))
            user = self.user_of(stream.stream_id)
            if user is not None:
                raise DeleteConflictError(f"Stream {stream.stream_id} is used by {user}")
            self.delete_in(operation, stream.stream_id)
        return {}

    def delete_in(self, operation: Operation, stream_id: str) -> None:
        """Forget a stream and its tags, within an operation that has begun."""
        operation.store.tags.clear(STREAM, stream_id)
        self._store.delete(stream_id)

    def find(self, operation: Operation, stream_id: str) -> Stream:
        """The stream of that id, or ResourceNotFoundError."""
        stream = self._store.stream(stream_id)
        if stream is None:
            raise ResourceNotFoundError(f"Stream {stream_id} not found")
        return stream

    def _identity(self, stream: Stream) -> dict:
        described = {} if stream.description is None else {"description": stream.description}
        return {
            "streamId": stream.stream_id,
            "streamArn": self._arns.stream(stream.stream_id),
            **described,
            "streamVersion": stream.version,
        }


def _stream_id(params: dict) -> str:
    return members.matching(params, "streamId", STREAM_ID, required=True)


def _file(file: StreamFile) -> dict:
    bucket, key = file.named
    version = {} if file.version is None else {"version": file.version}
    return {"fileId": file.file_id, "s3Location": {"bucket": bucket, "key": key, **version}}
