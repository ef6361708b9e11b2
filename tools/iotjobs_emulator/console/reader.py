"""What the page shows of things, jobs and executions, read from the tables and changing nothing.

The control plane's own lists would do more than read: they fire timers that are due. They also
count a job's things one job at a time. All lists come in pages, `next` being what the following
page is asked for with; it is None after the last one. `seq` is the number of a job or execution
in its table, which no other one gets, whatever is deleted.
"""

import json
from collections.abc import Callable, Iterable

from ..arns import Arns
from ..database import Database
from ..jobs.states import PENDING, TERMINAL
from ..mqtt.broker import Client
from .devices import Devices
from .history import Change, History
from .whereabouts import Whereabouts

PAGE = 50  # things or executions
JOBS_PAGE = 20  # counting the things of 20 jobs for 1,000 things takes 40 ms
SHOWN_CLIENTS = 10  # connections of one thing, and clients that are no thing
SHOWN_GROUPS = 100
_END = 2**63 - 1


class StateReader:
    """Reads the state for the page.

    `clients()` gives the broker's connections, and `whereabouts` what was seen of others.
    `list_thing_groups` is that operation of the registry, or None if the registry has no groups.
    """

    def __init__(
        self,
        database: Database,
        arns: Arns,
        clients: Callable[[], Iterable[Client]],
        whereabouts: Whereabouts,
        list_thing_groups: Callable[[dict], dict] | None = None,
    ):
        self._database = database
        self._arns = arns
        self._clients = clients
        self._list_thing_groups = list_thing_groups
        self._history = History(database)
        self._devices = Devices(database, clients, whereabouts)

    def totals(self) -> dict:
        """How many there are of everything."""
        clients = list(self._clients())
        return {
            "things": self._count("thing"),
            "connectedThings": len({c.thing for c in clients if c.thing is not None}),
            "connections": len(clients),
            "jobs": self._count("jobs"),
        }

    def strangers(self) -> list[dict]:
        """The first connections of clients that are no thing."""
        found = [_client(c) for c in self._clients() if c.thing is None]
        return sorted(found, key=lambda client: client["clientId"])[:SHOWN_CLIENTS]

    def groups(self) -> list[dict] | None:
        """Name and ARN of the first groups; None if there can be none."""
        if self._list_thing_groups is None:
            return None
        groups = self._list_thing_groups({"maxResults": SHOWN_GROUPS})["thingGroups"]
        return [{"groupName": g["groupName"], "groupArn": g["groupArn"]} for g in groups]

    def things(self, after: str = "", text: str = "", connected: bool = False) -> dict:
        """Things whose name has `text` in it, upper or lower case, in the order of their names;
        with `connected` only those that are. Each with its connections, where its device is, and
        its pending jobs."""
        clients = self._devices.connections()
        rows = self._database.rows(
            """SELECT name, (SELECT json_group_object(status, things) FROM
                    (SELECT status, COUNT(*) AS things FROM executions
                        WHERE thing_name = name AND status IN (?, ?) GROUP BY status)) AS pending
                FROM thing WHERE name > ? AND instr(lower(name), lower(?))
                    AND (NOT ? OR name IN (SELECT value FROM json_each(?)))
                ORDER BY name LIMIT ?""",
            (*PENDING, after, text, connected, json.dumps(list(clients)), PAGE + 1),
        )
        devices = self._devices.of((name for name, _ in rows[:PAGE]), clients)
        things = [
            {
                "thingName": name,
                "thingArn": self._arns.thing(name),
                "connections": [_client(c) for c in clients.get(name, ())[:SHOWN_CLIENTS]],
                "device": devices[name],
                "pending": json.loads(pending),
            }
            for name, pending in rows[:PAGE]
        ]
        return {"things": things, "next": rows[PAGE - 1]["name"] if len(rows) > PAGE else None}

    def jobs(self, before: int = _END) -> dict:
        """Jobs, the newest first, each with how many things have their latest execution of it in
        which state."""
        rows = self._database.rows(
            """SELECT seq, job_id, status, target_selection, description, created_at,
                    last_updated_at, completed_at
                FROM jobs WHERE seq < ? ORDER BY seq DESC LIMIT ?""",
            (before, JOBS_PAGE + 1),
        )
        counts = self._things_by_status([row["job_id"] for row in rows[:JOBS_PAGE]])
        jobs = [
            {
                "seq": row["seq"],
                "jobId": row["job_id"],
                "status": row["status"],
                "targetSelection": row["target_selection"],
                "description": row["description"],
                "createdAt": row["created_at"],
                "lastUpdatedAt": row["last_updated_at"],
                "completedAt": row["completed_at"],
                "things": counts[row["job_id"]],
            }
            for row in rows[:JOBS_PAGE]
        ]
        more = rows[JOBS_PAGE - 1]["seq"] if len(rows) > JOBS_PAGE else None
        return {"jobs": jobs, "next": more}

    def executions(self, job_id: str, after: int = 0, status: str | None = None) -> dict:
        """The executions of a job, in the order of queueing, each with its history and where the
        thing's device is."""
        rows = self._database.rows(
            """SELECT seq, thing_name, number, status, version, queued_at, started_at,
                    last_updated_at,
                    (SELECT MIN(instant) FROM timers WHERE execution = seq) AS deadline
                FROM executions WHERE job_id = ? AND seq > ? AND status = ifnull(?, status)
                ORDER BY seq LIMIT ?""",
            (job_id, after, status, PAGE + 1),
        )
        history = self._history.of([row["seq"] for row in rows[:PAGE]])
        devices = self._devices.of(row["thing_name"] for row in rows[:PAGE])
        executions = [
            {
                "seq": row["seq"],
                "thingName": row["thing_name"],
                "executionNumber": row["number"],
                "status": row["status"],
                "versionNumber": row["version"],
                "queuedAt": row["queued_at"],
                "startedAt": row["started_at"],
                "lastUpdatedAt": row["last_updated_at"],
                "timesOutAt": row["deadline"],
                "history": [_change(change) for change in history[row["seq"]]],
                "device": devices[row["thing_name"]],
            }
            for row in rows[:PAGE]
        ]
        more = rows[PAGE - 1]["seq"] if len(rows) > PAGE else None
        return {"executions": executions, "next": more}

    def has_job(self, job_id: str) -> bool:
        """Whether there is a job of that id."""
        return bool(self._database.row("SELECT 1 FROM jobs WHERE job_id = ?", (job_id,)))

    def _count(self, table: str) -> int:
        return self._database.row(f"SELECT COUNT(*) FROM {table}")[0]

    def _things_by_status(self, job_ids: list[str]) -> dict[str, dict[str, int]]:
        rows = self._database.rows(
            """SELECT job_id, status, COUNT(*) AS things FROM executions AS this
                WHERE job_id IN (SELECT value FROM json_each(?)) AND NOT EXISTS (
                    SELECT 1 FROM executions WHERE thing_name = this.thing_name
                        AND job_id = this.job_id AND former = this.former
                        AND number > this.number)
                GROUP BY job_id, status""",
            (json.dumps(job_ids),),
        )
        found: dict[str, dict[str, int]] = {job_id: {} for job_id in job_ids}
        for job_id, status, things in rows:
            found[job_id][status] = things
        order = (*TERMINAL, *PENDING).index  # what is done comes first, as in any progress bar
        return {
            job_id: {status: counts[status] for status in sorted(counts, key=order)}
            for job_id, counts in found.items()
        }


def _client(client: Client) -> dict:
    return {"clientId": client.client_id, "since": client.since, "protocol": client.protocol}


def _change(change: Change) -> dict:
    return {
        "versionNumber": change.version,
        "status": change.status,
        "time": change.time,
        "statusDetails": change.details,
        "statusDetailsCharacters": change.details_characters,
    }
