"""The queries about timers, of executions and of jobs."""

from ..database import Database

# The kinds of a job's timers. At one instant the one that comes last in the alphabet fires first.
ROLLOUT_TIMER, SCHEDULE_TIMER = "rollout", "schedule"


class TimerQueries:
    """The part of the Store that deals with timers."""

    _database: Database

    # of executions

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

    # of jobs

    def set_job_timer(self, job_id: str, kind: str, instant: float) -> None:
        """Set or move one of the timers of a job that exists."""
        self._database.execute(
            "REPLACE INTO job_timers SELECT seq, ?, ? FROM jobs WHERE job_id = ?",
            (kind, instant, job_id),
        )

    def clear_job_timer(self, job_id: str, kind: str | None = None) -> None:
        """Stop one of the timers of a job, or all of them."""
        self._database.execute(
            """DELETE FROM job_timers WHERE kind = ifnull(?, kind)
                AND job = (SELECT seq FROM jobs WHERE job_id = ?)""",
            (kind, job_id),
        )

    def has_job_timer(self, job_id: str, kind: str) -> bool:
        """Whether that timer of a job is running."""
        sql = """SELECT 1 FROM job_timers WHERE kind = ?
            AND job = (SELECT seq FROM jobs WHERE job_id = ?)"""
        return self._database.row(sql, (kind, job_id)) is not None

    def next_job_timer(self) -> tuple[float, str, int] | None:
        """Instant, kind and job's seq of the timer that fires next."""
        row = self._database.row(
            "SELECT instant, kind, job FROM job_timers ORDER BY instant, job, kind DESC LIMIT 1"
        )
        return row and tuple(row)
