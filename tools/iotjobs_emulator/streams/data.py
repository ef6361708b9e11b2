"""What a device asks of a stream: what is in it, and blocks of that."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from ..errors import ResourceNotFoundError, VersionConflictError
from ..jobs.operation import Operation
from .asked import Asked
from .objects import Objects
from .records import Stream
from .store import StreamStore


class StreamData:
    """DescribeStream and GetStream of the MQTT API, in the members of its messages.

    Each raises ResourceNotFoundError for a stream that there is not.
    """

    def __init__(
        self,
        operation: Callable[[], AbstractContextManager[Operation]],
        store: StreamStore,
        objects: Objects,
    ):
        self._operation = operation
        self._store = store
        self._objects = objects

    def describe(self, stream_id: str) -> dict:
        """The stream's version, description, and the size of each file in bytes."""
        with self._operation():
            stream = self._find(stream_id)
        described = {} if stream.description is None else {"d": stream.description}
        files = [{"f": file.file_id, "z": file.size} for file in stream.files]
        return {"s": stream.version, **described, "r": files}

    def get(self, stream_id: str, asked: Asked) -> list[dict]:
        """The blocks that are asked for, ascending, each in the members of its message.

        VersionConflictError: another version is expected. ResourceNotFoundError: no such file.
        InvalidRequestError: there is nothing where it is asked for. It raises as
        `Objects.blocks`, too.
        """
        with self._operation():
            stream = self._find(stream_id)
        if asked.version not in (None, stream.version):
            raise VersionConflictError(
                f"The version of stream {stream_id} is {stream.version}, not {asked.version}"
            )
        file = stream.file(asked.file_id)
        if file is None:
            raise ResourceNotFoundError(f"Stream {stream_id} has no file {asked.file_id}")
        numbers = asked.blocks(file.size)
        blocks = self._objects.blocks(file, asked.block_bytes, numbers)
        return [
            {"f": file.file_id, "i": number, "l": len(block), "p": block}
            for number, block in zip(numbers, blocks, strict=True)
        ]

    def _find(self, stream_id: str) -> Stream:
        stream = self._store.stream(stream_id)
        if stream is None:
            raise ResourceNotFoundError(f"Stream {stream_id} not found")
        return stream
