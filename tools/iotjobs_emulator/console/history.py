"""What each execution has been through, observed where no change can be missed: in its table.

Triggers of the database copy every change of an execution, in the change's own transaction. So the
state machine knows nothing of it, and a request that is taken back leaves no trace. The history is
as lasting as the state file. An execution's history goes with the execution.
"""

import json
from typing import NamedTuple

from ..database import Database

FIRST_CHANGES = 2  # kept of each execution: how it was queued, and what came next …
LAST_CHANGES = 30  # … and the last ones; of those between, the versions' numbers tell
DETAILS_CHARACTERS = 2_048  # of the JSON of statusDetails; longer ones are not kept

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS execution_history (
        execution INTEGER NOT NULL REFERENCES executions (seq) ON DELETE CASCADE,
        version INTEGER NOT NULL,
        status TEXT NOT NULL,
        instant REAL NOT NULL,
        details TEXT, -- a JSON object; NULL: too long
        details_characters INTEGER NOT NULL,
        -- What is removed keeps its version.
        PRIMARY KEY (execution, version, status)) WITHOUT ROWID""",
    # Made anew each time: a state file may have those of another version of the emulator.
    "DROP TRIGGER IF EXISTS execution_queued",
    "DROP TRIGGER IF EXISTS execution_changed",
)
_COPY = f"""INSERT OR REPLACE INTO execution_history
    SELECT {{0}}.seq, {{0}}.version, {{0}}.status, {{0}}.last_updated_at,
        CASE WHEN length({{0}}.details) <= {DETAILS_CHARACTERS} THEN {{0}}.details END,
        length({{0}}.details)"""
_TRIGGERS = (
    f"""CREATE TRIGGER execution_queued AFTER INSERT ON executions BEGIN
        {_COPY.format("NEW")}; END""",
    f"""CREATE TRIGGER execution_changed AFTER UPDATE ON executions BEGIN
        {_COPY.format("NEW")};
        DELETE FROM execution_history WHERE execution = NEW.seq
            AND version > {FIRST_CHANGES} AND version <= NEW.version - {LAST_CHANGES}; END""",
)
# What was there before anybody watched: when it was queued, and what it is now.
_CATCH_UP = (
    f"""{_COPY.format("executions")} FROM executions WHERE NOT EXISTS (
        SELECT 1 FROM execution_history WHERE execution = seq AND version = executions.version
            AND status = executions.status)""",
    """INSERT INTO execution_history SELECT seq, 1, 'QUEUED', queued_at, '{}', 2 FROM executions
        WHERE NOT EXISTS (
            SELECT 1 FROM execution_history WHERE execution = seq AND version = 1)""",
)


class Change(NamedTuple):
    """An execution has become this at `time` (seconds since 1970).

    `details` is None where the statusDetails are too long to be kept; `details_characters` is the
    length of their JSON.
    """

    version: int
    status: str
    time: float
    details: dict[str, str] | None
    details_characters: int


class History:
    """The changes of the executions in a database, from now on and, after a restart, before.

    To be created after the tables of the state machine.
    """

    def __init__(self, database: Database):
        self._database = database
        database.create(*_SCHEMA, *_TRIGGERS, *_CATCH_UP)

    def of(self, seqs: list[int]) -> dict[int, list[Change]]:
        """The changes of each of these executions, in their order."""
        found: dict[int, list[Change]] = {seq: [] for seq in seqs}
        rows = self._database.rows(
            """SELECT * FROM execution_history WHERE execution IN (SELECT value FROM json_each(?))
                ORDER BY execution, version, status""",
            (json.dumps(seqs),),
        )
        for seq, version, status, instant, details, characters in rows:
            shown = None if details is None else json.loads(details)
            found[seq].append(Change(version, status, instant, shown, characters))
        return found
