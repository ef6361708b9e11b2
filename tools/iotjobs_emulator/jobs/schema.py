"""The tables of the state machine. One that changes needs another `database.LAYOUT`."""

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS jobs (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        job_id TEXT NOT NULL UNIQUE,
        target_selection TEXT NOT NULL,
        document_source TEXT,
        description TEXT,
        status TEXT NOT NULL,
        created_at REAL NOT NULL,
        last_updated_at REAL NOT NULL,
        timeout_minutes INTEGER,
        retry_criteria TEXT NOT NULL,
        rollout_config TEXT,
        abort_criteria TEXT NOT NULL,
        presigned_url_config TEXT,
        scheduling TEXT,
        namespace_id TEXT,
        over INTEGER NOT NULL,
        rolled_out INTEGER NOT NULL,
        completed_at REAL,
        force_canceled INTEGER NOT NULL,
        reason_code TEXT,
        comment TEXT,
        -- What is long comes last: sqlite reads a row no further than it has to.
        targets TEXT NOT NULL,
        document TEXT NOT NULL)""",
    # The thing groups among a job's targets.
    """CREATE TABLE IF NOT EXISTS job_groups (
        job_id TEXT NOT NULL REFERENCES jobs (job_id) ON DELETE CASCADE,
        group_name TEXT NOT NULL,
        PRIMARY KEY (group_name, job_id)) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS groups_of_job ON job_groups (job_id)",
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
        namespace_id TEXT, -- that of its job
        unseen INTEGER NOT NULL,
        departed INTEGER NOT NULL,
        former INTEGER NOT NULL, -- 0, or the same number for all that a former thing had
        UNIQUE (thing_name, job_id, number, former))""",
    """CREATE INDEX IF NOT EXISTS executions_pending ON executions (thing_name, seq)
        WHERE status IN ('IN_PROGRESS', 'QUEUED')""",
    "CREATE INDEX IF NOT EXISTS executions_of_job ON executions (job_id, status)",
    # How many executions of a job are in which state: kept, so that nobody counts thousands.
    """CREATE TABLE IF NOT EXISTS execution_counts (
        job_id TEXT NOT NULL REFERENCES jobs (job_id) ON DELETE CASCADE,
        status TEXT NOT NULL,
        executions INTEGER NOT NULL,
        PRIMARY KEY (job_id, status)) WITHOUT ROWID""",
    """CREATE TRIGGER IF NOT EXISTS execution_added AFTER INSERT ON executions BEGIN
        INSERT INTO execution_counts VALUES (NEW.job_id, NEW.status, 1)
            ON CONFLICT (job_id, status) DO UPDATE SET executions = executions + 1;
        END""",
    """CREATE TRIGGER IF NOT EXISTS execution_moved AFTER UPDATE OF status ON executions
        WHEN OLD.status <> NEW.status BEGIN
        UPDATE execution_counts SET executions = executions - 1
            WHERE job_id = OLD.job_id AND status = OLD.status;
        INSERT INTO execution_counts VALUES (NEW.job_id, NEW.status, 1)
            ON CONFLICT (job_id, status) DO UPDATE SET executions = executions + 1;
        END""",
    """CREATE TRIGGER IF NOT EXISTS execution_deleted AFTER DELETE ON executions BEGIN
        UPDATE execution_counts SET executions = executions - 1
            WHERE job_id = OLD.job_id AND status = OLD.status;
        END""",
    # The things that a job's roll-out has still to reach, in this order. `target` is the place,
    # among the job's targets, of the first one that names the thing.
    """CREATE TABLE IF NOT EXISTS waiting (
        seq INTEGER PRIMARY KEY,
        job_id TEXT NOT NULL REFERENCES jobs (job_id) ON DELETE CASCADE,
        thing_name TEXT NOT NULL,
        target INTEGER NOT NULL,
        UNIQUE (thing_name, job_id))""",
    "CREATE INDEX IF NOT EXISTS waiting_of_job ON waiting (job_id, seq)",
    """CREATE TABLE IF NOT EXISTS timers (
        execution INTEGER NOT NULL REFERENCES executions (seq) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        instant REAL NOT NULL,
        PRIMARY KEY (execution, kind)) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS timers_by_instant ON timers (instant, execution)",
    """CREATE TABLE IF NOT EXISTS job_timers (
        job INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        instant REAL NOT NULL,
        PRIMARY KEY (job, kind)) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS job_timers_by_instant ON job_timers (instant, job, kind DESC)",
    """CREATE TABLE IF NOT EXISTS event_configurations (
        event_type TEXT PRIMARY KEY,
        enabled INTEGER NOT NULL,
        created_at REAL NOT NULL,
        modified_at REAL NOT NULL) WITHOUT ROWID""",
)
