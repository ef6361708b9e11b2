"""Where each thing's device is: for a person who asks why a job does not move."""

import json
from collections.abc import Callable, Iterable

from ..database import Database
from ..mqtt.broker import Client
from .whereabouts import TEXT_CHARACTERS, Asked, Gone, Refused, Whereabouts

_SCHEMA = (
    """CREATE INDEX IF NOT EXISTS executions_failed ON executions (thing_name, last_updated_at)
        WHERE status IN ('FAILED', 'REJECTED')""",
)


class Devices:
    """Asks the broker's `clients`, the `whereabouts`, and the tables what each device reported.

    To be created after the tables of the state machine.
    """

    def __init__(
        self,
        database: Database,
        clients: Callable[[], Iterable[Client]],
        whereabouts: Whereabouts,
    ):
        self._database = database
        self._clients = clients
        self._whereabouts = whereabouts
        database.create(*_SCHEMA)

    def connections(self) -> dict[str, list[Client]]:
        """The connected clients of each thing, that first which has the thing's name.

        A client whose certificate is of no thing counts for the thing that it is called after.
        """
        found: dict[str, list[Client]] = {}
        for client in self._clients():
            found.setdefault(client.thing or client.client_id, []).append(client)
        for thing, clients in found.items():
            if len(clients) > 1:
                clients.sort(key=lambda client: (client.client_id != thing, client.since))
        return found

    def of(
        self, things: Iterable[str], connections: dict[str, list[Client]] | None = None
    ) -> dict[str, dict]:
        """What the page shows of each of these things, by name.

        `connections` are those of now, if the caller has them already.
        """
        names = set(things)
        connected = self.connections() if connections is None else connections
        failures = self._failures(names)
        return {
            name: {
                "connectionCount": len(connected.get(name, ())),
                "connectedSince": connected[name][0].since if name in connected else None,
                **self._seen(name),
                "failure": failures.get(name),
            }
            for name in names
        }

    def _seen(self, name: str) -> dict:
        seen = self._whereabouts.of(name)
        return {
            "asked": _members(seen.asked),
            "gone": _members(seen.gone),
            "refused": _members(seen.refused),
            "watchedSince": self._whereabouts.since,
            "hasForgotten": self._whereabouts.has_forgotten,
        }

    def _failures(self, names: set[str]) -> dict[str, dict]:
        """The last failure that each device has reported, with its `reason`."""
        rows = self._database.rows(
            """SELECT thing_name, job_id, number, status, last_updated_at, details
                FROM json_each(?) AS name JOIN executions ON seq = (
                    SELECT seq FROM executions WHERE thing_name = name.value AND former = 0
                        AND status IN ('FAILED', 'REJECTED')
                    ORDER BY last_updated_at DESC, seq DESC LIMIT 1)""",
            (json.dumps(list(names)),),
        )
        return {
            thing: {
                "time": time,
                "jobId": job_id,
                "executionNumber": number,
                "status": status,
                "reason": json.loads(details).get("reason", "")[:TEXT_CHARACTERS],
            }
            for thing, job_id, number, status, time, details in rows
        }


def _members(seen: Asked | Gone | Refused | None) -> dict | None:
    return None if seen is None else seen._asdict()
