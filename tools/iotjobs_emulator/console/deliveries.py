"""What the page shows of OTA updates and streams: the newest ones."""

from ..database import Database

SHOWN = 10  # of each


class Deliveries:
    """Reads their tables, and changes nothing."""

    def __init__(self, database: Database):
        self._database = database

    def ota_updates(self) -> list[dict]:
        """The newest OTA updates: how far each is, its job, and why it has failed (None: it has
        not).
        """
        rows = self._database.rows(
            """SELECT ota_update_id, status, error, created_at FROM ota_updates
                ORDER BY seq DESC LIMIT ?""",
            (SHOWN,),
        )
        return [
            {
                "otaUpdateId": row["ota_update_id"],
                "status": row["status"],
                "error": row["error"],
                "createdAt": row["created_at"],
            }
            for row in rows
        ]

    def streams(self) -> list[dict]:
        """The newest streams, each with its files and their sizes in bytes."""
        rows = self._database.rows(
            """SELECT seq, stream_id, version, last_updated_at FROM streams
                ORDER BY seq DESC LIMIT ?""",
            (SHOWN,),
        )
        return [
            {
                "streamId": row["stream_id"],
                "streamVersion": row["version"],
                "lastUpdatedAt": row["last_updated_at"],
                "files": self._files(row["seq"]),
            }
            for row in rows
        ]

    def _files(self, stream: int) -> list[dict]:
        rows = self._database.rows(
            "SELECT file_id, bucket, key, size FROM stream_files WHERE stream = ? ORDER BY place",
            (stream,),
        )
        return [
            {
                "fileId": row["file_id"],
                "object": f"{row['bucket']}/{row['key']}",
                "size": row["size"],
            }
            for row in rows
        ]
