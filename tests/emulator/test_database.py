"""The database: all or nothing, also within one another, and kept in a file."""

import sqlite3
import stat
from contextlib import closing, nullcontext, suppress

import pytest
from iotjobs_emulator.database import LAYOUT, Database


def with_words(*path):
    database = Database(*path)
    database.create("CREATE TABLE words (word TEXT)")
    return database


@pytest.fixture
def database():
    with closing(with_words()) as database:
        yield database


def words(database):
    return [row["word"] for row in database.rows("SELECT word FROM words ORDER BY rowid")]


def add(database, word):
    database.execute("INSERT INTO words VALUES (?)", (word,))


def test_a_transaction_that_fails_leaves_nothing(database):
    with pytest.raises(KeyError), database.transaction():
        add(database, "one")
        raise KeyError
    assert words(database) == []


def test_an_inner_transaction_that_fails_takes_back_its_own_work_only(database):
    with database.transaction():
        add(database, "before")
        with pytest.raises(KeyError), database.transaction():
            add(database, "inside")
            raise KeyError
        add(database, "after")
    assert words(database) == ["before", "after"]


def test_an_inner_transaction_stays_only_if_the_outer_one_commits(database):
    with pytest.raises(KeyError), database.transaction():
        with database.transaction():
            add(database, "inside")
        raise KeyError
    assert words(database) == []


def test_the_database_goes_on_after_a_failure(database):
    with pytest.raises(KeyError), database.transaction():
        raise KeyError
    with database.transaction():
        add(database, "one")
    assert words(database) == ["one"]


def test_what_waits_for_the_commit_runs_after_the_outermost_one(database):
    order = []
    with database.transaction():
        with database.transaction():
            database.after_commit(lambda: order.append("hook"))
        order.append("end of the outer block")
    assert order == ["end of the outer block", "hook"]


@pytest.mark.parametrize("failing", ["inner", "outer"])
def test_what_waits_for_a_commit_that_never_comes_is_forgotten(database, failing):
    order = []
    fails = pytest.raises(KeyError) if failing == "outer" else nullcontext()
    with fails, database.transaction():
        with suppress(KeyError), database.transaction():
            database.after_commit(lambda: order.append("hook"))
            if failing == "inner":
                raise KeyError
        if failing == "outer":
            raise KeyError
    with database.transaction():
        add(database, "one")
    assert order == []


def test_waiting_for_a_commit_needs_a_transaction(database):
    with pytest.raises(RuntimeError):
        database.after_commit(print)


def test_a_new_state_file_is_readable_by_its_owner_alone(tmp_path):
    with closing(with_words(str(tmp_path / "state"))):
        for file in tmp_path.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_what_was_committed_is_there_when_the_file_is_opened_again(tmp_path):
    path = str(tmp_path / "state")
    with closing(with_words(path)) as first:
        add(first, "kept")
        # Not closed: so it would be after a killed process.
        with closing(Database(path)) as second:
            assert words(second) == ["kept"]


def test_rows_that_belong_to_a_deleted_row_go_with_it(database):
    database.create(
        "CREATE TABLE books (title TEXT PRIMARY KEY)",
        "CREATE TABLE pages (book TEXT REFERENCES books (title) ON DELETE CASCADE)",
    )
    database.execute("INSERT INTO books VALUES ('a')")
    database.execute("INSERT INTO pages VALUES ('a')")
    database.execute("DELETE FROM books")
    assert database.row("SELECT * FROM pages") is None


@pytest.mark.parametrize(
    ("user_version", "told"),
    [
        (0, "layout 1,"),
        (LAYOUT - 1, f"layout {LAYOUT - 1},"),
        (LAYOUT + 1, f"layout {LAYOUT + 1},"),
    ],
)
def test_a_state_file_of_another_layout_is_refused_and_left_as_it_is(tmp_path, user_version, told):
    path = tmp_path / "state"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE jobs (job_id TEXT)")
    other.execute(f"PRAGMA user_version = {user_version}")
    other.close()
    before = path.read_bytes()
    with pytest.raises(sqlite3.DatabaseError, match=f"state has {told}.* layout {LAYOUT} only"):
        Database(str(path))
    assert path.read_bytes() == before
