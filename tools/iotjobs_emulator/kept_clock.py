"""The machine's clock, as far as it was moved, which is kept with what was recorded by it."""

import time
from collections.abc import Callable

from .clock import WallClock
from .database import Database

_SCHEMA = """CREATE TABLE IF NOT EXISTS clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    ahead REAL NOT NULL, -- seconds, of the machine's
    stopped_at REAL) -- seconds since 1970; NULL: it runs"""


class KeptClock(WallClock):
    """The clock of one Database: after a restart it is as far ahead as before, or stands where it
    stood. So what is in the database never lies in the future. `wall` as in WallClock.

    `advance`, `stop` and `run` raise sqlite3.Error when that cannot be kept, and do nothing then.
    """

    def __init__(self, database: Database, wall: Callable[[], float] = time.time):
        super().__init__(wall)
        self._database = database
        database.create(_SCHEMA)
        row = database.row("SELECT ahead, stopped_at FROM clock")
        if row is not None:
            super()._set(*row)

    def _set(self, ahead: float, stopped_at: float | None) -> None:
        sql = "INSERT OR REPLACE INTO clock VALUES (1, ?, ?)"
        self._database.execute(sql, (ahead, stopped_at))
        super()._set(ahead, stopped_at)
