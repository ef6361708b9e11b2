"""The queries: jobs, executions and timers in and out of the database."""

import json
import sqlite3
from dataclasses import fields

from ..database import Database
from .records import SCHEMA, Execution, Job
from .states import PENDING, QUEUED
from .template_store import TemplateStore

_EXECUTION = """SELECT *, (SELECT MIN(instant) FROM timers WHERE execution = seq) AS deadline
    FROM executions"""
_IS_PENDING = f"status IN {PENDING}"
_PENDING_ORDER = f"ORDER BY status = '{QUEUED}', seq"  # SERVICE.md, Versions and states
_DECODE = {
    "targets": json.loads,
    "retry_criteria": json.loads,
    "details": json.loads,
    "retries": json.loads,
    "force_canceled": bool,
}


class Store:
    """Reads and writes records. Knows no rule of the service. `templates`: the job templates."""

    def __init__(self, database: Database):
        self._database = database
        database.create(*SCHEMA)
        self.templates = TemplateStore(database)

    # jobs

    def add_job(self, job: Job) -> None:
        self._insert("jobs", job, leave_out=("seq",))

    def save_job(self, job: Job) -> None:
        """Write what may change of a job."""
        self._database.execute(
            """UPDATE jobs SET status = ?, last_updated_at = ?, completed_at = ?,
                force_canceled = ?, reason_code = ?, comment = ? WHERE seq = ?""",
            (
                job.status,
                job.last_updated_at,
                job.completed_at,
                job.force_canceled,
                job.reason_code,
                job.comment,
                job.seq,
            ),
        )

    def delete_job(self, job_id: str) -> None:
        """Delete a job with its executions and their timers."""
        self._database.execute("DELETE FROM jobs WHERE job_id = ?", (job_id,))

    def job(self, job_id: str) -> Job | None:
        row = self._database.row("SELECT * FROM jobs WHERE job_id = ?", (job_id,))
        return row and _record(Job, row)

    def document(self, job_id: str) -> str:
        """The document of a job that exists."""
        sql = "SELECT document FROM jobs WHERE job_id = ?"
        return self._database.row(sql, (job_id,))["document"]

    def job_members(self, job_id: str, *columns: str) -> list:
        """Some columns of a job that exists, without reading its targets and document."""
        names = ", ".join(columns)
        row = self._database.row(f"SELECT {names} FROM jobs WHERE job_id = ?", (job_id,))
        return list(_values(row).values())

    def jobs(self, before: int, count: int, **equal: str | None) -> list[Job]:
        """At most `count` jobs older than the one with seq `before`, the newest first."""
        return self._page(Job, "SELECT * FROM jobs", before, count, equal)

    # executions

    def add_execution(self, execution: Execution) -> None:
        self._insert("executions", execution, leave_out=("seq", "deadline"))

    def save_execution(self, execution: Execution) -> None:
        """Write what may change of an execution."""
        self._database.execute(
            """UPDATE executions SET status = ?, last_updated_at = ?, version = ?, details = ?,
                started_at = ?, force_canceled = ? WHERE seq = ?""",
            (
                execution.status,
                execution.last_updated_at,
                execution.version,
                json.dumps(execution.details),
                execution.started_at,
                execution.force_canceled,
                execution.seq,
            ),
        )

    def delete_execution(self, execution: Execution) -> None:
        self._database.execute("DELETE FROM executions WHERE seq = ?", (execution.seq,))

    def execution(
        self, thing_name: str, job_id: str, number: int | None = None
    ) -> Execution | None:
        """The execution of that number, or the latest one of the job on the thing."""
        row = self._database.row(
            f"""{_EXECUTION} WHERE thing_name = ? AND job_id = ? AND number = ifnull(?, number)
                ORDER BY number DESC LIMIT 1""",
            (thing_name, job_id, number),
        )
        return row and _record(Execution, row)

    def execution_by_seq(self, seq: int) -> Execution:
        return _record(Execution, self._database.row(f"{_EXECUTION} WHERE seq = ?", (seq,)))

    def executions(self, before: int, count: int, **equal: str | None) -> list[Execution]:
        """At most `count` executions queued before the one with seq `before`, newest first."""
        return self._page(Execution, _EXECUTION, before, count, equal)

    def pending(self, thing_name: str, count: int = -1) -> list[Execution]:
        """The first `count` pending executions of a thing (-1: all), the next one first."""
        rows = self._database.rows(
            f"{_EXECUTION} WHERE thing_name = ? AND {_IS_PENDING} {_PENDING_ORDER} LIMIT ?",
            (thing_name, count),
        )
        return [_record(Execution, row) for row in rows]

    def pending_seqs(self, thing_name: str) -> list[int]:
        """The seq of each pending execution of a thing, the next one first."""
        rows = self._database.rows(
            f"SELECT seq FROM executions WHERE thing_name = ? AND {_IS_PENDING} {_PENDING_ORDER}",
            (thing_name,),
        )
        return [row["seq"] for row in rows]

    def pending_of_job(self, job_id: str) -> list[Execution]:
        """The pending executions of a job in the order of queueing."""
        rows = self._database.rows(
            f"{_EXECUTION} WHERE job_id = ? AND {_IS_PENDING} ORDER BY seq", (job_id,)
        )
        return [_record(Execution, row) for row in rows]

    def has_pending(self, job_id: str) -> bool:
        sql = f"SELECT 1 FROM executions WHERE job_id = ? AND {_IS_PENDING} LIMIT 1"
        return self._database.row(sql, (job_id,)) is not None

    def things_by_status(self, job_id: str) -> dict[str, int]:
        """How many things have their latest execution of the job in which state."""
        rows = self._database.rows(
            """SELECT status, COUNT(*) AS things FROM executions AS this
                WHERE job_id = ? AND number = (SELECT MAX(number) FROM executions
                    WHERE thing_name = this.thing_name AND job_id = this.job_id)
                GROUP BY status""",
            (job_id,),
        )
        return {row["status"]: row["things"] for row in rows}

    # timers

    def set_timer(self, seq: int, kind: str, instant: float) -> None:
        """Set or move one of the timers of the execution with this seq."""
        self._database.execute("REPLACE INTO timers VALUES (?, ?, ?)", (seq, kind, instant))

    def clear_timer(self, seq: int, kind: str) -> None:
        sql = "DELETE FROM timers WHERE execution = ? AND kind = ?"
        self._database.execute(sql, (seq, kind))

    def clear_timers(self, seq: int) -> None:
        self._database.execute("DELETE FROM timers WHERE execution = ?", (seq,))

    def next_timer(self) -> tuple[float, int] | None:
        """Instant and execution's seq of the timer that fires next."""
        sql = "SELECT instant, execution FROM timers ORDER BY instant, execution LIMIT 1"
        row = self._database.row(sql)
        return row and tuple(row)

    # the common part

    def _insert(self, table: str, record: Job | Execution, leave_out: tuple[str, ...]) -> None:
        names = [f.name for f in fields(record) if f.name not in leave_out]
        values = [getattr(record, name) for name in names]
        self._database.execute(
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
            [json.dumps(v) if isinstance(v, dict | list) else v for v in values],
        )

    def _page(self, kind: type, select: str, before: int, count: int, equal: dict) -> list:
        filters = {name: value for name, value in equal.items() if value is not None}
        where = " AND ".join(["seq < ?", *(f"{name} = ?" for name in filters)])
        rows = self._database.rows(
            f"{select} WHERE {where} ORDER BY seq DESC LIMIT ?",
            (before, *filters.values(), count),
        )
        return [_record(kind, row) for row in rows]


def _record(kind: type, row: sqlite3.Row) -> Job | Execution:
    return kind(**_values(row))


def _values(row: sqlite3.Row) -> dict:
    values = dict(row)
    for name in values.keys() & _DECODE.keys():
        values[name] = _DECODE[name](values[name])
    return values
