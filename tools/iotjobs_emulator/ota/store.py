"""OTA updates in the database."""

import base64
import copy
import json
from collections.abc import Callable

from ..database import Database
from .records import OtaUpdate

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS ota_updates (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        ota_update_id TEXT NOT NULL UNIQUE,
        status TEXT NOT NULL,
        due REAL,
        stream_id TEXT,
        owns_stream INTEGER NOT NULL,
        owns_job INTEGER NOT NULL,
        deletes_stream INTEGER NOT NULL,
        error TEXT,
        created_at REAL NOT NULL,
        last_modified_at REAL NOT NULL,
        request TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS ota_updates_due ON ota_updates (due, seq) WHERE due IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS ota_updates_of_stream ON ota_updates (stream_id)",
)


class OtaStore:
    """Reads and writes OTA updates. Knows no rule of the service."""

    def __init__(self, database: Database):
        self._database = database
        database.create(*_SCHEMA)

    def add(self, update: OtaUpdate) -> None:
        """Write a new one, and give it its seq."""
        cursor = self._database.execute(
            """INSERT INTO ota_updates
                (ota_update_id, status, due, stream_id, owns_stream, owns_job, deletes_stream,
                error, created_at, last_modified_at, request)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                update.ota_update_id,
                *_changing(update),
                update.created_at,
                update.last_modified_at,
                json.dumps(_with_signatures(update.request, _base64)),
            ),
        )
        update.seq = cursor.lastrowid

    def save(self, update: OtaUpdate) -> None:
        """Write what may change of one."""
        self._database.execute(
            """UPDATE ota_updates SET status = ?, due = ?, stream_id = ?, owns_stream = ?,
                owns_job = ?, deletes_stream = ?, error = ?, last_modified_at = ? WHERE seq = ?""",
            (*_changing(update), update.last_modified_at, update.seq),
        )

    def delete(self, ota_update_id: str) -> None:
        sql = "DELETE FROM ota_updates WHERE ota_update_id = ?"
        self._database.execute(sql, (ota_update_id,))

    def update(self, ota_update_id: str) -> OtaUpdate | None:
        sql = "SELECT * FROM ota_updates WHERE ota_update_id = ?"
        row = self._database.row(sql, (ota_update_id,))
        return row and _update(row)

    def by_seq(self, seq: int) -> OtaUpdate:
        return _update(self._database.row("SELECT * FROM ota_updates WHERE seq = ?", (seq,)))

    def updates(self, before: int, count: int, status: str | None) -> list[OtaUpdate]:
        """At most `count` of a status, None: of any, older than that seq, the newest first."""
        rows = self._database.rows(
            """SELECT * FROM ota_updates WHERE seq < ? AND status = ifnull(?, status)
                ORDER BY seq DESC LIMIT ?""",
            (before, status, count),
        )
        return [_update(row) for row in rows]

    def next_due(self) -> tuple[float, int] | None:
        """Instant and seq of the one that goes on next."""
        row = self._database.row(
            """SELECT due, seq FROM ota_updates WHERE due IS NOT NULL ORDER BY due, seq LIMIT 1"""
        )
        return row and tuple(row)

    def user_of(self, stream_id: str) -> str | None:
        """The id of the first one that has a stream."""
        row = self._database.row(
            "SELECT ota_update_id FROM ota_updates WHERE stream_id = ? ORDER BY seq LIMIT 1",
            (stream_id,),
        )
        return row and row["ota_update_id"]


def _changing(update: OtaUpdate) -> tuple:
    return (
        update.status,
        update.due,
        update.stream_id,
        update.owns_stream,
        update.owns_job,
        update.deletes_stream,
        update.error,
    )


def _update(row: dict) -> OtaUpdate:
    members = dict(row)
    members["request"] = _with_signatures(json.loads(members["request"]), base64.b64decode)
    for name in ("owns_stream", "owns_job", "deletes_stream"):
        members[name] = bool(members[name])
    return OtaUpdate(**members)


def _with_signatures(request: dict, convert: Callable) -> dict:
    """The request, with its signatures converted: they are the only blobs that it has."""
    request = copy.deepcopy(request)
    for file in request["files"]:
        custom = (file.get("codeSigning") or {}).get("customCodeSigning")
        if custom is not None:
            signature = custom["signature"]
            signature["inlineDocument"] = convert(signature["inlineDocument"])
    return request


def _base64(blob: bytes) -> str:
    return base64.b64encode(blob).decode()
