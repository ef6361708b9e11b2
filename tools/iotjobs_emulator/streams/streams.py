"""Streams as their owner sees them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

from ..arns import Arns
from ..database import Database
from ..jobs.operation import Operation
from ..jobs.tag_control import Taggable
from ..jobs.tag_store import STREAM
from .control import StreamControl
from .data import StreamData
from .limits import STREAM_ID
from .objects import Files, Objects
from .records import Stream
from .store import StreamStore


class Streams:
    """`control` serves operators, `data` devices. `operation` begins what each request is; `files`
    are those in S3, None: there are none. What a fault on demand does to a stream is here too.
    """

    def __init__(
        self,
        database: Database,
        operation: Callable[[], AbstractContextManager[Operation]],
        arns: Arns,
        files: Files | None = None,
    ):
        self._operation = operation
        self._store = store = StreamStore(database)
        self.objects = Objects(files)
        self.control = StreamControl(operation, store, self.objects, arns)
        self.data = StreamData(operation, store, self.objects)
        self.taggable = Taggable(STREAM, arns.stream(""), STREAM_ID, self.control.find)

    def update(self, stream_id: str) -> str | None:
        """Make the next version of a stream, with the same files, as if an operator had done it.
        What was done, None: there is no such stream.
        """

        def do(operation: Operation, stream: Stream) -> str:
            self.control.renew_in(operation, stream)
            return f"version {stream.version - 1} became {stream.version}"

        return self._disturb(stream_id, do)

    def delete(self, stream_id: str) -> str | None:
        """Delete a stream, whoever needs it. What was done, None: there is no such stream."""

        def do(operation: Operation, stream: Stream) -> str:
            self.control.delete_in(operation, stream_id)
            return "deleted"

        return self._disturb(stream_id, do)

    def forget_contents(self, stream_id: str) -> str | None:
        """From now on take the objects of a stream for other ones than when it was made; an
        UpdateStream with files looks at them anew. What was done, None: there is no such stream.
        """

        def do(operation: Operation, stream: Stream) -> str:
            stream.files = [replace(file, etag=_NO_ETAG) for file in stream.files]
            self._store.save(stream)
            return "its files have changed"

        return self._disturb(stream_id, do)

    def _disturb(self, stream_id: str, do: Callable[[Operation, Stream], str]) -> str | None:
        with self._operation() as operation:
            stream = self._store.stream(stream_id)
            return stream and do(operation, stream)


_NO_ETAG = '""'
