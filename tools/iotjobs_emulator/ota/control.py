"""The control plane of OTA updates, in the shapes of the model `iot` (SERVICE.md, OTA updates)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

from ..arns import Arns
from ..errors import (
    InvalidRequestError,
    ResourceAlreadyExistsError,
    ResourceNotFoundError,
)
from ..jobs import members, tagging
from ..jobs.operation import Operation
from ..jobs.pages import page
from ..jobs.states import RUNNING
from ..jobs.tag_store import OTA_UPDATE
from . import new_update
from .limits import DELETING_SECONDS, PENDING_SECONDS
from .making import job_of
from .records import DELETE_IN_PROGRESS, STATUSES, OtaUpdate
from .store import OtaStore

_SHOWN = (
    "description",
    "targets",
    "awsJobExecutionsRolloutConfig",
    "awsJobPresignedUrlConfig",
    "additionalParameters",
)
_ERROR_CODE = "AWSIotException"  # what the service calls any failure of the making


class OtaControl:
    """CreateOTAUpdate, GetOTAUpdate, ListOTAUpdates, DeleteOTAUpdate.

    Each raises InvalidRequestError for a member of the wrong form.
    """

    def __init__(
        self,
        operation: Callable[[], AbstractContextManager[Operation]],
        store: OtaStore,
        arns: Arns,
    ):
        self._operation = operation
        self._store = store
        self._arns = arns

    def create_ota_update(self, params: dict) -> dict:
        """Take down what is to be made; it is made later, by the clock.

        ResourceAlreadyExistsError: the otaUpdateId is taken. What else is wrong with what the
        request names is told by GetOTAUpdate.
        """
        tags = tagging.read(params)
        with self._operation() as operation:
            update = new_update.read(params, operation.now, self._arns)
            update.due = operation.now + PENDING_SECONDS
            name = update.ota_update_id
            arn = self._arns.ota_update(name)
            if self._store.update(name) is not None:
                raise ResourceAlreadyExistsError(
                    f"OTA update {name} already exists",
                    members={"resourceId": name, "resourceArn": arn},
                )
            self._store.add(update)
            operation.store.tags.set(OTA_UPDATE, name, tags)
        return {
            "otaUpdateId": name,
            "otaUpdateArn": arn,
            **self._job(update),
            "otaUpdateStatus": update.status,
        }

    def get_ota_update(self, params: dict) -> dict:
        """The update as it was asked for, how far its making is, and why it has failed."""
        with self._operation() as operation:
            update = self.find(operation, new_update.ota_update_id(params))
        given = update.request
        failed = {}
        if update.error is not None:
            failed = {"errorInfo": {"code": _ERROR_CODE, "message": update.error}}
        info = {
            "otaUpdateId": update.ota_update_id,
            "otaUpdateArn": self._arns.ota_update(update.ota_update_id),
            "creationDate": update.created_at,
            "lastModifiedDate": update.last_modified_at,
            **{name: given[name] for name in _SHOWN if name in given},
            "protocols": update.protocols,
            "targetSelection": update.target_selection,
            "otaUpdateFiles": given["files"],
            "otaUpdateStatus": update.status,
            **self._job(update),
            **failed,
        }
        return {"otaUpdateInfo": info}

    def list_ota_updates(self, params: dict) -> dict:
        """The updates, of a status if that is given, the newest first, in pages."""
        status = members.choice(params, "otaUpdateStatus", STATUSES)
        with self._operation():
            updates, next_token = page(params, partial(self._store.updates, status=status))
        summaries = [
            {
                "otaUpdateId": update.ota_update_id,
                "otaUpdateArn": self._arns.ota_update(update.ota_update_id),
                "creationDate": update.created_at,
            }
            for update in updates
        ]
        return {"otaUpdates": summaries, **next_token}

    def delete_ota_update(self, params: dict) -> dict:
        """Delete an update with its job, and with deleteStream the stream that it has made.

        InvalidRequestError: its job has not ended, and forceDeleteAWSJob is not given.
        """
        delete_stream = members.flag(params, "deleteStream", default=False)
        force = members.flag(params, "forceDeleteAWSJob", default=False)
        with self._operation() as operation:
            update = self.find(operation, new_update.ota_update_id(params))
            job = job_of(operation, update)
            if job is not None and job.status in RUNNING and not force:
                raise InvalidRequestError(
                    f"Job {job.job_id} is {job.status}: forceDeleteAWSJob deletes it all the same"
                )
            update.deletes_stream = delete_stream
            now = operation.now
            update.move(DELETE_IN_PROGRESS, now, now + DELETING_SECONDS)
            self._store.save(update)
        return {}

    def find(self, operation: Operation, ota_update_id: str) -> OtaUpdate:
        """The update of that id, or ResourceNotFoundError."""
        update = self._store.update(ota_update_id)
        if update is None:
            raise ResourceNotFoundError(f"OTA update {ota_update_id} not found")
        return update

    def _job(self, update: OtaUpdate) -> dict:
        return {"awsIotJobId": update.job_id, "awsIotJobArn": self._arns.job(update.job_id)}
