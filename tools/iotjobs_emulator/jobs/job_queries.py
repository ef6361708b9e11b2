"""The queries about jobs as a whole: their groups, roll-outs and counts, and which of their events
are published."""

from collections.abc import Iterable

from ..database import Database
from .states import RUNNING


class JobQueries:
    """The part of the Store that deals with jobs as a whole."""

    def __init__(self, database: Database):
        self._database = database

    # thing groups among the targets

    def add_groups(self, job_id: str, group_names: Iterable[str]) -> None:
        for name in group_names:
            self._database.execute("INSERT INTO job_groups VALUES (?, ?)", (job_id, name))

    def target_groups(self) -> list[str]:
        """The names of the groups that are a target of any job."""
        rows = self._database.rows("SELECT DISTINCT group_name FROM job_groups")
        return [row["group_name"] for row in rows]

    def running_jobs_with_groups(self, target_selection: str) -> list[str]:
        """The ids of the running jobs that have a group among their targets, oldest first."""
        rows = self._database.rows(
            f"""SELECT job_id FROM jobs WHERE status IN {RUNNING} AND target_selection = ?
                AND EXISTS (SELECT 1 FROM job_groups WHERE job_groups.job_id = jobs.job_id)
                ORDER BY seq""",
            (target_selection,),
        )
        return [row["job_id"] for row in rows]

    # roll-out: the things that wait for it

    def add_waiting(self, job_id: str, things: dict[str, int]) -> None:
        """Add things, each with the place of its target among the job's targets."""
        for thing_name, target in things.items():
            self._database.execute(
                "INSERT INTO waiting (job_id, thing_name, target) VALUES (?, ?, ?)",
                (job_id, thing_name, target),
            )

    def take_waiting(self, job_id: str, count: int) -> list[str]:
        """Take out the first `count` things."""
        rows = self._database.rows(
            "SELECT seq, thing_name FROM waiting WHERE job_id = ? ORDER BY seq LIMIT ?",
            (job_id, count),
        )
        if rows:
            self._database.execute(
                "DELETE FROM waiting WHERE job_id = ? AND seq <= ?", (job_id, rows[-1]["seq"])
            )
        return [row["thing_name"] for row in rows]

    def remove_waiting(self, job_id: str, thing_name: str) -> bool:
        """Take out one thing; whether it was waiting."""
        sql = "DELETE FROM waiting WHERE job_id = ? AND thing_name = ?"
        return self._database.execute(sql, (job_id, thing_name)).rowcount > 0

    def is_waiting(self, job_id: str, thing_name: str) -> bool:
        sql = "SELECT 1 FROM waiting WHERE job_id = ? AND thing_name = ?"
        return self._database.row(sql, (job_id, thing_name)) is not None

    def has_waiting(self, job_id: str) -> bool:
        sql = "SELECT 1 FROM waiting WHERE job_id = ? LIMIT 1"
        return self._database.row(sql, (job_id,)) is not None

    def jobs_waiting_for(self, thing_name: str) -> list[str]:
        """The ids of the jobs whose roll-out has still to reach the thing."""
        sql = "SELECT job_id FROM waiting WHERE thing_name = ? ORDER BY seq"
        return [row["job_id"] for row in self._database.rows(sql, (thing_name,))]

    def waiting_targets(self, job_id: str) -> list[int]:
        """The places of the targets that have things waiting."""
        sql = "SELECT DISTINCT target FROM waiting WHERE job_id = ? ORDER BY target"
        return [row["target"] for row in self._database.rows(sql, (job_id,))]

    def clear_waiting(self, job_id: str) -> None:
        self._database.execute("DELETE FROM waiting WHERE job_id = ?", (job_id,))

    # counts

    def execution_counts(self, job_id: str) -> dict[str, int]:
        """How many executions of the job, retries included, are in which state."""
        sql = "SELECT status, executions FROM execution_counts WHERE job_id = ?"
        return {row["status"]: row["executions"] for row in self._database.rows(sql, (job_id,))}

    def things_by_status(self, job_id: str) -> dict[str, int]:
        """How many things have their latest execution of the job in which state."""
        rows = self._database.rows(
            """SELECT status, COUNT(*) AS things FROM executions AS this
                WHERE job_id = ? AND number = (SELECT MAX(number) FROM executions
                    WHERE thing_name = this.thing_name AND job_id = this.job_id
                        AND former = this.former)
                GROUP BY status""",
            (job_id,),
        )
        return {row["status"]: row["things"] for row in rows}

    # events

    def set_event_configuration(self, event_type: str, enabled: bool, now: float) -> None:
        self._database.execute(
            """INSERT INTO event_configurations VALUES (?, ?, ?, ?) ON CONFLICT (event_type)
                DO UPDATE SET enabled = excluded.enabled, modified_at = excluded.modified_at""",
            (event_type, enabled, now, now),
        )

    def event_configurations(self) -> dict[str, bool]:
        """Which types have been switched, and whether on."""
        rows = self._database.rows("SELECT event_type, enabled FROM event_configurations")
        return {row["event_type"]: bool(row["enabled"]) for row in rows}

    def event_configuration_times(self) -> tuple[float | None, float | None]:
        """When the first type was switched for the first time, and when any was for the last."""
        sql = "SELECT MIN(created_at), MAX(modified_at) FROM event_configurations"
        return tuple(self._database.row(sql))
