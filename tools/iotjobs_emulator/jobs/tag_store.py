"""The tags of jobs, job templates, streams and OTA updates in the database."""

from collections.abc import Iterable

from ..database import Database

JOB, JOB_TEMPLATE, STREAM, OTA_UPDATE = "job", "jobtemplate", "stream", "otaupdate"

_SCHEMA = """CREATE TABLE IF NOT EXISTS tags (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (kind, name, key)) WITHOUT ROWID"""


class TagStore:
    """Reads and writes tags. What they belong to is named by its kind and its id."""

    def __init__(self, database: Database):
        self._database = database
        database.create(_SCHEMA)

    def of(self, kind: str, name: str) -> dict[str, str]:
        """The tags by their keys, in the order of these."""
        sql = "SELECT key, value FROM tags WHERE (kind, name) = (?, ?) ORDER BY key"
        return {row["key"]: row["value"] for row in self._database.rows(sql, (kind, name))}

    def set(self, kind: str, name: str, tags: dict[str, str]) -> None:
        """Add tags, or change those that there are."""
        for key, value in tags.items():
            self._database.execute(
                "REPLACE INTO tags VALUES (?, ?, ?, ?)", (kind, name, key, value)
            )

    def remove(self, kind: str, name: str, keys: Iterable[str]) -> None:
        for key in keys:
            sql = "DELETE FROM tags WHERE (kind, name, key) = (?, ?, ?)"
            self._database.execute(sql, (kind, name, key))

    def clear(self, kind: str, name: str) -> None:
        """Remove all tags of what is deleted."""
        self._database.execute("DELETE FROM tags WHERE (kind, name) = (?, ?)", (kind, name))
