"""What is remembered of the database is what it says now."""

import pytest
from iotjobs_emulator.database import Database
from iotjobs_emulator.remembered import Remembered


@pytest.fixture
def database():
    database = Database()
    database.create("CREATE TABLE lamp (name PRIMARY KEY, state)")
    database.execute("INSERT INTO lamp VALUES ('hall', 'on')")
    yield database
    database.close()


@pytest.fixture
def asked():
    """The keys that were looked up in the database."""
    return []


@pytest.fixture
def state(database, asked):
    """The state of a lamp by its name, None if there is no such lamp."""

    def find(name):
        asked.append(name)
        row = database.row("SELECT state FROM lamp WHERE name = ?", (name,))
        return row and row["state"]

    return Remembered(database, find)


def test_it_is_read_once_as_long_as_nothing_changes(state, asked):
    assert [state("hall"), state("attic"), state("hall"), state("attic")] == ["on", None] * 2
    assert asked == ["hall", "attic"]


@pytest.mark.parametrize(
    ("sql", "after"),
    [
        ("UPDATE lamp SET state = 'off'", "off"),
        ("DELETE FROM lamp", None),
        ("DELETE FROM lamp WHERE name = 'hall'", None),
        ("REPLACE INTO lamp VALUES ('hall', 'dim')", "dim"),
        ("INSERT INTO lamp VALUES ('cellar', 'on')", "on"),
    ],
)
def test_after_any_change_it_is_read_anew(database, state, sql, after):
    assert state("hall") == "on"
    database.execute(sql)
    assert state("hall") == after


@pytest.mark.parametrize("is_inner", [False, True])
def test_what_a_transaction_takes_back_was_never_so(database, state, is_inner):
    assert state("hall") == "on"

    def fail():
        with pytest.raises(KeyError), database.transaction():
            database.execute("UPDATE lamp SET state = 'off'")
            assert state("hall") == "off"
            raise KeyError

    if is_inner:
        with database.transaction():
            fail()
            assert state("hall") == "on"
    else:
        fail()
    assert state("hall") == "on"


def test_what_cascades_is_a_change(database):
    database.create(
        "CREATE TABLE house (name PRIMARY KEY)",
        "CREATE TABLE room (house REFERENCES house ON DELETE CASCADE)",
    )
    database.execute("INSERT INTO house VALUES ('old')")
    database.execute("INSERT INTO room VALUES ('old')")
    count = Remembered(database, lambda: database.row("SELECT count(*) FROM room")[0])
    assert count() == 1
    database.execute("DELETE FROM house")
    assert count() == 0


def test_an_exception_is_not_remembered(database):
    answers = iter([ValueError, "found"])

    def find():
        answer = next(answers)
        if answer is ValueError:
            raise answer
        return answer

    remembered = Remembered(database, find)
    with pytest.raises(ValueError):
        remembered()
    assert remembered() == "found"


def test_what_it_keeps_is_bounded(state, asked):
    for name in range(3_000):
        state(name)
    assert len(state._found) <= 1_024
    assert len(asked) == 3_000


def test_what_is_there_is_not_asked_again_when_no_more_fits(state, asked):
    names = range(1_024)
    for _ in range(2):
        for name in names:
            state(name)
    assert asked == [*names]
    state("one more")
    assert len(state._found) == 1
