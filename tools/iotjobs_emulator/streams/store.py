"""Streams in the database."""

from ..database import Database
from ..s3.names import Named
from .records import Stream, StreamFile

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS streams (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        stream_id TEXT NOT NULL UNIQUE,
        version INTEGER NOT NULL,
        description TEXT,
        role_arn TEXT NOT NULL,
        created_at REAL NOT NULL,
        last_updated_at REAL NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS stream_files (
        stream INTEGER NOT NULL REFERENCES streams (seq) ON DELETE CASCADE,
        place INTEGER NOT NULL, -- among the files of the request
        file_id INTEGER NOT NULL,
        bucket TEXT NOT NULL,
        key TEXT NOT NULL,
        s3_version TEXT,
        size INTEGER NOT NULL,
        etag TEXT NOT NULL,
        PRIMARY KEY (stream, place)) WITHOUT ROWID""",
)


class StreamStore:
    """Reads and writes streams. Knows no rule of the service."""

    def __init__(self, database: Database):
        self._database = database
        database.create(*_SCHEMA)

    def add(self, stream: Stream) -> None:
        """Write a new stream, and give it its seq."""
        cursor = self._database.execute(
            """INSERT INTO streams
                (stream_id, version, description, role_arn, created_at, last_updated_at)
                VALUES (?, ?, ?, ?, ?, ?)""",
            (
                stream.stream_id,
                stream.version,
                stream.description,
                stream.role_arn,
                stream.created_at,
                stream.last_updated_at,
            ),
        )
        stream.seq = cursor.lastrowid
        self._write_files(stream)

    def save(self, stream: Stream) -> None:
        """Write what may change of a stream."""
        self._database.execute(
            """UPDATE streams SET version = ?, description = ?, role_arn = ?, last_updated_at = ?
                WHERE seq = ?""",
            (
                stream.version,
                stream.description,
                stream.role_arn,
                stream.last_updated_at,
                stream.seq,
            ),
        )
        self._database.execute("DELETE FROM stream_files WHERE stream = ?", (stream.seq,))
        self._write_files(stream)

    def delete(self, stream_id: str) -> None:
        """Delete a stream with its list of files."""
        self._database.execute("DELETE FROM streams WHERE stream_id = ?", (stream_id,))

    def stream(self, stream_id: str) -> Stream | None:
        row = self._database.row("SELECT * FROM streams WHERE stream_id = ?", (stream_id,))
        return row and self._stream(row)

    def newest(self, before: int, count: int) -> list[Stream]:
        """At most `count` streams older than the one with seq `before`, the newest first."""
        sql = "SELECT * FROM streams WHERE seq < ? ORDER BY seq DESC LIMIT ?"
        return [self._stream(row) for row in self._database.rows(sql, (before, count))]

    def oldest(self, after: int, count: int) -> list[Stream]:
        """At most `count` streams newer than the one with seq `after`, the oldest first."""
        sql = "SELECT * FROM streams WHERE seq > ? ORDER BY seq LIMIT ?"
        return [self._stream(row) for row in self._database.rows(sql, (after, count))]

    def _stream(self, row: dict) -> Stream:
        sql = "SELECT * FROM stream_files WHERE stream = ? ORDER BY place"
        files = [
            StreamFile(
                file["file_id"],
                Named(file["bucket"], file["key"]),
                file["size"],
                file["etag"],
                file["s3_version"],
            )
            for file in self._database.rows(sql, (row["seq"],))
        ]
        return Stream(files=files, **dict(row))

    def _write_files(self, stream: Stream) -> None:
        for place, file in enumerate(stream.files):
            self._database.execute(
                "INSERT INTO stream_files VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    stream.seq,
                    place,
                    file.file_id,
                    *file.named,
                    file.version,
                    file.size,
                    file.etag,
                ),
            )
