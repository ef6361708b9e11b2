"""What is known of an OTA update. All times are seconds since 1970, as the clock gave them."""

from dataclasses import dataclass

from ..jobs.states import SNAPSHOT

# [m] OTAUpdateStatus. They speak of the making of stream and job alone, never of the roll-out.
CREATE_PENDING, CREATE_IN_PROGRESS = "CREATE_PENDING", "CREATE_IN_PROGRESS"
CREATE_COMPLETE, CREATE_FAILED = "CREATE_COMPLETE", "CREATE_FAILED"
DELETE_IN_PROGRESS, DELETE_FAILED = "DELETE_IN_PROGRESS", "DELETE_FAILED"
STATUSES = (
    CREATE_PENDING,
    CREATE_IN_PROGRESS,
    CREATE_COMPLETE,
    CREATE_FAILED,
    DELETE_IN_PROGRESS,
    DELETE_FAILED,
)

MQTT, HTTP = "MQTT", "HTTP"
PROTOCOLS = (MQTT, HTTP)


@dataclass(slots=True)
class OtaUpdate:
    """An OTA update. `request` has the members of CreateOTAUpdate, as they were given.

    `due`: when it goes on by itself, None if it does not. `stream_id`: the stream of its files,
    once there is one. `owns_stream`, `owns_job`: it has made them. `error`: why it has failed.
    """

    ota_update_id: str
    request: dict
    created_at: float
    last_modified_at: float
    status: str = CREATE_PENDING
    due: float | None = None
    stream_id: str | None = None
    owns_stream: bool = False
    owns_job: bool = False
    deletes_stream: bool = False
    error: str | None = None
    seq: int | None = None

    @property
    def job_id(self) -> str:
        return f"AFR_OTA-{self.ota_update_id}"

    @property
    def protocols(self) -> list[str]:
        return self.request.get("protocols") or [MQTT]

    @property
    def target_selection(self) -> str:
        return self.request.get("targetSelection") or SNAPSHOT

    def move(self, status: str, now: float, due: float | None = None) -> None:
        """Go to another status at an instant, to go on by itself at `due`."""
        self.status, self.last_modified_at, self.due = status, now, due
