"""What is known of a stream. All times are seconds since 1970, as the clock gave them."""

from dataclasses import dataclass

from ..s3.names import Named


@dataclass(frozen=True, slots=True)
class StreamFile:
    """A file of a stream: where it lies, and its `size` in bytes and `etag` when it was named.

    `version` is what the request said of it, which is shown again.
    """

    file_id: int
    named: Named
    size: int
    etag: str
    version: str | None = None


@dataclass(slots=True)
class Stream:
    """A stream. `version` grows by one with each UpdateStream; `seq` from stream to stream."""

    stream_id: str
    description: str | None
    role_arn: str
    files: list[StreamFile]
    created_at: float
    last_updated_at: float
    version: int = 1
    seq: int | None = None

    def file(self, file_id: int) -> StreamFile | None:
        """The file of that id, None if there is none."""
        return next((file for file in self.files if file.file_id == file_id), None)
