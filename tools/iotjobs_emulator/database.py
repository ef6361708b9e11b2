"""The one place where the emulator keeps state: a sqlite3 database, in memory or in a file."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

# The layout of a state file, kept in it as SQLite's user_version. It grows by one whenever a table
# changes in a way that CREATE … IF NOT EXISTS does not bring about.
LAYOUT = 3
_FIRST_LAYOUT = 1  # was written without a number
_MEMORY = ":memory:"
# Another process (someone looking at the state with the sqlite3 shell) may hold the file briefly.
_BUSY_SECONDS = 5.0
# begin, commit, rollback of the outermost transaction, and of one inside another
_STATEMENTS = (
    ("BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",)),
    (
        "SAVEPOINT inner_transaction",
        "RELEASE inner_transaction",
        ("ROLLBACK TO inner_transaction", "RELEASE inner_transaction"),
    ),
)


class Database:
    """A sqlite3 connection with re-entrant transactions.

    `path` is a file, or ":memory:". A file that does not exist is created with mode 0600, since it
    holds the private key of the local CA. Each module creates its own tables with `create`.
    Used from one thread. Raises sqlite3.Error, also for a file of another layout than LAYOUT, and
    OSError when the file cannot be created.
    """

    def __init__(self, path: str = _MEMORY):
        if path != _MEMORY:
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        self._connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._depth = 0
        self._rollbacks = 0
        self._after_commit: list[Callable[[], None]] = []
        self._created: set[str] = set()
        try:
            self._check_layout(path)
        except BaseException:
            self.close()
            raise
        self.execute("PRAGMA foreign_keys = ON")
        # A commit is in the file's log before the answer leaves, so it outlives a killed process.
        # Only a power cut may lose the last ones, which spares one fsync for each message.
        self.execute("PRAGMA journal_mode = WAL")
        self.execute("PRAGMA synchronous = NORMAL")

    @property
    def changes(self) -> int:
        """A number that is another one whenever any row may be: what was read is still so as long
        as this is the same. It grows, also when a transaction takes its changes back.
        """
        return self._connection.total_changes + self._rollbacks

    def execute(self, sql: str, values: Iterable | dict = ()) -> sqlite3.Cursor:
        """Run one statement; outside of `transaction` it is committed at once."""
        return self._connection.execute(sql, values)

    def row(self, sql: str, values: Iterable | dict = ()) -> sqlite3.Row | None:
        """The first row of a query, None if there is none."""
        return self.execute(sql, values).fetchone()

    def rows(self, sql: str, values: Iterable | dict = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self.execute(sql, values).fetchall()

    def create(self, *statements: str) -> None:
        """Run the statements of a schema (CREATE … IF NOT EXISTS) in one transaction; not again in
        what is a copy of where they ran.
        """
        new = [statement for statement in statements if statement not in self._created]
        if new:
            with self.transaction():
                for statement in new:
                    self.execute(statement)
            self._created.update(new)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is written, or, when an exception leaves the block, nothing.

        Re-entrant: an inner block that fails takes back its own work only, and what an inner block
        wrote stays only if the outer one commits.
        """
        begin, commit, rollback = _STATEMENTS[self._depth > 0]
        self.execute(begin)
        self._depth += 1
        hooks = len(self._after_commit)
        try:
            yield
            if self._depth == 1:
                self.execute(commit)
        except BaseException:
            del self._after_commit[hooks:]
            self._rollbacks += 1
            self._created.clear()
            # sqlite has already taken everything back when the disk is full or fails.
            if self._connection.in_transaction:
                for statement in rollback:
                    self.execute(statement)
            raise
        else:
            if self._depth > 1:
                self.execute(commit)
        finally:
            self._depth -= 1
        if self._depth == 0:
            hooked, self._after_commit = self._after_commit, []
            for action in hooked:
                action()

    def copy(self) -> "Database":
        """Another one, in memory, with the same content."""
        other = Database()
        self._connection.backup(other._connection)
        other._created.update(self._created)
        return other

    def after_commit(self, action: Callable[[], None]) -> None:
        """Call `action` once the outermost transaction has been committed; never if it is not."""
        if self._depth == 0:
            raise RuntimeError("after_commit needs a transaction")
        self._after_commit.append(action)

    def _check_layout(self, path: str) -> None:
        """Number a new file; refuse one with other tables, before anything is written."""
        (layout,) = self.row("PRAGMA user_version")
        if layout == LAYOUT:
            return
        if layout or self.row("SELECT 1 FROM sqlite_master"):
            raise sqlite3.DatabaseError(
                f"{path} has layout {layout or _FIRST_LAYOUT}, this emulator reads and writes "
                f"layout {LAYOUT} only: give it another file"
            )
        self.execute(f"PRAGMA user_version = {LAYOUT}")

    def close(self) -> None:
        """Close the connection. What was committed stays in the file."""
        self._connection.close()
