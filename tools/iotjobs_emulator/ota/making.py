"""What an OTA update makes: its signatures, its stream and its job; and what goes with it."""

from uuid import uuid4

from ..errors import LimitExceededError, ResourceNotFoundError
from ..jobs import transitions
from ..jobs.control import JobsControl
from ..jobs.operation import Operation
from ..jobs.records import Job
from ..jobs.tag_store import OTA_UPDATE
from ..streams import Streams
from ..streams.objects import shown
from ..streams.records import StreamFile
from . import document, new_update, signatures
from .document import Member
from .limits import FILE_BYTES
from .records import MQTT, OtaUpdate
from .signer import Signer
from .store import OtaStore


class Making:
    """Makes and deletes within operations that have begun. `region` is the one of URLs of S3."""

    def __init__(
        self, jobs: JobsControl, streams: Streams, store: OtaStore, signer: Signer, region: str
    ):
        self._jobs = jobs
        self._streams = streams
        self._store = store
        self._signer = signer
        self._region = region

    def make(self, operation: Operation, update: OtaUpdate) -> None:
        """Sign the files, make a stream of them if they are in none, and create the job.

        ServiceError: what is missing, or not allowed. Then the caller takes all of it back.
        """
        requested = update.request["files"]
        files = [self._file(operation, place, one) for place, one in enumerate(requested)]
        found = [
            Member(one, file, self._signature(one, file))
            for one, file in zip(requested, files, strict=True)
        ]
        update.stream_id = _stream_of(requested[0])
        if update.stream_id is None and MQTT in update.protocols:
            self._make_stream(operation, update, files)
        text = document.of(update.protocols, update.stream_id, found, self._region)
        self._jobs.create_job_in(operation, new_update.job_request(update, document=text))
        update.owns_job = True

    def delete(self, operation: Operation, update: OtaUpdate) -> None:
        """Delete an update with its job, and its own stream if that is wanted; some of these may
        be gone already.
        """
        job = job_of(operation, update)
        if job is not None:
            transitions.delete_job(operation, job)
        if update.owns_stream and update.deletes_stream:
            self._streams.control.delete_in(operation, update.stream_id)
        operation.store.tags.clear(OTA_UPDATE, update.ota_update_id)
        self._store.delete(update.ota_update_id)

    def _file(self, operation: Operation, place: int, requested: dict) -> StreamFile:
        location = requested["fileLocation"]
        if location.get("s3Location") is not None:
            return self._streams.objects.look_up(place, location["s3Location"], FILE_BYTES)
        stream = self._streams.control.find(operation, location["stream"]["streamId"])
        file = stream.file(location["stream"]["fileId"])
        if file is None:
            file_id = location["stream"]["fileId"]
            raise ResourceNotFoundError(f"Stream {stream.stream_id} has no file {file_id}")
        if file.size > FILE_BYTES:
            limit = f"{file.size} bytes; {FILE_BYTES} are the limit of an OTA update"
            raise LimitExceededError(f"{shown(file.named)} has {limit}")
        return file

    def _signature(self, requested: dict, file: StreamFile) -> signatures.Signature:
        is_needed = signatures.signs(requested)
        content = self._streams.objects.content(file) if is_needed else b""
        return signatures.of(requested, content, self._signer)

    def _make_stream(
        self, operation: Operation, update: OtaUpdate, files: list[StreamFile]
    ) -> None:
        update.stream_id, update.owns_stream = f"AFR_OTA-{uuid4()}", True
        self._streams.control.create_in(
            operation,
            update.stream_id,
            f"Stream for OTAUpdate {update.ota_update_id}",
            update.request["roleArn"],
            files,
        )


def job_of(operation: Operation, update: OtaUpdate) -> Job | None:
    """The job that an update has made, if it is still there."""
    return operation.store.job(update.job_id) if update.owns_job else None


def _stream_of(requested: dict) -> str | None:
    return (requested["fileLocation"].get("stream") or {}).get("streamId")
