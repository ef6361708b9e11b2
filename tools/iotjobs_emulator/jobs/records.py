"""What the state machine knows of a job and of a job execution, and the tables that hold it.

All times are seconds since 1970, as the clock gave them.
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Job:
    """A job, as created by CreateJob. `seq` grows from each job to the next."""

    job_id: str
    targets: list[str]
    target_selection: str
    document: str
    description: str | None
    status: str
    timeout_minutes: int | None
    retry_criteria: list[dict]
    created_at: float
    last_updated_at: float
    completed_at: float | None = None
    force_canceled: bool = False
    reason_code: str | None = None
    comment: str | None = None
    seq: int | None = None


@dataclass(slots=True)
class Execution:
    """The execution of a job on a thing.

    `seq` is the order of queueing. `retries` counts, for each retry criterion of the job, how
    often it has been used on the way to this execution. `deadline` is when the earlier of its
    timers fires, as read from the database.
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
    deadline: float | None = None
    seq: int | None = None


SCHEMA = (
    """CREATE TABLE IF NOT EXISTS jobs (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        job_id TEXT NOT NULL UNIQUE,
        targets TEXT NOT NULL,
        target_selection TEXT NOT NULL,
        document TEXT NOT NULL,
        description TEXT,
        status TEXT NOT NULL,
        timeout_minutes INTEGER,
        retry_criteria TEXT NOT NULL,
        created_at REAL NOT NULL,
        last_updated_at REAL NOT NULL,
        completed_at REAL,
        force_canceled INTEGER NOT NULL,
        reason_code TEXT,
        comment TEXT)""",
    """CREATE TABLE IF NOT EXISTS executions (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        thing_name TEXT NOT NULL,
        job_id TEXT NOT NULL REFERENCES jobs (job_id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        status TEXT NOT NULL,
        queued_at REAL NOT NULL,
        last_updated_at REAL NOT NULL,
        version INTEGER NOT NULL,
        details TEXT NOT NULL,
        started_at REAL,
        force_canceled INTEGER NOT NULL,
        retries TEXT NOT NULL,
        UNIQUE (thing_name, job_id, number))""",
    """CREATE INDEX IF NOT EXISTS executions_pending ON executions (thing_name, seq)
        WHERE status IN ('IN_PROGRESS', 'QUEUED')""",
    "CREATE INDEX IF NOT EXISTS executions_of_job ON executions (job_id, status)",
    """CREATE TABLE IF NOT EXISTS timers (
        execution INTEGER NOT NULL REFERENCES executions (seq) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        instant REAL NOT NULL,
        PRIMARY KEY (execution, kind)) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS timers_by_instant ON timers (instant, execution)",
)
