"""The queries: jobs and executions in and out of the database."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import fields

from ..database import Database
from .job_queries import JobQueries
from .records import Execution, Job
from .schema import SCHEMA
from .states import PENDING, QUEUED
from .tag_store import JOB, TagStore
from .template_store import TemplateStore
from .timer_queries import TimerQueries

_JOB = """SELECT *, status = 'IN_PROGRESS' AND
    EXISTS (SELECT 1 FROM waiting WHERE waiting.job_id = jobs.job_id) AS rolling_out FROM jobs"""
_EXECUTION = """SELECT *, (SELECT MIN(instant) FROM timers WHERE execution = seq) AS deadline
    FROM executions"""
_IS_PENDING = f"status IN {PENDING}"
_PENDING_ORDER = f"ORDER BY status = '{QUEUED}', seq"  # SERVICE.md, Versions and states
_JOB_CHANGES = (
    "description",
    "status",
    "last_updated_at",
    "timeout_minutes",
    "retry_criteria",
    "rollout_config",
    "abort_criteria",
    "presigned_url_config",
    "targets",
    "over",
    "rolled_out",
    "completed_at",
    "force_canceled",
    "reason_code",
    "comment",
)
_EXECUTION_CHANGES = (
    "status",
    "last_updated_at",
    "version",
    "details",
    "started_at",
    "force_canceled",
    "unseen",
    "departed",
)


def _loaded(text: str | None) -> dict | None:
    return None if text is None else json.loads(text)


_DECODE = {
    "targets": json.loads,
    "retry_criteria": json.loads,
    "rollout_config": _loaded,
    "presigned_url_config": _loaded,
    "abort_criteria": json.loads,
    "rolling_out": bool,
    "scheduling": _loaded,
    "details": json.loads,
    "retries": json.loads,
    "force_canceled": bool,
}


class Store(JobQueries, TimerQueries):
    """Reads and writes records. Knows no rule of the service.

    `templates`: the job templates; `tags`: the tags of both.
    """

    def __init__(self, database: Database):
        super().__init__(database)
        database.create(*SCHEMA)
        self.templates = TemplateStore(database)
        self.tags = TagStore(database)

    # jobs

    def add_job(self, job: Job) -> None:
        """Write a new job, and give it its seq."""
        job.seq = self._insert("jobs", job, leave_out=("seq", "rolling_out"))

    def save_job(self, job: Job) -> None:
        """Write what may change of a job."""
        self._update("jobs", job, _JOB_CHANGES)

    def delete_job(self, job_id: str) -> None:
        """Delete a job with its executions, its tags, what waits for it, and all timers."""
        self.tags.clear(JOB, job_id)
        self._database.execute("DELETE FROM jobs WHERE job_id = ?", (job_id,))

    def job(self, job_id: str) -> Job | None:
        row = self._database.row(f"{_JOB} WHERE job_id = ?", (job_id,))
        return row and _record(Job, row)

    def job_by_seq(self, seq: int) -> Job:
        return _record(Job, self._database.row(f"{_JOB} WHERE seq = ?", (seq,)))

    def job_members(self, job_id: str, *columns: str) -> list:
        """Some columns of a job that exists, without reading its targets and document."""
        names = ", ".join(columns)
        row = self._database.row(f"SELECT {names} FROM jobs WHERE job_id = ?", (job_id,))
        return list(_values(row).values())

    def jobs(
        self, before: int, count: int, groups: list[str] | None = None, **equal: str | None
    ) -> list[Job]:
        """At most `count` jobs older than the one with seq `before`, the newest first.

        With `groups` they are those that have one of these among their targets.
        """
        if groups is None:
            return self._page(Job, _JOB, before, count, equal)
        marks = ", ".join("?" * len(groups))
        of_groups = f"job_id IN (SELECT job_id FROM job_groups WHERE group_name IN ({marks}))"
        return self._page(Job, _JOB, before, count, equal, of_groups, groups)

    # executions

    def add_execution(self, execution: Execution) -> None:
        self._insert("executions", execution, leave_out=("seq", "deadline"))

    def save_execution(self, execution: Execution) -> None:
        """Write what may change of an execution."""
        self._update("executions", execution, _EXECUTION_CHANGES)

    def delete_execution(self, execution: Execution) -> None:
        self._database.execute("DELETE FROM executions WHERE seq = ?", (execution.seq,))

    def execution(
        self, thing_name: str, job_id: str, number: int | None = None
    ) -> Execution | None:
        """The execution of that number, or the latest one of the job on the thing."""
        row = self._database.row(
            f"""{_EXECUTION} WHERE thing_name = ? AND job_id = ? AND number = ifnull(?, number)
                AND former = 0 ORDER BY number DESC LIMIT 1""",
            (thing_name, job_id, number),
        )
        return row and _record(Execution, row)

    def execution_by_seq(self, seq: int) -> Execution:
        return _record(Execution, self._database.row(f"{_EXECUTION} WHERE seq = ?", (seq,)))

    def executions(self, before: int, count: int, **equal: str | None) -> list[Execution]:
        """At most `count` executions queued before the one with seq `before`, newest first.

        Those of former things are not among them.
        """
        return self._page(Execution, _EXECUTION, before, count, equal, "former = 0")

    def set_former(self, thing_name: str) -> None:
        """What has this thing's name belongs to a former thing from now on."""
        self._database.execute(
            """UPDATE executions SET former =
                    (SELECT MAX(seq) FROM executions WHERE thing_name = :thing)
                WHERE thing_name = :thing AND former = 0""",
            {"thing": thing_name},
        )

    def pending(
        self, thing_name: str, count: int = -1, namespace: str | None = None
    ) -> list[Execution]:
        """The first `count` executions that a thing may run (-1: all), the next one first.

        They are of the jobs of one namespace, which most have not. What waits for a maintenance
        window is not among them.
        """
        rows = self._database.rows(
            f"""{_EXECUTION} WHERE thing_name = ? AND {_IS_PENDING} AND namespace_id IS ?
                AND NOT unseen {_PENDING_ORDER} LIMIT ?""",
            (thing_name, namespace, count),
        )
        return [_record(Execution, row) for row in rows]

    def pending_seqs(self, thing_name: str) -> dict[str | None, list[int]]:
        """The seq of each of these, the next one first, by their namespaces."""
        rows = self._database.rows(
            f"""SELECT seq, namespace_id FROM executions WHERE thing_name = ? AND {_IS_PENDING}
                AND NOT unseen {_PENDING_ORDER}""",
            (thing_name,),
        )
        found: dict[str | None, list[int]] = {}
        for seq, namespace in rows:
            found.setdefault(namespace, []).append(seq)
        return found

    def set_unseen(self, job_id: str, unseen: bool) -> None:
        """Put what is queued of a job out of the things' sight, or back into it."""
        self._database.execute(
            f"UPDATE executions SET unseen = ? WHERE job_id = ? AND status = '{QUEUED}'",
            (unseen, job_id),
        )

    def pending_of_thing(self, thing_name: str) -> list[Execution]:
        """What is pending on a thing, in any namespace, seen or not, in the order of queueing."""
        rows = self._database.rows(
            f"{_EXECUTION} WHERE thing_name = ? AND {_IS_PENDING} ORDER BY seq", (thing_name,)
        )
        return [_record(Execution, row) for row in rows]

    def last_number(self, thing_name: str, job_id: str) -> int:
        """The number of the latest execution of the job on the thing; 0: there is none."""
        row = self._database.row(
            """SELECT MAX(number) AS last FROM executions
                WHERE thing_name = ? AND job_id = ? AND former = 0""",
            (thing_name, job_id),
        )
        return row["last"] or 0

    def pending_of_job(self, job_id: str) -> list[Execution]:
        """The pending executions of a job in the order of queueing."""
        rows = self._database.rows(
            f"{_EXECUTION} WHERE job_id = ? AND {_IS_PENDING} ORDER BY seq", (job_id,)
        )
        return [_record(Execution, row) for row in rows]

    def executions_of_job(self, job_id: str) -> list[Execution]:
        """All executions of a job in the order of queueing."""
        rows = self._database.rows(f"{_EXECUTION} WHERE job_id = ? ORDER BY seq", (job_id,))
        return [_record(Execution, row) for row in rows]

    def has_pending(self, job_id: str) -> bool:
        sql = f"SELECT 1 FROM executions WHERE job_id = ? AND {_IS_PENDING} LIMIT 1"
        return self._database.row(sql, (job_id,)) is not None

    # the common part

    def _insert(self, table: str, record: Job | Execution, leave_out: tuple[str, ...]) -> int:
        names = [f.name for f in fields(record) if f.name not in leave_out]
        return self._database.execute(
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
            _written(record, names),
        ).lastrowid

    def _update(self, table: str, record: Job | Execution, names: tuple[str, ...]) -> None:
        changes = ", ".join(f"{name} = ?" for name in names)
        self._database.execute(
            f"UPDATE {table} SET {changes} WHERE seq = ?", [*_written(record, names), record.seq]
        )

    def _page(
        self,
        kind: type,
        select: str,
        before: int,
        count: int,
        equal: dict,
        condition: str = "TRUE",
        values: Iterable = (),
    ) -> list:
        filters = {name: value for name, value in equal.items() if value is not None}
        where = " AND ".join(["seq < ?", *(f"{name} = ?" for name in filters), condition])
        rows = self._database.rows(
            f"{select} WHERE {where} ORDER BY seq DESC LIMIT ?",
            (before, *filters.values(), *values, count),
        )
        return [_record(kind, row) for row in rows]


def _written(record: Job | Execution, names: Iterable[str]) -> list:
    values = [getattr(record, name) for name in names]
    return [json.dumps(v) if isinstance(v, dict | list) else v for v in values]


def _record(kind: type, row: sqlite3.Row) -> Job | Execution:
    return kind(**_values(row))


def _values(row: sqlite3.Row) -> dict:
    values = dict(row)
    for name in values.keys() & _DECODE.keys():
        values[name] = _DECODE[name](values[name])
    return values
