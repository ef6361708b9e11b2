"""What the state machine knows of a job and of a job execution.

All times are seconds since 1970, as the clock gave them. The tables are in `schema`.
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Job:
    """A job, as created by CreateJob. `seq` grows from each job to the next.

    The five configs are as `job_configs` reads them, `scheduling` is as `schedule` does. `over`:
    its endTime has come. `rolled_out` counts the things that the roll-out has queued the job for.
    `rolling_out`, as read from the database, is whether others are still waiting for it, and it
    goes on. `document` is as it was given, with its placeholders; devices get it from
    `presigned.Documents`.
    """

    job_id: str
    targets: list[str]
    target_selection: str
    document: str
    description: str | None
    status: str
    created_at: float
    last_updated_at: float
    document_source: str | None = None
    timeout_minutes: int | None = None
    retry_criteria: list[dict] = field(default_factory=list)
    rollout_config: dict | None = None
    abort_criteria: list[dict] = field(default_factory=list)
    presigned_url_config: dict | None = None
    scheduling: dict | None = None
    namespace_id: str | None = None
    over: bool = False
    rolled_out: int = 0
    completed_at: float | None = None
    force_canceled: bool = False
    reason_code: str | None = None
    comment: str | None = None
    seq: int | None = None
    rolling_out: bool = False


@dataclass(slots=True)
class Execution:
    """The execution of a job on a thing.

    `seq` is the order of queueing. `retries` counts, for each retry criterion of the job, how
    often it has been used on the way to this execution. `unseen`: it is QUEUED, and waits for the
    next maintenance window. `departed`: the thing has left the job's targets since. `former` is
    not 0 if the thing was deleted, and another one has its name now. `deadline` is when the
    earlier of its timers fires, as read from the database.
    """

    thing_name: str
    job_id: str
    number: int
    status: str
    queued_at: float
    last_updated_at: float
    version: int = 1
    details: dict[str, str] = field(default_factory=dict)
    started_at: float | None = None
    force_canceled: bool = False
    retries: dict[str, int] = field(default_factory=dict)
    namespace_id: str | None = None
    unseen: bool = False
    departed: bool = False
    former: int = 0
    deadline: float | None = None
    seq: int | None = None
