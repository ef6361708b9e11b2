"""OTA updates as their owner sees them: what operators ask, and what goes on by the clock."""

from ..arns import Arns
from ..database import Database
from ..errors import ServiceError
from ..jobs import JobsEngine
from ..jobs.engine import Timer
from ..jobs.operation import Operation
from ..jobs.tag_control import Taggable
from ..jobs.tag_store import OTA_UPDATE
from ..streams import Streams
from .control import OtaControl
from .limits import MAKING_SECONDS, OTA_UPDATE_ID
from .making import Making
from .records import (
    CREATE_COMPLETE,
    CREATE_FAILED,
    CREATE_IN_PROGRESS,
    CREATE_PENDING,
    DELETE_IN_PROGRESS,
    OtaUpdate,
)
from .signer import Signer
from .store import OtaStore


class OtaUpdates:
    """Each makes a stream and a job. `control` serves operators; its timers are the engine's."""

    def __init__(
        self,
        database: Database,
        engine: JobsEngine,
        streams: Streams,
        arns: Arns,
        signer: Signer,
    ):
        self._database = database
        self._store = OtaStore(database)
        self._making = Making(engine.control, streams, self._store, signer, arns.region)
        self.control = OtaControl(engine.operation, self._store, arns)
        self.signer = signer
        engine.add_timers(self._next_timer)
        streams.control.user_of = self._user_of
        prefix = arns.ota_update("")
        taggable = Taggable(OTA_UPDATE, prefix, OTA_UPDATE_ID, self.control.find)
        engine.control.add_taggable(taggable)

    def _next_timer(self) -> Timer | None:
        found = self._store.next_due()
        return found and (found[0], self._go_on, found[1])

    def _go_on(self, operation: Operation, seq: int) -> None:
        update = self._store.by_seq(seq)
        if update.status == CREATE_PENDING:
            update.move(CREATE_IN_PROGRESS, operation.now, operation.now + MAKING_SECONDS)
            self._store.save(update)
        elif update.status == CREATE_IN_PROGRESS:
            self._make(operation, update)
        elif update.status == DELETE_IN_PROGRESS:
            self._making.delete(operation, update)

    def _make(self, operation: Operation, update: OtaUpdate) -> None:
        try:
            with self._database.transaction():
                self._making.make(operation, update)
            update.move(CREATE_COMPLETE, operation.now)
        except ServiceError as error:
            update = self._store.by_seq(update.seq)
            update.error = f"{error.code}: {error.message}"
            update.move(CREATE_FAILED, operation.now)
        self._store.save(update)

    def _user_of(self, stream_id: str) -> str | None:
        user = self._store.user_of(stream_id)
        return user and f"the OTA update {user}"
